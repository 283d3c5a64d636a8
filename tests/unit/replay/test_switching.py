"""Where frames go without any device: VLANs, uplinks, domains, and what is not known of them."""

import msgspec
import pytest

from ringfence.model.facts import NOT_COLLECTED, Fact
from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    PrivateVlan,
    SwitchMember,
    Teaming,
    TrunkVlan,
    UplinkBinding,
    Vlan,
    VlanRange,
)
from ringfence.model.snapshot import Snapshot
from ringfence.replay.wiring import WiredDomain
from small_networks import group, host, machine, switch
from switched_networks import LAB, SITE, one_host, reached, two_hosts

EVERYWHERE = VlanRange(0, 4094)


TRUNK = TrunkVlan(ranges=(VlanRange(5, 20),))


FULL = TrunkVlan(ranges=(EVERYWHERE,))


@pytest.mark.parametrize(
    ("first", "second", "meets"),
    [
        (10, 10, True),
        (10, 11, False),
        (NoVlan(), NoVlan(), True),
        (NoVlan(), 10, False),
        (TRUNK, 10, True),
        (TRUNK, 21, False),
        (TRUNK, NoVlan(), False),
        (FULL, NoVlan(), True),
        (FULL, TrunkVlan(ranges=(VlanRange(777, 777),)), True),
    ],
)
def test_port_groups_of_one_switch_meet_in_their_vlans(
    first: Vlan | int, second: Vlan | int, meets: bool
) -> None:
    assert reached(one_host(first, second)) == ({"b/0"} if meets else set())
    assert reached(one_host(first, second), "b/0") == ({"a/0"} if meets else set())


def test_a_trunk_belongs_to_vlans_without_joining_them() -> None:
    groups = (group("h1", "one", 10), group("h1", "two", 11), group("h1", "all", FULL))
    machines = tuple(machine(n, "h1", g) for n, g in (("a", "one"), ("b", "two"), ("t", "all")))
    assert reached(one_host(10, 11, port_groups=groups, machines=machines)) == {"t/0"}


def test_switches_of_one_host_do_not_meet_inside_it() -> None:
    snapshot = one_host(
        10,
        10,
        switches=(switch("h1", nics=()), switch("h1", "other", nics=())),
        port_groups=(group("h1", "one", 10), group("h1", "two", 10, switch_name="other")),
    )
    assert reached(snapshot) == set()


@pytest.mark.parametrize(
    ("first", "second", "forth", "back"),
    [
        (10, 10, True, True),
        (10, 11, False, False),
        (NoVlan(), NoVlan(), True, True),
        # Tagged with the native VLAN's number: there, but the answer comes untagged.
        (1, NoVlan(), True, False),
        (1, 1, False, False),
        (FULL, NoVlan(), True, True),
    ],
)
def test_a_domain_joins_hosts(
    first: Vlan | int, second: Vlan | int, forth: bool, back: bool
) -> None:
    snapshot = two_hosts(first, second)
    assert reached(snapshot) == ({"b/0"} if forth else set())
    assert reached(snapshot, "b/0") == ({"a/0"} if back else set())


def test_a_port_group_numbered_as_the_native_vlan_may_hear_it() -> None:
    assert reached(two_hosts(NoVlan(), 1), bound="upper") == {"b/0"}


@pytest.mark.parametrize(
    ("native", "lower", "upper"),
    [("none", False, False), ("unknown", False, True), (1, True, True)],
)
def test_untagged_frames_need_a_native_vlan(native: object, lower: bool, upper: bool) -> None:
    domains = (WiredDomain(name="site", uplinks=("*",), native=native),)
    snapshot = two_hosts(NoVlan(), NoVlan())
    assert bool(reached(snapshot, domains=domains)) is lower
    assert bool(reached(snapshot, domains=domains, bound="upper")) is upper


def test_an_unknown_native_vlan_may_be_any_that_is_carried() -> None:
    domains = (WiredDomain(name="site", uplinks=("*",), vlans=((10, 20),), native="unknown"),)
    assert reached(two_hosts(NoVlan(), 10), domains=domains, bound="upper") == {"b/0"}
    assert reached(two_hosts(NoVlan(), 30), domains=domains, bound="upper") == set()


def test_a_domain_carries_only_its_vlans() -> None:
    domains = (WiredDomain(name="site", uplinks=("*",), vlans=((10, 20), (30, 30)), native="none"),)
    assert reached(two_hosts(30, 30), domains=domains, bound="upper") == {"b/0"}
    assert reached(two_hosts(25, 25), domains=domains, bound="upper") == set()


def test_the_same_number_in_two_domains_is_not_the_same_vlan() -> None:
    snapshot = two_hosts(10, 10, switches=(switch("h1", nics=(0,)), switch("h2", nics=(1,))))
    assert reached(snapshot, bound="upper") == set()


def test_a_switch_does_not_join_its_uplinks() -> None:
    # h2 has an uplink in both domains; h1 and h3 have one in each.
    snapshot = two_hosts(
        10,
        10,
        hosts=(host("h1"), host("h2"), host("h3")),
        switches=(switch("h1"), switch("h2", nics=(0, 1)), switch("h3", nics=(1,))),
        port_groups=tuple(group(f"h{n}", g, 10) for n, g in ((1, "one"), (2, "two"), (3, "three"))),
        machines=(
            machine("a", "h1", "one"),
            machine("b", "h2", "two"),
            machine("c", "h3", "three"),
        ),
    )
    assert reached(snapshot, bound="upper") == {"b/0"}
    assert reached(snapshot, "b/0") == {"a/0", "c/0"}
    bridge = msgspec.structs.replace(snapshot.switches[1], forwards_between_uplinks=True)
    switches = (snapshot.switches[0], bridge, snapshot.switches[2])
    joined = msgspec.structs.replace(snapshot, switches=switches)
    assert reached(joined) == {"b/0", "c/0"}


@pytest.mark.parametrize(
    ("teaming", "lower", "upper"),
    [
        (Teaming(policy="explicit", active=("vmnic0",)), True, True),
        (Teaming(policy="explicit", active=("vmnic1",), standby=("vmnic0",)), True, True),
        (Teaming(policy="explicit", active=("vmnic1",)), False, False),
        (Teaming(policy="explicit", active=()), False, False),
        (None, True, True),
        (NOT_COLLECTED, False, True),
    ],
)
def test_standby_uplinks_carry_frames_and_unused_ones_do_not(
    teaming: Fact[Teaming | None], lower: bool, upper: bool
) -> None:
    domains = (SITE,)
    snapshot = two_hosts(10, 10, teaming, switches=(switch("h1", nics=(0, 1)), switch("h2")))
    domains = (SITE, LAB)
    assert bool(reached(snapshot, domains=domains)) is lower
    assert bool(reached(snapshot, domains=domains, bound="upper")) is upper


@pytest.mark.parametrize("uplinks", [(), ("nothing/*",), ("h?/vmnic0", "*/vmnic0")])
def test_a_nic_of_no_one_domain_may_lead_anywhere(uplinks: tuple[str, ...]) -> None:
    other = WiredDomain(name="other", uplinks=("*/vmnic0",), native=1)
    declared = WiredDomain(name="site", uplinks=uplinks, native=1)
    domains = (declared, other) if len(uplinks) == 2 else (declared,)
    snapshot = two_hosts(10, 10)
    assert reached(snapshot, domains=domains) == set()
    assert reached(snapshot, domains=domains, bound="upper") == {"b/0"}


def test_an_undeclared_network_does_not_join_declared_ones() -> None:
    # c's NIC may lead to site or to lab, which stay apart.
    snapshot = two_hosts(
        10,
        10,
        hosts=(host("h1"), host("h2"), host("h3", nics=3)),
        switches=(switch("h1"), switch("h2", nics=(1,)), switch("h3", nics=(2,))),
        port_groups=tuple(group(f"h{n}", g, 10) for n, g in ((1, "one"), (2, "two"), (3, "three"))),
        machines=(
            machine("a", "h1", "one"),
            machine("b", "h2", "two"),
            machine("c", "h3", "three"),
        ),
    )
    assert reached(snapshot, bound="upper") == {"c/0"}
    assert reached(snapshot, "c/0", bound="upper") == {"a/0", "b/0"}


def test_a_group_of_links_into_two_domains_is_not_certain() -> None:
    binding = UplinkBinding(name="lag", physical_nics=("h1/vmnic0", "h1/vmnic1"), aggregated=True)
    member = SwitchMember(host="h1", uplinks=(binding,))
    both = msgspec.structs.replace(switch("h1"), members=(member,))
    snapshot = two_hosts(10, 10, switches=(both, switch("h2")))
    assert reached(snapshot) == set()
    assert reached(snapshot, bound="upper") == {"b/0"}


def private(kind: str, secondary: int = 101) -> PrivateVlan:
    return PrivateVlan(primary=100, secondary=secondary, kind=kind)


@pytest.mark.parametrize(
    ("first", "second", "meets"),
    [
        (private("promiscuous", 100), private("promiscuous", 100), True),
        (private("promiscuous", 100), private("community"), True),
        (private("community"), private("promiscuous", 100), True),
        (private("isolated"), private("promiscuous", 100), True),
        (private("promiscuous", 100), private("isolated"), True),
        (private("isolated"), private("isolated"), False),
        (private("community"), private("community"), True),
        (private("community"), private("community", 102), False),
        (private("community"), private("isolated", 102), False),
        (private("isolated", 102), private("community"), False),
        (AccessVlan(vlan=100), private("isolated"), True),
        (private("isolated"), AccessVlan(vlan=100), False),
    ],
)
def test_private_vlans_are_directed(first: Vlan, second: Vlan, meets: bool) -> None:
    assert reached(one_host(first, second)) == ({"b/0"} if meets else set())


def test_switches_that_do_not_know_private_vlans_may_join_isolated_ports() -> None:
    snapshot = two_hosts(private("isolated"), private("isolated"))
    knowing = (WiredDomain(name="site", uplinks=("*",), native=1, private_vlans=True),)
    assert reached(snapshot, bound="upper", domains=knowing) == set()
    assert reached(snapshot, bound="upper") == {"b/0"}
    assert reached(snapshot) == set()


def nic_with(snapshot: Snapshot, **parts: object) -> Snapshot:
    """The snapshot with the NIC of machine a changed."""
    first, *others = snapshot.machines
    nic = msgspec.structs.replace(first.nics[0], **parts)
    return msgspec.structs.replace(
        snapshot, machines=(msgspec.structs.replace(first, nics=(nic,)), *others)
    )
