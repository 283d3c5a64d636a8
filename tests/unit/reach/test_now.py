"""What works now: honest machines that run, uplinks in use, every branch, and the way back."""

from collections.abc import Callable

import msgspec
import pytest

from ringfence.model.facts import NOT_COLLECTED
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine
from ringfence.model.network import Teaming
from ringfence.model.rules import AddressMatch, Condition, Route, StateMatch
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Policy
from ringfence.reach.present import in_use
from ringfence.reach.prove import prove
from ringfence.reach.results import Obligation, PairResult
from support.small_networks import (
    SOURCE,
    between,
    group,
    host,
    machine,
    members,
    permit,
    policy,
    switch,
    tcp,
)

ZONES = {"a": "low", "b": "high"}
ANSWERS: tuple[Condition, ...] = (StateMatch(states=("established",)),)
OPEN = between(permit(1, *ANSWERS), permit(2, *tcp(443)))


def flowing(*services: str, **parts: object) -> Policy:
    """The policy that promises services from low to high through the firewall."""
    flow = {"from": "low", "to": "high", "services": list(services or ["tcp/443"])}
    return policy(flows=[flow], devices={"fw": {"machine": "fw"}}, **parts)


def result(snapshot: Snapshot, declared: Policy) -> tuple[PairResult, Obligation]:
    """The result from low to high, and what it says of its flow."""
    proof = prove(snapshot, declared, members(snapshot, ZONES))
    pair = next(one for one in proof.pairs if (one.source, one.destination) == ("low", "high"))
    return pair, next(one for one in pair.obligations if one.kind == "flow")


def with_machine(name: str, change: Callable[[Machine], Machine]) -> Snapshot:
    """The open network with one machine changed."""
    machines = tuple(change(one) if one.name == name else one for one in OPEN.machines)
    return msgspec.structs.replace(OPEN, machines=machines)


def test_a_promised_service_works_both_ways() -> None:
    pair, flow = result(OPEN, flowing())
    assert flow.verdict == "PROVED"
    assert pair.working == ("tcp/443",)
    assert pair.flows_work is True


def test_each_service_of_a_flow_has_to_work() -> None:
    pair, flow = result(OPEN, flowing("tcp/443", "tcp/22"))
    assert flow.verdict == "VIOLATED"
    assert "tcp/22" in flow.sentence
    assert flow.sentence.endswith("fw refuses it by forward: policy drop.")
    assert pair.working == ("tcp/443",)
    assert flow.stopped is not None
    assert flow.stopped.header.destination_port == 22
    assert flow.stopped.hops[-1].object == "fw"


@pytest.mark.parametrize("name", ["a", "b", "fw"])
def test_what_is_switched_off_does_not_work_now_and_may_all_the_same(name: str) -> None:
    pair, flow = result(
        with_machine(name, lambda one: msgspec.structs.replace(one, power="off")), flowing()
    )
    assert flow.verdict == "VIOLATED"
    assert pair.working == ()
    assert pair.reachable == ("tcp/443",)


def test_it_is_not_known_whether_something_works_that_may_not_run() -> None:
    unread = with_machine("b", lambda one: msgspec.structs.replace(one, power=NOT_COLLECTED))
    pair, flow = result(unread, flowing())
    assert flow.verdict == "UNKNOWN"
    assert "runs was not read" in flow.missing[0].what
    assert pair.flows_work is None


def test_it_is_not_known_whether_something_works_whose_addresses_were_not_read() -> None:
    def without_addresses(one: Machine) -> Machine:
        assert isinstance(one.nics, tuple)
        nics = tuple(msgspec.structs.replace(nic, addresses=NOT_COLLECTED) for nic in one.nics)
        return msgspec.structs.replace(one, nics=nics)

    _, flow = result(with_machine("b", without_addresses), flowing())
    assert flow.verdict == "UNKNOWN"
    assert "addresses of 1 place in high were not read" in flow.sentence


def test_what_only_a_liar_can_send_does_not_work() -> None:
    spoofed = AddressMatch(side="source", ranges=("10.9.9.9",))
    pair, flow = result(between(permit(1, *ANSWERS), permit(2, spoofed, *tcp(443))), flowing())
    assert pair.reachable == ("tcp/443",)
    assert flow.verdict == "VIOLATED"


def test_every_equal_route_has_to_lead_there() -> None:
    device = OPEN.devices[0]
    assert isinstance(device.routes, tuple)
    other = Route(destination="10.0.2.0/24", interface="eth0", next_hop="10.0.1.5")
    device = msgspec.structs.replace(device, routes=(*device.routes, other))
    _, flow = result(msgspec.structs.replace(OPEN, devices=(device,)), flowing())
    assert flow.verdict != "PROVED"


def test_active_uplinks_that_lead_apart_leave_it_open() -> None:
    one = group("h1", "low", 10, teaming=Teaming(policy="", active=("vmnic0", "vmnic1")))
    snapshot = Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"), host("h2")),
        switches=(switch("h1", nics=(0, 1)), switch("h2")),
        port_groups=(one, group("h2", "high", 10)),
        machines=(
            machine("a", "h1", {"low": "10.0.0.5/24"}),
            machine("b", "h2", {"high": "10.0.0.6/24"}),
        ),
    )
    apart = {
        "site": {"uplinks": ["h1/vmnic0", "h2/*"], "native": "none"},
        "other": {"uplinks": ["h1/vmnic1"], "native": "none"},
    }
    flow = {"from": "low", "to": "high", "services": ["tcp/443"]}
    pair, works = result(snapshot, policy(flows=[flow], fabric={"domains": apart}))
    assert works.verdict == "UNKNOWN"
    assert pair.reachable
    standby = Teaming(policy="", active=("vmnic1",), standby=("vmnic0",))
    moved = msgspec.structs.replace(one, teaming=standby)
    snapshot = msgspec.structs.replace(snapshot, port_groups=(moved, snapshot.port_groups[1]))
    pair, works = result(snapshot, policy(flows=[flow], fabric={"domains": apart}))
    assert works.verdict == "VIOLATED"
    assert pair.reachable, "a failover would join them"


def test_a_standby_uplink_is_used_where_no_active_one_has_a_link() -> None:
    down = host("h1")
    assert isinstance(down.physical_nics, tuple)
    first = msgspec.structs.replace(down.physical_nics[0], speed=0)
    down = msgspec.structs.replace(down, physical_nics=(first, down.physical_nics[1]))
    members_of = switch("h1", nics=(0, 1)).members
    assert isinstance(members_of, tuple)
    uplinks = members_of[0].uplinks
    assert isinstance(uplinks, tuple)
    teaming = Teaming(policy="", active=("vmnic0",), standby=("vmnic1",))
    linked = Inventory(Snapshot(sources=(SOURCE,), hosts=(host("h1"),)))
    broken = Inventory(Snapshot(sources=(SOURCE,), hosts=(down,)))
    assert [nics for nics, _ in in_use(linked, uplinks, teaming)] == [("h1/vmnic0",)]
    assert [nics for nics, _ in in_use(broken, uplinks, teaming)] == [("h1/vmnic1",)]
