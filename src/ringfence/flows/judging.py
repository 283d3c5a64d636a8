"""What each kind of packet in a log means: declared, undeclared, impossible, or rightly refused."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from ringfence.model.packet import TCP, Header
from ringfence.model.traffic import seems_an_answer
from ringfence.reach.fields import address_interval, address_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.model.traffic import Seen
    from ringfence.policy.document import Flow
    from ringfence.reach.question import Question

Meaning = Literal[
    "impossible",  # let by, and the proof says that nothing of the kind can get there
    "undeclared",  # let by, and no flow permits it
    "refused-declared",  # refused, though a flow permits it
    "undecided",  # the log does not say what became of it
    "unplaced",  # one end is in no zone, or in several
    "refused",  # refused, as no flow permits it
    "declared",  # let by, as a flow permits
    "inside",  # within one zone
]
ORDER: Final[tuple[Meaning, ...]] = (
    "impossible",
    "undeclared",
    "refused-declared",
    "undecided",
    "unplaced",
    "refused",
    "declared",
    "inside",
)
_SYN: Final = 2
_ACK: Final = 16


@dataclass(frozen=True, slots=True)
class Judged:
    """One kind of packet with its zones, and what it means.

    ``flow`` is the declared one that permits it, or that it answers (``answer``). What no flow
    permits is an answer too where it seems to be what a server sent back.
    """

    seen: Seen
    source: str | None
    destination: str | None
    meaning: Meaning
    flow: Flow | None = None
    answer: bool = False


class Judge:
    """Holds what was logged against the policy and the proof of one question.

    An address belongs to the zone whose places have it, or that is outside and holds it. Before
    these, ``own`` are addresses of a firewall itself by the zone that they count for; after these,
    ``behind`` are the networks of zones behind it.
    """

    def __init__(
        self,
        question: Question,
        own: Mapping[str, Iterable[str]] | None = None,
        behind: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self._question = question
        self._own, self._behind = own or {}, behind or {}

    def judged(self, seen: Iterable[Seen]) -> tuple[Judged, ...]:
        """Return what each kind of packet means, the worst first."""
        found = [self._judged(one) for one in seen]
        return tuple(sorted(found, key=lambda one: (ORDER.index(one.meaning), -one.seen.count)))

    def unused(self, judged: Iterable[Judged]) -> tuple[Flow, ...]:
        """Return the declared flows of which no log told anything."""
        used = {id(one.flow) for one in judged if one.flow is not None}
        return tuple(flow for flow in self._question.policy.flows if id(flow) not in used)

    def _judged(self, seen: Seen) -> Judged:
        belongs, destination = self._zone(seen.header.source), self._zone(seen.header.destination)
        source = seen.came_from or belongs
        if source is None or destination is None:
            return Judged(seen, source, destination, "unplaced")
        if source == destination:
            return Judged(seen, source, destination, "inside")
        # No flow permits what lies about the zone that it comes from.
        honest = source == belongs
        flow = self._flow(source, destination, seen.header) if honest else None
        # What begins a conversation is no answer, whatever it looks like.
        may_answer = flow is None and honest and seen.observation != "beginning"
        asked = _question_of(seen.header) if may_answer else None
        answer = False
        if asked is not None:
            flow = self._flow(destination, source, asked)
            answer = flow is not None
        answer = answer or (flow is None and seems_an_answer(seen.header, seen.observation))
        meaning = self._meaning(seen, source, destination, flow)
        return Judged(seen, source, destination, meaning, flow, answer)

    def _meaning(self, seen: Seen, source: str, destination: str, flow: Flow | None) -> Meaning:
        if seen.decision is None:
            return "undecided"
        if seen.decision == "refused":
            return "refused" if flow is None else "refused-declared"
        if flow is not None:
            return "declared"
        begins = seen.observation == "beginning"
        may = any(
            self._may_arrive(source, destination, header, begins=begins)
            for header in _packets_of(seen)
        )
        return "undeclared" if may else "impossible"

    def _may_arrive(self, source: str, destination: str, header: Header, *, begins: bool) -> bool:
        """Tell whether the proof leaves it open that such a packet gets there.

        Where addresses are translated, a log may show either form: nothing is impossible then.
        """
        question = self._question
        if question.translates or question.contains(source, destination, header, "upper"):
            return True
        if begins:
            return False
        answered = question.leaks.answered(source, destination)
        return question.space.contains(answered, header)

    def _flow(self, source: str, destination: str, header: Header) -> Flow | None:
        question = self._question
        return next(
            (
                flow
                for flow in question.leaks.flows(source, destination)
                if question.space.contains(question.leaks.permitted(flow), header)
            ),
            None,
        )

    def _zone(self, address: str) -> str | None:
        """Return the only zone that an address is in: one inside, or else one outside."""
        number = address_number(address)
        for zones in self._addresses:
            found = {
                name
                for name, intervals in zones
                if any(first <= number <= last for first, last in intervals)
            }
            if found:
                return found.pop() if len(found) == 1 else None
        return None

    @cached_property
    def _addresses(self) -> tuple[tuple[tuple[str, tuple[tuple[int, int], ...]], ...], ...]:
        """The addresses of zones, those first that count before others: inside, then outside."""
        zones = self._question.policy.zones
        every = self._question.zone_addresses
        read = (
            tuple((name, every[name]) for name in every if zones[name].external is external)
            for external in (False, True)
        )
        return (_intervals(self._own), *read, _intervals(self._behind))


def _intervals(
    texts: Mapping[str, Iterable[str]],
) -> tuple[tuple[str, tuple[tuple[int, int], ...]], ...]:
    return tuple((name, tuple(map(address_interval, each))) for name, each in texts.items())


def _packets_of(seen: Seen) -> Iterator[Header]:
    """Yield the headers of which one was there: of a flow, with any of the flags that it had."""
    header = seen.header
    yield header
    if seen.observation != "flow" or header.tcp_flags is None:
        return
    for flags in range(header.tcp_flags):
        if not flags & ~header.tcp_flags:
            yield msgspec.structs.replace(header, tcp_flags=flags)


def _question_of(header: Header) -> Header | None:
    """Return the packet that may have begun a conversation, of which this is an answer."""
    if header.destination_port is None:
        return None
    if header.protocol == TCP and not (header.tcp_flags or 0) & _ACK:
        return None
    return msgspec.structs.replace(
        header,
        source=header.destination,
        destination=header.source,
        source_port=header.destination_port,
        destination_port=header.source_port,
        tcp_flags=_SYN if header.protocol == TCP else None,
    )
