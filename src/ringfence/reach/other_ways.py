"""More witnesses of one violation: one for each other chain of devices that packets get over."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from ringfence.reach.device_chains import DeviceChains
from ringfence.reach.leaks import Leak
from ringfence.reach.origins import ChainOrigins
from ringfence.reach.results import STRENGTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ringfence.model.packet import Header
    from ringfence.reach.device_chains import Chain
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.question import Question
    from ringfence.reach.witnesses import Shown, Violating, Witnesses
    from ringfence.replay.interpreter import Delivery

    Allowed = Callable[[frozenset[str]], HeaderSet]

_MOST_TRIED: Final = 12  # chains of one pair
_MOST_SENDERS: Final = 6  # places that send over one chain


class OtherWays:
    """Finds them in one question, each followed by the interpreter over just these devices."""

    def __init__(self, question: Question, witnesses: Witnesses) -> None:
        self._question = question
        self._witnesses = witnesses

    @cached_property
    def _chains(self) -> DeviceChains:
        return DeviceChains(self._question)

    def of(
        self,
        source: str,
        destination: str,
        known: Chain,
        allowed: Allowed,
        violating: Violating,
    ) -> Iterator[Shown]:
        """Yield a witness for each chain but the one that is ``known``, the shortest first.

        ``allowed`` are the headers that may be delivered over some devices. Chains that are not
        tried, and those on which no packet was found, are left out.
        """
        space = self._question.space
        leaking = (
            (chain, headers)
            for chain, delivered in self._chains.between(source, destination)
            if chain != known
            and (headers := space.without(delivered, allowed(frozenset(chain)))) != space.nothing
        )
        for chain, headers in islice(leaking, _MOST_TRIED):
            shown = self._over(chain, source, destination, headers, violating)
            if shown is not None:
                yield shown

    def _over(
        self,
        chain: Chain,
        source: str,
        destination: str,
        headers: HeaderSet,
        violating: Violating,
    ) -> Shown | None:
        """Return the witness over a chain that needs the weakest attacker."""
        witnesses = self._witnesses
        best: tuple[int, Shown] | None = None
        senders = (one for one in self._senders(chain, source, destination))
        anyones: dict[HeaderSet, tuple[Header, ...]] = {}
        for place in islice(senders, _MOST_SENDERS):
            found = self._delivered(
                chain,
                place,
                destination,
                self._packets(chain, place, source, destination, headers, anyones),
                violating,
            )
            if found is not None:
                attacker = witnesses.attacker(place, *found)
                if best is None or STRENGTH[attacker] < best[0]:
                    best = STRENGTH[attacker], witnesses.made(attacker, place, *found)
                if attacker == "honest":
                    break
        return None if best is None else best[1]

    def _senders(self, chain: Chain, source: str, destination: str) -> Iterator[str]:
        """Yield places of a zone whose frames the first device of a chain hears, or the end."""
        matrix, places = self._question.lower, self._question.places.by_id
        if not chain:
            heard = set(matrix.receivers(destination))
        else:
            interfaces = matrix.gates[chain[0]].interfaces.values()
            heard = {group for one in interfaces for group in one.hearing("lower").hears}
        for place, _ in self._witnesses.senders(source, destination):
            if not heard.isdisjoint(places[place].lower.sends):
                yield place

    def _packets(
        self,
        chain: Chain,
        place: str,
        source: str,
        destination: str,
        headers: HeaderSet,
        anyones: dict[HeaderSet, tuple[Header, ...]],
    ) -> Iterable[Header]:
        matrix = self._question.lower
        if not matrix.flooder.translates:
            return self._witnesses.packets(place, source, destination, headers, anyones)
        gates = [matrix.gates[name] for name in chain]
        local = destination in matrix.management
        # What devices take in themselves is tried apart: it rests on no choice of a source port.
        ends = ((matrix.receivers(destination), False), *([({}, True)] if local else []))
        backwards = (
            ChainOrigins(matrix.filters, gates, matrix.bound, hearers, headers, local=taken)
            for hearers, taken in ends
        )
        leak = Leak(headers)
        return self._witnesses.sent_from(place, source, [(leak, one) for one in backwards])

    def _delivered(
        self,
        chain: Chain,
        place: str,
        destination: str,
        packets: Iterable[Header],
        violating: Violating,
    ) -> tuple[Header, Delivery] | None:
        """Return the first packet that the interpreter delivers over a chain, and how."""
        for header in packets:
            every = self._witnesses.interpreter.along(place, header, chain)
            delivery = self._witnesses.arriving(destination, header, every, violating)
            if delivery is not None:
                return header, delivery
        return None
