"""A proof held against real packets: where they do something else, that is a defect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import msgspec

from ringfence.lab.layout import Layout
from ringfence.lab.probe import Probe
from ringfence.lab.probing import Probed
from ringfence.model.facts import NotRead
from ringfence.model.packet import Header
from ringfence.model.rules import PortMatch
from ringfence.operations.lab_flows import PermittedPackets
from ringfence.operations.subject import Subject
from ringfence.reach.question import Question
from ringfence.reach.results import PairResult, Proof
from ringfence.reach.wiring import wiring
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.wiring import Bound

Contradiction = Literal[
    "arrived where it may not",
    "arrived, and the zones' sets do not hold it",
    "arrived, and its zones are proved apart",
    "was seen by whom the proof does not name",
    "was promised and did not arrive",
    "is surely delivered and did not arrive",
    "is a witness and did not arrive",
]
PROMISED: Final = "was promised and did not arrive"
SURELY: Final = "is surely delivered and did not arrive"
_HONEST: Final = frozenset({"plain", "edge"})
_STRAIGHT: Final = _HONEST | {"device", "translated"}
"""Kinds of packets that nothing but their own header decides of."""
_ANY_PORT: Final = 20000
Again = Callable[[Sequence[Probe]], frozenset[tuple[object, ...]]]
"""Sends packets in every way; returns what is the same of all ways of each that came then."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A packet of which the proof says something else than what it did at a node."""

    what: Contradiction
    probe: Probe
    node: str


@dataclass(frozen=True, slots=True)
class Compared:
    """How many packets were compared in each way, and what differed.

    ``may`` are arrivals that had to be possible; ``kept_out`` packets that the proof says cannot
    arrive, and did not; ``promised`` and ``surely`` those that had to arrive in one way at least.
    """

    may: int
    kept_out: int
    promised: int
    surely: int
    differences: tuple[Difference, ...]


class Comparison:
    """What a proof says of single packets of a lab, by the engine's sets and by the interpreter."""

    def __init__(self, subject: Subject, proof: Proof, layout: Layout) -> None:
        self._proof = proof
        self._policy = subject.required_policy()
        self._question = Question(subject.snapshot, self._policy, subject.memberships.every)
        wired = wiring(self._question.inventory, self._policy)
        self._interpreters = {
            bound: Interpreter(self._question.inventory, wired, bound) for bound in _BOUNDS
        }
        self._layout = layout
        self._zones = {node.name: node.zone for node in layout.nodes}
        self._management = next(
            (name for name, zone in self._policy.zones.items() if zone.role == "management"), ""
        )
        self._places = self._places_of(layout)
        self._permitted = PermittedPackets(self._policy, self._question.inventory)
        self._proved = {(one.source, one.destination) for one in proof.pairs if _isolated(one)}
        # A source port is a packet's own; only rules that name one tell two packets apart by it.
        self._ports_alike = not any(
            isinstance(condition, PortMatch) and condition.side == "source"
            for device in self._question.inventory.snapshot.devices
            for chain in (() if isinstance(device.chains, NotRead) else device.chains)
            for rule in chain.rules
            for condition in rule.conditions
        )
        self._delivered: Callable[[str, Header, Bound], frozenset[str]] = cache(self._ask)

    def _places_of(self, layout: Layout) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """Return the ids of a node's places by interface, and of all of them by ``""``."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        snapshot = self._question.inventory.snapshot
        for machine in snapshot.machines:
            for nic in () if isinstance(machine.nics, NotRead) else machine.nics:
                found[machine.name, nic.label].append(nic.id)
                found[machine.name, ""].append(nic.id)
        for host in snapshot.hosts:
            own = host.kernel_interfaces
            for interface in () if isinstance(own, NotRead) else own:
                found[host.name, interface.name].append(interface.id)
                found[host.name, ""].append(interface.id)
        for node in layout.of_kind("firewall"):
            # What its own rules let in: that a frame comes to its NIC is not counted.
            found[node.name, ""] = [f"device:{node.name}"]
        return {key: tuple(ids) for key, ids in found.items()}

    def _deliveries(self, place: str, header: Header, bound: Bound) -> frozenset[str]:
        if self._ports_alike and header.source_port is not None:
            header = msgspec.structs.replace(header, source_port=_ANY_PORT)
        return self._delivered(place, header, bound)

    def _ask(self, place: str, header: Header, bound: Bound) -> frozenset[str]:
        deliveries = self._interpreters[bound].deliveries(place, header)
        return frozenset(delivery.place for delivery in deliveries)

    def _reaches(self, probe: Probe, node: str, bound: Bound) -> bool:
        """Tell whether the interpreter gets a packet to any place of a node."""
        there = frozenset(self._places.get((node, ""), ()))
        return any(
            not there.isdisjoint(self._deliveries(place, probe.header, bound))
            for place in self._places.get((probe.source, probe.interface), ())
        )

    def compared(self, probed: Probed, again: Again) -> Compared:
        """Compare every packet that was sent.

        ``again`` sends those in every way that did not arrive and had to: an attacker chooses the
        MAC address and the tags of a frame, so it is enough that one way leads there.
        """
        differences: list[Difference] = []
        may = kept_out = promised = surely = 0
        doubtful: dict[tuple[object, ...], tuple[Contradiction, Probe]] = {}
        for probe in probed.probes:
            for node in sorted(probed.arrived.get(probe.number, ())):
                may += 1
                differences.extend(self._arrived(probed, probe, node))
            for node in sorted(probed.overheard.get(probe.number, ())):
                differences.extend(self._overheard(probe, node))
            came, had_to = probed.came_to(probe), self._had_to(probe)
            promised += had_to == PROMISED
            surely += had_to == SURELY
            if not came and had_to is not None:
                doubtful.setdefault(same(probe), (had_to, probe))
            kept_out += not came and not self._reaches(probe, probe.destination, "upper")
        for probe in probed.probes:
            if probed.came_to(probe):
                doubtful.pop(same(probe), None)
        came_then = again([probe for _, probe in doubtful.values()]) if doubtful else frozenset()
        differences.extend(
            Difference(what, probe, probe.destination)
            for one, (what, probe) in doubtful.items()
            if one not in came_then
        )
        return Compared(may, kept_out, promised, surely, tuple(differences))

    def _had_to(self, probe: Probe) -> Contradiction | None:
        """Return why a packet has to arrive, ``None`` where it need not."""
        if probe.kind in _HONEST and self._promised(probe):
            return PROMISED
        if probe.kind in _STRAIGHT and self._reaches(probe, probe.destination, "lower"):
            return SURELY
        return None

    def _arrived(self, probed: Probed, probe: Probe, node: str) -> Iterator[Difference]:
        source, there = self._zone(probe.source), self._zone(node)
        if self._is_said_to_observe(there, source):
            return  # a mirror hands on what is addressed to whom it copies to, too
        # What only passes as an answer is no way of its own: no packet alone goes it.
        if probe.kind != "planted" and not self._reaches(probe, node, "upper"):
            yield Difference("arrived where it may not", probe, node)
        if source == there:
            return
        for header in probed.changed.get((probe.number, node)) or self._as_delivered(probe, node):
            if not self._holds(source, there, header, planted=probe.kind == "planted"):
                yield Difference("arrived, and the zones' sets do not hold it", probe, node)
            permitted = self._permitted.permits(source, there, probe.header, header)
            if (source, there) in self._proved and not permitted:
                yield Difference("arrived, and its zones are proved apart", probe, node)

    def _as_delivered(self, probe: Probe, node: str) -> frozenset[Header]:
        """Return with which header a packet came to a node that does not tell it.

        That is a device or a host, whose own services get packets past its rules.
        """
        if self._layout.node(node).kind == "machine":
            return frozenset((probe.header,))
        there = frozenset(self._places.get((node, ""), ()))
        found = frozenset(
            delivery.header
            for place in self._places.get((probe.source, probe.interface), ())
            for delivery in self._interpreters["upper"].deliveries(place, probe.header)
            if delivery.place in there
        )
        return found or frozenset((probe.header,))

    def _holds(self, source: str, there: str, header: Header, *, planted: bool) -> bool:
        """Tell whether the engine's sets hold what was delivered from one zone to another."""
        if self._question.contains(source, there, header, "upper"):
            return True
        if not planted:
            return False
        return self._question.space.contains(self._question.upper.answered(source, there), header)

    def _overheard(self, probe: Probe, node: str) -> Iterator[Difference]:
        """Yield that a node of a third zone saw a packet that it must not, and was not named.

        Observing runs downhill: who is at least as trusted as both ends may see it.
        """
        by = self._zone(node)
        seen = {self._zone(probe.source), self._zone(probe.destination)}
        trusts = self._policy.zones
        if by in seen or all(trusts[by].trust >= trusts[zone].trust for zone in seen):
            return
        if self._reaches(probe, node, "upper"):
            return
        if not any(self._is_said_to_observe(by, zone) for zone in seen):
            yield Difference("was seen by whom the proof does not name", probe, node)

    def _is_said_to_observe(self, by: str, seen: str) -> bool:
        """Tell whether the proof says that a zone may be observed by another."""
        return any(
            obligation.verdict != "PROVED" and obligation.kind == "observation"
            for pair in self._proof.pairs
            for obligation in pair.obligations
            if (pair.source, pair.destination) == (seen, by)
        )

    def _promised(self, probe: Probe) -> bool:
        source, there = self._zone(probe.source), self._zone(probe.destination)
        if source == there or self._zones.get(probe.destination) != there:
            return False
        now = self._question.now.lower
        works = now.works(source, there, self._question.space.everything)
        return self._question.space.contains(works, probe.header)

    def _zone(self, node: str) -> str:
        """Return the zone of a node; a device's own services are management's."""
        return self._zones.get(node) or self._management


def _isolated(pair: PairResult) -> bool:
    """Tell whether nothing but what flows permit is said to get from one zone to the other."""
    kinds = [one.verdict for one in pair.obligations if one.kind == "isolation"]
    return bool(kinds) and set(kinds) == {"PROVED"}


_BOUNDS: Final[tuple[Bound, Bound]] = ("lower", "upper")


def same(probe: Probe) -> tuple[object, ...]:
    """Return what is the same of all ways to send one header."""
    header = msgspec.structs.replace(probe.header, source_port=None)
    return (probe.source, probe.interface, probe.destination, header)
