"""VLAN settings as numbers of virtual LANs sent into and heard, and the numbers in use."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from ringfence.model.facts import NotRead
from ringfence.model.network import AccessVlan, NoVlan, PrivateVlan, TrunkVlan, Vlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.model.inventory import Inventory
    from ringfence.policy.document import Policy
    from ringfence.reach.fabric import FabricFacts


class Lanes(msgspec.Struct, frozen=True, gc=False):
    """The VLAN numbers that a port sends into and hears; ``primary`` of a private VLAN."""

    sends: tuple[int, ...]
    hears: tuple[int, ...]
    primary: int | None = None


@dataclass(frozen=True)
class VlansInUse:
    """The VLAN numbers that can matter.

    A trunk belongs to thousands of VLANs; only those count that something else may stand in.
    Two trunks, or a trunk and a domain, that share any VLAN share the first of one of their
    ranges, so those are in use too. ``secondaries`` are the private VLANs of each switch's
    primaries.
    """

    numbers: tuple[int, ...]
    secondaries: Mapping[tuple[str, int], tuple[int, ...]]

    @staticmethod
    def of(inventory: Inventory, policy: Policy, fabric: FabricFacts) -> VlansInUse:
        """Collect the numbers from port groups, live ports, domains and device interfaces."""
        used: set[int] = {0}
        pairs = {
            (switch.id, pair.primary, pair.secondary)
            for switch in inventory.snapshot.switches
            if not isinstance(switch.private_vlans, NotRead)
            for pair in switch.private_vlans
        }
        for switch_id, vlan in _settings(inventory):
            match vlan:
                case AccessVlan(vlan=number):
                    used.add(number)
                case TrunkVlan(ranges=ranges):
                    used.update(one.first for one in ranges)
                case PrivateVlan(primary=primary, secondary=secondary):
                    pairs.add((switch_id, primary, secondary))
                case NoVlan():
                    pass
        used.update(_on_cables(inventory))
        used.update(number for _, *two in pairs for number in two)
        used.update(_declared(policy, fabric))
        used.update(_mirrored(inventory))
        secondaries: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        for switch_id, primary, secondary in sorted(pairs):
            if primary != secondary:
                secondaries[switch_id, primary].append(secondary)
        return VlansInUse(
            tuple(sorted(used)), {key: tuple(numbers) for key, numbers in secondaries.items()}
        )

    def lanes(self, vlan: Vlan, switch: str) -> Lanes:
        """Return the numbers that a port of ``switch`` with this setting sends into and hears."""
        match vlan:
            case NoVlan():
                return Lanes((0,), (0,))
            case AccessVlan(vlan=number):
                return Lanes((number,), (number,))
            case TrunkVlan(ranges=ranges):
                numbers = tuple(
                    number
                    for number in self.numbers
                    if any(one.first <= number <= one.last for one in ranges)
                )
                return Lanes(numbers, numbers)
            case PrivateVlan(primary=primary, kind="promiscuous"):
                others = self.secondaries.get((switch, primary), ())
                return Lanes((primary,), (primary, *others), primary)
            case PrivateVlan(primary=primary, secondary=secondary, kind="community"):
                return Lanes((secondary,), (secondary, primary), primary)
            case PrivateVlan(primary=primary, secondary=secondary):
                return Lanes((secondary,), (primary,), primary)

    def any_lane(self) -> Lanes:
        """Return every number in use: the worst case for a setting that was not read."""
        return Lanes(self.numbers, self.numbers)


def _settings(inventory: Inventory) -> Iterator[tuple[str, Vlan]]:
    for group in inventory.snapshot.port_groups:
        if not isinstance(group.vlan, NotRead):
            yield group.switch, group.vlan
    for port in inventory.ports.values():
        if not isinstance(port.vlan, NotRead):
            yield port.switch, port.vlan


def _on_cables(inventory: Inventory) -> Iterator[int]:
    """Yield the numbers that uplinks compare tags with, or put in their place."""
    for member in inventory.members.values():
        for uplink in () if isinstance(member.uplinks, NotRead) else member.uplinks:
            if uplink.tags is not None and not isinstance(uplink.tags, NotRead):
                yield from (one.first for one in uplink.tags.carries)
                for pair in uplink.tags.renumbers:
                    yield pair.inside
                    yield pair.outside


def _mirrored(inventory: Inventory) -> Iterator[int]:
    sessions = inventory.snapshot.mirror_sessions
    for session in () if isinstance(sessions, NotRead) else sessions:
        yield from session.source_vlans
        if session.remote_vlan is not None:
            yield session.remote_vlan


def _declared(policy: Policy, fabric: FabricFacts) -> Iterator[int]:
    for domain in fabric.domains.values():
        yield from (first for first, _ in domain.ranges or ())
        if domain.native is not None:
            yield domain.native
    for device in policy.devices.values():
        yield from (one.vlan for one in device.interfaces.values() if one.vlan is not None)
