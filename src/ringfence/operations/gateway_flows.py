"""``flows --gateway``: what a gateway lets by and refuses, against policy and proof."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from ringfence.enforce.gateway.description import Gateway
from ringfence.enforce.gateway.ruleset import ACCEPTED, GROUP, REFUSED, TABLE
from ringfence.flows.judging import Judge, Judged
from ringfence.foundation.progress import Progress
from ringfence.model.facts import NotRead
from ringfence.model.rules import Device
from ringfence.model.traffic import LogReading
from ringfence.operations.flows import Told, said_of
from ringfence.operations.gateway import in_force, meant
from ringfence.operations.gateway_loading import Where
from ringfence.operations.subject import Subject
from ringfence.policy.document import Policy
from ringfence.reach.question import Question
from ringfence.sources.telemetry.counters import counted_since, read_counters
from ringfence.sources.telemetry.kept import Kept
from ringfence.sources.telemetry.listening import BEGAN, Heard, Listener
from ringfence.sources.telemetry.observed import Observed
from ringfence.sources.telemetry.packet_lines import Decision

_VERDICTS: Final[Mapping[str, Decision]] = {ACCEPTED: "allowed", REFUSED: "refused"}
_A_WHILE: Final = 0.5  # seconds after which a listener looks at the clock
_ON_THE_WAY: Final = 0.5  # seconds in which the kernel sends what it counted before


@dataclass(slots=True)
class _Listening:
    """What was heard of a gateway so far."""

    gateway: Gateway
    judge: Judge
    kinds: Kept
    tell: Callable[[str], None]
    messages: int = 0
    waiting: deque[Heard] = field(default_factory=deque)

    def hear_until(self, listener: Listener, end: float | None) -> None:
        """Hear what is told until a moment of the monotonic clock, for ever where there is none."""
        while end is None or (left := end - time.monotonic()) > 0:
            self.hear(listener, _A_WHILE if end is None else min(left, _A_WHILE))

    def hear(self, listener: Listener, seconds: float) -> None:
        """Judge what is told within some seconds; what is new of its kind is told on at once."""
        # What is waiting when it is interrupted is judged in the end.
        self.waiting.extend(listener.heard(seconds))
        while self.waiting:
            one = self.waiting.popleft()
            self.messages += 1
            observed = self._observed(one)
            if self.kinds.add(observed, self.messages):
                seen = self.kinds.as_seen(observed, self.messages)
                for judged in filter(worth_telling, self.judge.judged((seen,))):
                    self.tell(said_of(judged))

    def _observed(self, one: Heard) -> Observed:
        return Observed(
            header=one.header,
            decision=one.decision,
            rule=one.rule,
            at=self.gateway.device,
            packets=1,
            observation="beginning" if one.decision == "allowed" else "packet",
            came_from=self._zones.get(one.came_by),
        )

    @property
    def _zones(self) -> Mapping[str, str]:
        sides = self.gateway.sides
        return {name: side.zone for side in sides for name in side.interfaces}


def worth_telling(judged: Judged) -> bool:
    """Tell whether a packet is news: a connection that may begin is told by its rule already."""
    return judged.seen.rule != BEGAN or judged.meaning not in {"declared", "inside"}


def listen(
    subject: Subject,
    device: str,
    where: Where,
    seconds: float | None,
    progress: Progress,
    tell: Callable[[str], None],
) -> Told:
    """Hear what a gateway tells of packets for some seconds, or until it is interrupted.

    Packets are held against the policy, and against the proof of the snapshot with the gateway's
    rules in force: what those would not let by is impossible. Each new kind of packet is told
    in a line as soon as it is heard. Raises ``SourceError`` where the gateway cannot be heard.
    """
    policy, made = subject.required_policy(), meant(subject, device)
    current = in_force(subject, made)
    question = Question(current.snapshot, policy, current.memberships.every)
    known = current.inventory.devices[made.gateway.device]
    judge = Judge(question, _own(known, policy), _behind(made.gateway))
    name = f"NFLOG group {GROUP}"
    listening = _Listening(made.gateway, judge, Kept(name), tell)
    table = f"inet {TABLE}"
    progress.step(f"Listening {where}")
    with Listener(where.namespace, GROUP, _VERDICTS) as listener:
        before = asyncio.run(read_counters(where.runner, table, str(where)))
        end = None if seconds is None else time.monotonic() + seconds
        # That is how it ends where no time was given.
        with suppress(KeyboardInterrupt):
            listening.hear_until(listener, end)
        after = asyncio.run(read_counters(where.runner, table, str(where)))
        listening.hear_until(listener, time.monotonic() + _ON_THE_WAY)
        counted = counted_since(before, after)
        lost = max(listener.lost, sum(counted.values()) - listener.told, 0)
        reading = LogReading(
            name=name,
            seen=listening.kinds.seen(),
            lines=listening.messages + listener.damaged,
            understood=listening.messages,
            damaged=listener.damaged,
            left_out=listening.kinds.left_out,
            lost=lost,
        )
    judged = judge.judged(reading.seen)
    numbers = {permit.number - 1 for permit in made.gateway.permits}
    passing = {id(flow) for place, flow in enumerate(policy.flows) if place in numbers}
    unused = tuple(flow for flow in judge.unused(judged) if id(flow) in passing)
    return Told((reading,), tuple(filter(worth_telling, judged)), unused, counted)


def _own(device: Device, policy: Policy) -> Mapping[str, tuple[str, ...]]:
    """Return the gateway's own addresses, which are places of management as in the proof."""
    interfaces = () if isinstance(device.interfaces, NotRead) else device.interfaces
    own = tuple(
        text.partition("/")[0]
        for one in interfaces
        if not isinstance(one.addresses, NotRead)
        for text in one.addresses
    )
    return {name: own for name, zone in policy.zones.items() if zone.role == "management"}


def _behind(gateway: Gateway) -> Mapping[str, tuple[str, ...]]:
    return {side.zone: side.networks for side in gateway.sides}
