"""Concrete packets that show a violation, each replayed before it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from ringfence.reach.blaming import blame
from ringfence.reach.choosing import USUAL_PORTS, plausible, weakest_attacker
from ringfence.reach.fields import Field, address_interval
from ringfence.reach.hops import hops
from ringfence.reach.ladder import harder
from ringfence.reach.mending import Networks
from ringfence.reach.results import STRENGTH, Attacker, Witness
from ringfence.reach.wiring import wiring
from ringfence.replay.interpreter import Delivery, Interpreter
from ringfence.replay.translation import Choices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ringfence.model.packet import Header
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.leaks import Leak
    from ringfence.reach.origins import ChainOrigins, Origins
    from ringfence.reach.question import Question

    Violating = Callable[[Header, Delivery], bool]

_MOST_SENDERS: Final = 64  # senders looked at once any was found
_ENOUGH: Final = 8  # senders looked at once an honest one was found
_LONGEST: Final = 1 << 30  # no path has as many stations


@dataclass(frozen=True)
class Shown:
    """A witness, why the packet got through in a phrase, and the devices that it crossed."""

    witness: Witness
    reason: str
    chain: tuple[str, ...]


class Witnesses:
    """Finds witnesses in one question."""

    def __init__(self, question: Question) -> None:
        self._question = question

    @cached_property
    def interpreter(self) -> Interpreter:
        """The naive interpreter over the same records, of what is certain."""
        question = self._question
        wired = wiring(question.inventory, question.policy)
        choices = Choices(ports=frozenset(USUAL_PORTS))
        return Interpreter(question.inventory, wired, "lower", choices=choices)

    @cached_property
    def _networks(self) -> Networks:
        return Networks(self._question)

    def show(
        self, source: str, destination: str, leaks: Sequence[Leak], violating: Violating
    ) -> Shown | None:
        """Return the witness that needs the weakest attacker, ``None`` where none replays.

        ``violating`` tells whether a delivery of a header breaks what was asked for.
        """
        best: tuple[tuple[int, ...], Shown] | None = None
        anyones: dict[HeaderSet, tuple[Header, ...]] = {}
        headers = self._question.space.union([leak.headers for leak in leaks])
        backwards = self._translated(destination, leaks)
        tried = 0
        for place, again in self.senders(source, destination):
            enough = 0 if best is None else _ENOUGH if best[0][0] == 0 else _MOST_SENDERS
            if best is not None and (again or tried >= enough):
                break
            if best is not None and best[0] <= self._least(place, destination):
                continue
            packets: Iterable[Header] = tuple(self.sent_from(place, source, backwards))
            if not backwards:
                reached = self._question.lower.reached_from(place, destination, headers)
                if reached != self._question.space.nothing:
                    packets = self.packets(place, source, destination, reached, anyones)
            if packets == ():
                continue
            tried += 1
            found = self._from(place, destination, packets, violating)
            if found is None:
                continue
            header, delivery = found
            attacker = self.attacker(place, header, delivery)
            rank = self._rank(attacker, place, delivery)
            if best is None or rank < best[0]:
                best = rank, self.made(attacker, place, header, delivery)
        return None if best is None else best[1]

    def made(self, attacker: Attacker, place: str, header: Header, delivery: Delivery) -> Shown:
        """Return the witness of a packet that was delivered."""
        blamed = blame(self._question, self._networks, place, delivery.place, delivery.path)
        step = harder(self._question, self.interpreter, attacker, place, header, delivery)
        witness = Witness(
            attacker=attacker,
            sent=header,
            delivered=delivery.header,
            source_place=place,
            destination_place=delivery.place,
            hops=hops(delivery.path, blamed.station),
            harder=step,
            closing=blamed.closing,
            close=blamed.changes,
            replayed=True,
        )
        return Shown(witness, blamed.reason, delivery.devices)

    def _from(
        self, place: str, destination: str, headers: Iterable[Header], violating: Violating
    ) -> tuple[Header, Delivery] | None:
        """Return a packet of ``headers`` from one place that arrives, and how."""
        for header in headers:
            delivery = self._delivery(place, destination, header, violating)
            if delivery is not None:
                return self._to_its_address(place, header, delivery, violating)
        return None

    def sent_from(
        self, place: str, source: str, backwards: Sequence[tuple[Leak, Origins | ChainOrigins]]
    ) -> Iterator[Header]:
        """Yield packets that a place may send to be delivered as leaks, where these are translated.

        What a weaker attacker can send comes first.
        """
        question, space = self._question, self._question.space
        own = [address_interval(text) for text in question.addresses.get(place, ())]
        as_itself = space.intervals(Field.SOURCE, own)
        for leak, origins in backwards:
            sent = origins.sent_by(question.places.by_id[place])
            if leak.sources is not None:
                sent &= space.intervals(Field.SOURCE, leak.sources)
            for narrowed in (sent & as_itself, sent & question.sent_by(source), sent):
                if narrowed != space.nothing:
                    yield from islice(plausible(question, narrowed), 2)

    def _translated(
        self, destination: str, leaks: Sequence[Leak]
    ) -> tuple[tuple[Leak, Origins], ...]:
        """Return where packets of leaks come from, followed backwards where they are translated.

        Those that are delivered to an address of the zone come first.
        """
        question, matrix = self._question, self._question.lower
        if not matrix.flooder.translates:
            return ()
        homes = (
            question.sent_to(destination, settled=True),
            question.sent_to(destination),
            question.space.everything,
        )
        return tuple(
            (leak, matrix.origins(destination, leak.headers & home, leak.closed))
            for home in homes
            for leak in leaks
            if leak.headers & home != question.space.nothing
        )

    def _rank(self, attacker: Attacker, place: str, delivery: Delivery) -> tuple[int, ...]:
        """Order witnesses: the weakest attacker, the fewest devices, ends where they belong.

        Between zones that share a network, the end that is out of place is what there is to show.
        """
        out_of_place = sum(map(self._is_misplaced, (place, delivery.place)))
        devices = len(delivery.devices)
        return (
            STRENGTH[attacker],
            devices,
            out_of_place if devices else -out_of_place,
            len(delivery.path),
        )

    def _least(self, place: str, destination: str) -> tuple[int, ...]:
        """Return a rank that a witness from a place is not below but by the length of its path."""
        out_of_place = int(self._is_misplaced(place))
        if self._question.lower.nearness(place, destination):
            return (0, 1, out_of_place, _LONGEST)
        return (0, 0, -1 - out_of_place, _LONGEST)

    def _is_misplaced(self, place: str) -> bool:
        member = self._question.memberships.get(place)
        return member is not None and member.standing == "misplaced"

    def senders(self, zone: str, destination: str) -> Iterator[tuple[str, bool]]:
        """Yield one place for each set of groups that places of a zone send into past like filters.

        Places that are not where they belong come first, then those that reach ``destination``
        with no device between, then those with an address. Those that cannot reach it are left out.
        After all comes one place of another owner for each, told as such: what a machine sends
        itself is no delivery, so that the first may be the only one that gets nowhere.
        """
        question = self._question
        seen: dict[object, str] = {}
        others: dict[object, str] = {}
        near = {
            identity: nearness
            for identity in question.standings("lower").senders.get(zone, ())
            if (nearness := question.lower.nearness(identity, destination)) is not None
        }

        def order(identity: str) -> tuple[bool, int, bool, str]:
            unaddressed = identity not in question.addresses
            return not self._is_misplaced(identity), near[identity], unaddressed, identity

        for identity in sorted(near, key=order):
            place = question.places.by_id[identity]
            sends = place.lower.sends, place.filterings
            if place.lower.sends and sends not in seen:
                seen[sends] = place.owner
                yield identity, False
            elif place.lower.sends and place.owner != seen[sends]:
                others.setdefault(sends, identity)
        yield from ((identity, True) for identity in others.values())

    def packets(
        self,
        place: str,
        source: str,
        destination: str,
        headers: HeaderSet,
        anyones: dict[HeaderSet, tuple[Header, ...]],
    ) -> Iterator[Header]:
        """Yield packets that a place sends as itself, then those that anyone may send.

        ``anyones`` are the latter, of each set that was asked about, once they were chosen.
        """
        space = self._question.space
        own = [address_interval(text) for text in self._question.addresses.get(place, ())]
        as_itself = headers & space.intervals(Field.SOURCE, own)
        yield from self._chosen(source, destination, as_itself)
        if headers not in anyones:
            anyones[headers] = tuple(self._chosen(source, destination, headers))
        yield from anyones[headers]

    def _chosen(self, source: str, destination: str, headers: HeaderSet) -> Iterator[Header]:
        """Yield the most plausible packets of a set that the weakest attacker can send."""
        if headers != self._question.space.nothing:
            _, chosen = weakest_attacker(self._question, headers, source, destination)
            yield from islice(plausible(self._question, chosen), 2)

    def _delivery(
        self, place: str, destination: str, header: Header, violating: Violating
    ) -> Delivery | None:
        """Return the delivery of a packet to a zone, to the place with its address if it can."""
        every = self.interpreter.deliveries(place, header)
        return self.arriving(destination, header, every, violating)

    def arriving(
        self, destination: str, header: Header, every: Iterable[Delivery], violating: Violating
    ) -> Delivery | None:
        """Return which delivery is to a zone, to the place with its address if any is."""
        question = self._question
        targets = set(question.standings("lower").places_of(destination))
        if destination in question.lower.management:
            targets.update(f"device:{device}" for device in question.lower.gates)
        reached = [
            delivery
            for delivery in every
            if delivery.place in targets and violating(header, delivery)
        ]
        for delivery in reached:
            if delivery.header.destination in question.addresses.get(delivery.place, ()):
                return delivery
        return reached[0] if reached else None

    def _to_its_address(
        self, place: str, header: Header, delivery: Delivery, violating: Violating
    ) -> tuple[Header, Delivery]:
        """Return the packet sent to the very address of the place reached, where it arrives too."""
        question = self._question
        theirs = question.addresses.get(delivery.place, ())
        if delivery.devices or header.destination in theirs:
            return header, delivery
        family = ":" in header.source
        for address in theirs:
            if (":" in address) == family:
                aimed = msgspec.structs.replace(header, destination=address)
                for other in self.interpreter.deliveries(place, aimed):
                    if other.place == delivery.place and violating(aimed, other):
                        return aimed, other
        return header, delivery

    def attacker(self, place: str, header: Header, delivery: Delivery) -> Attacker:
        """Return the weakest attacker who can send a packet that was delivered."""
        question = self._question
        outside = question.places.by_id[place].kind == "external"
        to_device = delivery.place.startswith("device:")
        received = delivery.header.destination
        if not to_device and received not in question.addresses.get(delivery.place, ()):
            return "poisoning"
        if not outside and header.source not in question.addresses.get(place, ()):
            return "spoofing"
        return "honest"
