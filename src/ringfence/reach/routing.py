"""Where devices pass packets on now: their interfaces, the branches of their routes, next hops."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from ringfence.model.facts import NotRead
from ringfence.model.rules import UnmodelledMatch
from ringfence.reach.fields import Field, address_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ringfence.model.rules import Device, Route
    from ringfence.reach.attachments import Bound, Group, Place
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.places import Places
    from ringfence.reach.port_filters import Filterings
    from ringfence.reach.question import Question


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the best routes of some headers; without an ``interface`` they are discarded.

    ``next_hop`` is the address of the router to hand them to, ``None`` where the destination
    itself stands behind the interface, ``"?"`` where neither is known.
    """

    interface: str | None
    next_hop: str | None
    headers: HeaderSet


@dataclass(frozen=True, slots=True)
class Door:
    """An interface of a device, with the groups that it hears and the filters at its port."""

    device: str
    name: str
    hears: frozenset[Group]
    filterings: Filterings


class Doors:
    """The interfaces of all devices as they stand now."""

    def __init__(self, question: Question, places: Places, bound: Bound) -> None:
        self._space = question.space
        self._bound: Bound = bound
        self._devices = question.inventory.devices
        self._places: Mapping[tuple[str, str], Place] = {
            (device, place.id.partition("/")[2]): place
            for device in self._devices
            for place in places.of_owner.get(device, ())
            if place.kind == "device"
        }
        self.every: tuple[Door, ...] = tuple(
            Door(device, name, place.hearing(bound).hears, place.filterings)
            for (device, name), place in sorted(self._places.items())
        )
        self._branches: dict[str, tuple[Branch, ...]] = {}
        self._hops: dict[
            tuple[str, str, str | None], tuple[tuple[Door, ...], frozenset[Group]]
        ] = {}

    @cached_property
    def unsure(self) -> bool:
        """Whether anything of the devices is not known for certain, and more may pass therefore."""
        return self._bound == "upper" and (
            any(place.lower != place.upper for place in self._places.values())
            or any(not _is_certain(device) for device in self._devices.values())
        )

    def any_route(self, device: str) -> bool:
        """Tell whether the routes were not read, so that any of the branches may be the one."""
        return isinstance(self._devices[device].routes, NotRead)

    def branches(self, device: str) -> tuple[Branch, ...]:
        """Return the branches of a device's routes: longest prefix, lowest metric."""
        known = self._branches.get(device)
        if known is None:
            routes = self._devices[device].routes
            found = self._unread(device) if isinstance(routes, NotRead) else self._best(routes)
            known = self._branches[device] = tuple(self._joined(found))
        return known

    def _joined(self, branches: Iterable[Branch]) -> Iterator[Branch]:
        """Yield one branch for all that lead to the same: each packet takes those that hold it."""
        leading: defaultdict[tuple[str | None, str | None], list[HeaderSet]] = defaultdict(list)
        for branch in branches:
            leading[branch.interface, branch.next_hop].append(branch.headers)
        for (interface, hop), headers in leading.items():
            yield Branch(interface, hop, self._space.union(headers))

    def _unread(self, device: str) -> Iterator[Branch]:
        if self._bound == "upper":
            for door in self.every:
                if door.device == device:
                    yield Branch(door.name, "?", self._space.everything)

    def _best(self, routes: Sequence[Route]) -> Iterator[Branch]:
        by_prefix: defaultdict[str, list[Route]] = defaultdict(list)
        for route in routes:
            by_prefix[str(ip_network(route.destination, strict=False))].append(route)
        decided = self._space.nothing
        for prefix in sorted(by_prefix, key=lambda text: -ip_network(text).prefixlen):
            here = self._space.interval(Field.DESTINATION, address_interval(prefix))
            fresh = self._space.without(here, decided)
            decided |= here
            best = min(route.metric for route in by_prefix[prefix])
            for route in by_prefix[prefix]:
                if route.metric == best:
                    hop = route.next_hop and str(ip_address(route.next_hop))
                    yield Branch(route.interface, hop, fresh)

    def exit(self, device: str, interface: str | None) -> tuple[str, str] | None:
        """Return the interface by which a branch leaves, ``None`` where there is none."""
        key = (device, interface or "")
        return key if key in self._places else None

    def filters_at(self, exit_: tuple[str, str]) -> Filterings:
        """Return the filters at the port of an interface."""
        return self._places[exit_].filterings

    def after(
        self, exit_: tuple[str, str], next_hop: str | None
    ) -> tuple[tuple[Door, ...], frozenset[Group]]:
        """Return the doors that take what left by an interface, and the groups that it may end in.

        A next hop that stands outside knows its own ways. One that is no device's address may be
        a router that nobody declared: it surely leads nowhere, and it may lead anywhere.
        """
        key = (*exit_, next_hop)
        known = self._hops.get(key)
        if known is None:
            known = self._hops[key] = self._after(self._places[exit_], next_hop)
        return known

    def _after(
        self, place: Place, next_hop: str | None
    ) -> tuple[tuple[Door, ...], frozenset[Group]]:
        sends = place.hearing(self._bound).sends
        if next_hop is None:
            return (), sends
        others = [
            door
            for door in self.every
            if not door.hears.isdisjoint(sends)
            and self._places[door.device, door.name] is not place
        ]
        held = {door: self._addresses.get((door.device, door.name)) for door in others}
        unread = [door for door in others if held[door] is None and self._bound == "upper"]
        named = [door for door in others if next_hop in (held[door] or ())]
        if named:
            return (*named, *unread), frozenset()
        outside = frozenset(group for group in sends if group[0] == "external")
        if outside:
            return tuple(unread), outside
        if self._bound == "lower" or next_hop in self._all_addresses:
            return (), frozenset()
        return tuple(others), sends

    @cached_property
    def _all_addresses(self) -> frozenset[str]:
        """All addresses of devices, where every one of them was read."""
        if any(held is None for held in self._addresses.values()):
            return frozenset()
        return frozenset().union(*(held for held in self._addresses.values() if held))

    @cached_property
    def _addresses(self) -> Mapping[tuple[str, str], frozenset[str] | None]:
        """The addresses of each interface, ``None`` where they were not read."""
        found: dict[tuple[str, str], frozenset[str] | None] = dict.fromkeys(self._places)
        for device in self._devices.values():
            for one in () if isinstance(device.interfaces, NotRead) else device.interfaces:
                if not isinstance(one.addresses, NotRead):
                    plain = (text.partition("/")[0] for text in one.addresses)
                    found[device.id, one.name] = frozenset(str(ip_address(text)) for text in plain)
        return found


def _is_certain(device: Device) -> bool:
    """Tell whether all of a device was read and is modelled."""
    facts = (device.chains, device.routes, device.interfaces, device.forwards, device.reverse_path)
    if device.not_understood or any(isinstance(fact, NotRead) for fact in facts):
        return False
    chains = () if isinstance(device.chains, NotRead) else device.chains
    return not any(
        rule.action == "unmodelled"
        or any(isinstance(condition, UnmodelledMatch) for condition in rule.conditions)
        for chain in chains
        for rule in chain.rules
    )
