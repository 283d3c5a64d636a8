"""Cisco ASA: an access list for what comes in by each interface.

An access list that is bound to an interface ends in a refusal of everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ringfence.enforce.gateway.description import Gateway
from ringfence.enforce.vendors.target import Filter, Target
from ringfence.foundation.errors import EnforceError

_INTERFACE: Final = re.compile(r"[A-Za-z0-9_.:/@-]{1,48}")
"""What is said of an interface by its name (``nameif``)."""
_OWN: Final = "ringfence-"
_END: Final = re.compile(r"\s*(: end\s*$|Cryptochecksum:)")
_EMPTY: Final = re.compile(r"access-list \S+ remark( \$(Id|Date|Revision):\$)?")


def _filters(gateway: Gateway) -> Iterator[Filter]:
    for side in gateway.sides:
        permits = tuple(one for one in gateway.permits if one.source == side.zone)
        for interface in side.interfaces:
            if not _INTERFACE.fullmatch(interface):
                message = f"The interface {interface!r} has a name that no access list can hold."
                raise EnforceError(message, "Use letters, digits and _ . : / @ -, 48 at most.")
            yield Filter(f"{_OWN}{interface}", permits)


def _finished(gateway: Gateway, text: str) -> str:
    """Return the access lists without empty remarks, each bound to its interface."""
    lines = [line for line in text.splitlines() if line.strip() and not _EMPTY.fullmatch(line)]
    bound = [
        f"access-group {_OWN}{interface} in interface {interface}"
        for side in gateway.sides
        for interface in side.interfaces
    ]
    return "\n".join([*lines, *bound]) + "\n"


def exchanged(running: str, written: str) -> str:
    """Return a running configuration with the access lists that were written in force.

    What it binds to traffic that enters by the same interfaces gives way, and so do access lists
    of the same names. What is for the device itself (``control-plane``) stays.
    """
    added = [line for line in written.splitlines() if not line.startswith("clear configure ")]
    bound = {line.split()[4] for line in added if line.startswith("access-group ")}
    lists = {line.split()[1] for line in added if line.startswith("access-list ")}
    # Other characters that end lines elsewhere are part of a line here.
    lines = running.rstrip("\n").split("\n")
    kept = [line for line in lines if not _gives_way(line, bound, lists)]
    end = next((place for place, line in enumerate(kept) if _END.match(line)), len(kept))
    return "\n".join([*kept[:end], *added, *kept[end:]]) + "\n"


def _gives_way(line: str, bound: set[str], lists: set[str]) -> bool:
    match line.split():
        case ["access-group", _, "in", "interface", interface, *more]:
            return interface in bound and "control-plane" not in more
        case ["access-list", name, *_]:
            return name in lists
        case _:
            return False


TARGET = Target(
    name="cisco-asa",
    label="Cisco ASA",
    platform="ciscoasa",
    families=(4,),
    filters=_filters,
    finished=_finished,
    exchanged=exchanged,
)
