"""``lab verify``: the lab is read, proved and probed, and what differs is told with its trace."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ringfence.foundation.progress import Progress, SilentProgress
from ringfence.foundation.text import counted
from ringfence.lab.every_way import Frame, Route, every_way, route
from ringfence.lab.place import LabPlace, LabState, lab_place
from ringfence.lab.probe import Probe
from ringfence.lab.probing import Probed, probe
from ringfence.lab.tracing import trace
from ringfence.model.facts import plain
from ringfence.model.snapshot_file import write_snapshot
from ringfence.operations.assemble import subject
from ringfence.operations.lab_compare import Compared, Comparison, Difference, same
from ringfence.operations.lab_reading import read_lab
from ringfence.operations.outcome import Outcome
from ringfence.operations.prove import make_proof, worst_pair
from ringfence.operations.subject import Subject
from ringfence.reach.results import Proof

SNAPSHOT: Final = "lab.ringfence"
_TRIES: Final = 2
_TRACED: Final = 3
"""Differences that are followed through the switches; the first ones tell what is wrong."""


@dataclass(frozen=True, slots=True)
class LabVerified:
    """A proof of the lab, what its packets did, and whether the two agree."""

    state: LabState
    subject: Subject
    proof: Proof
    probed: Probed
    compared: Compared
    seconds: dict[str, float]
    traces: tuple[tuple[Difference, str], ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not self.compared.differences

    @property
    def outcome(self) -> Outcome:
        """How bad the worst verdict of the proof is."""
        return worst_pair(self.proof.pairs, self.subject.required_policy())

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it."""
        compared = self.compared
        return {
            "configuration": self.state.layout.configuration,
            "fault": self.state.fault or None,
            "agrees": self.agrees,
            "packets": len(self.probed.probes),
            "compared": {
                "arrived": compared.may,
                "kept-out": compared.kept_out,
                "promised": compared.promised,
                "surely": compared.surely,
            },
            "pairs": [
                {"from": pair.source, "to": pair.destination, "verdict": pair.verdict}
                for pair in self.proof.pairs
            ],
            "differences": [
                {
                    "what": one.what,
                    "kind": one.probe.kind,
                    "from": one.probe.source,
                    "at": one.node,
                    "header": plain(one.probe.header),
                    "tags": one.probe.tags,
                }
                for one in compared.differences
            ],
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }

    def lines(self) -> Iterator[str]:
        """Yield it as sentences: whether proof and packets agree, then the verdicts."""
        compared, packets = self.compared, len(self.probed.probes)
        total = sum(self.seconds.values())
        if self.agrees:
            yield f"Proof and packets agree: {counted(packets, 'packet')}, {total:.1f} s."
        else:
            number = len(compared.differences)
            yield (
                f"Proof and packets differ in {number} of {counted(packets, 'packet')}: a defect "
                "of Ringfence, please report it."
            )
        yield (
            f"{compared.may} arrived where the proof says that they may, {compared.kept_out} did "
            f"not where it says that they cannot, and {compared.promised + compared.surely} did "
            "where it says that they must."
        )
        yield ""
        for verdict in ("VIOLATED", "UNKNOWN", "PROVED"):
            pairs = [pair for pair in self.proof.pairs if pair.verdict == verdict]
            if pairs:
                names = ", ".join(f"{pair.source} → {pair.destination}" for pair in pairs)
                yield f"{verdict:<9} {len(pairs)} of {len(self.proof.pairs)}: {names}"
        for pair in self.proof.pairs:
            for obligation in pair.obligations:
                if obligation.verdict == "VIOLATED":
                    yield f"  {obligation.sentence}"
        for difference, text in self.traces:
            one = difference.probe
            yield ""
            yield f"{one.source} to {difference.node}, {one.header}, {difference.what}."
            yield from text.splitlines()


def verify_lab(name: str, progress: Progress) -> LabVerified:
    """Read the lab, prove it with its policy, send packets through it, and compare.

    What was read is left beside the policy, for every other command. Raises ``LabError`` where
    there is no lab, and ``SourceError`` where it cannot be read.
    """
    place = lab_place(name)
    state = place.state()
    layout = state.now
    clock = [time.monotonic()]
    snapshot = place.folder / SNAPSHOT
    write_snapshot(read_lab(place, layout, progress), snapshot)
    read = subject(snapshot, place.policy, SilentProgress())
    write_snapshot(read.snapshot, snapshot)
    clock.append(time.monotonic())
    proof = make_proof(read, progress)
    clock.append(time.monotonic())
    run = secrets.randbits(31)
    probed = probe(place, layout, run, progress)
    clock.append(time.monotonic())
    progress.step("Comparing")
    comparison = Comparison(read, proof, layout)
    compared = comparison.compared(probed, lambda these: _again(place, state, these))
    traces = tuple((one, trace(place, layout, one.probe)) for one in compared.differences[:_TRACED])
    clock.append(time.monotonic())
    parts = ("read", "prove", "probe", "compare")
    seconds = {
        part: after - before for part, before, after in zip(parts, clock, clock[1:], strict=False)
    }
    return LabVerified(state, read, proof, probed, compared, seconds, traces)


def _again(
    place: LabPlace, state: LabState, doubtful: Sequence[Probe]
) -> frozenset[tuple[object, ...]]:
    """Send packets in every way, and those that still do not come some more times.

    Of each route one packet goes first, and shows the ways that lead there at all. A machine that
    is busy with something else may lose all of a round.
    """
    came: set[tuple[object, ...]] = set()
    leading: dict[Route, set[Frame]] = defaultdict(set)

    def send(these: Iterable[Probe], only: Mapping[Route, Collection[Frame]] | None = None) -> None:
        ways = every_way(state.now, (one for one in these if same(one) not in came), only)
        if not ways:
            return
        sent = probe(place, state.now, secrets.randbits(31), probes=ways)
        for one in filter(sent.came_to, sent.probes):
            came.add(same(one))
            leading[route(one)].add((one.next_hop, one.tags))

    send({route(one): one for one in doubtful}.values())
    send(doubtful, leading)
    for _ in range(_TRIES):
        send(doubtful)
    return frozenset(came)
