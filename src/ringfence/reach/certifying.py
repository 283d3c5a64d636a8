"""Makes the certificate of what was PROVED: the least fixpoints that the verdicts rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.model.certificate import NOTHING, Certificate, Sent, Spread
from ringfence.model.snapshot_file import snapshot_hash
from ringfence.policy.digest import policy_hash
from ringfence.reach.answering import Answering
from ringfence.reach.core import core_facts
from ringfence.reach.field_diagrams import FieldDiagrams
from ringfence.reach.fields import address_text
from ringfence.reach.flood import crowd_of_hearers
from ringfence.reach.leaks import Leaks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.model.snapshot import Snapshot
    from ringfence.policy.document import Flow
    from ringfence.reach.flood import Flood
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.matrix import Sources
    from ringfence.reach.question import Question
    from ringfence.reach.results import Proof


def certificate(question: Question, snapshot: Snapshot, proof: Proof) -> Certificate | None:
    """Return the certificate of a proof's PROVED pairs, ``None`` where there is none.

    ``snapshot`` is the one that was asked about, without what the policy declares.
    """
    pairs = tuple((one.source, one.destination) for one in proof.pairs if one.verdict == "PROVED")
    if not pairs:
        return None
    writer = _Writer(question)
    spreads = tuple(writer.spreads(pairs))
    return Certificate(
        snapshot=snapshot_hash(snapshot),
        policy=policy_hash(question.policy),
        pairs=pairs,
        nodes=writer.diagrams.nodes,
        spreads=spreads,
        core=core_facts(question, pairs),
    )


class _Writer:
    def __init__(self, question: Question) -> None:
        self._question = question
        self._leaks = Leaks(question)
        self._zones = sorted(question.policy.zones)
        self._flooder = question.upper.flooder
        self._answering = Answering(
            question.space,
            question.upper.gates,
            question.policy.zones,
            question.upper.flood,
            "upper",
            self._flooder,
            ports_keep=question.upper.answers is not None,
        )
        self._opened: dict[str, HeaderSet] = {}
        self.diagrams = FieldDiagrams(question.space)
        self._names = {
            place.id: (gate.device, name)
            for gate in question.upper.gates.values()
            for name, place in gate.interfaces.items()
        }

    def spreads(self, pairs: Iterable[tuple[str, str]]) -> Iterator[Spread]:
        """Yield what the pairs rest on: each zone's spread, with devices closed, with answers."""
        matrix = self._question.upper
        plain = {
            zone: Spread(zone=zone, sent=self._sent(matrix.flood(zone))) for zone in self._zones
        }
        yield from plain.values()
        asked: set[tuple[str, tuple[str, ...], Sources]] = {
            (source, tuple(sorted(closed)), sources or ())
            for source, destination in pairs
            for closed, sources in self._closings(source, destination)
            if closed or sources
        }
        for zone, names, sources in sorted(asked):
            flood = matrix.flood(zone, frozenset(names), sources or None)
            yield Spread(
                zone=zone, closed=names, sent=self._sent(flood), sources=_in_words(sources)
            )
        for source, destination in sorted(pairs):
            for some, _ in self._by_sources(source, destination):
                spread = self._with_answers(source, destination, some)
                if spread is not None:
                    yield spread

    def _with_answers(
        self, source: str, destination: str, sources: Sources | None
    ) -> Spread | None:
        """Return how far a zone gets with what others planted, ``None`` where it is no further."""
        matrix = self._question.upper
        opened = self._opened_for(destination)
        if opened == self._question.space.nothing:
            return None
        planted = self._answering.planted_by_others(destination)
        among = opened if self._flooder.keeps_headers else matrix.sent_from(sources)
        senders = matrix.senders(source)
        flood = self._flooder.flood(senders, (), planted, among, matrix.answers)
        if not self._adds(flood, matrix.flood(source, sources=sources)):
            return None
        return Spread(
            zone=source,
            answering=destination,
            sent=self._sent(flood),
            sources=_in_words(sources or ()),
        )

    def _adds(self, flood: Flood, plain: Flood) -> bool:
        """Tell whether more gets anywhere than without planted state."""
        nothing = self._question.space.nothing
        before = _by_place(plain)
        return any(
            headers & ~before.get(place, nothing) != nothing
            for place, headers in _by_place(flood).items()
        )

    def _opened_for(self, victim: str) -> HeaderSet:
        """Return the headers of which state that others plant may let more through to a zone."""
        known = self._opened.get(victim)
        if known is None:
            question = self._question
            places = (
                question.places.by_id[one] for one in question.standings("upper").places_of(victim)
            )
            hearers = crowd_of_hearers(places, "upper")
            known = self._answering.opened(victim, hearers, self._flooder)
            planted = self._answering.planted_by_others(victim).values()
            nothing = question.space.nothing
            translated = self._flooder.translates and any(
                one.arriving != nothing for one in planted
            )
            if translated or question.upper.answers is not None:
                # Headers cannot be told apart on the way: all that answers bring about is shown.
                known = question.space.everything
            self._opened[victim] = known
        return known

    def _closings(
        self, source: str, destination: str
    ) -> Iterator[tuple[frozenset[str], Sources | None]]:
        """Yield which devices are closed to judge a pair, and of packets from which sources."""
        yield self._leaks.required_devices, None
        for sources, flows in self._by_sources(source, destination):
            yield frozenset(), sources
            for flow in flows:
                yield from ((frozenset({device}), sources) for device in flow.through)

    def _by_sources(
        self, source: str, destination: str
    ) -> Iterable[tuple[Sources | None, tuple[Flow, ...]]]:
        return self._leaks.by_sources(self._leaks.flows(source, destination), "upper")

    def _sent(self, flood: Flood) -> tuple[Sent, ...]:
        """Return what each interface sends, written over raw values."""
        sets = _by_place(flood)
        found = (
            Sent(
                device=self._names[place][0],
                interface=self._names[place][1],
                headers=self.diagrams.node(sets[place]),
            )
            for place in sorted(sets)
        )
        return tuple(one for one in found if one.headers != NOTHING)


def _in_words(sources: Sources) -> tuple[tuple[str, str], ...] | None:
    """Return ranges of addresses as a certificate writes them, ``None`` for any."""
    return tuple((address_text(low), address_text(high)) for low, high in sources) or None


def _by_place(flood: Flood) -> Mapping[str, HeaderSet]:
    """Return what each interface sends: the same into every group that it sends into."""
    return {place: headers for sent in flood.carried.values() for place, headers in sent.items()}
