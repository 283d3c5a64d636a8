"""A Linux firewall or router as it is now, read by its own commands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Final

from ringfence.connections.commands import Output, Runner
from ringfence.foundation.errors import SourceError
from ringfence.model.rules import Device
from ringfence.sources.devices.saved import SavedFile, device_of_files
from ringfence.sources.rule_syntax import iptables, linux_addresses, linux_settings, nftables
from ringfence.sources.rule_syntax.syntax import Family, Reading, RuleSyntax

_SECONDS: Final = 30.0
_COMMANDS: Final[tuple[tuple[tuple[str, ...], RuleSyntax], ...]] = (
    (("ip", "-j", "-d", "addr"), linux_addresses.SYNTAX),
    (("ip", "-j", "-4", "route"), linux_addresses.SYNTAX),
    (("ip", "-j", "-6", "route"), linux_addresses.SYNTAX),
    (("ip", "-j", "-4", "rule"), linux_addresses.SYNTAX),
    (("ip", "-j", "-6", "rule"), linux_addresses.SYNTAX),
    (("sysctl", "-a", "-r", "ip_forward|all.forwarding|rp_filter"), linux_settings.SYNTAX),
    (("nft", "-j", "list", "ruleset"), nftables.SYNTAX),
)
_OLD_TABLES: Final = {
    "iptables-legacy-save": "/proc/net/ip_tables_names",
    "ip6tables-legacy-save": "/proc/net/ip6_tables_names",
}
"""Who tells of the tables of the old iptables, and where the kernel names those that are there."""
_FAMILIES: Final[dict[str, Family]] = {"-4": 4, "-6": 6}


async def read_live(name: str, runner: Runner, where: str) -> Device:
    """Return the device ``name`` of the policy as the commands behind ``runner`` tell of it.

    ``where`` is a phrase for messages. Raises ``SourceError`` where a command fails, or what it
    tells is not understood.
    """

    async def told(*commands: tuple[str, ...]) -> list[str]:
        # All of them end before one that failed is told.
        outputs = await asyncio.gather(*(runner.run(words, _SECONDS) for words in commands))
        return [
            _text(output, words, f"{name} cannot be read {where}")
            for words, output in zip(commands, outputs, strict=True)
        ]

    # nft does not list what the old iptables put in force.
    looks = [("sh", "-c", f"test ! -e {names} || cat {names}") for names in _OLD_TABLES.values()]
    old = [
        ((program,), iptables.SYNTAX)
        for program, names in zip(_OLD_TABLES, await told(*looks), strict=True)
        if names
    ]
    asked = [*_COMMANDS, *old]
    texts = await told(*(words for words, _ in asked))
    files = []
    for (words, syntax), text in zip(asked, texts, strict=True):
        command = " ".join(words)
        files.append(SavedFile(Path(command), _read(words, syntax, text, command)))
    return device_of_files(name, files)


def _text(output: Output, words: tuple[str, ...], failed: str) -> str:
    """Return what a command told; raises ``SourceError`` where it failed."""
    if output.status == 0:
        return output.stdout.decode(errors="replace")
    why = output.problem or output.stderr.strip().partition("\n")[0] or "it failed"
    message = f"{failed}: '{' '.join(words)}': {why.rstrip('.')}."
    needed = "iproute2, nftables and procps, iptables where it has tables of the old kind,"
    raise SourceError(message, f"It needs {needed} and to be root.")


def _read(words: tuple[str, ...], syntax: RuleSyntax, text: str, command: str) -> Reading:
    # iproute2 writes nothing at all where there is nothing to list.
    reading = syntax.read(text if text.strip() or words[0] != "ip" else "[]", command)
    if words[-1] == "route":
        return replace(reading, routed=frozenset((_FAMILIES[words[2]],)))
    return reading
