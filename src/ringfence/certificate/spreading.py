"""Checks that the sets of a spread are closed, and says what gets where by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.certificate.devices import Planted
from ringfence.certificate.diagram import EMPTY, SOURCE
from ringfence.certificate.wording import header_text, segment_text
from ringfence.foundation.errors import CertificateFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ringfence.certificate.network import Network, Sources
    from ringfence.certificate.places import Place


@dataclass(frozen=True)
class Claim:
    """A spread of the certificate: the set that each device interface sends, by place id.

    ``sources`` are those that the zone's packets are sent from, ``None`` for any.
    """

    zone: str
    closed: frozenset[str]
    sent: Mapping[str, int]
    sources: Sources | None = None


class Spreading:
    """The transitions of one network, under which claims must be closed."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._diagrams = network.diagrams

    def arriving(self, claim: Claim, place: Place, *, answering: bool = False) -> int:
        """Return what may arrive at a device's interface by a claim.

        That is anything that filters let by, where the zone's places are heard there. Where
        ``answering``, filters may take for an answer what is none.
        """
        diagrams, passing = self._diagrams, self._network.passing
        senders = self._network.zones.senders(claim.zone)
        sent = [passing.sending(one, answering=answering) for one in senders.sent_to(place.ends)]
        carried = (claim.sent.get(other.id, EMPTY) for other in self._network.heard_from[place.id])
        let_in = passing.receiving(place.filters, answering=answering)
        started = diagrams.both(diagrams.union(sent), self._started(claim))
        return diagrams.both(diagrams.union([started, *carried]), let_in)

    def _started(self, claim: Claim) -> int:
        """Return what a zone may send of what is claimed about."""
        if claim.sources is None:
            return self._diagrams.everything
        return self._diagrams.box({SOURCE: claim.sources})

    def planted(self, claim: Claim) -> Mapping[str, Planted]:
        """Return what answers each device lets in to what it may pass on by a claim."""
        found = {device: self._planted_in(claim, device) for device in self._network.interfaces}
        return found if self._network.translates else self._handed_over(found)

    def planted_together(self, each: Sequence[Mapping[str, Planted]]) -> Mapping[str, Planted]:
        """Return what several zones plant in each device."""
        union = self._diagrams.union
        found = {
            device: Planted(
                union([planted[device].arriving for planted in each]),
                union([planted[device].leaving for planted in each]),
            )
            for device in self._network.interfaces
        }
        return self._followed(found) if self._network.translates else found

    def _planted_in(self, claim: Claim, device: str) -> Planted:
        """Return the answers to what a device may pass on, of what arrives by a claim.

        Where every device sends packets on as they came, those that it lets start are left out:
        an entry lets nothing more of them through.
        """
        diagrams, transitions = self._diagrams, self._network.transitions[device]
        left: list[int] = []
        came: list[int] = []
        for incoming, place in self._network.interfaces[device].items():
            arriving = self.arriving(claim, place)
            for outgoing in self._network.interfaces[device]:
                left.append(self._leaving(device, incoming, outgoing, arriving, None))
                if transitions.translating is not None:
                    passing = transitions.forwarded(incoming, outgoing, "new")
                    came.append(diagrams.both(arriving, passing))
        answers = diagrams.answers(diagrams.union(left))
        if transitions.translating is not None:
            return Planted(answers, diagrams.answers(diagrams.union(came)))
        if not self._network.translates:
            answers = diagrams.both(answers, self._network.only_answers[device])
        return Planted(answers, answers)

    def _handed_over(self, planted: Mapping[str, Planted]) -> Mapping[str, Planted]:
        """Return also what is planted by packets that passed another device as answers.

        A packet that one device passes only as an answer may be new to the next.
        """
        network, diagrams, found = self._network, self._diagrams, dict(planted)
        growing = True
        while growing:
            growing = False
            for (first, after), headers in network.handovers.items():
                handed = diagrams.answers(diagrams.both(headers, found[first].arriving))
                handed = diagrams.both(handed, network.only_answers[after])
                if diagrams.without(handed, found[after].arriving) != EMPTY:
                    more = diagrams.either(found[after].arriving, handed)
                    found[after] = Planted(more, more)
                    growing = True
        return found

    def _followed(self, planted: dict[str, Planted]) -> Mapping[str, Planted]:
        """Return the same where addresses are translated: answers are followed on their way.

        What any device passes as an answer is new to the next, and so on, until nothing is added.
        """
        network, diagrams, passing = self._network, self._diagrams, self._network.passing
        sent: dict[str, int] = {}
        growing = True
        while growing:
            growing = False
            for device, named in network.interfaces.items():
                transitions = network.transitions[device]
                left, came = [EMPTY], [EMPTY]
                for incoming, inside in named.items():
                    heard = [sent.get(one.id, EMPTY) for one in network.heard_from[inside.id]]
                    let_in = passing.receiving(inside.filters, answering=True)
                    arriving = diagrams.both(diagrams.union(heard), let_in)
                    for outgoing, outside in named.items():
                        fresh = EMPTY
                        if arriving != EMPTY:
                            fresh = transitions.leaving(incoming, outgoing, arriving)
                            starts = transitions.forwarded(incoming, outgoing, "new")
                            came.append(diagrams.both(arriving, starts))
                        left.append(fresh)
                        answers = transitions.only_answers(incoming, outgoing, planted[device])
                        let_out = passing.sending(outside.filters, answering=True)
                        more = diagrams.both(diagrams.either(fresh, answers), let_out)
                        if diagrams.without(more, sent.get(outside.id, EMPTY)) != EMPTY:
                            sent[outside.id] = diagrams.either(sent.get(outside.id, EMPTY), more)
                            growing = True
                arriving = leaving = diagrams.answers(diagrams.union(left))
                if transitions.translating is not None:
                    leaving = diagrams.answers(diagrams.union(came))
                known = planted[device]
                joined = Planted(
                    diagrams.either(known.arriving, arriving),
                    diagrams.either(known.leaving, leaving),
                )
                if joined != known:
                    planted[device] = joined
                    growing = True
        return planted

    def opened(self, victim: str, planted: Mapping[str, Planted]) -> int:
        """Return the headers of which what was planted may let more through to a zone's places.

        A packet that gets there only by planted state passed some device only as an answer, and
        came out of the last device. Where every device sends packets on as they came, and no
        header is in both, nothing more gets there, whoever sends.
        """
        network, diagrams = self._network, self._diagrams
        if network.passing.keeps_connections:
            return diagrams.everything
        if all(one.arriving == EMPTY for one in planted.values()):
            return EMPTY
        if network.translates or any(one.sends_anything for one in network.transitions.values()):
            return diagrams.everything
        extra = diagrams.union([some.arriving for some in planted.values()])
        parts: list[int] = []
        receivers = network.zones.receivers(victim)
        for device, named in network.interfaces.items():
            transitions = network.transitions[device]
            for outgoing, place in named.items():
                if not any(receivers.hearing(place.ends)):
                    continue
                for incoming in named:
                    answers = transitions.forwarded(incoming, outgoing, "established")
                    last = diagrams.either(
                        transitions.forwarded(incoming, outgoing, "new"),
                        diagrams.both(answers, planted[device].arriving),
                    )
                    parts.append(diagrams.both(extra, last))
        return diagrams.union(parts)

    def taken_in(self, claim: Claim) -> int:
        """Return what may reach the own services of any device by a claim."""
        parts = []
        for device, named in self._network.interfaces.items():
            transitions = self._network.transitions[device]
            for name, place in named.items():
                arriving = self.arriving(claim, place)
                parts.append(transitions.taken_in(name, arriving))
        return self._diagrams.union(parts)

    def _leaving(
        self, device: str, incoming: str, outgoing: str, arriving: int, planted: Planted | None
    ) -> int:
        diagrams, transitions = self._diagrams, self._network.transitions[device]
        if arriving == EMPTY:
            return EMPTY
        leaving = transitions.leaving(incoming, outgoing, arriving)
        if planted is None or planted.arriving == EMPTY or transitions.sends_anything:
            return leaving
        answers = transitions.answers(incoming, outgoing, arriving, planted)
        return diagrams.either(leaving, answers)

    def require_closed(
        self, claim: Claim, planted: Mapping[str, Planted], among: int, *, answering: bool = False
    ) -> None:
        """Check that whatever arrives and may pass is in the set of where it leaves.

        ``planted`` are headers that each device may take for answers, as filters may where
        ``answering``. Of what arrives only headers ``among`` some count, which are all wherever a
        packet may be changed on its way. Raises ``CertificateFailedError`` naming
        the device and the segment.
        """
        network = self._network
        for device, named in network.interfaces.items():
            if device in claim.closed:
                continue
            for incoming, inside in named.items():
                arriving = self.arriving(claim, inside, answering=answering)
                arriving = self._diagrams.both(arriving, among)
                for outgoing, place in named.items():
                    leaving = self._leaving(
                        device, incoming, outgoing, arriving, planted.get(device)
                    )
                    let_out = network.passing.sending(place.filters, answering=answering)
                    leaving = self._diagrams.both(leaving, let_out)
                    missing = self._diagrams.without(leaving, claim.sent.get(place.id, EMPTY))
                    if missing != EMPTY and place.ends.sends:
                        example = header_text(self._diagrams.example(missing))
                        where = segment_text(place.ends, network.inventory)
                        message = (
                            f"The sets for {claim.zone} are not closed: {device} may pass {example}"
                            f" from {incoming} to {outgoing}, and this is not in the set of what "
                            f"{outgoing} sends into {where}."
                        )
                        raise CertificateFailedError(message, "What it claims is not proved by it.")

    def require_within(
        self, claim: Claim, destination: str, allowed: int, what: str, *, answering: bool = False
    ) -> None:
        """Check that only ``allowed`` headers get to a zone's places by a claim.

        Raises ``CertificateFailedError`` naming the place or device, and the segment.
        """
        network, diagrams, passing = self._network, self._diagrams, self._network.passing
        receivers = network.zones.receivers(destination)
        excess = diagrams.without(self._started(claim), allowed)
        for sender, hearer in network.zones.senders(claim.zone).meetings(receivers):
            sent = diagrams.both(excess, passing.sending(sender.filters, answering=answering))
            met = diagrams.both(sent, passing.receiving(hearer.filters))
            if met != EMPTY:
                where = segment_text(sender.ends, network.inventory)
                packet = header_text(diagrams.example(met))
                message = (
                    f"{claim.zone} can reach {destination} {what}: {hearer.id} hears what "
                    f"{sender.id} sends into {where}, {packet} among it."
                )
                raise CertificateFailedError(message, "What it claims is not so.")
        for device, named in network.interfaces.items():
            for place in named.values():
                sent = diagrams.without(claim.sent.get(place.id, EMPTY), allowed)
                if sent == EMPTY:
                    continue
                for heard in receivers.hearing(place.ends):
                    beyond = diagrams.both(sent, passing.receiving(heard.filters))
                    if beyond == EMPTY:
                        continue
                    where = segment_text(place.ends, network.inventory)
                    message = (
                        f"A forbidden packet is in the sets for {claim.zone}: {device} may send "
                        f"{header_text(diagrams.example(beyond))} by {place.name} into {where}, "
                        f"where {heard.id} of {destination} hears it {what}."
                    )
                    raise CertificateFailedError(message, "What it claims is not proved by it.")
