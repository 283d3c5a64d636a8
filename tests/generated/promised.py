"""What works now: the engine's second matrix compared with conversations tried one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from random import Random

import msgspec

from generated.hidden import hidden
from generated.network import Network
from generated.routed import ZONES, address, routed
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header
from ringfence.reach.question import Question
from ringfence.reach.wiring import wiring
from ringfence.replay.conversation import Conversations
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.wiring import Bound

BOUNDS: tuple[Bound, Bound] = ("lower", "upper")
OUTSIDE = "198.51.100.7"


def case_of(seed: int) -> Network:
    """Return the network of a seed: everything of it is read and modelled."""
    snapshot, policy, memberships = routed(Random(seed))
    told = wiring(Inventory(snapshot), policy)
    return Network(snapshot, policy, memberships, told, tuple(_headers()), exact=True)


def _headers() -> Iterator[Header]:
    four = [OUTSIDE, *(address(vlan, 11, 4) for vlan in ZONES.values() if vlan)]
    six = [address(vlan, 11, 6) for vlan in ZONES.values() if vlan]
    for family, icmp in ((four, ICMP), (six, ICMPV6)):
        for source in family:
            for destination in family:
                if source != destination:
                    yield from _between(source, destination, icmp)


def _between(source: str, destination: str, icmp: int) -> Iterator[Header]:
    ends = {"source": source, "destination": destination}
    ports = {"source_port": 50000, "destination_port": 80}
    yield Header(protocol=TCP, **ends, **ports, tcp_flags=2)
    yield Header(protocol=UDP, **ends, **ports)
    yield Header(protocol=UDP, **ends, source_port=50000, destination_port=53)
    yield Header(protocol=icmp, **ends, icmp_type=8 if icmp == ICMP else 128, icmp_code=0)
    yield Header(protocol=icmp, **ends, icmp_type=3, icmp_code=1)


def working(case: Network) -> frozenset[tuple[str, str, Header]]:
    """Return which packets of which zones begin a conversation that works, tried one by one."""
    inventory = Inventory(case.snapshot)
    held = {
        nic.id: tuple(text.partition("/")[0] for text in nic.addresses)
        for _, nic in inventory.virtual_nics()
        if not isinstance(nic.addresses, NotRead)
    }
    held["external:outside"] = case.policy.zones["outside"].addresses
    conversations = Conversations(Interpreter(inventory, case.wiring, "lower", now=True), held)
    zones = {one.attachment: one.zone for one in case.memberships} | {"external:outside": "outside"}
    of_zone = {
        name: sorted(place for place, zone in zones.items() if zone == name) for name in ZONES
    }
    return frozenset(
        (source, destination, header)
        for source in ZONES
        for destination in ZONES
        if source != destination
        for header in case.universe
        for place in of_zone[source]
        if conversations.holds(place, header.source)
        and conversations.works(place, header, of_zone[destination], of_zone[source])
    )


def told(case: Network, bound: Bound) -> frozenset[tuple[str, str, Header]]:
    """Return the same as the engine tells it."""
    question = Question(case.snapshot, case.policy, case.memberships)
    now = question.now.lower if bound == "lower" else question.now.upper
    everything = question.space.everything
    return frozenset(
        (source, destination, header)
        for source in ZONES
        for destination in ZONES
        if source != destination
        for header in case.universe
        if question.space.contains(now.works(source, destination, everything), header)
    )


def differences(case: Network, seed: int) -> Iterator[str]:
    """Yield where the engine and single conversations differ, and claims that are not true."""
    truth = working(case)
    for bound in BOUNDS:
        found = told(case, bound)
        for one in sorted(found - truth, key=str):
            yield f"{bound} bound says that it works, and it does not: {one}"
        for one in sorted(truth - found, key=str):
            yield f"{bound} bound says that it does not work, and it does: {one}"
    poorer = hidden(replace(case), Random(seed))
    for one in sorted(told(poorer, "lower") - truth, key=str):
        yield f"with facts hidden, it is said to work and does not: {one}"
    for one in sorted(truth - told(poorer, "upper"), key=str):
        yield f"with facts hidden, it is said not to work and does: {one}"


def problem(seed: int) -> str | None:
    """Return what differs on the network of a seed, with the network, as text."""
    case = case_of(seed)
    found = [*islice(differences(case, seed), 3)]
    if not found:
        return None
    text = msgspec.json.format(msgspec.json.encode(case.snapshot), indent=1).decode()
    return "\n".join((f"seed {seed} differs:", *found, text))
