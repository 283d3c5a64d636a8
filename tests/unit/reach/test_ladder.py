"""Which attacker a violation needs, and what would ask for a stronger one."""

import msgspec

from ringfence.model.network import PrivateVlan
from ringfence.model.rules import AddressMatch, Device
from ringfence.model.snapshot import Snapshot
from ringfence.reach.prove import prove
from ringfence.reach.results import PairResult, Witness
from support.small_networks import between, group, members, permit, policy

ZONES = {"a": "low", "b": "high"}
DECLARED = {"fw": {"machine": "fw"}}


def low_to_high(snapshot: Snapshot) -> PairResult:
    """The result from low to high, where nothing is declared."""
    proof = prove(snapshot, policy(devices=DECLARED), members(snapshot, ZONES))
    return next(one for one in proof.pairs if (one.source, one.destination) == ("low", "high"))


def witness(snapshot: Snapshot) -> Witness:
    """The witness of what low reaches in high."""
    pair = low_to_high(snapshot)
    return next(one.witness for one in pair.obligations if one.witness is not None)


def from_somewhere(**parts: object) -> Snapshot:
    """A firewall that lets in one address which no machine has, by any interface."""
    only = AddressMatch(side="source", ranges=("10.0.2.99",))
    return between(permit(1, only), **parts)


def test_an_honest_machine_needs_no_step() -> None:
    found = witness(between(permit(1)))
    assert found.attacker == "honest"
    assert found.harder == ""


def test_a_reverse_path_filter_that_stops_the_packet_is_named() -> None:
    found = witness(from_somewhere())
    assert found.attacker == "spoofing"
    assert found.harder == "A strict reverse-path filter on eth0 of fw would stop it."
    assert low_to_high(from_somewhere(reverse_path=("eth0",))).verdict == "PROVED"


def test_a_pair_that_is_reached_takes_one_machine_at_least() -> None:
    assert low_to_high(between(permit(1))).fewest == 1
    assert low_to_high(between()).fewest is None


def test_isolated_machines_that_a_promiscuous_router_joins_are_found() -> None:
    snapshot = between(permit(1))
    isolated = PrivateVlan(primary=10, secondary=14, kind="isolated")
    promiscuous = PrivateVlan(primary=10, secondary=10, kind="promiscuous")
    groups = (
        *(msgspec.structs.replace(one, vlan=isolated) for one in snapshot.port_groups),
        group("h1", "router", promiscuous),
    )
    machines = []
    for one in snapshot.machines:
        assert isinstance(one.nics, tuple)
        nics = one.nics
        if one.id == "fw":
            nics = tuple(msgspec.structs.replace(nic, port_group="h1/router") for nic in nics)
        machines.append(msgspec.structs.replace(one, nics=nics))
    joined = msgspec.structs.replace(snapshot, port_groups=groups, machines=tuple(machines))
    found = witness(joined)
    assert [hop.object for hop in found.hops if hop.kind == "device"] == ["fw"]
    device: Device = joined.devices[0]
    apart = msgspec.structs.replace(device, forwards=False)
    knowing = {"site": {"uplinks": ["*/vmnic*"], "native": 1, "private-vlans": True}}
    alone = msgspec.structs.replace(joined, devices=(apart,))
    proof = prove(
        alone, policy(devices=DECLARED, fabric={"domains": knowing}), members(alone, ZONES)
    )
    pair = next(one for one in proof.pairs if (one.source, one.destination) == ("low", "high"))
    isolation = next(one for one in pair.obligations if one.kind == "isolation")
    assert isolation.verdict == "PROVED"
