"""Whether what the flows promise works now, and which hop stops what does not."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from ringfence.foundation.text import counted, listed
from ringfence.model.facts import NotRead
from ringfence.policy.services import service_terms
from ringfence.reach.choosing import a_part, plausible
from ringfence.reach.hops import hops
from ringfence.reach.permitted import service_headers
from ringfence.reach.results import Missing, Obligation, Stopped
from ringfence.reach.unknowns import missing
from ringfence.reach.wiring import wiring
from ringfence.replay.conversation import Conversations, Stop
from ringfence.replay.interpreter import Interpreter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.model.packet import Header
    from ringfence.policy.document import Flow
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.leaks import Leaks
    from ringfence.reach.question import Question

_MOST: Final = 4  # senders, and packets of each, that are tried to show what stops a flow


class Promises:
    """Judges the flows of one question by what works now."""

    def __init__(self, question: Question, leaks: Leaks) -> None:
        self._question = question
        self._leaks = leaks
        self._known: dict[object, bool | None] = {}

    def of_pair(self, source: str, destination: str) -> Iterator[Obligation]:
        """Yield for each flow whether each of its services works, for something at least."""
        for flow in self._leaks.flows(source, destination):
            yield self._judged(flow)

    def working(self, source: str, destination: str) -> tuple[str, ...]:
        """Return which services of the flows surely work now."""
        standing = self.standing(source, destination)
        return tuple(dict.fromkeys(word for word, works in standing if works))

    def standing(self, source: str, destination: str) -> tuple[tuple[str, bool | None], ...]:
        """Return for each service of the flows whether it works now, ``None`` where open."""
        return tuple(
            (word, self._works(flow, word, headers))
            for flow in self._leaks.flows(source, destination)
            for word, headers in self._words(flow).items()
        )

    def _judged(self, flow: Flow) -> Obligation:
        source, destination = flow.from_, flow.to
        words = self._words(flow)
        works = {word: self._works(flow, word, headers) for word, headers in words.items()}
        name = f"{listed(flow.services)} from {source} to {destination}"
        stopped = [word for word in words if works[word] is False]
        if stopped:
            which = "" if len(stopped) == len(words) else f": {listed(stopped)}"
            return self._stopped(flow, f"{name}{which}", words[stopped[0]])
        if None in works.values():
            return self._unknown(source, destination)
        return Obligation(kind="flow", verdict="PROVED", sentence=f"{name} works now, both ways.")

    def _words(self, flow: Flow) -> Mapping[str, HeaderSet]:
        """Return the headers of each term of a flow's services that honest conversations begin."""
        question = self._question
        begins = self._leaks.permitted(flow) & question.asking.begins
        terms = service_terms(question.policy.services, flow.services)
        return {str(term): begins & service_headers(question.space, term) for term in terms}

    def _works(self, flow: Flow, word: str, headers: HeaderSet) -> bool | None:
        """Tell whether something of a service works now, there and back."""
        key = (flow.from_, flow.to, flow.source, flow.destination, word)
        if key not in self._known:
            self._known[key] = self._found_to_work(flow.from_, flow.to, headers)
        return self._known[key]

    def _found_to_work(self, source: str, destination: str, headers: HeaderSet) -> bool | None:
        question, nothing = self._question, self._question.space.nothing
        if question.upper.flooder.translates:
            return None  # answers that are translated back are not followed
        lower, upper = question.now.lower, question.now.upper
        # Nothing works of what not even an attacker may get there.
        maybe = headers & question.upper.delivered(source, destination)
        if upper.honest(source, destination, maybe) == nothing:
            return False
        # One header is followed quickly, and most often it works: then so does the service.
        delivered = headers & question.lower.delivered(source, destination)
        some = a_part(question.space, lower.honest(source, destination, delivered))
        if some != nothing and lower.works(source, destination, some) != nothing:
            return True
        if upper.works(source, destination, maybe) == nothing:
            return False
        return True if lower.works(source, destination, headers) != nothing else None

    def _stopped(self, flow: Flow, name: str, headers: HeaderSet) -> Obligation:
        source, destination = flow.from_, flow.to
        shown = self._shown(source, destination, headers)
        if isinstance(shown, str):
            return Obligation(
                kind="flow",
                verdict="VIOLATED",
                sentence=f"{name} is promised and cannot work: {shown}.",
            )
        if shown is None:
            contradiction = Missing(
                what="the engine says that it cannot work, and its own interpreter says otherwise",
                how="report this with the snapshot and the policy: it is a defect of Ringfence",
            )
            return _undecided(source, destination, (contradiction,))
        header, stop = shown
        return Obligation(
            kind="flow",
            verdict="VIOLATED",
            sentence=f"{name} is promised and cannot work: {stop.reason}.",
            stopped=Stopped(
                header=header,
                reason=stop.reason,
                hops=hops(stop.path, len(stop.path) - 1),
            ),
        )

    def _shown(
        self, source: str, destination: str, headers: HeaderSet
    ) -> tuple[Header, Stop] | str | None:
        """Return a packet with what stops it, a phrase where none can be sent at all.

        ``None`` where the interpreter lets the packet through.
        """
        question = self._question
        honest = question.now.upper.honest(source, destination, headers)
        if honest == question.space.nothing:
            return self._why_none(source, destination)
        there, back = self._places(destination), self._places(source)
        for header in plausible(question, honest):
            senders = (one for one in back if self._conversations.holds(one, header.source))
            for place in islice(senders, _MOST):
                stop = self._conversations.stop(place, header, there, back)
                return None if stop is None else (header, stop)
        return "nobody whose address was read would send it"

    def _why_none(self, source: str, destination: str) -> str:
        now = self._question.now.upper
        for zone, ends in ((source, now.ends(source)), (destination, now.ends(destination))):
            if not ends.sending and not ends.hearing:
                return f"nothing in {zone} is switched on and connected"
        return "no machine that runs has an address that the flow names"

    def _places(self, zone: str) -> tuple[str, ...]:
        return self._question.now.lower.places_of(zone)

    @cached_property
    def _conversations(self) -> Conversations:
        question = self._question
        addresses = dict(question.addresses)
        for name, zone in question.policy.zones.items():
            if zone.external:
                addresses[f"external:{name}"] = zone.addresses or ("0.0.0.0/0", "::/0")
        told = wiring(question.inventory, question.policy)
        return Conversations(Interpreter(question.inventory, told, "lower", now=True), addresses)

    def _unknown(self, source: str, destination: str) -> Obligation:
        reasons = (
            *self._unread(source),
            *self._unread(destination),
            *missing(self._question, source, destination),
            *self._unmet_hops(),
        )
        return _undecided(source, destination, reasons or (_ACTIVE_UPLINKS,))

    def _unread(self, zone: str) -> Iterator[Missing]:
        """Yield what was not read of a zone's machines and only what works now hangs on."""
        question = self._question
        machines = question.inventory.machines
        members = [one for one in question.memberships.values() if one.zone == zone]
        silent = [one for one in members if one.attachment not in question.addresses]
        if silent:
            yield Missing(
                what=f"the addresses of {counted(len(silent), 'place')} in {zone} were not read",
                how="have the guests' tools report them, and collect again",
            )
        owners = {one.owner for one in members if one.owner in machines}
        unread = [one for one in owners if isinstance(machines[one].power, NotRead)]
        if unread:
            yield Missing(
                what=f"whether {counted(len(unread), 'machine')} in {zone} runs was not read",
                how="collect from the management server",
            )

    def _unmet_hops(self) -> Iterator[Missing]:
        devices = self._question.inventory.snapshot.devices
        held = {
            address.partition("/")[0]
            for device in devices
            for one in (() if isinstance(device.interfaces, NotRead) else device.interfaces)
            for address in (() if isinstance(one.addresses, NotRead) else one.addresses)
        }
        for device in devices:
            for route in () if isinstance(device.routes, NotRead) else device.routes:
                if route.next_hop is not None and route.next_hop not in held:
                    yield Missing(
                        what=f"{device.name} sends {route.destination} on to {route.next_hop}, "
                        "which is no device that was read or declared",
                        how="declare that router under devices, or the zone outside that it is in",
                    )


_ACTIVE_UPLINKS: Final = Missing(
    what="which of several active uplinks carries the frames is not known, and they lead apart",
    how="let the active uplinks of a team lead to one network",
)


def _undecided(source: str, destination: str, reasons: tuple[Missing, ...]) -> Obligation:
    return Obligation(
        kind="flow",
        verdict="UNKNOWN",
        sentence=f"It is not known whether a promised service from {source} to {destination} "
        f"works: {reasons[0].what}.",
        missing=reasons,
    )
