"""Which packets, once sent, may be delivered as some headers: the flood followed backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ringfence.reach.attachments import Bound, Place
    from ringfence.reach.filter_sets import FilterSets
    from ringfence.reach.flood import Crowd, Gate
    from ringfence.reach.headers import HeaderSet


class Origins:
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
        self._filters = filters
        self._space = filters.space
        self._bound: Bound = bound
        self._hearers = hearers
        self._headers = headers
        self._gates = [gate for gate in gates if gate.device not in closed]
        self._arriving: dict[str, HeaderSet] = {}
        if local:
            for gate in self._gates:
                for name, place in gate.interfaces.items():
                    self._add(place, gate.compiled.taken_from(name, headers))
        while self._further():
            pass

    def sent_by(self, place: Place) -> HeaderSet:
        """Return what a place may send to be delivered so, directly or through devices."""
        return self._wanted(place) | self._heard(place)

    def _heard(self, place: Place) -> HeaderSet:
        """Return which headers the hearers get that a place sends, past the filters of both."""
        parts = [
            self._filters.receiving(filterings)
            for group in place.attacks(self._bound)
            for filterings in self._hearers.get(group, ())
        ]
        let_out = self._filters.sending(place.filterings)
        return self._headers & let_out & self._space.union(parts)

    def _further(self) -> bool:
        """Go one device back from what is known; tell whether anything was new."""
        fresh = False
        for gate in self._gates:
            for outgoing, outside in gate.interfaces.items():
                wanted = self._wanted(outside) | self._heard(outside)
                if wanted == self._space.nothing:
                    continue
                for incoming, inside in gate.interfaces.items():
                    fresh |= self._add(inside, gate.compiled.came_from(incoming, outgoing, wanted))
        return fresh

    def _wanted(self, sender: Place) -> HeaderSet:
        """Return what is wanted of a place at the interfaces that hear it."""
        groups = sender.attacks(self._bound)
        parts = [
            self._arriving[place.id]
            for gate in self._gates
            for place in gate.interfaces.values()
            if place.id != sender.id
            and place.id in self._arriving
            and not groups.isdisjoint(place.hearing(self._bound).hears)
        ]
        return self._space.union(parts) & self._filters.sending(sender.filterings)

    def _add(self, place: Place, headers: HeaderSet) -> bool:
        before = self._arriving.get(place.id, self._space.nothing)
        after = before | (headers & self._filters.receiving(place.filterings))
        if after == before:
            return False
        self._arriving[place.id] = after
        return True
