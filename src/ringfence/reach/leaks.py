"""What is delivered between two zones besides what the policy permits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from ringfence.policy.narrowing import narrowed_addresses
from ringfence.reach.fields import ADDRESS_END, IPV6, Interval, address_interval
from ringfence.reach.permitted import permitted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.policy.document import Flow
    from ringfence.reach.attachments import Bound
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.matrix import Sources
    from ringfence.reach.question import Question


@dataclass(frozen=True, slots=True)
class Leak:
    """Headers delivered though no flow permits them.

    Their packets are sent from ``sources``, from any where ``None``, and get there though the
    devices ``closed`` forward nothing.
    """

    headers: HeaderSet
    sources: Sources | None = None
    closed: frozenset[str] = frozenset()


class Leaks:
    """Compares the matrix of a question with the flows of its policy."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._permitted: dict[tuple[object, object, object], HeaderSet] = {}

    def keep(self, earlier: Leaks) -> None:
        """Keep what flows permit that name services only; the space is that of ``earlier``."""
        for what, headers in earlier._permitted.items():
            _, source, destination = what
            if not source and not destination:
                self._permitted[what] = headers

    @cached_property
    def _flows(self) -> Mapping[tuple[str, str], tuple[Flow, ...]]:
        flows: defaultdict[tuple[str, str], list[Flow]] = defaultdict(list)
        for flow in self._question.policy.flows:
            flows[flow.from_, flow.to].append(flow)
        return {pair: tuple(some) for pair, some in flows.items()}

    def flows(self, source: str, destination: str) -> tuple[Flow, ...]:
        """Return the flows declared from one zone to another."""
        return self._flows.get((source, destination), ())

    def allowed(self, flows: Iterable[Flow]) -> HeaderSet:
        """Return the headers that any of ``flows`` permits."""
        space = self._question.space
        return space.union([self.permitted(flow) for flow in flows])

    def permitted(self, flow: Flow) -> HeaderSet:
        """Return the headers that one flow permits."""
        what = (flow.services, flow.source, flow.destination)
        known = self._permitted.get(what)
        if known is None:
            question = self._question
            known = permitted(question.space, question.policy, question.inventory, flow)
            self._permitted[what] = known
        return known

    def undeclared(self, source: str, destination: str, bound: Bound) -> HeaderSet:
        """Return the headers delivered outside the flows, or past a device that they name."""
        leaks = self.leaks(source, destination, bound)
        return self._question.space.union([leak.headers for leak in leaks])

    def leaks(self, source: str, destination: str, bound: Bound) -> tuple[Leak, ...]:
        """Return what is delivered outside the flows, apart by how it is sent.

        A delivery crosses a device when it vanishes as the device forwards nothing: what is
        still delivered then must be in a flow that does not name the device.
        """
        space, matrix = self._question.space, self._question.matrix(bound)
        found: list[Leak] = []
        for sources, flows in self.by_sources(self.flows(source, destination), bound):
            reached = matrix.delivered_with_local(source, destination, sources)
            found.append(Leak(space.without(reached, self.allowed(flows)), sources))
            for device in sorted({name for flow in flows for name in flow.through}):
                others = self.allowed(flow for flow in flows if device not in flow.through)
                closed = frozenset({device})
                past = matrix.delivered(source, destination, closed, sources)
                found.append(Leak(space.without(past, others), sources, closed))
        return tuple(leak for leak in found if leak.headers != space.nothing)

    def by_sources(
        self, flows: tuple[Flow, ...], bound: Bound
    ) -> Iterator[tuple[Sources | None, tuple[Flow, ...]]]:
        """Yield the flows that packets from some sources may be of; ``None`` is from any.

        A flow's ``source`` is the address that a packet was sent from, which does not show any
        more where a device translates it. Then packets from each source are judged apart.
        """
        hidden = self._question.matrix(bound).flooder.hides_sources
        if not (hidden and any(flow.source for flow in flows)):
            yield None, flows
            return
        inventory = self._question.inventory
        named = [
            tuple(map(address_interval, narrowed_addresses(flow.source, inventory)))
            for flow in flows
        ]
        starts = sorted(
            {
                0,
                IPV6[0],
                *(
                    end
                    for some in named
                    for first, last in some
                    for end in (first, last + 1)
                    if end < ADDRESS_END
                ),
            }
        )
        classes: defaultdict[tuple[int, ...], list[Interval]] = defaultdict(list)
        for first, after in pairwise((*starts, ADDRESS_END)):
            of = tuple(
                number
                for number, flow in enumerate(flows)
                if not flow.source or any(low <= first <= high for low, high in named[number])
            )
            classes[of].append((first, after - 1))
        for of, sources in classes.items():
            anyone = (flows[number].model_copy(update={"source": ()}) for number in of)
            yield tuple(sources), tuple(anyone)

    def answered(self, source: str, destination: str) -> HeaderSet:
        """Return what may be let in as an answer to a conversation that another planted."""
        space, upper = self._question.space, self._question.upper
        return space.union(
            [
                space.without(upper.answered(source, destination, sources), self.allowed(flows))
                for sources, flows in self.by_sources(self.flows(source, destination), "upper")
            ]
        )

    @cached_property
    def required_devices(self) -> frozenset[str]:
        """The devices of which every path between zones must cross one.

        Physical ones where zones are separated physically or by VLANs and switches; any declared
        one where all is virtual.
        """
        policy = self._question.policy
        virtual_too = policy.configuration == "full-collapse"
        return frozenset(
            name
            for name, device in policy.devices.items()
            if (device.physical or virtual_too) and device.kind in ("firewall", "router")
        )

    def uncrossed(self, source: str, destination: str, bound: Bound) -> HeaderSet:
        """Return the headers delivered on a path that crosses none of the required devices."""
        matrix = self._question.matrix(bound)
        return matrix.delivered(source, destination, self.required_devices)
