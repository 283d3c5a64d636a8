"""A Linux firewall or router as it is now, read by its own commands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Final

from ringfence.connections.commands import Runner
from ringfence.foundation.errors import SourceError
from ringfence.model.rules import Device
from ringfence.sources.devices.saved import SavedFile, device_of_files
from ringfence.sources.rule_syntax import linux_addresses, linux_settings, nftables
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
_FAMILIES: Final[dict[str, Family]] = {"-4": 4, "-6": 6}


async def read_live(name: str, runner: Runner, where: str) -> Device:
    """Return the device ``name`` of the policy as the commands behind ``runner`` tell of it.

    ``where`` is a phrase for messages. Raises ``SourceError`` where a command fails, or what it
    tells is not understood.
    """
    outputs = await asyncio.gather(*(runner.run(words, _SECONDS) for words, _ in _COMMANDS))
    files = []
    for (words, syntax), output in zip(_COMMANDS, outputs, strict=True):
        command = " ".join(words)
        if output.status != 0:
            why = output.problem or output.stderr.strip().partition("\n")[0] or "it failed"
            message = f"{name} cannot be read {where}: '{command}': {why.rstrip('.')}."
            raise SourceError(message, "It needs iproute2, nftables and procps, and to be root.")
        text = output.stdout.decode(errors="replace")
        files.append(SavedFile(Path(command), _read(words, syntax, text, command)))
    return device_of_files(name, files)


def _read(words: tuple[str, ...], syntax: RuleSyntax, text: str, command: str) -> Reading:
    # iproute2 writes nothing at all where there is nothing to list.
    reading = syntax.read(text if text.strip() or words[0] != "ip" else "[]", command)
    if words[-1] == "route":
        return replace(reading, routed=frozenset((_FAMILIES[words[2]],)))
    return reading
