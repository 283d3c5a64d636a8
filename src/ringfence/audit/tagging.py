"""VLAN settings as checks compare them: numbers, ranges, and what an operator reads."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    PrivateVlan,
    TrunkVlan,
    Vlan,
    VlanRange,
    vlan_of,
)


def vlan_value(vlan: Vlan) -> int | str:
    """Return a VLAN setting as a finding shows it: a number where it is one, else its text."""
    match vlan:
        case NoVlan():
            return 0
        case AccessVlan(vlan=number):
            return number
        case _:
            return vlan_of(vlan)


def numbers_of(vlan: Vlan) -> tuple[int, ...]:
    """Return the single VLAN numbers that a setting names; a trunk names none, but ranges."""
    match vlan:
        case NoVlan() | TrunkVlan():
            return ()
        case AccessVlan(vlan=number):
            return (number,)
        case PrivateVlan(primary=primary, secondary=secondary):
            return tuple(dict.fromkeys((primary, secondary)))


def carries(vlan: TrunkVlan, number: int) -> bool:
    """Tell whether a trunk carries a VLAN."""
    return any(part.first <= number <= part.last for part in vlan.ranges)


def range_text(ranges: Iterable[VlanRange]) -> str:
    """Return ranges as an operator writes them: ``1-4093,4095``."""
    return ",".join(
        str(part.first) if part.first == part.last else f"{part.first}-{part.last}"
        for part in ranges
    )
