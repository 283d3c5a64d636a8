"""What packets of a zone get where, over one chain of devices after another.

A flood says what arrives over any devices. Here each chain is followed apart, the shortest first,
no device twice in one: what is delivered over just these devices, one after the other. What comes
back to a network where it was already is no way of its own, and is left out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.reach.attachments import Group, Place
    from ringfence.reach.flood import Gate
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.port_filters import Filterings
    from ringfence.reach.question import Question

    Arrived = Mapping[tuple[str, frozenset[Group]], HeaderSet]

Chain = tuple[str, ...]
"""The ids of devices, in the order in which packets cross them."""

_MOST_FOLLOWED: Final = 48  # chains from one zone


@dataclass(frozen=True)
class _Followed:
    """What came over a chain.

    ``leaving`` is what its last device sends, by interface, ``taken`` what it takes in itself, and
    ``arrived`` what other devices hear of it, by the place of their interface. Beside both stand
    the groups that heard the packets on their way.
    """

    chain: Chain
    leaving: tuple[tuple[Place, frozenset[Group], HeaderSet], ...]
    taken: HeaderSet
    arrived: Arrived


class DeviceChains:
    """Follows chains of what is certain in one question; of each zone a bounded number, once."""

    def __init__(self, question: Question) -> None:
        self._matrix = matrix = question.lower
        self._places = question.places
        self._known: dict[str, tuple[_Followed, ...]] = {}
        self._heard_by: dict[str, frozenset[tuple[frozenset[Group], Filterings]]] = {}
        self._hearing: defaultdict[Group, list[Place]] = defaultdict(list)
        for gate in matrix.gates.values():
            for place in gate.interfaces.values():
                for group in place.hearing(matrix.bound).hears:
                    self._hearing[group].append(place)

    def between(self, source: str, destination: str) -> Iterator[tuple[Chain, HeaderSet]]:
        """Yield chains from one zone to another, and the headers that are delivered over each."""
        matrix, nothing = self._matrix, self._matrix.space.nothing
        direct = matrix.direct(source).get(destination, nothing)
        if direct != nothing:
            yield (), direct
        for one in self._from(source):
            parts = [*self._heard(one, destination)]
            if destination in matrix.management:
                parts.append(one.taken)
            delivered = matrix.space.union(parts)
            if delivered != nothing:
                yield one.chain, delivered

    def _heard(self, followed: _Followed, destination: str) -> Iterator[HeaderSet]:
        filters, bound = self._matrix.filters, self._matrix.bound
        for outside, before, headers in followed.leaving:
            sends = outside.hearing(bound).sends
            for hears, filterings in self._hearers(destination):
                if before.isdisjoint(hears) and not sends.isdisjoint(hears):
                    yield headers & filters.receiving(filterings)

    def _hearers(self, zone: str) -> frozenset[tuple[frozenset[Group], Filterings]]:
        """Return the groups that places of a zone hear, and the filters there, each pair once."""
        known = self._heard_by.get(zone)
        if known is None:
            places = (self._places.by_id[one] for one in self._matrix.standings.places_of(zone))
            bound = self._matrix.bound
            known = frozenset((one.hearing(bound).hears, one.filterings) for one in places)
            self._heard_by[zone] = known
        return known

    def _from(self, source: str) -> tuple[_Followed, ...]:
        known = self._known.get(source)
        if known is None:
            known = self._known[source] = tuple(self._follow(source))
        return known

    def _follow(self, source: str) -> Iterator[_Followed]:
        """Yield what comes over each chain, level by level."""
        matrix, nothing = self._matrix, self._matrix.space.nothing
        waiting = [_Followed((), (), nothing, self._sent(source))]
        left = _MOST_FOLLOWED
        while waiting:
            longer: list[_Followed] = []
            for before in waiting:
                for gate in matrix.gates.values():
                    if left and gate.device not in before.chain and self._hears(gate, before):
                        left -= 1
                        after = self._through(gate, before)
                        yield after
                        longer.append(after)
            waiting = longer

    def _sent(self, zone: str) -> Arrived:
        """Return what each interface of a device hears of a zone directly."""
        filters, bound = self._matrix.filters, self._matrix.bound
        sent: dict[frozenset[Group], HeaderSet] = {}
        for identity in self._matrix.standings.senders.get(zone, ()):
            place = self._places.by_id[identity]
            groups = place.attacks(bound)
            before = sent.get(groups, self._matrix.space.nothing)
            sent[groups] = before | filters.sending(place.filterings)
        arrived: dict[tuple[str, frozenset[Group]], HeaderSet] = {}
        for groups, headers in sent.items():
            self._spread(groups, frozenset(), headers, arrived)
        return arrived

    def _spread(
        self,
        groups: frozenset[Group],
        before: frozenset[Group],
        headers: HeaderSet,
        arrived: dict[tuple[str, frozenset[Group]], HeaderSet],
    ) -> None:
        """Add what the interfaces of devices hear of headers sent into groups for the first time.

        ``before`` are the groups that heard them already.
        """
        matrix = self._matrix
        hearing = {place.id: place for group in groups for place in self._hearing.get(group, ())}
        for place in hearing.values():
            let_in = headers & matrix.filters.receiving(place.filterings)
            again = not before.isdisjoint(place.hearing(matrix.bound).hears)
            if not again and let_in != matrix.space.nothing:
                key = place.id, before | groups
                arrived[key] = arrived.get(key, matrix.space.nothing) | let_in

    @staticmethod
    def _hears(gate: Gate, before: _Followed) -> bool:
        own = {place.id for place in gate.interfaces.values()}
        return any(identity in own for identity, _ in before.arrived)

    def _through(self, gate: Gate, before: _Followed) -> _Followed:
        """Return what comes over a chain with one more device."""
        matrix, space = self._matrix, self._matrix.space
        names = {place.id: name for name, place in gate.interfaces.items()}
        leaving: dict[tuple[str, frozenset[Group]], HeaderSet] = {}
        taken: list[HeaderSet] = []
        for (identity, heard), arriving in before.arrived.items():
            incoming = names.get(identity)
            if incoming is None:
                continue
            taken.append(gate.compiled.taken_as(incoming, arriving))
            for outgoing, outside in gate.interfaces.items():
                sent = gate.compiled.sent_on(incoming, outgoing, arriving)
                sent &= matrix.filters.sending(outside.filterings)
                if sent != space.nothing:
                    key = outgoing, heard
                    leaving[key] = leaving.get(key, space.nothing) | sent
        arrived: dict[tuple[str, frozenset[Group]], HeaderSet] = {}
        for (outgoing, heard), headers in leaving.items():
            sends = gate.interfaces[outgoing].hearing(matrix.bound).sends
            self._spread(sends, heard, headers, arrived)
        return _Followed(
            (*before.chain, gate.device),
            tuple((gate.interfaces[name], heard, sent) for (name, heard), sent in leaving.items()),
            space.union(taken),
            arrived,
        )
