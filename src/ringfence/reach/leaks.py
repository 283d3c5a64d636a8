"""What is delivered between two zones besides what the policy permits."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from ringfence.reach.permitted import permitted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ringfence.policy.document import Flow
    from ringfence.reach.attachments import Bound
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.question import Question


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
        """Return the headers delivered outside the flows, or past a device that they name.

        A delivery crosses a device when it vanishes as the device forwards nothing: what is
        still delivered then must be in a flow that does not name the device.
        """
        space, matrix = self._question.space, self._question.matrix(bound)
        flows = self.flows(source, destination)
        leaks = [
            space.without(matrix.delivered_with_local(source, destination), self.allowed(flows))
        ]
        for device in sorted({name for flow in flows for name in flow.through}):
            others = self.allowed(flow for flow in flows if device not in flow.through)
            past = matrix.delivered(source, destination, frozenset({device}))
            leaks.append(space.without(past, others))
        return space.union(leaks)

    def answered(self, source: str, destination: str) -> HeaderSet:
        """Return what may be let in as an answer to a conversation that another planted."""
        space = self._question.space
        reached = self._question.upper.answered(source, destination)
        return space.without(reached, self.allowed(self.flows(source, destination)))

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
