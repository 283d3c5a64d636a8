"""What the checker found, in words."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Final

from ringfence.certificate.diagram import DESTINATION, FRAGMENT, IPV6_START, SOURCE
from ringfence.model.certificate import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ringfence.certificate.ports import Ends
    from ringfence.model.inventory import Inventory

_MOST: Final = 2


def header_text(values: Mapping[int, int]) -> str:
    """Return a header as ``10.1.1.1 to 10.1.2.1, protocol 6, destination port 80``."""
    ends = (_address(values[field]) for field in (SOURCE, DESTINATION) if field in values)
    rest = (
        f"{FIELDS[field].replace('-', ' ')} {value}"
        for field, value in sorted(values.items())
        if field > SOURCE and (field, value) != (FRAGMENT, 0)  # 0 is a whole packet
    )
    return ", ".join(filter(None, (" to ".join(ends), *rest)))


def _address(number: int) -> str:
    if number < IPV6_START:
        return str(IPv4Address(number))
    return str(IPv6Address(number - IPV6_START))


def segment_text(ends: Ends, inventory: Inventory) -> str:
    """Return the segments that frames are sent into, the first few of them."""
    texts = [
        f"{_vlans(numbers)}{_medium(medium, inventory)}"
        for medium, numbers in sorted(ends.sends.items())
    ]
    more = len(texts) - _MOST
    return " and ".join(texts[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _vlans(numbers: int) -> str:
    if numbers & (numbers - 1):
        return f"{numbers.bit_count()} VLANs of "
    return f"VLAN {numbers.bit_length() - 1} of "


def _medium(medium: tuple[str, ...], inventory: Inventory) -> str:
    match medium:
        case ("node", host, switch):
            names = inventory.switches.get(switch), inventory.hosts.get(host)
            return (
                f"{names[0].name if names[0] else switch} on {names[1].name if names[1] else host}"
            )
        case (kind, name):
            return f"the {kind} {name}"
        case _:
            return "an undeclared network" if medium == ("undeclared",) else "the overlay networks"
