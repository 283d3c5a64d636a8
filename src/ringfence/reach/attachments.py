"""Where each place sends frames, and where it hears them: its broadcast groups.

A frame sent into a group reaches every other place that hears the group. Groups are the ports of
one VLAN of one switch on one host, and one VLAN of a layer-2 domain between hosts. Sending and
hearing are kept apart, since native VLANs and private VLANs join places in one direction only,
and since a virtual switch never passes a frame from one uplink to another.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ringfence.reach.port_filters import UNFILTERED, Filterings

Bound = Literal["lower", "upper"]
Group = tuple[str, ...]


class Hearing(msgspec.Struct, frozen=True, gc=False):
    """The groups that a place sends into, and those that it hears."""

    sends: frozenset[Group]
    hears: frozenset[Group]

    def __or__(self, other: Hearing) -> Hearing:
        return Hearing(self.sends | other.sends, self.hears | other.hears)


SILENT = Hearing(frozenset(), frozenset())


class Place(msgspec.Struct, frozen=True, gc=False):
    """A virtual NIC, kernel interface, passthrough device, external place or device interface.

    ``owner`` is the id of the machine, host, device or external zone. ``lower`` is what is
    certain, ``upper`` what is possible for all that was read. Where not even that it takes part
    is known (a NIC that may be disconnected), it is not ``certain``: nobody surely starts there.
    ``filterings`` are the filters between the place and its switch. ``hops`` are further groups
    that an attacker may send into from it with frames of several tags (IEEE 802.1Q); whoever is
    honest sends none.
    """

    id: str
    owner: str
    kind: Literal["virtual-nic", "kernel-interface", "passthrough", "external", "device"]
    lower: Hearing
    upper: Hearing
    certain: bool = True
    filterings: Filterings = UNFILTERED
    hops: frozenset[Group] = frozenset()

    def hearing(self, bound: Bound) -> Hearing:
        """Return the groups for one bound."""
        return self.lower if bound == "lower" else self.upper

    def attacks(self, bound: Bound) -> frozenset[Group]:
        """Return the groups that an attacker at this place sends into."""
        return self.lower.sends if bound == "lower" else self.upper.sends | self.hops


def node_group(host: str, switch: str, vlan: int) -> Group:
    """Return the ports of one VLAN of one switch on one host."""
    return ("node", host, switch, str(vlan))


def domain_group(domain: str, vlan: int) -> Group:
    """Return one VLAN of a layer-2 domain."""
    return ("domain", domain, str(vlan))


def external_group(zone: str) -> Group:
    """Return the network of an external zone."""
    return ("external", zone)


def overlay_group(logical_switch: str) -> Group:
    """Return a logical switch of an overlay network."""
    return ("overlay", logical_switch)


def within(everywhere: Hearing, host: str, *, external: bool) -> Hearing:
    """Return the groups that something on ``host`` may stand in; only devices stand outside."""

    def near(group: Group) -> bool:
        if group[0] == "external":
            return external
        return host == "*" or group[0] != "node" or group[1] == host

    groups = frozenset(group for group in everywhere.sends if near(group))
    return Hearing(groups, groups)
