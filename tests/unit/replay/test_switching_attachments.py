"""Attachments: NICs, live ports and what bypasses the switch, in the interpreter."""

import msgspec
import pytest

from ringfence.model.facts import NOT_COLLECTED, Fact
from ringfence.model.machines import Machine, PassthroughDevice, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    Port,
    PortGroup,
    PortOverrides,
    SwitchMember,
    UplinkBinding,
    VirtualSwitch,
)
from ringfence.model.snapshot import Snapshot
from small_networks import SOURCE, host, machine
from switched_networks import one_host, reached, two_hosts


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
