"""Which places share a segment, for each way in which virtual switches keep them apart."""

import msgspec
import pytest

from ringfence.model.facts import NotRead
from ringfence.model.machines import PassthroughDevice
from ringfence.model.network import (
    NoVlan,
    PrivateVlan,
    Teaming,
    TrunkVlan,
    Vlan,
    VlanRange,
)
from ringfence.model.snapshot import Snapshot
from support.small_networks import SOURCE, group, host, machine, policy, question, switch

UNREAD = NotRead(reason="no-permission")
ZONES = {"a": "low", "b": "high"}


def two_hosts(low: object, high: object, **parts: object) -> Snapshot:
    """Machine a (low) on host h1 and machine b (high) on host h2, one uplink each."""
    return Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"), host("h2")),
        switches=(switch("h1"), switch("h2")),
        port_groups=(group("h1", "low", low, **parts), group("h2", "high", high)),  # type: ignore[arg-type]
        machines=(machine("a", "h1", "low"), machine("b", "h2", "high")),
    )


def reached(snapshot: Snapshot, domain: dict[str, object] | None = None) -> str:
    """Which of the two directions is open: surely, perhaps, or not at all."""
    site = {"uplinks": ["*/vmnic*"], "native": 1} | (domain or {})
    asked = question(snapshot, ZONES, policy(fabric={"domains": {"site": site}}))

    def one_way(source: str, destination: str) -> str:
        for matrix, word in ((asked.lower, "open"), (asked.upper, "perhaps")):
            if matrix.delivered(source, destination) != asked.space.nothing:
                return word
        return "shut"

    return f"{one_way('low', 'high')}, {one_way('high', 'low')}"


def test_one_vlan_is_one_segment_across_hosts() -> None:
    assert reached(two_hosts(100, 100)) == "open, open"


def test_two_vlans_are_apart() -> None:
    assert reached(two_hosts(100, 200)) == "shut, shut"


def test_a_vlan_that_the_domain_does_not_carry_stays_in_its_host() -> None:
    assert reached(two_hosts(100, 100), {"vlans": "200-300"}) == "shut, shut"


def test_an_unused_uplink_carries_nothing() -> None:
    unused = Teaming(policy="loadbalance", active=(), standby=())
    assert reached(two_hosts(100, 100, teaming=unused)) == "shut, shut"


def test_a_standby_uplink_carries_frames_after_a_failover() -> None:
    standby = Teaming(policy="failover", active=(), standby=("vmnic0",))
    assert reached(two_hosts(100, 100, teaming=standby)) == "open, open"


def test_untagged_frames_land_in_the_native_vlan_and_its_answers_do_not_come_back() -> None:
    # A port group numbered as the native VLAN sends tagged frames; untagged answers go to VLAN 0.
    assert reached(two_hosts(1, NoVlan())) == "open, perhaps"


def test_a_domain_that_drops_untagged_frames_keeps_vlan_0_inside_its_host() -> None:
    assert reached(two_hosts(NoVlan(), NoVlan()), {"native": "none"}) == "shut, shut"


def test_an_undeclared_native_vlan_may_be_any() -> None:
    assert reached(two_hosts(NoVlan(), 300), {"native": "unknown"}) == "perhaps, perhaps"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("isolated", "isolated", "shut, shut"),
        ("isolated", "promiscuous", "open, open"),
        ("community", "community", "open, open"),
        ("community", "isolated", "shut, shut"),
    ],
)
def test_private_vlans_are_directed(low: str, high: str, expected: str) -> None:
    numbers = {"isolated": 101, "community": 102, "promiscuous": 100}

    def private(kind: str) -> Vlan:
        return PrivateVlan(primary=100, secondary=numbers[kind], kind=kind)  # type: ignore[arg-type]

    one_host = Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"),),
        switches=(switch("h1"),),
        port_groups=(group("h1", "low", private(low)), group("h1", "high", private(high))),
        machines=(machine("a", "h1", "low"), machine("b", "h1", "high")),
    )
    assert reached(one_host, {"private-vlans": True}) == expected


def test_private_vlans_hold_across_hosts_only_where_the_physical_switches_know_them() -> None:
    isolated = PrivateVlan(primary=100, secondary=101, kind="isolated")
    assert reached(two_hosts(isolated, isolated)) == "perhaps, perhaps"
    assert reached(two_hosts(isolated, isolated), {"private-vlans": True}) == "shut, shut"


def test_a_trunk_to_a_machine_belongs_to_each_of_its_vlans() -> None:
    trunk = TrunkVlan(ranges=(VlanRange(1, 4093),))
    assert reached(two_hosts(trunk, 200)) == "open, open"
    assert reached(two_hosts(TrunkVlan(ranges=(VlanRange(300, 400),)), 200)) == "shut, shut"


def test_two_trunks_meet_in_a_vlan_that_nothing_else_uses() -> None:
    low = TrunkVlan(ranges=(VlanRange(100, 500),))
    high = TrunkVlan(ranges=(VlanRange(400, 600),))
    assert reached(two_hosts(low, high)) == "open, open"


def test_a_vlan_that_was_not_read_may_be_any() -> None:
    assert reached(two_hosts(UNREAD, 200)) == "perhaps, perhaps"


def test_an_uplink_of_no_declared_domain_may_lead_anywhere() -> None:
    assert reached(two_hosts(100, 100), {"uplinks": ["h1/*"]}) == "perhaps, perhaps"


def test_a_switch_never_passes_frames_from_one_uplink_to_another() -> None:
    # The switch of h2 has a leg in each domain; h1 and h3 are in one domain each.
    domains = {"one": {"uplinks": ["h1/*", "h2/vmnic0"]}, "two": {"uplinks": ["h3/*", "h2/vmnic1"]}}
    joined = Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"), host("h2"), host("h3")),
        switches=(switch("h1"), switch("h2", nics=(0, 1)), switch("h3")),
        port_groups=(group("h1", "low", 100), group("h2", "mid", 100), group("h3", "high", 100)),
        machines=(machine("a", "h1", "low"), machine("b", "h3", "high")),
    )
    declared = policy(fabric={"domains": domains})
    apart = question(joined, ZONES, declared)
    assert apart.upper.delivered("low", "high") == apart.space.nothing
    bridge = msgspec.structs.replace(joined.switches[1], forwards_between_uplinks=True)
    switches = (joined.switches[0], bridge, joined.switches[2])
    together = question(msgspec.structs.replace(joined, switches=switches), ZONES, declared)
    assert together.lower.delivered("low", "high") != together.space.nothing


def test_a_passthrough_nic_has_every_vlan_of_its_physical_port() -> None:
    snapshot = two_hosts(100, 200)
    device = PassthroughDevice(id="a/pci", label="PCI device 0", physical_nic="h1/vmnic1")
    first = msgspec.structs.replace(snapshot.machines[0], passthrough=(device,))
    machines = (first, snapshot.machines[1])
    assert reached(msgspec.structs.replace(snapshot, machines=machines)) == "open, open"


def test_a_passthrough_nic_meets_a_machine_on_an_uplink_port_group_in_its_vlan() -> None:
    snapshot = two_hosts(100, 200)
    device = PassthroughDevice(id="a/pci", label="PCI device 0", physical_nic="h1/vmnic1")
    first = msgspec.structs.replace(snapshot.machines[0], nics=(), passthrough=(device,))
    groups = tuple(msgspec.structs.replace(one, uplink=True) for one in snapshot.port_groups)
    joined = msgspec.structs.replace(
        snapshot, machines=(first, snapshot.machines[1]), port_groups=groups
    )
    asked = question(joined, ZONES, policy())
    hears = asked.places.by_id["a/pci"].hearing("upper").hears
    assert not hears.isdisjoint(asked.places.by_id[joined.machines[1].nics[0].id].upper.sends)  # type: ignore[index]


def test_a_nic_that_is_not_connected_takes_no_part() -> None:
    snapshot = two_hosts(100, 100)
    nic = msgspec.structs.replace(
        snapshot.machines[0].nics[0],  # type: ignore[index]
        connected=False,
        start_connected=False,
    )
    first = msgspec.structs.replace(snapshot.machines[0], nics=(nic,))
    machines = (first, snapshot.machines[1])
    assert reached(msgspec.structs.replace(snapshot, machines=machines)) == "shut, shut"


def test_what_a_machine_sends_to_itself_is_no_delivery() -> None:
    one = Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"),),
        switches=(switch("h1"),),
        port_groups=(group("h1", "low", 10), group("h1", "high", 10)),
        machines=(machine("a", "h1", {"low": "10.0.0.1/24"}), machine("b", "h1", "high")),
    )
    asked = question(msgspec.structs.replace(one, machines=one.machines[:1]), {"a": "low"})
    assert asked.upper.delivered("low", "low") == asked.space.nothing
