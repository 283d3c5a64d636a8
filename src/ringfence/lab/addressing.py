"""The zones of the lab, and every address and MAC in it: made from a VLAN and a number."""

from __future__ import annotations

from typing import Final

from ringfence.lab.layout import Interface

ZONES: Final = {"dmz": 10, "application": 20, "cardholder": 30, "management": 40}
"""The zones, from least to most trusted, with the VLAN of each."""
GATEWAY: Final = 1
FIRST_MACHINE: Final = 11
FIRST_HOST: Final = 21
SPARE_MACHINE: Final = 77
"""Number of a NIC that a machine gets beside its own."""


def mac(vlan: int, number: int) -> str:
    """Return the MAC address of an interface."""
    return f"02:00:00:{vlan >> 8:02x}:{vlan & 255:02x}:{number:02x}"


def address(vlan: int, number: int) -> str:
    """Return the IPv4 address of an interface in the zone of ``vlan``."""
    return f"10.{vlan}.0.{number}"


def address_6(vlan: int, number: int) -> str:
    """Return the IPv6 address of an interface in the zone of ``vlan``."""
    return f"fd00:{vlan}::{number}"


def addresses(vlan: int, number: int) -> tuple[str, str]:
    """Return both addresses with their prefix lengths."""
    return (f"{address(vlan, number)}/24", f"{address_6(vlan, number)}/64")


def interface(name: str, vlan: int, number: int) -> Interface:
    """Return an interface with its addresses in the zone of ``vlan``."""
    return Interface(name=name, mac=mac(vlan, number), addresses=addresses(vlan, number))


def gateways(vlan: int) -> tuple[str, str]:
    """Return the default gateways of a machine."""
    return (address(vlan, GATEWAY), address_6(vlan, GATEWAY))
