"""What packets of a zone get where, over one chain of devices after another.

A flood says what arrives over any devices. Here each chain is followed apart, the shortest first,
no device twice in one: what is delivered over just these devices, one after the other.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.reach.attachments import Group, Place
    from ringfence.reach.flood import Crowd, Gate
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.matrix import Matrix

Chain = tuple[str, ...]
"""The ids of devices, in the order in which packets cross them."""

_MOST_FOLLOWED: Final = 48  # chains from one zone


@dataclass(frozen=True)
class _Followed:
    """What came over a chain.

    ``leaving`` is what its last device sends, by interface, ``taken`` what it takes in itself, and
    ``arrived`` what other devices hear of it, by the place of their interface.
    """

    chain: Chain
    leaving: tuple[tuple[Place, HeaderSet], ...]
    taken: HeaderSet
    arrived: Mapping[str, HeaderSet]


class DeviceChains:
    """Follows chains in one matrix; of each zone a bounded number, once."""

    def __init__(self, matrix: Matrix) -> None:
        self._matrix = matrix
        self._known: dict[str, tuple[_Followed, ...]] = {}
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
            parts = [*self._heard(one, matrix.receivers(destination))]
            if destination in matrix.management:
                parts.append(one.taken)
            delivered = matrix.space.union(parts)
            if delivered != nothing:
                yield one.chain, delivered

    def _heard(self, followed: _Followed, hearers: Crowd) -> Iterator[HeaderSet]:
        filters, bound = self._matrix.filters, self._matrix.bound
        for outside, headers in followed.leaving:
            for group in outside.hearing(bound).sends & hearers.keys():
                yield from (headers & filters.receiving(one) for one in hearers[group])

    def _from(self, source: str) -> tuple[_Followed, ...]:
        known = self._known.get(source)
        if known is None:
            known = self._known[source] = tuple(self._follow(source))
        return known

    def _follow(self, source: str) -> Iterator[_Followed]:
        """Yield what comes over each chain, level by level."""
        matrix, nothing = self._matrix, self._matrix.space.nothing
        waiting = [_Followed((), (), nothing, self._sent(matrix.senders(source)))]
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

    def _sent(self, senders: Crowd) -> Mapping[str, HeaderSet]:
        """Return what each interface of a device hears of some places directly."""
        filters, space = self._matrix.filters, self._matrix.space
        arrived: dict[str, HeaderSet] = {}
        for group in senders.keys() & self._hearing.keys():
            sent = space.union([filters.sending(one) for one in senders[group]])
            for place in self._hearing[group]:
                self._arrive(place, sent, arrived)
        return arrived

    def _arrive(self, place: Place, headers: HeaderSet, arrived: dict[str, HeaderSet]) -> None:
        nothing = self._matrix.space.nothing
        let_in = headers & self._matrix.filters.receiving(place.filterings)
        if let_in != nothing:
            arrived[place.id] = arrived.get(place.id, nothing) | let_in

    @staticmethod
    def _hears(gate: Gate, before: _Followed) -> bool:
        return any(place.id in before.arrived for place in gate.interfaces.values())

    def _through(self, gate: Gate, before: _Followed) -> _Followed:
        """Return what comes over a chain with one more device."""
        matrix, space = self._matrix, self._matrix.space
        leaving: dict[str, HeaderSet] = {}
        taken: list[HeaderSet] = []
        for incoming, inside in gate.interfaces.items():
            arriving = before.arrived.get(inside.id, space.nothing)
            if arriving == space.nothing:
                continue
            taken.append(gate.compiled.taken_as(incoming, arriving))
            for outgoing, outside in gate.interfaces.items():
                sent = gate.compiled.sent_on(incoming, outgoing, arriving)
                sent &= matrix.filters.sending(outside.filterings)
                if sent != space.nothing:
                    leaving[outgoing] = leaving.get(outgoing, space.nothing) | sent
        arrived: dict[str, HeaderSet] = {}
        for name, headers in leaving.items():
            outside = gate.interfaces[name]
            for group in outside.hearing(matrix.bound).sends:
                for place in self._hearing.get(group, ()):
                    if place.id != outside.id:  # an interface hears not its own frames
                        self._arrive(place, headers, arrived)
        return _Followed(
            (*before.chain, gate.device),
            tuple((gate.interfaces[name], headers) for name, headers in leaving.items()),
            space.union(taken),
            arrived,
        )
