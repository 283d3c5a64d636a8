"""The ways that witnesses show, against every packet over every order of devices.

Only the interpreter is asked: what it delivers over just some devices it has to deliver at all, and
the chains of devices over which anything undeclared gets through are those that are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import msgspec

from generated.brute_force import starting, tried, zones_of_places
from generated.compare import any_case_of
from generated.naive_flows import naive_services
from generated.network import Network
from ringfence.model.inventory import Inventory
from ringfence.model.packet import Header
from ringfence.reach.prove import prove
from ringfence.reach.results import Obligation, Witness
from ringfence.replay.interpreter import Delivery, Interpreter

Chain = tuple[str, ...]


def problem(seed: int) -> str | None:
    """Return what is wrong with the ways shown in the network of a seed, if anything is."""
    return next((f"seed {seed}: {text}" for text in differences(any_case_of(seed))), None)


def differences(case: Network) -> Iterator[str]:
    """Yield chains that are shown and should not be, or are not and should."""
    expected: dict[tuple[str, str], set[Chain]] = {}
    for source, destination, header, delivery in _over_chains(case):
        if not _declared(case, source, destination, header, delivery):
            expected.setdefault((source, destination), set()).add(delivery.devices)
    for pair in prove(case.snapshot, case.policy, case.memberships).pairs:
        isolation = next(one for one in pair.obligations if one.kind == "isolation")
        told = shown(isolation)
        if len(set(told)) != len(told):
            yield f"{pair.source} to {pair.destination}: {told} are not all different"
        complete = not isolation.more and isolation.verdict == "VIOLATED"
        missed = expected.get((pair.source, pair.destination), set()) - set(told)
        if complete and missed:
            yield f"{pair.source} to {pair.destination}: {missed} not among {told}"


def shown(obligation: Obligation) -> tuple[Chain, ...]:
    """Return the chains of devices of all witnesses of an obligation."""
    first = () if obligation.witness is None else (obligation.witness,)
    return tuple(map(crossed, (*first, *obligation.others)))


def crossed(witness: Witness) -> Chain:
    """Return the devices that a witness crosses."""
    return tuple(hop.object for hop in witness.hops if hop.kind == "device")


def _over_chains(case: Network) -> Iterator[tuple[str, str, Header, Delivery]]:
    """Yield what is surely delivered between zones over each order of some devices."""
    interpreter = Interpreter(Inventory(case.snapshot), case.wiring, "lower", choices=tried(case))
    standing = zones_of_places(case, interpreter, "lower")
    management = {name for name, zone in case.policy.zones.items() if zone.role == "management"}
    devices = [device.id for device in case.snapshot.devices]
    own_services = {f"device:{name}" for name in devices}
    chains = [each for length in range(len(devices) + 1) for each in permutations(devices, length)]
    for source in case.policy.zones:
        own = {place for place, zones in standing.items() if source in zones}
        for place in sorted(starting(case, interpreter, own)):
            for header in case.universe:
                ever = {(one.place, one.header) for one in interpreter.deliveries(place, header)}
                for chain in chains:
                    for delivery in interpreter.along(place, header, chain):
                        assert (delivery.place, delivery.header) in ever
                        assert delivery.devices == chain
                        zones = standing.get(delivery.place, frozenset())
                        if delivery.place in own_services:
                            zones |= management
                        for destination in zones - {source}:
                            yield source, destination, header, delivery


def _declared(
    case: Network, source: str, destination: str, header: Header, delivery: Delivery
) -> bool:
    judged = msgspec.structs.replace(delivery.header, source=header.source)
    return any(
        naive_services()[name](judged)
        for flow in case.policy.flows
        if (flow.from_, flow.to) == (source, destination)
        and set(flow.through) <= set(delivery.devices)
        for name in flow.services
    )
