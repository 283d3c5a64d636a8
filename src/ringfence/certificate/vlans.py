"""Frames on wires: media, the VLANs on each, and what domains make of them.

A set of VLANs is a whole number whose bit *v* stands for VLAN *v*. A *medium* is one switch on
one host, a layer-2 domain, an external zone's network, or the overlay networks together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import RENUMBERING, UplinkTags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ringfence.model.inventory import Inventory
    from ringfence.policy.document import Policy

Medium = tuple[str, ...]
Vlans = dict[Medium, int]

ANY_VLAN: Final = (1 << 4095) - 1
OVERLAY: Final[Medium] = ("overlay",)


def mask(ranges: Iterable[tuple[int, int]]) -> int:
    """Return the set of the VLANs in ranges of first and last number."""
    found = 0
    for first, last in ranges:
        found |= (1 << (last + 1)) - (1 << first)
    return found & ANY_VLAN


def add(vlans: Vlans, medium: Medium, numbers: int) -> None:
    """Add VLANs of a medium."""
    if numbers:
        vlans[medium] = vlans.get(medium, 0) | numbers


@dataclass(frozen=True)
class Wire:
    """A domain: which VLANs it carries, and which of them untagged frames may be in.

    ``strips`` tells whether frames may go on there by a tag behind the one that was stripped.
    ``tags`` is what the uplink that leads to it makes of the tags of frames.
    """

    medium: Medium
    carries: int
    untagged: int
    private_vlans: bool
    strips: bool
    tags: Fact[UplinkTags | None] = None

    def of_switch(self, numbers: int) -> int:
        """Return the VLANs of the domain for VLANs of a switch with an uplink to it."""
        cable = self._cable(numbers, outwards=True)
        return (cable & ~1 & self.carries) | (self.untagged if cable & 1 else 0)

    def to_switch(self, numbers: int) -> int:
        """Return the VLANs of a switch for VLANs of the domain."""
        cable = (numbers & ~1 & self.carries) | (1 if numbers & self.untagged else 0)
        return self._cable(cable, outwards=False)

    def _cable(self, numbers: int, *, outwards: bool) -> int:
        """Return VLANs of the switch as they are on the cable, or the other way round."""
        if self.tags is None:
            return numbers
        if isinstance(self.tags, NotRead):
            return ANY_VLAN if numbers else 0
        found = numbers & mask((one.first, one.last) for one in self.tags.carries)
        for pair in self.tags.renumbers:
            before, after = pair.inside, pair.outside
            if not outwards:
                before, after = after, before
            found |= (numbers >> before & 1) << after
        return found


_UNDECLARED: Final = Wire(("undeclared",), ANY_VLAN, ANY_VLAN, private_vlans=False, strips=True)


@dataclass(frozen=True)
class Wires:
    """The domains of a policy, and where each physical NIC may lead."""

    inventory: Inventory
    policy: Policy
    _behind: dict[str, Wire | None] = field(default_factory=dict)

    @cached_property
    def declared(self) -> Mapping[str, Wire]:
        """The declared domains by name."""
        found: dict[str, Wire] = {}
        for name, domain in self.policy.fabric.domains.items():
            carries = ANY_VLAN if domain.vlans is None else mask(_ranges(domain.vlans))
            if isinstance(domain.native, int):
                carries |= 1 << domain.native
                untagged = 1 << domain.native
            else:
                # Untagged frames are dropped, or may be in any VLAN of a domain that is not known.
                untagged = 0 if domain.native == "none" else carries | 1
            strips = domain.double_tags != "drop"
            found[name] = Wire(("domain", name), carries, untagged, domain.private_vlans, strips)
        return found

    @cached_property
    def every(self) -> tuple[Wire, ...]:
        """Every domain that a cable may lead to, an undeclared one among them."""
        return (*self.declared.values(), _UNDECLARED)

    def behind(self, physical_nics: Iterable[str]) -> tuple[Wire, ...]:
        """Return every domain that any of some physical NICs may lead to."""
        found = [self._of_nic(nic) for nic in physical_nics]
        if None in found:
            return self.every
        return tuple({one.medium: one for one in found if one is not None}.values())

    def _of_nic(self, nic: str) -> Wire | None:
        """Return the one domain declared for a physical NIC, ``None`` where there is not one."""
        if nic not in self._behind:
            known = self.inventory.physical_nics.get(nic)
            path = "" if known is None else f"{known[0].name}/{known[1].name}"
            named = [
                name
                for name, domain in self.policy.fabric.domains.items()
                if known is not None and any(fnmatchcase(path, one) for one in domain.uplinks)
            ]
            self._behind[nic] = self.declared[named[0]] if len(named) == 1 else None
        return self._behind[nic]

    def of_uplinks(self, switch: str, host: str, used: frozenset[str] | None) -> tuple[Wire, ...]:
        """Return the domains behind a switch's uplinks on a host.

        ``used`` names those that carry frames, ``None`` all. Where the uplinks were not read, a
        cable may lead anywhere.
        """
        member = self.inventory.members.get((switch, host))
        if member is None or isinstance(member.uplinks, NotRead):
            known = self.inventory.switches.get(switch)
            if known is None or known.kind not in RENUMBERING:
                return self.every
            unread = NotRead(reason="not-collected", detail="its uplinks were not read")
            return tuple(replace(wire, tags=unread) for wire in self.every)
        found = [
            replace(wire, tags=uplink.tags)
            for uplink in member.uplinks
            if used is None or uplink.name in used
            for wire in self.behind(uplink.physical_nics)
        ]
        return tuple(dict.fromkeys(found))

    @cached_property
    def bridges(self) -> tuple[tuple[Medium, tuple[Wire, ...]], ...]:
        """Switches that forward from uplink to uplink, on each host, with their domains."""
        inventory = self.inventory
        return tuple(
            (("node", host, switch.id), self.of_uplinks(switch.id, host, None))
            for switch in inventory.snapshot.switches
            if switch.forwards_between_uplinks
            for host in hosts_of(inventory, switch.id)
        )

    def carried_on(self, vlans: Vlans, *, tags: bool = False) -> Vlans:
        """Return where frames get that are sent into some VLANs, bridges included.

        With several ``tags``, each counts once those before it are stripped.
        """
        reached = dict(vlans)
        before: Vlans = {}
        while (self.bridges or tags) and reached != before:
            before = dict(reached)
            for wire in self.every if tags else ():
                if wire.strips and reached.get(wire.medium, 0) & wire.untagged:
                    add(reached, wire.medium, wire.carries)
            for node, wires in self.bridges:
                for wire in wires:
                    add(reached, node, wire.to_switch(reached.get(wire.medium, 0)))
                    add(reached, wire.medium, wire.of_switch(reached.get(node, 0)))
        return reached


def hosts_of(inventory: Inventory, switch: str) -> tuple[str, ...]:
    """Return the hosts on which a switch may exist: all where that is not known."""
    known = inventory.switches.get(switch)
    if known is None or isinstance(known.members, NotRead) or not known.members:
        return tuple(inventory.hosts)
    return tuple(member.host for member in known.members)


def _ranges(text: str) -> Iterable[tuple[int, int]]:
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield int(first), int(last or first)
