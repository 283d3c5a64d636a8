"""Which packets, once sent, may be delivered as some headers: the flood followed backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from ringfence.reach.attachments import Bound, Group, Place
    from ringfence.reach.filter_sets import FilterSets
    from ringfence.reach.flood import Crowd, Gate
    from ringfence.reach.headers import HeaderSet


class _Backwards:
    """One step back, from what is wanted at interfaces of devices to what gets there."""

    def __init__(
        self, filters: FilterSets, bound: Bound, hearers: Crowd, headers: HeaderSet
    ) -> None:
        self._filters = filters
        self._space = filters.space
        self._bound: Bound = bound
        self._hearers = hearers
        self._headers = headers

    def _heard(self, place: Place) -> HeaderSet:
        """Return which headers the hearers get that a place sends, past the filters of both."""
        parts = [
            self._filters.receiving(filterings)
            for group in place.attacks(self._bound)
            for filterings in self._hearers.get(group, ())
        ]
        let_out = self._filters.sending(place.filterings)
        return self._headers & let_out & self._space.union(parts)

    def _wanted(
        self, sender: Place, interfaces: Iterable[Place], arriving: Mapping[str, HeaderSet]
    ) -> HeaderSet:
        """Return what is wanted of a place at those of some interfaces that hear it."""
        groups = sender.attacks(self._bound)
        parts = [
            arriving[place.id]
            for place in interfaces
            if place.id != sender.id
            and place.id in arriving
            and not groups.isdisjoint(place.hearing(self._bound).hears)
        ]
        return self._space.union(parts) & self._filters.sending(sender.filterings)

    def _add(self, arriving: dict[str, HeaderSet], place: Place, headers: HeaderSet) -> bool:
        """Add what is wanted at an interface; tell whether any of it was new."""
        before = arriving.get(place.id, self._space.nothing)
        after = before | (headers & self._filters.receiving(place.filterings))
        if after == before:
            return False
        arriving[place.id] = after
        return True

    def _taken(self, gate: Gate, arriving: dict[str, HeaderSet]) -> None:
        """Add what a device takes in itself."""
        for name, place in gate.interfaces.items():
            self._add(arriving, place, gate.compiled.taken_from(name, self._headers))


class Origins(_Backwards):
    """What may arrive at each interface of a device to be delivered as some ``headers`` in the end.

    Delivered are packets to ``hearers``, and where ``local`` those that a device takes in itself.
    ``closed`` are devices that forward nothing.
    """

    def __init__(
        self,
        filters: FilterSets,
        gates: Iterable[Gate],
        bound: Bound,
        hearers: Crowd,
        headers: HeaderSet,
        closed: Collection[str] = (),
        *,
        local: bool = False,
    ) -> None:
        super().__init__(filters, bound, hearers, headers)
        self._gates = [gate for gate in gates if gate.device not in closed]
        self._arriving: dict[str, HeaderSet] = {}
        if local:
            for gate in self._gates:
                self._taken(gate, self._arriving)
        while self._further():
            pass

    def sent_by(self, place: Place) -> HeaderSet:
        """Return what a place may send to be delivered so, directly or through devices."""
        interfaces = (one for gate in self._gates for one in gate.interfaces.values())
        return self._wanted(place, interfaces, self._arriving) | self._heard(place)

    def _further(self) -> bool:
        """Go one device back from what is known; tell whether anything was new."""
        fresh = False
        for gate in self._gates:
            for outgoing, outside in gate.interfaces.items():
                wanted = self.sent_by(outside)
                if wanted == self._space.nothing:
                    continue
                for incoming, inside in gate.interfaces.items():
                    came = gate.compiled.came_from(incoming, outgoing, wanted)
                    fresh |= self._add(self._arriving, inside, came)
        return fresh


class ChainOrigins(_Backwards):
    """The same over all of a chain of devices, in its order, and over nothing else.

    Without a device, it is what is delivered directly. What comes back to a network where it was
    already is left out.
    """

    def __init__(
        self,
        filters: FilterSets,
        chain: Sequence[Gate],
        bound: Bound,
        hearers: Crowd,
        headers: HeaderSet,
        *,
        local: bool = False,
    ) -> None:
        super().__init__(filters, bound, hearers, headers)
        self._chain = chain
        # What is wanted at the interfaces of a device, by the groups that hear it further on.
        self._wanted_at: dict[frozenset[Group], dict[str, HeaderSet]] = {}
        if local and chain:
            self._taken(chain[-1], self._wanted_at.setdefault(frozenset(), {}))
        after: Gate | None = None
        for gate in reversed(chain):
            self._wanted_at = self._before(gate, after)
            after = gate

    def sent_by(self, place: Place) -> HeaderSet:
        """Return what a place may send to be delivered so."""
        if not self._chain:
            return self._heard(place)
        ways = self._ways(place, self._chain[0])
        return self._space.union([wanted for _, wanted in ways])

    def _ways(self, sender: Place, after: Gate) -> Iterator[tuple[frozenset[Group], HeaderSet]]:
        """Yield what is wanted of a place at each interface of the next device.

        With it come the groups that hear it from there on.
        """
        groups = sender.attacks(self._bound)
        for later, arriving in self._wanted_at.items():
            if groups.isdisjoint(later):
                for place in after.interfaces.values():
                    wanted = self._wanted(sender, (place,), arriving)
                    if wanted != self._space.nothing:
                        yield later | place.hearing(self._bound).hears, wanted

    def _delivered(self, sender: Place) -> Iterator[tuple[frozenset[Group], HeaderSet]]:
        """Yield the groups by which hearers get what a place sends in the end, and what."""
        for group in sender.attacks(self._bound) & self._hearers.keys():
            yield frozenset({group}), self._heard(sender)

    def _before(
        self, gate: Gate, after: Gate | None
    ) -> dict[frozenset[Group], dict[str, HeaderSet]]:
        """Return what is wanted at the interfaces of a device, ``after`` which another may come."""
        found = {} if after else self._wanted_at
        for outgoing, outside in gate.interfaces.items():
            ways = self._ways(outside, after) if after else self._delivered(outside)
            for later, wanted in ways:
                for incoming, inside in gate.interfaces.items():
                    came = gate.compiled.came_from(incoming, outgoing, wanted)
                    self._add(found.setdefault(later, {}), inside, came)
        return found
