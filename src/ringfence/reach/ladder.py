"""Which setting would ask for a stronger attacker: a step off the ladder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ringfence.model.facts import NotRead
from ringfence.replay.devices import Station
from ringfence.replay.packet import packet_of
from ringfence.replay.path import Crossing

if TYPE_CHECKING:
    from ringfence.model.packet import Header
    from ringfence.reach.question import Question
    from ringfence.reach.results import Attacker
    from ringfence.replay.interpreter import Delivery, Interpreter


def harder(
    question: Question,
    interpreter: Interpreter,
    attacker: Attacker,
    place: str,
    header: Header,
    delivery: Delivery,
) -> str:
    """Return what would stop this attacker and leave honest machines alone, in a sentence.

    Empty for an honest one. A reverse-path filter is named only where it stops the very packet.
    Rejecting forged transmits pins the Ethernet source of frames, not what a packet or an answer
    of ARP says, so it is not named.
    """
    if attacker == "spoofing":
        return _reverse_path(question, interpreter, header, delivery) or (
            f"A filter at the port of {question.name_of(place)} that lets out its own addresses "
            "only would stop it."
        )
    if attacker == "poisoning":
        there = question.name_of(delivery.place)
        return (
            f"A filter at the port of {there} that lets in only what is sent to its own addresses "
            "would stop it, and so would ARP entries that are pinned."
        )
    return ""


def _reverse_path(
    question: Question, interpreter: Interpreter, header: Header, delivery: Delivery
) -> str:
    """Return the interface of the first device whose reverse-path filter would stop a packet."""
    first = next((part for part in delivery.trail if isinstance(part, Crossing)), None)
    device = None if first is None else question.inventory.devices.get(first.device)
    if first is None or device is None or isinstance(device.reverse_path, NotRead):
        return ""
    strict = msgspec.structs.replace(device, reverse_path=(*device.reverse_path, first.incoming))
    wired = tuple(one for one in interpreter.wiring.interfaces if one.device == device.id)
    station = Station(strict, wired, interpreter.bound, interpreter.spans)
    arrival = station.arrive(packet_of(header), first.incoming)
    if arrival.local or arrival.exits:
        return ""
    return f"A strict reverse-path filter on {first.incoming} of {device.name} would stop it."
