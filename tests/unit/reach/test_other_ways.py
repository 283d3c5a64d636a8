"""A witness for each chain of devices over which packets get to another zone."""

import io

import msgspec
from rich.console import Console

from generated.compare_ways import crossed, shown
from ringfence.model.snapshot import Snapshot
from ringfence.reach.prove import prove
from ringfence.reach.results import Obligation
from ringfence.report.terminal.page import PairView
from support.small_networks import between, group, host, machine, members, permit, policy, switch

ZONES = {"a": "low", "b": "high", "b2": "high"}
DECLARED = {"fw": {"machine": "fw"}}
THROUGH_FW = {"from": "low", "to": "high", "services": ["any"], "through": ["fw"]}


def past_a_firewall() -> Snapshot:
    """A firewall that lets everything through, and a second host where high has low's VLAN."""
    snapshot = between(permit(1))
    return msgspec.structs.replace(
        snapshot,
        hosts=(*snapshot.hosts, host("h2")),
        switches=(*snapshot.switches, switch("h2")),
        port_groups=(*snapshot.port_groups, group("h2", "high", 10)),
        machines=(*snapshot.machines, machine("b2", "h2", {"high": "10.0.2.6/24"})),
    )


def isolation(snapshot: Snapshot, *flows: object) -> Obligation:
    proof = prove(snapshot, policy(devices=DECLARED, flows=list(flows)), members(snapshot, ZONES))
    pair = next(one for one in proof.pairs if (one.source, one.destination) == ("low", "high"))
    return next(one for one in pair.obligations if one.kind == "isolation")


def test_the_way_through_a_firewall_is_shown_beside_the_one_past_it() -> None:
    found = isolation(past_a_firewall())
    assert found.witness is not None
    ways = {crossed(one): one for one in (found.witness, *found.others)}
    assert ways.keys() == {(), ("fw",)}
    assert all(one.replayed for one in ways.values())
    through, past = ways["fw",], ways[()]
    assert (through.source_place, through.destination_place) == ("a/0", "b/0")
    assert (past.source_place, past.destination_place) == ("a/0", "b2/0")
    assert "rule 1" in through.closing
    assert found.more == 0


def test_a_way_that_is_declared_is_none() -> None:
    assert shown(isolation(past_a_firewall(), THROUGH_FW)) == ((),)


def test_a_way_that_comes_back_to_the_same_network_is_none() -> None:
    snapshot = between(permit(1))
    groups = (group("h1", "low", 10), group("h1", "high", 10))
    joined = msgspec.structs.replace(snapshot, port_groups=groups)
    assert shown(isolation(joined)) == ((),)


def test_what_is_proved_has_no_ways() -> None:
    found = isolation(between())
    assert found.verdict == "PROVED"
    assert shown(found) == ()


def test_ways_are_counted_that_are_not_shown() -> None:
    snapshot = between(permit(1))
    several = [snapshot.devices[0]]
    machines = [*snapshot.machines]
    for number in range(2, 7):
        name = f"fw{number}"
        addresses = {"low": f"10.0.1.{number}/24", "high": f"10.0.2.{number}/24"}
        gateway = machine(name, "h1", addresses)
        machines.append(gateway)
        assert isinstance(gateway.nics, tuple)
        interfaces = tuple(
            msgspec.structs.replace(one, mac=str(nic.mac), addresses=(*nic.addresses,))  # type: ignore[misc]
            for one, nic in zip(several[0].interfaces, gateway.nics, strict=True)
        )
        device = msgspec.structs.replace(
            several[0], id=name, name=name, machine=name, interfaces=interfaces
        )
        several.append(device)
    many = msgspec.structs.replace(snapshot, machines=tuple(machines), devices=tuple(several))
    declared = policy(devices={one.id: {"machine": one.id} for one in several})
    proof = prove(many, declared, members(many, {"a": "low", "b": "high"}))
    pair = next(one for one in proof.pairs if (one.source, one.destination) == ("low", "high"))
    found = next(one for one in pair.obligations if one.kind == "isolation")
    assert found.witness is not None
    chains = {crossed(found.witness), *map(crossed, found.others)}
    assert len(chains) == 4
    assert found.more == 2
    text = io.StringIO()
    Console(file=text, width=200, color_system=None).print(PairView(pair))
    assert "Another way, through fw" in text.getvalue()
    assert "At least 2 more ways over other devices." in text.getvalue()
