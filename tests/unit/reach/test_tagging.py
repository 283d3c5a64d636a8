"""Frames with two tags: from where they may hop into another VLAN, and what never makes them."""

import msgspec
import pytest

from ringfence.model.machines import PassthroughDevice
from ringfence.model.network import NoVlan, SwitchKind, TrunkVlan, Vlan, VlanRange
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Policy
from ringfence.reach.prove import prove
from support.small_networks import (
    SOURCE,
    group,
    host,
    machine,
    members,
    policy,
    question,
    switch,
)

ZONES = {"a": "low", "b": "high"}
NATIVE_TRUNK = TrunkVlan(ranges=(VlanRange(1, 1), VlanRange(300, 300)))


def two_hosts(low: Vlan | int, kind: SwitchKind = "standard") -> Snapshot:
    """Machine a (low) on host h1, on some VLANs, and b (high) in VLAN 200 on host h2."""
    first = msgspec.structs.replace(switch("h1"), kind=kind)
    return Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"), host("h2")),
        switches=(first, switch("h2")),
        port_groups=(group("h1", "low", low), group("h2", "high", 200)),
        machines=(machine("a", "h1", "low"), machine("b", "h2", "high")),
    )


def site(**parts: object) -> Policy:
    return policy(fabric={"domains": {"site": {"uplinks": ["*/vmnic*"], "native": 1} | parts}})


def verdict(snapshot: Snapshot, declared: Policy, pair: tuple[str, str] = ("low", "high")) -> str:
    proof = prove(snapshot, declared, members(snapshot, ZONES))
    return next(one.verdict for one in proof.pairs if (one.source, one.destination) == pair)


def test_a_trunk_with_the_native_vlan_leaves_every_vlan_of_the_domain_open() -> None:
    assert verdict(two_hosts(NATIVE_TRUNK), site()) == "UNKNOWN"


def test_it_is_one_way_only() -> None:
    assert verdict(two_hosts(NATIVE_TRUNK), site(), ("high", "low")) == "PROVED"


def test_what_would_settle_it_is_named() -> None:
    snapshot = two_hosts(NATIVE_TRUNK)
    proof = prove(snapshot, site(), members(snapshot, ZONES))
    pair = next(one for one in proof.pairs if (one.source, one.destination) == ("low", "high"))
    told = next(one for each in pair.obligations for one in each.missing)
    assert "strip the outer tag of frames with two tags, which a may send" in told.what
    assert "double-tags: drop" in told.how


@pytest.mark.parametrize(
    "declared",
    [{"double-tags": "drop"}, {"native": "none"}, {"native": 2}, {"vlans": "300-400"}],
    ids=["dropped", "no native VLAN", "another native VLAN", "VLAN not carried"],
)
def test_a_fabric_that_strips_no_tag_of_the_trunk_keeps_them_apart(
    declared: dict[str, object],
) -> None:
    assert verdict(two_hosts(NATIVE_TRUNK), site(**declared)) == "PROVED"


def test_where_the_native_vlan_is_not_declared_any_trunk_may_hop() -> None:
    assert verdict(two_hosts(TrunkVlan(ranges=(VlanRange(300, 301),))), site(native="unknown")) == (
        "UNKNOWN"
    )


def test_untagged_frames_of_a_trunk_land_in_the_native_vlan_too() -> None:
    trunk = TrunkVlan(ranges=(VlanRange(0, 0), VlanRange(300, 300)))
    assert verdict(two_hosts(trunk), site()) == "UNKNOWN"


@pytest.mark.parametrize("low", [1, 300, NoVlan()])
def test_a_port_of_one_vlan_drops_tags_that_a_machine_sends(low: Vlan | int) -> None:
    assert verdict(two_hosts(low), site()) == "PROVED"


@pytest.mark.parametrize("kind", ["linux-bridge", "open-vswitch"])
def test_other_switches_look_at_no_tag_behind_the_priority_tag(kind: SwitchKind) -> None:
    assert verdict(two_hosts(1, kind), site()) == "UNKNOWN"
    assert verdict(two_hosts(300, kind), site()) == "PROVED"


def test_the_card_of_an_sriov_nic_may_put_its_tag_before_others() -> None:
    snapshot = two_hosts(1)
    first, second = snapshot.machines  # type: ignore[misc]
    nics = tuple(msgspec.structs.replace(one, sriov=True) for one in first.nics)  # type: ignore[union-attr]
    machines = (msgspec.structs.replace(first, nics=nics), second)
    assert verdict(msgspec.structs.replace(snapshot, machines=machines), site()) == "UNKNOWN"


def test_a_bridge_carries_them_on_to_where_the_outer_tag_is_stripped() -> None:
    """VLAN 300 is native only in the domain behind the bridge."""
    bridge = msgspec.structs.replace(
        switch("h3", nics=(0, 1)), kind="linux-bridge", forwards_between_uplinks=True
    )
    snapshot = two_hosts(TrunkVlan(ranges=(VlanRange(300, 300),)))
    hosts, switches = snapshot.hosts, snapshot.switches
    snapshot = msgspec.structs.replace(
        snapshot, hosts=(*hosts, host("h3", nics=2)), switches=(*switches, bridge)
    )
    domains = {
        "one": {"uplinks": ["h1*/vmnic0", "h3*/vmnic0"], "native": 1, "double-tags": "drop"},
        "two": {"uplinks": ["h2*/vmnic0", "h3*/vmnic1"], "native": 300},
    }
    assert verdict(snapshot, policy(fabric={"domains": domains})) == "UNKNOWN"
    domains["two"]["double-tags"] = "drop"
    assert verdict(snapshot, policy(fabric={"domains": domains})) == "PROVED"


def test_nothing_of_it_counts_for_what_works_now() -> None:
    asked = question(two_hosts(NATIVE_TRUNK), ZONES, site())
    assert not any(place.hops for place in asked.now.places.by_id.values())


def test_who_has_two_tags_to_send_is_not_observed_where_they_go() -> None:
    snapshot = two_hosts(NATIVE_TRUNK)
    above = {"b": "low", "a": "high"}
    asked = prove(snapshot, site(), members(snapshot, above))
    pair = next(one for one in asked.pairs if (one.source, one.destination) == ("low", "high"))
    assert pair.verdict == "PROVED"


def test_a_physical_nic_given_to_a_machine_sends_any_tags() -> None:
    snapshot = two_hosts(300)
    first, second = snapshot.machines  # type: ignore[misc]
    given = PassthroughDevice(id="a/pci", label="PCI device 1", physical_nic="h1/vmnic0")
    machines = (msgspec.structs.replace(first, passthrough=(given,)), second)
    asked = question(msgspec.structs.replace(snapshot, machines=machines), ZONES, site())
    assert asked.places.by_id["a/pci"].upper.sends >= asked.places.by_id["b/0"].upper.sends - {
        ("node", "h2", "h2/sw", "200")
    }
