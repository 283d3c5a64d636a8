"""The obligations of each ordered pair of zones, each with a verdict of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ringfence.foundation.text import listed
from ringfence.model.packet import Header
from ringfence.reach.leaks import Leak
from ringfence.reach.other_ways import OtherWays
from ringfence.reach.promises import Promises
from ringfence.reach.results import Hop, Missing, Obligation, ObligationKind, Witness
from ringfence.reach.unknowns import missing
from ringfence.reach.witnesses import Witnesses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ringfence.policy.document import Flow
    from ringfence.reach.other_ways import Allowed
    from ringfence.reach.question import Question
    from ringfence.reach.sights import Sight
    from ringfence.reach.witnesses import Shown, Violating
    from ringfence.replay.interpreter import Delivery

_MOST_OTHERS: Final = 3
_CROSSED = {
    "physical-separation": "a declared physical device",
    "virtual-separation": "a declared physical device",
    "full-collapse": "a declared firewall or router",
}


class Obligations:
    """Judges the pairs of one question.

    ``every_way`` shows a witness for each of several chains of devices, else there is one.
    """

    def __init__(self, question: Question, *, every_way: bool = False) -> None:
        self._question = question
        self._leaks = question.leaks
        self._witnesses = Witnesses(question)
        self._ways = OtherWays(question, self._witnesses) if every_way else None
        self._promises = Promises(question, self._leaks)

    def of_pair(self, source: str, destination: str) -> Iterator[Obligation]:
        """Yield what is owed to packets from ``source`` to ``destination``."""
        isolation = self._isolation(source, destination)
        yield isolation
        crossing = self._crossing(source, destination)
        if crossing.verdict != "VIOLATED" or isolation.verdict != "VIOLATED":
            yield crossing
        yield from self._observation(source, destination)
        yield from self._promises.of_pair(source, destination)

    def declared(self, source: str, destination: str) -> tuple[str, ...]:
        """Return the services that flows declare for a pair."""
        allowed = self._leaks.allowed(self._leaks.flows(source, destination))
        return self._question.describer.services(allowed)

    def working(self, source: str, destination: str) -> tuple[str, ...]:
        """Return which declared services surely work now."""
        return self._promises.working(source, destination)

    def standing(self, source: str, destination: str) -> tuple[tuple[str, bool | None], ...]:
        """Return for each service of the declared flows whether it works now."""
        return self._promises.standing(source, destination)

    def _isolation(self, source: str, destination: str) -> Obligation:
        question, space = self._question, self._question.space
        flows = self._leaks.flows(source, destination)
        leaks = self._leaks.leaks(source, destination, "lower")
        if leaks:
            return self._violated(
                "isolation",
                source,
                destination,
                leaks,
                lambda header, delivery: not self._covered(flows, header, delivery),
                lambda crossed: self._leaks.allowed(
                    flow for flow in flows if crossed.issuperset(flow.through)
                ),
            )
        if self._leaks.undeclared(source, destination, "upper") != space.nothing:
            reasons = missing(question, source, destination)
            return _unknown("isolation", source, destination, reasons)
        if self._leaks.answered(source, destination) != space.nothing:
            planted = Missing(
                what="a firewall between them lets answers in, and a zone that spoofs addresses "
                "could make it take a new conversation for an answer",
                how="bind the rules that permit to their interfaces and source addresses, or have "
                "the firewall refuse sources that do not belong behind an interface (and save its "
                "'sysctl -a' beside its configuration, where its reverse-path filter does)",
            )
            return _unknown("isolation", source, destination, (planted,))
        # Nothing passes because it matched no object.
        if deserted := [
            zone for zone in (source, destination) if zone in self._question.verdicts.deserted
        ]:
            return _unknown("isolation", source, destination, tuple(map(_nothing_in, deserted)))
        return isolated(source, destination, self.declared(source, destination) if flows else ())

    def _covered(self, flows: tuple[Flow, ...], header: Header, delivery: Delivery) -> bool:
        space = self._question.space
        # The source is the one sent, destination and service are the ones delivered.
        judged = replace(delivery.header, source=header.source)
        return any(
            set(flow.through) <= set(delivery.devices)
            and space.contains(self._leaks.permitted(flow), judged)
            for flow in flows
        )

    def _crossing(self, source: str, destination: str) -> Obligation:
        """Judge that every path crosses a device of the kind that the configuration asks for."""
        space = self._question.space
        what = _CROSSED[self._question.policy.configuration]
        lower = self._leaks.uncrossed(source, destination, "lower")
        if lower != space.nothing:
            required = self._leaks.required_devices
            return self._violated(
                "configuration",
                source,
                destination,
                (Leak(lower, closed=required),),
                lambda _, delivery: not required & set(delivery.devices),
                lambda crossed: space.everything if required & crossed else space.nothing,
                f" without crossing {what}",
            )
        if self._leaks.uncrossed(source, destination, "upper") != space.nothing:
            reasons = missing(self._question, source, destination)
            return _unknown("configuration", source, destination, reasons)
        return Obligation(
            kind="configuration",
            verdict="PROVED",
            sentence=f"Every path from {source} to {destination} crosses {what}.",
        )

    def _violated(
        self,
        kind: ObligationKind,
        source: str,
        destination: str,
        leaks: tuple[Leak, ...],
        violating: Violating,
        allowed: Allowed,
        manner: str = "",
    ) -> Obligation:
        headers = self._question.space.union([leak.headers for leak in leaks])
        shown = self._witnesses.show(source, destination, leaks, violating)
        if shown is None:
            contradiction = Missing(
                what="the engine found a way that its own interpreter does not confirm",
                how="report this with the snapshot and the policy: it is a defect of Ringfence",
            )
            return _unknown(kind, source, destination, (contradiction,))
        others: tuple[Shown, ...] = ()
        if self._ways is not None:
            others = tuple(self._ways.of(source, destination, shown.chain, allowed, violating))
        reached = listed(self._question.describer.services(headers), most=4)
        on = (
            f"on any service{reached.removeprefix('any')}"
            if reached.startswith("any")
            else (f"on {reached}")
        )
        return Obligation(
            kind=kind,
            verdict="VIOLATED",
            sentence=f"Something in {source} can reach {destination} {on}{manner}: {shown.reason}.",
            witness=shown.witness,
            others=tuple(one.witness for one in others[:_MOST_OTHERS]),
            more=len(others[_MOST_OTHERS:]),
        )

    def _observation(self, source: str, destination: str) -> Iterator[Obligation]:
        sights = self._question.verdicts.observed.sights.get((source, destination), ())
        if sights:
            yield Obligation(
                kind="observation",
                verdict="VIOLATED",
                sentence=f"Something in {destination} observes {source}: {sights[0].reason}.",
                witness=seen(self._question, sights[0]),
            )
        elif reasons := self._question.verdicts.observed.missing.get((source, destination)):
            yield _unknown("observation", source, destination, reasons)


def seen(question: Question, sight: Sight) -> Witness:
    """Return a witness of a sight: a packet of the place observed, and where it is shown."""
    addresses = question.addresses.get(sight.observed, ("0.0.0.0",))  # noqa: S104 (no listener)
    sent = Header(source=addresses[0], destination=addresses[0], protocol=6)
    return Witness(
        attacker=sight.attacker,
        sent=sent,
        delivered=sent,
        source_place=sight.observed,
        destination_place=sight.observer,
        hops=(
            Hop(
                kind="machine",
                object=sight.observed,
                label=question.name_of(sight.observed),
                detail="sends or receives it",
            ),
            sight.station,
            Hop(
                kind="place",
                object=sight.observer,
                label=question.name_of(sight.observer),
                detail="is shown it",
            ),
        ),
        closing=sight.closing,
        close=sight.close,
    )


def isolated(source: str, destination: str, declared: Sequence[str]) -> Obligation:
    """Return that nothing is delivered besides the services that flows declare."""
    besides = f" besides {listed(declared)}" if declared else ""
    return Obligation(
        kind="isolation",
        verdict="PROVED",
        sentence=f"Nothing in {source} can start anything with {destination}{besides}.",
    )


def past_budget(source: str, destination: str) -> Iterator[Obligation]:
    """Yield what is owed where the sets of headers outgrew their memory: nothing is known."""
    outgrown = Missing(
        what="the sets of packet headers outgrew the memory that they were given",
        how="prove fewer zones at a time, or join rules and addresses into networks",
    )
    kinds: tuple[ObligationKind, ...] = ("isolation", "configuration", "observation", "flow")
    for kind in kinds:
        yield _unknown(kind, source, destination, (outgrown,))


def _nothing_in(zone: str) -> Missing:
    return Missing(
        what=f"nothing that was read belongs to {zone}",
        how="correct the networks and machines that the policy names for it, or read what it is in",
    )


def _unknown(
    kind: ObligationKind, source: str, destination: str, reasons: tuple[Missing, ...]
) -> Obligation:
    what = f": {reasons[0].what}" if reasons else ""
    subject = {
        "isolation": f"whether {source} can reach {destination}",
        "configuration": f"whether every path from {source} to {destination} crosses a device",
        "observation": f"whether {destination} observes {source}",
        "device": f"whether {source} reaches a device's own services",
        "flow": f"whether a promised service from {source} to {destination} works",
    }[kind]
    return Obligation(
        kind=kind,
        verdict="UNKNOWN",
        sentence=f"It is not known {subject}{what}.",
        missing=reasons,
    )
