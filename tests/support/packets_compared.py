"""Single packets that were sent between machines, held against a proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.packet import ICMP, TCP, Header
from ringfence.operations.subject import Subject
from ringfence.reach.question import Question
from ringfence.reach.wiring import wiring
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.wiring import Bound

SYN = 2
ECHO = 8


@dataclass(frozen=True)
class Sent:
    """A packet that a machine sent to another, and whether it got there and was answered."""

    source: str
    destination: str
    header: Header
    arrived: bool


def syn(source: str, destination: str, port: int) -> Header:
    """Return the header of the first packet of a connection."""
    return Header(
        source=source,
        destination=destination,
        protocol=TCP,
        source_port=40000,
        destination_port=port,
        tcp_flags=SYN,
    )


def echo(source: str, destination: str) -> Header:
    """Return the header of an echo request."""
    return Header(
        source=source, destination=destination, protocol=ICMP, icmp_type=ECHO, icmp_code=0
    )


def contradictions(subject: Subject, sent: Iterable[Sent]) -> list[str]:
    """Return what packets did that a proof, or the interpreter, does not allow or promised else."""
    question = Question(subject.snapshot, subject.required_policy(), subject.memberships.every)
    return [text for one in sent for text in _contradictions(question, one)]


def _contradictions(question: Question, one: Sent) -> Iterator[str]:
    source, there = _zone(question, one.source), _zone(question, one.destination)
    if one.arrived:
        if not _delivered(question, one.source, one.destination, one.header, "upper"):
            yield f"the interpreter does not let it arrive: {one}"
        if source != there and not question.contains(source, there, one.header, "upper"):
            yield f"the proof does not let it arrive: {one}"
        return
    if source != there:
        works = question.now.lower.works(source, there, question.space.everything)
        if question.space.contains(works, one.header):
            yield f"the proof promised it: {one}"
    if one.header.icmp_type == ECHO:
        back = msgspec.structs.replace(
            one.header, source=one.header.destination, destination=one.header.source, icmp_type=0
        )
        if _delivered(question, one.source, one.destination, one.header, "lower") and _delivered(
            question, one.destination, one.source, back, "lower"
        ):
            yield f"it and its answer surely arrive: {one}"


def _delivered(
    question: Question, source: str, destination: str, header: Header, bound: Bound
) -> bool:
    wired = wiring(question.inventory, question.policy)
    interpreter = Interpreter(question.inventory, wired, bound)
    ends = set(_places(question.inventory, destination))
    return any(
        delivery.place in ends
        for place in _places(question.inventory, source)
        for delivery in interpreter.deliveries(place, header)
    )


def _places(inventory: Inventory, machine: str) -> Iterator[str]:
    for one in inventory.snapshot.machines:
        if one.name == machine and not isinstance(one.nics, NotRead):
            yield from (nic.id for nic in one.nics)


def _zone(question: Question, machine: str) -> str:
    place = next(_places(question.inventory, machine))
    return question.memberships[place].zone or ""
