"""A packet that is sent through a lab, and its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ringfence.model.packet import Header

Kind = Literal[
    "plain",  # the first packet of an honest conversation
    "edge",  # a port beside one that a rule names
    "acknowledgement",  # a TCP packet in the middle of a connection that nobody began
    "fragment",  # a first or a later fragment alone
    "spoofed",  # from an address that is not the sender's
    "direct",  # to the other's MAC address, past the gateway
    "tagged",  # with a VLAN tag, or two, that a machine should not be able to send
    "translated",  # to an address that the firewall puts another in the place of
    "planted",  # taken for an answer to what the sender, or a third, pretended that the other sent
    "poisoned",  # honest, while another claims every address by ARP
    "device",  # to the firewall itself, or to a host
]
FIRST_SOURCE_PORT: Final = 20000
SOURCE_PORTS: Final = 40000
"""Source ports that packets get by their numbers: no packet answers another by chance."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A packet that goes before another, to make devices take that one for an answer."""

    source: str
    interface: str
    header: Header
    next_hop: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A packet to be sent from a NIC, and where it is meant to arrive.

    ``next_hop`` is the MAC address that its frame goes to, ``tags`` the VLANs on it; without a next
    hop its sender's own system finds it. ``planted`` is sent before it, by whoever plants it;
    ``poisoner`` claims every address meanwhile.
    """

    number: int
    kind: Kind
    source: str
    interface: str
    destination: str
    header: Header
    next_hop: str
    tags: tuple[int, ...] = ()
    planted: Planted | None = None
    poisoner: str = ""
