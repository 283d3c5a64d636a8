"""The physical side: which layer-2 domain is behind a NIC, and which of its VLANs carry what.

A set of VLANs is a whole number whose bit *v* stands for VLAN *v* (0 to 4094). A frame is sent into
a *medium*: a switch on one host, or a domain; whoever listens on that medium to that VLAN gets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property

from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.network import RENUMBERING, Renumbering, UplinkBinding, VirtualSwitch
from ringfence.replay.wiring import Bound, WiredDomain, Wiring

Medium = tuple[str, ...]
Vlans = int
Reach = dict[Medium, Vlans]

EVERY_VLAN: Vlans = (1 << 4095) - 1
TAGGED: Vlans = EVERY_VLAN & ~1
UNDECLARED = WiredDomain(name="", native="unknown")
"""What may be behind a physical NIC that no domain, or more than one, was declared for."""
OVERLAY: Medium = ("overlay",)


def vlan_set(ranges: Iterable[tuple[int, int]]) -> Vlans:
    """Return the set of the VLANs in ``ranges`` of first and last number."""
    vlans = 0
    for first, last in ranges:
        vlans |= (1 << (last + 1)) - (1 << first)
    return vlans & EVERY_VLAN


def lowest(vlans: Vlans) -> int:
    """Return the lowest VLAN of a set that is not empty."""
    return (vlans & -vlans).bit_length() - 1


def add(reach: Reach, medium: Medium, vlans: Vlans) -> None:
    """Add VLANs of a medium to ``reach``."""
    if vlans:
        reach[medium] = reach.get(medium, 0) | vlans


def outside(domain: WiredDomain, vlans: Vlans) -> Vlans:
    """Return VLANs of a switch as they are on the cable to a domain."""
    return _renumbered(domain, vlans, lambda pair: (pair.inside, pair.outside))


def inside(domain: WiredDomain, cable: Vlans) -> Vlans:
    """Return the VLANs of a switch in which frames are that come by the cable of a domain."""
    return _renumbered(domain, cable, lambda pair: (pair.outside, pair.inside))


def _renumbered(
    domain: WiredDomain, vlans: Vlans, ends: Callable[[Renumbering], tuple[int, int]]
) -> Vlans:
    """Return VLANs past an uplink; ``ends`` are the numbers of a pair before and behind it."""
    tags = domain.tags
    if tags is None:
        return vlans
    if isinstance(tags, NotRead):
        return EVERY_VLAN if vlans else 0
    found = vlans & vlan_set((each.first, each.last) for each in tags.carries)
    for before, behind in map(ends, tags.renumbers):
        found |= (vlans >> before & 1) << behind
    return found


def node(host: str, switch: str) -> Medium:
    """Return the medium inside a host: one switch there."""
    return ("node", host, switch)


def domain_medium(domain: WiredDomain) -> Medium:
    """Return the medium of a domain."""
    return ("domain", domain.name) if domain.name else ("undeclared",)


@dataclass(frozen=True)
class Fabric:
    """The domains, and how switches' uplinks lead to them."""

    inventory: Inventory
    wiring: Wiring
    bound: Bound
    now: bool = False
    """Whether only what runs and is connected takes part, and only uplinks in use carry frames."""
    _domains: dict[str, WiredDomain | None] = field(default_factory=dict, repr=False)

    @property
    def upper(self) -> bool:
        """Whether more may pass where something is not known."""
        return self.bound == "upper"

    def carried(self, domain: WiredDomain) -> Vlans:
        """Return the VLANs that frames may have on the domain; the native one always."""
        vlans = TAGGED if domain.vlans is None else vlan_set(domain.vlans) & TAGGED
        return vlans | (1 << domain.native) if isinstance(domain.native, int) else vlans

    def sent(self, domain: WiredDomain, vlans: Vlans) -> Vlans:
        """Return in which VLANs of the domain frames land that leave a switch with ``vlans``."""
        cable = outside(domain, vlans)
        landed = cable & self.carried(domain)
        return landed | self._untagged(domain) if cable & 1 else landed

    def heard(self, domain: WiredDomain, vlans: Vlans) -> Vlans:
        """Return which VLANs of the domain a place hears that takes ``vlans`` of its switch.

        Frames of the native VLAN arrive untagged, so they go to VLAN 0 and not to a place on that
        number; they may in the upper bound (field knowledge, not yet confirmed).
        """
        cable = outside(domain, vlans)
        heard = cable & self.carried(domain)
        if isinstance(domain.native, int) and not self.upper:
            heard &= ~(1 << domain.native)
        return heard | self._untagged(domain) if cable & 1 else heard

    def received(self, domain: WiredDomain, vlans: Vlans) -> Vlans:
        """Return with which VLANs frames of the domain's ``vlans`` enter a switch by an uplink."""
        plain = replace(domain, tags=None)
        entered = self.heard(plain, TAGGED) & vlans
        cable = entered | 1 if self._untagged(domain) & vlans else entered
        return inside(domain, cable)

    def stripped(self, domain: WiredDomain, vlans: Vlans) -> Vlans:
        """Return the VLANs of the domain that frames in ``vlans`` may go on in by their next tag.

        They do where the domain sends them on untagged: in its native VLAN.
        """
        hops = self.upper and not self.now and domain.double_tags
        return self.carried(domain) if hops and vlans & self._untagged(domain) else 0

    def _untagged(self, domain: WiredDomain) -> Vlans:
        if isinstance(domain.native, int):
            return 1 << domain.native
        if domain.native == "unknown" and self.upper:
            return self.carried(domain) | 1
        return 0

    def declared(self, name: str) -> WiredDomain | None:
        """Return the declared domain of that name."""
        return next((domain for domain in self.wiring.domains if domain.name == name), None)

    def every_domain(self) -> tuple[WiredDomain, ...]:
        """Return every domain that an unknown cable may lead to, one that is undeclared last."""
        return (*self.wiring.domains, UNDECLARED)

    def domain_of(self, physical_nic: str) -> WiredDomain | None:
        """Return the one domain declared for a physical NIC, ``None`` where there is not one."""
        if physical_nic not in self._domains:
            self._domains[physical_nic] = self._find_domain(physical_nic)
        return self._domains[physical_nic]

    def _find_domain(self, physical_nic: str) -> WiredDomain | None:
        known = self.inventory.physical_nics.get(physical_nic)
        if known is None:
            return None
        name = f"{known[0].name}/{known[1].name}"
        matching = [
            domain
            for domain in self.wiring.domains
            if any(fnmatchcase(name, pattern) for pattern in domain.uplinks)
        ]
        return matching[0] if len(matching) == 1 else None

    def behind(self, physical_nics: Iterable[str]) -> tuple[WiredDomain, ...]:
        """Return the domains that an uplink of these physical NICs leads to.

        Where a domain is not known, or several NICs lead to different ones: none in the lower
        bound; in the upper bound all of them, and every domain for a NIC that is not known.
        """
        found = [self.domain_of(nic) for nic in physical_nics]
        known = {domain.name: domain for domain in found if domain is not None}
        if len(known) == 1 and None not in found:
            return tuple(known.values())
        if not self.upper:
            return ()
        return self.every_domain() if None in found else tuple(known.values())

    def bindings(self, switch: str, host: str) -> tuple[UplinkBinding, ...] | None:
        """Return the uplinks of a switch on a host, ``None`` where they are not known."""
        member = self.inventory.members.get((switch, host))
        if member is None or isinstance(member.uplinks, NotRead):
            return None
        return member.uplinks

    def hosts_of(self, switch: VirtualSwitch | None) -> tuple[str, ...]:
        """Return the ids of the hosts on which the switch may exist."""
        if switch is None or isinstance(switch.members, NotRead):
            return tuple(self.inventory.hosts)
        # One without members, to which something is attached, is as good as unread.
        return tuple(member.host for member in switch.members) or tuple(self.inventory.hosts)

    def joined(
        self, switch: str, host: str, used: tuple[str, ...] | None, standby: tuple[str, ...] = ()
    ) -> tuple[WiredDomain, ...]:
        """Return the domains that the ``used`` uplinks (by name; ``None``: all) lead to.

        ``standby`` are used too in a failover, and now only where no other has a link.
        """
        bindings = self.bindings(switch, host)
        if not self.upper and switch in self._filtered:
            return ()
        known = self.inventory.switches.get(switch)
        if bindings is None:
            every = self.every_domain() if self.upper else ()
            if known is None or known.kind not in RENUMBERING:
                return every
            unread = NotRead(reason="not-collected", detail="its uplinks were not read")
            return tuple(replace(domain, tags=unread) for domain in every)
        if self.now and not (known is not None and known.forwards_between_uplinks):
            return self._joined_now(bindings, used, standby)
        if used is not None:
            used = (*used, *standby)
        return tuple(
            replace(domain, tags=binding.tags)
            for binding in bindings
            if used is None or binding.name in used
            if self.upper or not isinstance(binding.tags, NotRead)
            for domain in self.behind(binding.physical_nics)
        )

    @cached_property
    def _filtered(self) -> set[str]:
        """The switches with a filter at their uplinks that may stop frames: it is not followed."""
        inventory = self.inventory
        groups = {each.id: each for each in inventory.snapshot.port_groups if each.uplink}
        ports = [each for each in inventory.ports.values() if each.port_group in groups]
        filters = [(each.switch, each.filters) for each in groups.values()]
        filters.extend((each.switch, each.filters) for each in ports)
        return {
            switch
            for switch, rules in filters
            if isinstance(rules, NotRead) or any(rule.action != "accept" for rule in rules)
        }

    def _joined_now(
        self,
        bindings: tuple[UplinkBinding, ...],
        used: tuple[str, ...] | None,
        standby: tuple[str, ...],
    ) -> tuple[WiredDomain, ...]:
        """Return the domain behind the uplinks in use; none for certain where they differ."""
        working = {
            binding.name: [nic for nic in binding.physical_nics if not self._is_down(nic)]
            for binding in bindings
        }
        working = {name: nics for name, nics in working.items() if nics}
        names = [name for name in working if used is None or name in used]
        if not names:
            names = [name for name in standby if name in working][:1]
        tags = {binding.name: binding.tags for binding in bindings}
        behind = [(self.domain_of(nic), tags[name]) for name in names for nic in working[name]]
        leading = [(domain, said) for domain, said in behind if domain is not None]
        certain = not any(isinstance(said, NotRead) for _, said in leading)
        alike = len({(domain.name, said) for domain, said in leading}) == 1
        if not self.upper and not (alike and certain and len(leading) == len(behind)):
            return ()
        if len(leading) < len(behind):
            every = {said for domain, said in behind if domain is None}
            leading += [(domain, said) for said in every for domain in self.every_domain()]
        return tuple({replace(domain, tags=said): None for domain, said in leading})

    def _is_down(self, physical_nic: str) -> bool:
        known = self.inventory.physical_nics.get(physical_nic)
        return known is not None and known[1].speed == 0

    def bridges(self) -> list[tuple[Medium, tuple[WiredDomain, ...]]]:
        """Return each switch on each host that forwards between its uplinks, with its domains."""
        return [
            (node(host, switch.id), self.joined(switch.id, host, None))
            for switch in self.inventory.snapshot.switches
            if switch.forwards_between_uplinks
            for host in self.hosts_of(switch)
        ]
