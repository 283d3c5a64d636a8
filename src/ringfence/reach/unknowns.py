"""What was not read, or is not modelled, that a verdict between two zones may rest on."""

from __future__ import annotations

from itertools import chain as joined
from typing import TYPE_CHECKING, Final

from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.rules import Device, UnmodelledMatch
from ringfence.reach.results import Missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.reach.question import Question

_MOST: Final = 12
_UNDECIDED: Final = {
    "ambiguous": "belongs to several zones by equal right",
    "unread": "cannot be placed in a zone, since a fact was not read",
    "nowhere": "belongs to no zone",
}


def missing(question: Question, source: str, destination: str) -> tuple[Missing, ...]:
    """Return what keeps a verdict from being decided, at most a dozen, the nearest first.

    Nearest are the places of the two zones, then the devices that packets between them may
    cross, then everything else that may stand between.
    """
    found: dict[str, Missing] = {}
    for one in joined(
        _of_places(question, source, destination),
        _of_devices(question, source),
        _of_other_places(question),
    ):
        found.setdefault(one.what, one)
        if len(found) == _MOST:
            break
    return tuple(found.values())


def _of_places(question: Question, source: str, destination: str) -> Iterator[Missing]:
    upper, lower = question.standings("upper"), question.standings("lower")
    ends = (
        (upper.senders.get(source, ()), set(lower.senders.get(source, ()))),
        (upper.places_of(destination), set(lower.places_of(destination))),
    )
    for places, certain in ends:
        for place in places:
            if place not in certain:
                yield from _undecided(question, place)
            yield from question.places.missing.get(place, ())


def _undecided(question: Question, place: str) -> Iterator[Missing]:
    member = question.memberships.get(place)
    why = _UNDECIDED.get(member.standing) if member is not None else None
    if member is not None and why is not None:
        reasons = f" ({'; '.join(member.reasons)})" if member.reasons else ""
        yield Missing(
            what=f"{question.name_of(place)} {why}{reasons}",
            how="name its network or its machine in one zone of the policy",
        )


def _of_devices(question: Question, source: str) -> Iterator[Missing]:
    crossed = {device for device, _, _ in question.upper.flood(source).passed}
    for device in question.inventory.snapshot.devices:
        if device.id in crossed:
            yield from _known_of_device(question, device)
            for name, place in question.upper.gates[device.id].interfaces.items():
                yield from question.places.missing.get(place.id, ())
                if place.lower != place.upper and place.id not in question.places.missing:
                    yield Missing(
                        what=f"where the interface {name} of {device.name} stands is not certain",
                        how="read the network that it is attached to",
                    )


def _known_of_device(question: Question, device: Device) -> tuple[Missing, ...]:
    known = question.missing_of_devices.get(device.id)
    if known is None:
        known = question.missing_of_devices[device.id] = tuple(_of_device(device))
    return known


def _of_device(device: Device) -> Iterator[Missing]:
    unread = [
        what
        for fact, what in (
            (device.interfaces, "interfaces"),
            (device.chains, "rules"),
            (device.routes, "routes"),
        )
        if isinstance(fact, NotRead)
    ]
    if unread:
        yield Missing(
            what=f"the {listed(unread)} of {device.name} were not read",
            how=f"save its configuration and name it under devices.{device.id}.config",
        )
    if isinstance(device.forwards, NotRead):
        yield Missing(
            what=f"whether {device.name} forwards packets was not read",
            how="save its forwarding setting beside its configuration",
        )
    for line in device.not_understood:
        where = f" line {line.line}" if line.line else ""
        yield Missing(
            what=f"{device.name}{where} is not understood: {line.text} ({line.why})",
            how="ask for support of it, or replace it by rules that are understood",
        )
    if not isinstance(device.chains, NotRead):
        for chain in device.chains:
            for rule in chain.rules:
                for condition in rule.conditions:
                    if isinstance(condition, UnmodelledMatch):
                        yield Missing(
                            what=f"{device.name} {chain.name} rule {rule.number} has a condition "
                            f"that is not modelled: {condition.text}",
                            how="replace it by conditions on addresses, ports or interfaces",
                        )


def _of_other_places(question: Question) -> Iterator[Missing]:
    for reasons in question.places.missing.values():
        yield from reasons
