"""What a device may pass between two of its interfaces, and let in to itself; and the declared.

The policy may declare what a device's own configuration does not hold: its addresses and routes.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from ipaddress import ip_interface
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

from ringfence.certificate.diagram import (
    ADDRESS_LAST,
    DESTINATION,
    DESTINATION_PORT,
    EMPTY,
    FRAGMENT,
    IPV4,
    IPV6,
    SOURCE,
    SOURCE_PORT,
    Diagrams,
    Interval,
    common,
    joined,
    outside,
    within,
)
from ringfence.certificate.matches import Passage, address_interval
from ringfence.certificate.own_nics import unnamed_nics
from ringfence.certificate.rules import Rules
from ringfence.certificate.translating import Translating, refuses, translations
from ringfence.model.connections import TRANSLATES_AT
from ringfence.model.facts import Fact, NotRead
from ringfence.model.rules import Device, DeviceInterface, NotUnderstood, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ringfence.model.machines import Machine
    from ringfence.model.rules import Chain, Hook
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
    machines = {machine.id: machine for machine in snapshot.machines}
    noted = (
        _noted(device, machines.get(device.machine or ""), policy.devices.get(device.id))
        for device in (*declared, *others)
    )
    return tuple(sorted(noted, key=lambda device: device.id))


def _noted(device: Device, machine: Machine | None, declared: DeclaredDevice | None) -> Device:
    """Return the device with a note for each NIC that may be any interface: no rule fits surely."""
    notes = tuple(
        NotUnderstood(line=None, text=nic.label, why="it may be an interface of any name")
        for nic in unnamed_nics(machine, device, declared)
    )
    return msgspec.structs.replace(device, not_understood=(*device.not_understood, *notes))


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


def _is_before(chain: Chain) -> bool:
    """Tell whether packets meet a chain before their destination is translated."""
    return chain.hook == "prerouting" and chain.priority <= TRANSLATES_AT["prerouting"]


def _is_behind(chain: Chain) -> bool:
    """Tell whether packets meet a chain after their source was translated."""
    return chain.hook in ("input", "postrouting") and chain.priority > TRANSLATES_AT[chain.hook]


class Planted(NamedTuple):
    """Headers that a device may take for answers, as they come in and as they leave."""

    arriving: int
    leaving: int


class Transitions:
    """The upper bound of what one device does with packets."""

    def __init__(self, diagrams: Diagrams, device: Device) -> None:
        self._diagrams = diagrams
        self._device = device
        chains = device.chains
        self._rules: Rules | None = None
        self.translating: Translating | None = None
        if not isinstance(chains, NotRead):
            meets = translations(chains) or refuses(chains)
            translates = meets and not device.not_understood
            among = diagrams.everything if translates else self._concerned()
            self._rules = Rules(diagrams, chains, among)
            if translates:
                self.translating = Translating(diagrams, device, chains, self._rules)
        self._passing: dict[Passage, int] = {}

    def _concerned(self) -> int:
        """Return all headers that may be sent on or taken in: what rules do to others is nothing.

        Rules for destinations that are routed nowhere are so passed over.
        """
        routed = self._by_interface
        if routed is None or not self._all_own_known:
            return self._diagrams.everything
        destinations = joined([*self._own, *(part for parts in routed.values() for part in parts)])
        return self._diagrams.box({DESTINATION: destinations})

    @property
    def sends_anything(self) -> bool:
        """Whether it may send any packet once one reaches it: rules unread or not understood."""
        return bool(self._device.not_understood) or self._rules is None

    def forwarded(self, incoming: str, outgoing: str, state: str) -> int:
        """Return the headers that may pass from one interface to another in a state.

        Of a device that translates, it is those that may come in to pass as new.
        """
        passage = Passage(incoming, outgoing, state)
        known = self._passing.get(passage)
        if known is None:
            known = self._passing[passage] = self._forwarded(passage)
        return known

    def _forwarded(self, passage: Passage) -> int:
        if self.translating is not None:
            return self._backward(passage, self._diagrams.everything)
        return self._between(passage)

    def leaving(self, incoming: str, outgoing: str, arriving: int) -> int:
        """Return what headers that come in by an interface may leave as by another."""
        diagrams, passage = self._diagrams, Passage(incoming, outgoing, "new")
        if self.sends_anything:
            return diagrams.everything
        if self.translating is None:
            return diagrams.both(arriving, self.forwarded(incoming, outgoing, "new"))
        return self._onward(passage, arriving)

    def answers(self, incoming: str, outgoing: str, arriving: int, planted: Planted) -> int:
        """Return what may leave as an answer to what was planted, of what comes in.

        Where anything is translated, so are answers, back: which one becomes which is bounded by
        the fields that stay.
        """
        diagrams, passage = self._diagrams, Passage(incoming, outgoing, "established")
        if self.translating is None or self._rules is None:
            passing = self.forwarded(incoming, outgoing, "established")
            return diagrams.both(diagrams.both(arriving, planted.arriving), passing)
        before = self._rules.accepted(("prerouting",), passage, _is_before)
        behind = self._rules.accepted(("postrouting",), passage, _is_behind)
        expected = diagrams.box({SOURCE: self._expected(incoming)})
        late = (SOURCE, SOURCE_PORT) if self.translating.destinations else ()
        early = (DESTINATION,) if self.translating.sources else ()
        back = diagrams.both(diagrams.both(arriving, planted.arriving), before)
        freed = diagrams.freed(diagrams.both(back, expected), (*early, DESTINATION_PORT, *late))
        forth = diagrams.freed(self._between(passage, expected=_ANY_ADDRESS), late)
        found = planted.leaving
        for one in (freed, forth, behind):
            found = diagrams.both(found, one)
        return found

    def only_answers(self, incoming: str, outgoing: str, planted: Planted) -> int:
        """Return what may leave as an answer to what was planted, and not as new."""
        diagrams = self._diagrams
        if planted.arriving == EMPTY or self.sends_anything:
            return EMPTY
        leaving = self.answers(incoming, outgoing, diagrams.everything, planted)
        if self.translating is not None:
            return leaving
        return diagrams.without(leaving, self.forwarded(incoming, outgoing, "new"))

    def _onward(self, passage: Passage, headers: int) -> int:
        """Return what headers may be that went through the whole of a device that translates."""
        if self.translating is None or self._rules is None:
            return headers
        diagrams = self._diagrams
        last: Hook = "postrouting" if passage.outgoing else "input"
        before = self._rules.accepted(("prerouting",), passage, _is_before)
        headers = self.translating.onward(
            "prerouting", passage._replace(outgoing=None), diagrams.both(headers, before)
        )
        headers = diagrams.both(headers, self._between(passage))
        headers = self.translating.onward(last, passage, headers)
        return diagrams.both(headers, self._rules.accepted((last,), passage, _is_behind))

    def _backward(self, passage: Passage, headers: int) -> int:
        """Return what may have come in to be some headers in the end."""
        if self.translating is None or self._rules is None:
            return headers
        diagrams = self._diagrams
        last: Hook = "postrouting" if passage.outgoing else "input"
        headers = diagrams.both(headers, self._rules.accepted((last,), passage, _is_behind))
        headers = self.translating.backward(last, passage, headers)
        headers = diagrams.both(headers, self._between(passage))
        headers = self.translating.backward("prerouting", passage._replace(outgoing=None), headers)
        before = self._rules.accepted(("prerouting",), passage, _is_before)
        return diagrams.both(headers, before)

    def _between(self, passage: Passage, expected: tuple[Interval, ...] | None = None) -> int:
        """Return what is routed, or the device's own, and passes rules that do not translate."""
        if passage.outgoing is None:
            return self._own_input(passage)
        if self._device.forwards is False:
            return EMPTY
        destinations = self._routed(passage.outgoing or "")
        if not destinations:
            return EMPTY
        sources = expected or self._expected(passage.incoming or "")
        routed = self._diagrams.box({DESTINATION: destinations, SOURCE: sources})
        routed = put_together(self._diagrams, routed, self._device.reassembles)
        if routed == EMPTY or self._rules is None:
            return routed
        hooks: tuple[Hook, ...] = ("prerouting", "forward", "postrouting")
        return self._diagrams.both(routed, self._rules.accepted(hooks, passage, self._is_between))

    def _is_between(self, chain: Chain) -> bool:
        return self.translating is None or not (_is_before(chain) or _is_behind(chain))

    def taken_in(self, incoming: str, arriving: int) -> int:
        """Return what may reach the device's own services, of what comes in by an interface."""
        if self.sends_anything:
            return EMPTY if arriving == EMPTY else self._diagrams.everything
        passage = Passage(incoming, None, "new")
        if self.translating is not None:
            return self._onward(passage, arriving)
        return self._diagrams.both(arriving, self._between(passage))

    def _own_input(self, passage: Passage) -> int:
        diagrams, incoming = self._diagrams, passage.incoming or ""
        addresses = self._own if self._all_own_known else _ANY_ADDRESS
        own = diagrams.box({DESTINATION: addresses, SOURCE: self._expected(incoming)})
        own = put_together(diagrams, own, self._device.reassembles)
        if own == EMPTY or self._rules is None:
            return own
        hooks: tuple[Hook, ...] = ("prerouting", "input")
        return diagrams.both(own, self._rules.accepted(hooks, passage, self._is_between))

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
