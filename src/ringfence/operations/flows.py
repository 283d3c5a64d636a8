"""``flows``: what firewalls logged, against the policy and the proof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ringfence.flows.judging import ORDER, Judge, Judged, Meaning
from ringfence.foundation.errors import NothingCollectedError
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import counted, listed
from ringfence.model.packet import PROTOCOL_NAMES, Header
from ringfence.model.traffic import LogReading
from ringfence.operations.outcome import Outcome
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table
from ringfence.policy.document import Flow
from ringfence.reach.question import Question
from ringfence.sources.telemetry.logs import read_log

_WORDS: Final[dict[Meaning, str]] = {
    "impossible": "let by, and the proof says it cannot get there",
    "undeclared": "let by, and no flow permits it",
    "refused-declared": "refused, though a flow permits it",
    "undecided": "the log does not say what became of it",
    "unplaced": "one end is in no zone, or in several",
    "refused": "refused",
    "declared": "declared",
    "inside": "inside one zone",
}
_OUTCOMES: Final[dict[Meaning, Outcome]] = {
    "impossible": "critical",
    "undeclared": "high",
    "refused-declared": "low",
    "undecided": "unknown",
    "unplaced": "unknown",
}


@dataclass(frozen=True)
class Told:
    """What logs tell, judged, and the declared flows that nobody was seen to use."""

    readings: tuple[LogReading, ...]
    judged: tuple[Judged, ...]
    unused: tuple[Flow, ...]
    counted: Mapping[str, int] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """How bad the worst of it is: unknown where a packet could not be read or judged."""
        # What was refused got nowhere, whoever it was for.
        meanings = {
            one.meaning
            for one in self.judged
            if one.meaning != "unplaced" or one.seen.decision != "refused"
        }
        if any(one.damaged or one.left_out or one.lost for one in self.readings):
            meanings.add("undecided")
        return next(
            (_OUTCOMES[one] for one in ORDER if one in meanings & _OUTCOMES.keys()), "clean"
        )

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it."""
        return {
            "logs": [
                {
                    "name": one.name,
                    "lines": one.lines,
                    "understood": one.understood,
                    "damaged": one.damaged,
                    "left_out": one.left_out,
                    "lost": one.lost,
                }
                for one in self.readings
            ],
            **table(self).as_plain(),
            "unused": [_said(flow) for flow in self.unused],
            "proposed": [*proposals(self.judged)],
            "counted": dict(self.counted),
        }

    def lines(self) -> Iterator[str]:
        """Yield what stands below the table as sentences."""
        for one in self.readings:
            if one.damaged:
                yield f"{counted(one.damaged, 'line')} of {one.name} did not tell a whole packet."
            if one.left_out:
                told = f"{counted(one.left_out, 'packet')} of {one.name}"
                yield f"{told} were of yet more kinds, and are in no row."
            if one.lost:
                yield f"{counted(one.lost, 'packet')} were told faster than they could be heard."
        if self.counted:
            each = (f"{name} {packets}" for name, packets in self.counted.items())
            yield f"Counted meanwhile: {listed(each, most=40)}."
        impossible = sum(one.seen.count for one in self.judged if one.meaning == "impossible")
        if impossible:
            yield (
                f"{counted(impossible, 'packet')} got by that the proof says cannot get there: "
                "what was read is not what is there any more, or the proof is wrong. Collect "
                "again, and report it where it stays."
            )
        if self.unused:
            yield f"Declared, and not in these logs: {listed(map(_said, self.unused), most=8)}."
        proposed = [*proposals(self.judged)]
        if proposed:
            yield "The fewest flows that would permit what was let by undeclared, for you to judge:"
            yield from (f"  - {{{_yaml(one)}}}" for one in proposed)


def flows(subject: Subject, logs: Iterable[Path], progress: Progress) -> Told:
    """Read logs and judge what they tell of.

    Raises ``UsageError`` where there is no policy, ``SourceError`` where a log cannot be read or
    not one line of any tells of a packet.
    """
    policy = subject.required_policy()
    readings = []
    for path in logs:
        progress.step(f"reading {path.name}")
        readings.append(read_log(path))
    if not any(one.understood for one in readings):
        names = listed(one.name for one in readings)
        raise NothingCollectedError(
            f"No line of {names} tells of a packet.",
            "Lines are understood that the Linux kernel logs (SRC=, DST=, PROTO=) and those of "
            "NSX's firewall (INET match ...).",
        )
    progress.step("judging what was logged")
    judge = Judge(Question(subject.snapshot, policy, subject.memberships.every))
    judged = judge.judged(seen for one in readings for seen in one.seen)
    return Told(tuple(readings), judged, judge.unused(judged))


def said_of(one: Judged) -> str:
    """Return in a line what became of a kind of packet, and what that means."""
    header = one.seen.header
    pair = f"{one.source or header.source} > {one.destination or header.destination}"
    service = service_of(header, answer=one.answer)
    return f"{_WORDS[one.meaning]}: {pair} {service}, {one.seen.rule}, {_example(header)}"


def table(told: Told) -> Table:
    """Return a row for each pair of zones, service, rule and meaning, the worst first."""
    counts: Counter[tuple[Any, ...]] = Counter()
    examples: dict[tuple[Any, ...], Header] = {}
    for one in told.judged:
        key = (
            one.meaning,
            one.source or one.seen.header.source,
            one.destination or one.seen.header.destination,
            service_of(one.seen.header, answer=one.answer),
            one.seen.rule,
            one.seen.at,
        )
        counts[key] += one.seen.count
        examples.setdefault(key, one.seen.header)
    packets = sum(counts.values())
    total = Counter(dict.fromkeys(ORDER, 0))
    for key, count in counts.items():
        total[key[0]] += count
    shares = listed((f"{total[one]} {_WORDS[one]}" for one in ORDER if total[one]), most=len(ORDER))
    return Table(
        name="flows",
        columns={
            "meaning": "meaning",
            "from": "from",
            "to": "to",
            "service": "service",
            "rule": "rule",
            "at": "at",
            "packets": "packets",
            "example": "for example",
        },
        rows=tuple(
            (_WORDS[key[0]], *key[1:5], key[5] or None, count, _example(examples[key]))
            for key, count in counts.items()
        ),
        note=f"{counted(packets, 'logged packet')}: {shares}.",
    )


def service_of(header: Header, *, answer: bool = False) -> str:
    """Return the service of a packet as a policy writes it; of an answer, that which it answers."""
    name = PROTOCOL_NAMES.get(header.protocol, str(header.protocol))
    if header.icmp_type is not None:
        return f"{name}/{header.icmp_type}"
    port = header.source_port if answer else header.destination_port
    if port is None:
        return name if header.fragment == "none" else f"{name}, a later fragment"
    return f"{name}/{port}{', an answer' if answer else ''}"


def proposals(judged: Iterable[Judged]) -> Iterator[dict[str, Any]]:
    """Yield the fewest flows that would permit what was let by undeclared: one for each pair."""
    services: dict[tuple[str, str], dict[str, None]] = {}
    for one in judged:
        header, pair = one.seen.header, (one.source or "", one.destination or "")
        if one.meaning == "undeclared" and header.fragment == "none" and not one.answer:
            services.setdefault(pair, {})[service_of(header)] = None
    for (source, destination), found in sorted(services.items()):
        yield {"from": source, "to": destination, "services": sorted(found)}


def _yaml(one: dict[str, Any]) -> str:
    return f"from: {one['from']}, to: {one['to']}, services: [{', '.join(one['services'])}]"


def _said(flow: Flow) -> str:
    return f"{listed(flow.services)} from {flow.from_} to {flow.to}"


def _example(header: Header) -> str:
    def end(address: str, port: int | None) -> str:
        if port is None:
            return address
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    source = end(header.source, header.source_port)
    return f"{source} to {end(header.destination, header.destination_port)}"
