"""What a device may pass between two of its interfaces, and let in to itself; and the declared.

The policy may declare what a device's own configuration does not hold: its addresses and routes.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from ipaddress import ip_interface
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from ringfence.certificate.diagram import (
    ADDRESS_LAST,
    DESTINATION,
    EMPTY,
    FRAGMENT,
    IPV4,
    IPV6,
    SOURCE,
    Diagrams,
    Interval,
    common,
    joined,
    outside,
    within,
)
from ringfence.certificate.matches import Passage, address_interval
from ringfence.certificate.rules import Rules
from ringfence.model.facts import Fact, NotRead
from ringfence.model.rules import Device, DeviceInterface, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ringfence.model.snapshot import Snapshot
    from ringfence.policy.document import DeclaredDevice, Policy

_ANY_ADDRESS: Final = ((0, ADDRESS_LAST),)


def all_devices(snapshot: Snapshot, policy: Policy) -> tuple[Device, ...]:
    """Return the devices that were read or declared, completed by what the policy declares."""
    read = {device.id: device for device in snapshot.devices}
    declared = [
        _completed(
            read[name]
            if name in read
            else Device(id=name, name=name, kind=one.kind, physical=one.physical),
            one,
        )
        for name, one in policy.devices.items()
    ]
    others = [device for name, device in read.items() if name not in policy.devices]
    return tuple(sorted((*declared, *others), key=lambda device: device.id))


def _completed(device: Device, declared: DeclaredDevice) -> Device:
    interfaces, routes = device.interfaces, device.routes
    if not isinstance(interfaces, NotRead):
        interfaces = tuple(
            msgspec.structs.replace(one, addresses=declared.interfaces[one.name].addresses)
            if isinstance(one.addresses, NotRead)
            and one.name in declared.interfaces
            and declared.interfaces[one.name].addresses
            else one
            for one in interfaces
        )
    elif declared.interfaces and all(one.addresses for one in declared.interfaces.values()):
        interfaces = tuple(
            DeviceInterface(name=name, addresses=one.addresses)
            for name, one in declared.interfaces.items()
        )
    if isinstance(routes, NotRead) and declared.routes is not None:
        routes = tuple(
            Route(destination=one.to, interface=one.interface, metric=0) for one in declared.routes
        )
    return msgspec.structs.replace(device, interfaces=interfaces, routes=routes)


def put_together(
    diagrams: Diagrams, headers: int, families: Fact[tuple[Literal[4, 6], ...]]
) -> int:
    """Return the headers without fragments that come alone, of families that are reassembled."""
    for family in () if isinstance(families, NotRead) else families:
        where = (IPV4 if family == 4 else IPV6,)
        alone = diagrams.box({DESTINATION: where, FRAGMENT: ((1, 2),)})
        headers = diagrams.without(headers, alone)
    return headers


class Transitions:
    """The upper bound of what one device does with packets."""

    def __init__(self, diagrams: Diagrams, device: Device) -> None:
        self._diagrams = diagrams
        self._device = device
        chains = device.chains
        self._rules = None if isinstance(chains, NotRead) else Rules(diagrams, chains)
        self._passing: dict[Passage, int] = {}

    @property
    def sends_anything(self) -> bool:
        """Whether it may send any packet once one reaches it, for a line not understood."""
        return bool(self._device.not_understood)

    def forwarded(self, incoming: str, outgoing: str, state: str) -> int:
        """Return the headers that may pass from one interface to another in a state."""
        passage = Passage(incoming, outgoing, state)
        known = self._passing.get(passage)
        if known is None:
            known = self._passing[passage] = self._forwarded(passage)
        return known

    def _forwarded(self, passage: Passage) -> int:
        if self._device.forwards is False:
            return EMPTY
        destinations = self._routed(passage.outgoing or "")
        if not destinations:
            return EMPTY
        sources = self._expected(passage.incoming or "")
        routed = self._diagrams.box({DESTINATION: destinations, SOURCE: sources})
        routed = put_together(self._diagrams, routed, self._device.reassembles)
        if routed == EMPTY or self._rules is None:
            return routed
        accepted = self._rules.accepted(("prerouting", "forward", "postrouting"), passage)
        return self._diagrams.both(routed, accepted)

    def taken_in(self, incoming: str) -> int:
        """Return the headers that may reach the device's own services from an interface."""
        diagrams = self._diagrams
        if self.sends_anything:
            return diagrams.everything
        addresses = self._own if self._all_own_known else _ANY_ADDRESS
        own = diagrams.box({DESTINATION: addresses, SOURCE: self._expected(incoming)})
        own = put_together(diagrams, own, self._device.reassembles)
        if own == EMPTY or self._rules is None:
            return own
        passage = Passage(incoming, None, "new")
        return diagrams.both(own, self._rules.accepted(("prerouting", "input"), passage))

    def _expected(self, incoming: str) -> tuple[Interval, ...]:
        """Return the sources that an interface takes: those routed back by it, where it asks.

        A reverse-path filter knows IPv4 only.
        """
        strict, found = self._device.reverse_path, self._by_interface
        if isinstance(strict, NotRead) or incoming not in strict or found is None:
            return _ANY_ADDRESS
        return (*within(found.get(incoming, ()), IPV4), IPV6)

    @cached_property
    def _own(self) -> tuple[Interval, ...]:
        """The addresses of the device that are known; it never forwards what is for these."""
        interfaces = self._device.interfaces
        return joined(
            address_interval(str(ip_interface(text).ip))
            for one in (() if isinstance(interfaces, NotRead) else interfaces)
            if not isinstance(one.addresses, NotRead)
            for text in one.addresses
        )

    @property
    def _all_own_known(self) -> bool:
        interfaces = self._device.interfaces
        return not isinstance(interfaces, NotRead) and not any(
            isinstance(one.addresses, NotRead) for one in interfaces
        )

    def _routed(self, outgoing: str) -> tuple[Interval, ...]:
        """Return the destinations that may leave by an interface."""
        found = self._by_interface
        routed = _ANY_ADDRESS if found is None else found.get(outgoing, ())
        return common(routed, outside(self._own, _ANY_ADDRESS[0]))

    @cached_property
    def _by_interface(self) -> Mapping[str, tuple[Interval, ...]] | None:
        """The destinations routed to each interface: longest prefix, then lowest metric.

        ``None`` where the routes were not read.
        """
        routes = self._device.routes
        if isinstance(routes, NotRead):
            return None
        by_prefix: defaultdict[Interval, list[Route]] = defaultdict(list)
        for route in routes:
            by_prefix[address_interval(route.destination)].append(route)
        leaving: defaultdict[str, list[Interval]] = defaultdict(list)
        for (first, last), owners in self._decisive(list(by_prefix)):
            best = min(route.metric for route in by_prefix[owners])
            for route in by_prefix[owners]:
                if route.metric == best and route.interface is not None:
                    leaving[route.interface].append((first, last))
        return {name: joined(parts) for name, parts in leaving.items()}

    @staticmethod
    def _decisive(prefixes: list[Interval]) -> list[tuple[Interval, Interval]]:
        """Return pieces of addresses, each with the longest prefix that holds it.

        Prefixes are nested or apart, so those open at an address form a stack.
        """
        pieces: list[tuple[Interval, Interval]] = []
        stack: list[Interval] = []
        start = 0

        def close_before(address: int) -> None:
            nonlocal start
            while stack and stack[-1][1] < address:
                inner = stack.pop()
                if start <= inner[1]:
                    pieces.append(((start, inner[1]), inner))
                    start = inner[1] + 1

        for prefix in sorted(prefixes, key=lambda one: (one[0], -one[1])):
            close_before(prefix[0])
            if stack and start < prefix[0]:
                pieces.append(((start, prefix[0] - 1), stack[-1]))
            start = prefix[0]
            stack.append(prefix)
        close_before(1 << 130)
        return pieces
