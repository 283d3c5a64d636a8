"""``sysctl -a``: whether a Linux system forwards, and what it asks of source addresses."""

from __future__ import annotations

import re
from typing import Final

from ringfence.foundation.errors import SourceError
from ringfence.model.rules import NotUnderstood
from ringfence.sources.rule_syntax.syntax import Family, Reading, RuleSyntax

_MADE_BY: Final = "sysctl -a"
_KEYS: Final[dict[str, Family]] = {
    "net.ipv4.ip_forward": 4,
    "net.ipv4.conf.all.forwarding": 4,
    "net.ipv6.conf.all.forwarding": 6,
}
_REVERSE_PATH: Final = re.compile(r"net\.ipv4\.conf\.(?P<interface>.+)\.rp_filter")
_ALONE: Final = re.compile(
    r"net\.(?:ipv4\.conf\.(?!all\.|default\.).+\.forwarding|ipv6\.conf\..+\.force_forwarding)"
)
"""Settings by which one interface forwards, though the system as a whole does not."""
_STRICT: Final = 1  # 2 is loose: any interface may be the way back
_LINE: Final = re.compile(r"(?P<key>[\w.*/-]+)\s*=\s*(?P<value>.*)")


def _recognises(text: str) -> bool:
    keys = (*map(re.escape, _KEYS), _REVERSE_PATH.pattern)
    return any(re.search(rf"^\s*{key}\s*=", text, re.MULTILINE) for key in keys)


def _read(text: str, name: str) -> Reading:
    forwards: dict[Family, bool] = {}
    reverse_path: dict[str, int] = {}
    alone: list[NotUnderstood] = []
    for number, line in enumerate(text.splitlines(), 1):
        found = _LINE.fullmatch(line.strip())
        if found is None:
            continue
        if _ALONE.fullmatch(found["key"]) and found["value"] == "1":
            why = "it forwards what comes in by one interface only"
            alone.append(NotUnderstood(line=number, text=line.strip(), why=why))
        family = _KEYS.get(found["key"])
        filtered = _REVERSE_PATH.fullmatch(found["key"])
        if family is None and filtered is None:
            continue
        if found["value"] not in {"0", "1", "2"}:
            message = f"{name}, line {number}: found {found['value']!r}, expected 0, 1 or 2."
            raise SourceError(message, f"Save the output of '{_MADE_BY}' again.")
        if family is not None:
            forwards[family] = found["value"] != "0"
        if filtered is not None:
            # A dot in an interface's name is a slash in the key of its settings.
            reverse_path[filtered["interface"].replace("/", ".")] = int(found["value"])
    # Where all interfaces forward, each of them does by itself.
    told = [one for one in alone if not forwards.get(6 if ".ipv6." in one.text else 4, False)]
    return Reading(
        forwards=forwards, reverse_path=_strict(reverse_path), not_understood=tuple(told)
    )


def _strict(values: dict[str, int]) -> tuple[str, ...] | None:
    """Return the interfaces with a strict filter; the higher of ``all`` and their own counts."""
    if "all" not in values:
        return None
    return tuple(
        sorted(
            name
            for name, value in values.items()
            if name not in {"all", "default"} and max(value, values["all"]) == _STRICT
        )
    )


SYNTAX: Final = RuleSyntax("linux-settings", _MADE_BY, _recognises, _read)
