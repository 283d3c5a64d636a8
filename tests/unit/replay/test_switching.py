"""Where frames go without any device: VLANs, uplinks, domains, and what is not known of them."""

from collections.abc import Iterable

import msgspec
import pytest

from ringfence.model.facts import NOT_COLLECTED, Fact
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine, PassthroughDevice, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    Port,
    PortGroup,
    PortOverrides,
    PrivateVlan,
    SwitchMember,
    Teaming,
    TrunkVlan,
    UplinkBinding,
    VirtualSwitch,
    Vlan,
    VlanRange,
)
from ringfence.model.packet import Header
from ringfence.model.snapshot import Snapshot
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.wiring import Bound, WiredDomain, WiredInterface, Wiring
from small_networks import SOURCE, group, host, machine, switch

PACKET = Header(source="10.0.0.1", destination="10.0.0.2", protocol=47)
SITE = WiredDomain(name="site", uplinks=("*/vmnic0",), native=1)
LAB = WiredDomain(name="lab", uplinks=("*/vmnic1",), native=1)
EVERYWHERE = VlanRange(0, 4094)


def reached(
    snapshot: Snapshot,
    place: str = "a/0",
    bound: Bound = "lower",
    domains: Iterable[WiredDomain] = (SITE, LAB),
    interfaces: Iterable[WiredInterface] = (),
) -> set[str]:
    wiring = Wiring(tuple(domains), tuple(interfaces), ("outside",))
    interpreter = Interpreter(Inventory(snapshot), wiring, bound)
    return {delivery.place for delivery in interpreter.deliveries(place, PACKET)}


def two_hosts(
    first: Fact[Vlan] | int,
    second: Fact[Vlan] | int,
    teaming: Fact[Teaming | None] = None,
    nics: Iterable[int] = (0,),
    **parts: object,
) -> Snapshot:
    """Machine a on h1 and b on h2, each on a port group of its own setting."""
    found = {
        "sources": (SOURCE,),
        "hosts": (host("h1"), host("h2")),
        "switches": (switch("h1", nics=nics), switch("h2", nics=nics)),
        "port_groups": (group("h1", "one", first, teaming=teaming), group("h2", "two", second)),
        "machines": (machine("a", "h1", "one"), machine("b", "h2", "two")),
    }
    return Snapshot(**(found | parts))


def one_host(first: Fact[Vlan] | int, second: Fact[Vlan] | int, **parts: object) -> Snapshot:
    """Machines a and b on port groups of the same switch, which has no uplink."""
    found = {
        "sources": (SOURCE,),
        "hosts": (host("h1"),),
        "switches": (switch("h1", nics=()),),
        "port_groups": (group("h1", "one", first), group("h1", "two", second)),
        "machines": (machine("a", "h1", "one"), machine("b", "h1", "two")),
    }
    return Snapshot(**(found | parts))


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


@pytest.mark.parametrize(
    ("parts", "lower", "upper"),
    [
        ({"connected": False}, True, True),
        ({"connected": False, "start_connected": False}, False, False),
        ({"connected": False, "start_connected": NOT_COLLECTED}, False, True),
        ({"port_group": None}, False, False),
        ({"port_group": NOT_COLLECTED}, False, True),
        ({"port_group": "somebody else's"}, False, True),
    ],
)
def test_a_nic_that_may_be_connected(parts: dict[str, object], lower: bool, upper: bool) -> None:
    snapshot = nic_with(one_host(10, 10), **parts)
    assert bool(reached(snapshot)) is lower
    assert bool(reached(snapshot, bound="upper")) is upper


@pytest.mark.parametrize(
    ("template", "lower", "upper"), [(True, False, False), (NOT_COLLECTED, False, True)]
)
def test_a_template_sends_nothing(template: Fact[bool], lower: bool, upper: bool) -> None:
    snapshot = one_host(10, 10)
    first = msgspec.structs.replace(snapshot.machines[0], template=template)
    snapshot = msgspec.structs.replace(snapshot, machines=(first, snapshot.machines[1]))
    assert bool(reached(snapshot)) is lower
    assert bool(reached(snapshot, bound="upper")) is upper


def test_a_vlan_that_was_not_read_may_be_any() -> None:
    snapshot = two_hosts(NOT_COLLECTED, 10)
    assert reached(snapshot) == set()
    assert reached(snapshot, bound="upper") == {"b/0"}


def distributed(*ports: Port, may_override: bool, **parts: object) -> Snapshot:
    """Machines a and b on one port group of a distributed switch on both hosts."""
    words = "security mac_management filters teaming flow_monitoring live_moving resource_pool"
    names = (*words.split(), "reset_at_disconnect")
    overrides = PortOverrides(vlan=may_override, **dict.fromkeys(names, False))
    members = tuple(
        SwitchMember(
            host=name,
            uplinks=(UplinkBinding(name="uplink1", physical_nics=(f"{name}/vmnic0",)),),
        )
        for name in ("h1", "h2")
    )
    nics = {
        name: VirtualNic(
            id=f"{name}/0",
            label="Network adapter 1",
            port_group="dvs/g",
            port=f"dvs/{name}",
            connected=True,
        )
        for name in ("a", "b")
    }
    found = {
        "sources": (SOURCE,),
        "hosts": (host("h1"), host("h2")),
        "switches": (VirtualSwitch(id="dvs", name="dvs", kind="distributed", members=members),),
        "port_groups": (
            PortGroup(
                id="dvs/g",
                name="g",
                switch="dvs",
                vlan=AccessVlan(vlan=10),
                teaming=None,
                overrides=overrides,
            ),
        ),
        "ports": ports or NOT_COLLECTED,
        "machines": tuple(
            Machine(id=name, name=name, host=on, nics=(nics[name],), passthrough=())
            for name, on in (("a", "h1"), ("b", "h2"))
        ),
    }
    return Snapshot(**(found | parts))


def port(name: str, **parts: object) -> Port:
    found = {"overridden": (), "vlan": AccessVlan(vlan=10), "blocked": False}
    return Port(id=f"dvs/{name}", key=name, switch="dvs", port_group="dvs/g", **(found | parts))


OWN_VLAN = {"overridden": ("vlan",), "vlan": AccessVlan(vlan=11)}


@pytest.mark.parametrize(
    ("parts", "lower", "upper"),
    [
        ({}, True, True),
        (OWN_VLAN, False, False),
        (OWN_VLAN | {"vlan": NOT_COLLECTED}, False, True),
        ({"overridden": NOT_COLLECTED}, True, True),
        ({"overridden": ("teaming",)}, False, True),
        ({"blocked": True}, False, False),
        ({"blocked": NOT_COLLECTED}, True, True),
        ({"blocked": NOT_COLLECTED, "overridden": ("blocked",)}, False, True),
    ],
)
def test_a_live_port_overrides_its_group(
    parts: dict[str, object], lower: bool, upper: bool
) -> None:
    snapshot = distributed(port("a", **parts), port("b"), may_override=True)
    if "overridden" in parts and parts["overridden"] is NOT_COLLECTED:
        lower = False  # its teaming may be its own
    assert bool(reached(snapshot)) is lower
    assert bool(reached(snapshot, bound="upper")) is upper


def test_a_port_that_was_not_read_may_be_blocked_or_elsewhere() -> None:
    for may_override in (True, False):
        snapshot = distributed(may_override=may_override)
        assert reached(snapshot) == set()
        assert reached(snapshot, bound="upper") == {"b/0"}


@pytest.mark.parametrize("on", [None, NOT_COLLECTED])
def test_a_machine_whose_host_is_not_known_may_be_on_any(on: Fact[str | None]) -> None:
    snapshot = distributed(port("a"), port("b"), may_override=False)
    first = msgspec.structs.replace(snapshot.machines[0], host=on)
    snapshot = msgspec.structs.replace(snapshot, machines=(first, snapshot.machines[1]))
    assert reached(snapshot) == set()
    assert reached(snapshot, bound="upper") == {"b/0"}


@pytest.mark.parametrize("members", [(), NOT_COLLECTED])
def test_a_switch_whose_hosts_are_not_known_may_lead_anywhere(members: Fact[tuple[()]]) -> None:
    snapshot = distributed(port("a"), port("b"), may_override=False)
    bare = msgspec.structs.replace(snapshot.switches[0], members=members)
    snapshot = msgspec.structs.replace(snapshot, switches=(bare,))
    assert reached(snapshot) == set()
    assert reached(snapshot, bound="upper") == {"b/0"}


def test_overlay_networks_may_meet_each_other_only() -> None:
    overlay = [
        msgspec.structs.replace(one, backing="overlay", logical_switch=f"ls-{one.name}")
        for one in two_hosts(10, 10).port_groups
    ]
    assert reached(two_hosts(10, 10, port_groups=tuple(overlay))) == set()
    assert reached(two_hosts(10, 10, port_groups=tuple(overlay)), bound="upper") == {"b/0"}


@pytest.mark.parametrize(
    ("nic", "lower", "upper"),
    [
        ("h1/vmnic0", {"b/0"}, {"b/0"}),
        ("h1/vmnic1", set(), set()),
        (NOT_COLLECTED, set(), {"b/0"}),
        ("h1/vmnic9", set(), {"b/0"}),
        (None, set(), set()),
    ],
)
def test_passthrough_gives_every_vlan_of_the_physical_port(
    nic: Fact[str | None], lower: set[str], upper: set[str]
) -> None:
    device = PassthroughDevice(id="a/pci", label="PCI device", physical_nic=nic)
    first = Machine(id="a", name="a", host="h1", nics=(), passthrough=(device,))
    snapshot = two_hosts(10, 20, machines=(first, machine("b", "h2", "two")))
    assert reached(snapshot, "a/pci") == lower
    assert reached(snapshot, "a/pci", bound="upper") == upper


def test_the_sender_s_own_machine_is_not_a_receiver() -> None:
    both = machine("a", "h1", {"one": "10.0.0.1/24", "two": "10.0.0.2/24"})
    snapshot = one_host(10, 10, machines=(both, machine("b", "h1", "two")))
    assert reached(snapshot, "a/0") == {"b/0"}


def test_a_place_that_is_nowhere_reaches_nothing() -> None:
    assert reached(one_host(10, 10), "nobody") == set()
