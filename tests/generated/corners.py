"""Packets at the ends of every range of a network, and one before and after; witnesses replayed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from random import Random
from typing import Any

from generated.brute_force import zones_of_places
from generated.certified import certified_case
from generated.compare import differences
from generated.network import Network
from ringfence.model.facts import Record
from ringfence.model.inventory import Inventory
from ringfence.model.packet import ICMP, ICMPV6, PROTOCOLS_WITH_PORTS, TCP, Header
from ringfence.model.rules import AddressMatch, DeviceInterface, NumberRange, Route
from ringfence.reach.prove import prove
from ringfence.replay.interpreter import Interpreter

MOST = 150
PROTOCOLS = (TCP, 17, 132, 47, 0, 255)


def problem(seed: int) -> str | None:
    """Return where the matrices of a seed's network are wrong at a corner, or a witness is."""
    case = certified_case(seed)
    cornered = replace(case, universe=tuple(corner_packets(case, Random(f"corners {seed}"))))
    found = next(differences(cornered), None)
    if found is not None:
        return f"seed {seed}: {found}"
    wrong = next(unconfirmed(case), None)
    return None if wrong is None else f"seed {seed}: {wrong}"


def corner_packets(case: Network, chance: Random) -> Iterator[Header]:
    """Yield packets of which each field is at, before or behind an end of some range."""
    numbers = sorted({near for end in _numbers(case.snapshot) for near in _around(end, 65535)})
    addresses = {
        family: sorted({near for end in ends for near in _around(end, (1 << bits) - 1)})
        for family, bits in ((4, 32), (6, 128))
        if (ends := {int(one) for one in _addresses(case.snapshot) if one.version == family})
    }
    for _ in range(MOST if addresses else 0):
        family = chance.choice(list(addresses))
        make = IPv4Address if family == 4 else IPv6Address
        protocol = chance.choice((*PROTOCOLS, ICMP if family == 4 else ICMPV6))
        ports = protocol in PROTOCOLS_WITH_PORTS
        icmp = protocol in (ICMP, ICMPV6)
        yield Header(
            source=str(make(chance.choice(addresses[family]))),
            destination=str(make(chance.choice(addresses[family]))),
            protocol=protocol,
            source_port=chance.choice(numbers) if ports else None,
            destination_port=chance.choice(numbers) if ports else None,
            icmp_type=chance.choice((0, 3, 4, 8, 128, 255)) if icmp else None,
            icmp_code=chance.choice((0, 1, 3, 4, 255)) if icmp else None,
            tcp_flags=chance.randrange(64) if protocol == TCP else None,
        )


def _around(end: int, last: int) -> Iterator[int]:
    yield from (near for near in (end - 1, end, end + 1) if 0 <= near <= last)


def _records(record: Any) -> Iterator[Any]:
    """Yield every record inside another."""
    if isinstance(record, Record):
        yield record
        for name in record.__struct_fields__:
            yield from _records(getattr(record, name))
    elif isinstance(record, tuple):
        for one in record:
            yield from _records(one)


def _numbers(snapshot: Record) -> set[int]:
    return {0, 65535, *port_numbers(snapshot)}


def port_numbers(record: Any) -> set[int]:
    """Return the ends of every range of numbers inside some records."""
    ranges = (one for one in _records(record) if isinstance(one, NumberRange))
    return {end for one in ranges for end in (one.first, one.last)}


def _addresses(snapshot: Record) -> Iterator[IPv4Address | IPv6Address]:
    """Yield both ends of every range of addresses."""
    for record in _records(snapshot):
        match record:
            case AddressMatch():
                texts = record.ranges
            case DeviceInterface():
                texts = record.addresses if isinstance(record.addresses, tuple) else ()
            case Route():
                texts = (record.destination,)
            case _:
                continue
        for text in texts:
            if "-" in text:
                yield from map(ip_address, text.split("-"))
            else:
                network = ip_network(text, strict=False)
                yield from (network[0], network[-1], ip_address(text.partition("/")[0]))


def unconfirmed(case: Network) -> Iterator[str]:
    """Yield witnesses that an interpreter, told nothing by the engine, does not see arrive."""
    interpreter = Interpreter(Inventory(case.snapshot), case.wiring, "lower")
    standing = zones_of_places(case, interpreter, "lower")
    management = {name for name, zone in case.policy.zones.items() if zone.role == "management"}
    for pair in prove(case.snapshot, case.policy, case.memberships).pairs:
        for one in pair.obligations:
            shown = one.witness
            if shown is None or one.kind == "observation":
                continue
            arrived = {
                delivery.place: delivery
                for delivery in interpreter.deliveries(shown.source_place, shown.sent)
            }
            if shown.destination_place not in arrived:
                yield f"{pair.source} to {pair.destination}: {shown.sent} does not get there"
                continue
            at_device = shown.destination_place.startswith("device:")
            zones = management if at_device else standing[shown.destination_place]
            if pair.destination not in zones:
                yield f"{shown.destination_place} is not in {pair.destination}"
