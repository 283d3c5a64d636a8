"""``sysctl -a``: whether a Linux system forwards packets at all."""

from __future__ import annotations

import re
from typing import Final

from ringfence.foundation.errors import SourceError
from ringfence.sources.rule_syntax.syntax import Family, Reading, RuleSyntax

_MADE_BY: Final = "sysctl -a"
_KEYS: Final[dict[str, Family]] = {
    "net.ipv4.ip_forward": 4,
    "net.ipv4.conf.all.forwarding": 4,
    "net.ipv6.conf.all.forwarding": 6,
}
_LINE: Final = re.compile(r"(?P<key>[\w.*/-]+)\s*=\s*(?P<value>.*)")


def _recognises(text: str) -> bool:
    return any(re.search(rf"^\s*{re.escape(key)}\s*=", text, re.MULTILINE) for key in _KEYS)


def _read(text: str, name: str) -> Reading:
    forwards: dict[Family, bool] = {}
    for number, line in enumerate(text.splitlines(), 1):
        found = _LINE.fullmatch(line.strip())
        family = _KEYS.get(found["key"]) if found else None
        if found is None or family is None:
            continue
        if found["value"] not in {"0", "1", "2"}:
            message = f"{name}, line {number}: found {found['value']!r}, expected 0 or 1."
            raise SourceError(message, f"Save the output of '{_MADE_BY}' again.")
        forwards[family] = found["value"] != "0"
    return Reading(forwards=forwards)


SYNTAX: Final = RuleSyntax("linux-settings", _MADE_BY, _recognises, _read)
