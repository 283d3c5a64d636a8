"""Checks of what lies outside of port groups: cables, flows of switches, forged sources."""

from collections.abc import Sequence

import msgspec
import pytest

from audit_cases import CLEAN, Kinds, findings_of, judge, pairs, result_of
from harbour_world.rules import firewall
from harbour_world.world import REFUSED, World
from ringfence.model.facts import Setting
from ringfence.model.hosts import PhysicalNic
from ringfence.model.network import (
    AccessVlan,
    PortGroup,
    Renumbering,
    SwitchMember,
    TrunkVlan,
    UplinkBinding,
    UplinkTags,
    VirtualSwitch,
    VlanRange,
)
from ringfence.model.rules import AddressMatch, DeviceInterface, InterfaceMatch, Rule

NICS = ("inside0", "inside1", "outside0")
ON = "host-1"
FABRIC = {
    "site": {"uplinks": ["esx-*/vmnic*"], "native": "none"},
    "inside": {"uplinks": ["*/inside*"], "native": 5},
    "outside": {"uplinks": ["*/outside*"], "native": "none"},
}


def uplink(nic: str, *vlans: int, native: int | None = None) -> UplinkBinding:
    """An uplink of one NIC, with VLANs by their tags and one without."""
    tags = UplinkTags(
        carries=tuple(VlanRange(vlan, vlan) for vlan in vlans),
        renumbers=() if native is None else (Renumbering(native, 0),),
    )
    return UplinkBinding(name=nic, physical_nics=(f"{ON}/{nic}",), tags=tags)


def switched(*uplinks: UplinkBinding, settings: object = ()) -> World:
    """The clean datacenter with an Open vSwitch on a host, and what is outside of it."""
    host = CLEAN.get("hosts", ON)
    nics = tuple(PhysicalNic(id=f"{ON}/{name}", name=name) for name in (*NICS, "stray"))
    switch = VirtualSwitch(
        id="br0",
        name="br0",
        kind="open-vswitch",
        members=(SwitchMember(host=ON, uplinks=uplinks),),
        forwards_between_uplinks=len(uplinks) > 1,
        settings=settings,
    )
    world = CLEAN.one("hosts", ON, physical_nics=(*host.physical_nics, *nics))
    return world.add("switches", switch).declare("fabric.domains", FABRIC)


def native(uplink: str, vlan: int) -> Setting:
    return Setting(key=f"native-vlan[{uplink}]", value=vlan)


JOINED = switched(uplink("inside0", 10, 20), uplink("outside0", 20))
FLOWS = "priority=100,in_port=1 actions=output:2"
FORGED = Rule(
    number=4,
    text="ip saddr 10.1.200.0/24 accept",
    conditions=(AddressMatch(side="source", ranges=("10.1.200.0/24",)),),
    action="accept",
)


def controlled(targets: object) -> World:
    """The clean datacenter with an Open vSwitch on a host that takes orders from somewhere."""
    settings = CLEAN.get("hosts", ON).settings
    return CLEAN.one(
        "hosts", ON, settings=(*settings, Setting(key="open-vswitch.control", value=targets))
    )


def walled(*rules: Rule, strict: Sequence[str] = ()) -> World:
    """The clean datacenter with further rules on its firewall."""
    device = msgspec.structs.replace(firewall(*rules), reverse_path=tuple(strict))
    return CLEAN.table("devices", (device,))


CASES = {
    "consistency.physical-network": Kinds(
        fails=JOINED,
        found={("br0", "members[host-1].uplinks[inside0,outside0]")},
        nothing=CLEAN.declare("fabric", {}),
        unread=CLEAN.one("switches", "zones", members=REFUSED),
    ),
    "layer2.switch-flows": Kinds(
        passes=switched(uplink("inside0", 10)),
        fails=switched(settings=(Setting(key="flows", value=FLOWS),)),
        found={("br0", "settings[flows].value")},
        nothing=CLEAN,
        unread=switched(settings=REFUSED),
    ),
    "management.switch-control": Kinds(
        passes=controlled("punix:/run/openvswitch/db.sock ptcp:6640:127.0.0.1 unix:/run/br-int"),
        fails=controlled("ptcp:6640"),
        found={(ON, "settings[open-vswitch.control].value")},
        nothing=CLEAN,
        unread=controlled(REFUSED),
    ),
    "firewall.source-addresses": Kinds(
        fails=walled(FORGED),
        found={("inner-firewall", "reverse_path")},
        nothing=CLEAN.without("devices"),
        unread=walled(FORGED).one("devices", "inner-firewall", reverse_path=REFUSED),
    ),
}


@pytest.mark.parametrize(("identity", "kind"), pairs(CASES))
def test_each_kind(identity: str, kind: str) -> None:
    judge(CASES, identity, kind)


def physical(world: World) -> str:
    """What is told of the physical network, a line for each finding."""
    return "\n".join(one.sentence for one in findings_of("consistency.physical-network", world))


def test_a_switch_that_joins_two_physical_networks_is_told() -> None:
    assert physical(JOINED) == (
        "Switch br0 on host esx-1 joins the physical networks inside and outside: frames pass "
        "between inside0 and outside0."
    )


def test_two_wires_of_one_network_or_without_a_common_vlan_join_nothing() -> None:
    assert physical(switched(uplink("inside0", 10, 20), uplink("inside1", 20))) == ""
    assert physical(switched(uplink("inside0", 10), uplink("outside0", 20))) == ""


def test_tags_that_were_not_read_may_carry_every_vlan() -> None:
    unread = msgspec.structs.replace(uplink("outside0"), tags=REFUSED)
    world = switched(uplink("inside0", 10), unread)
    result = result_of("consistency.physical-network", world)
    assert (result.status, result.findings) == ("unknown", ())


def test_a_wire_that_no_domain_names_is_told() -> None:
    assert physical(switched(uplink("stray", 10))) == (
        "Switch br0 on host esx-1 has the physical NICs stray, which no single domain of the "
        "fabric names: they may lead anywhere."
    )


def test_a_native_vlan_has_to_be_that_of_the_wire() -> None:
    def told(nic: str, vlan: int) -> str:
        return physical(switched(uplink(nic, native=vlan), settings=(native(nic, vlan),)))

    assert told("inside0", 5) == ""
    assert told("inside0", 10) == (
        "Switch br0 on host esx-1 sends VLAN 10 untagged by its uplink inside0, and the physical "
        "network puts them into VLAN 5."
    )
    assert told("outside0", 10) == (
        "Switch br0 on host esx-1 sends VLAN 10 untagged by its uplink outside0, and the physical "
        "network drops frames without a tag in outside."
    )


def test_orders_over_the_network_are_told_and_encrypted_ones_count_less() -> None:
    (plain,) = findings_of("management.switch-control", controlled("tcp:10.0.0.5:6653 ptcp:6640"))
    assert plain.sentence == (
        "Open vSwitch on host esx-1 takes orders over the network: tcp:10.0.0.5:6653 and ptcp:6640."
    )
    (secret,) = findings_of("management.switch-control", controlled("ssl:10.0.0.5:6653"))
    assert (plain.severity, secret.severity) == ("high", "medium")
    assert findings_of("management.switch-control", controlled("ssl:127.0.0.1:6640")) == ()


def test_a_rule_that_names_the_interface_or_a_strict_filter_believes_nobody() -> None:
    named = InterfaceMatch(direction="in", names=("ens224",))
    inside = msgspec.structs.replace(FORGED, conditions=(*FORGED.conditions, named))
    assert findings_of("firewall.source-addresses", walled(inside)) == ()
    every = ("ens192", "ens224", "ens256")
    assert findings_of("firewall.source-addresses", walled(FORGED, strict=every)) == ()
    (finding,) = findings_of("firewall.source-addresses", walled(FORGED, strict=every[:2]))
    assert finding.sentence == (
        "Firewall inner-firewall believes every source address (no reverse-path filter on "
        "ens256): rule 4 of chain forward permits by it, whatever interface a packet comes in by."
    )


def test_no_filter_helps_rules_for_ipv6() -> None:
    six = AddressMatch(side="source", ranges=("fd00::/64",))
    rule = msgspec.structs.replace(FORGED, conditions=(six,))
    world = walled(rule, strict=("ens192", "ens224", "ens256"))
    assert len(findings_of("firewall.source-addresses", world)) == 1


def test_ipv6_without_any_rule_is_no_default_of_deny() -> None:
    device = firewall()
    addressed = DeviceInterface(name="ens192", addresses=("10.1.100.1/24", "fd00::1/64"))
    (chain,) = device.chains
    only_four = (msgspec.structs.replace(chain, family=4),)
    world = CLEAN.table("devices", (msgspec.structs.replace(device, chains=only_four),))
    assert findings_of("firewall.default-deny", world) == ()
    world = world.one("devices", device.id, interfaces=(addressed,))
    (finding,) = findings_of("firewall.default-deny", world)
    assert finding.sentence == (
        "Firewall inner-firewall has no rule for IPv6, and passes whatever of it comes."
    )


def test_a_trunk_of_an_open_vswitch_is_told_where_a_machine_is_on_it() -> None:
    trunk = TrunkVlan(ranges=(VlanRange(0, 4094),))
    group = PortGroup(id="br0-trunk", name="br0-trunk", switch="br0", host=ON, vlan=trunk)
    world = switched(uplink("inside0", 10)).add("port_groups", group)
    assert findings_of("layer2.trunk-to-machine", world) == ()
    machine = CLEAN.snapshot.machines[0]
    nic = msgspec.structs.replace(machine.nics[0], port_group=group.id)
    world = world.one("machines", machine.id, nics=(nic,))
    (finding,) = findings_of("layer2.trunk-to-machine", world)
    assert (finding.object, finding.host) == ("br0-trunk", "esx-1.harbour.example")
    # A bridge that knows no VLANs has no trunks: what comes by its wires is the fabric's.
    assert (
        findings_of("layer2.trunk-to-machine", world.one("switches", "br0", kind="linux-bridge"))
        == ()
    )
    alone = world.one("port_groups", group.id, vlan=AccessVlan(vlan=10))
    assert result_of("layer2.trunk-to-machine", alone).findings == ()


def outcomes(identity: str, world: World) -> tuple[int, int]:
    """Return how many objects pass a check, and of how many it is open."""
    result = result_of(identity, world)
    return result.passed, len(result.undecided)


def test_facts_of_a_switch_that_were_not_read_are_no_pass() -> None:
    plain = switched(uplink("inside0", 10))
    passed, undecided = outcomes("consistency.physical-network", plain)
    unread = outcomes(
        "consistency.physical-network", plain.one("switches", "br0", settings=REFUSED)
    )
    assert unread == (passed - 1, undecided + 1)


def test_a_host_with_open_vswitch_says_who_controls_it() -> None:
    bridged = switched(uplink("inside0", 10))
    assert outcomes("management.switch-control", bridged) == (0, 1)
    assert outcomes("management.switch-control", bridged.one("hosts", ON, settings=REFUSED)) == (
        0,
        1,
    )


def test_what_is_not_modelled_of_a_firewall_may_believe_any_source() -> None:
    plain = walled()
    odd = Rule(number=5, text="queue", conditions=(), action="unmodelled")
    assert outcomes("firewall.source-addresses", plain) == (1, 0)
    assert outcomes("firewall.source-addresses", walled(odd)) == (0, 1)
    assert not findings_of("firewall.source-addresses", walled(odd))
