"""Checks of consistency: each passes, fails, does not apply, or cannot tell."""

import msgspec
import pytest

from audit_cases import CLEAN, Kinds, findings_of, judge, pairs, result_of
from harbour_world.network import distributed_group, rejecting, standard_group, teaming
from harbour_world.world import REFUSED, World
from ringfence.model.network import AccessVlan, SwitchMember, UplinkBinding
from ringfence.model.snapshot import Unread


def member(n: int, **fields: object) -> World:
    """The distributed switch with one member changed."""
    members = CLEAN.get("switches", "zones").members
    return CLEAN.one(
        "switches",
        "zones",
        members=tuple(
            msgspec.structs.replace(each, **fields) if each.host == f"host-{n}" else each
            for each in members
        ),
    )


def uplinks(n: int, **nics: str) -> tuple[UplinkBinding, ...]:
    return tuple(
        UplinkBinding(name=name.replace("_", " "), physical_nics=(f"host-{n}/{nic}",))
        for name, nic in nics.items()
    )


def shared(n: int, switch: str, *nics: str) -> World:
    """A standard switch of a host on other NICs."""
    own = f"host-{n}/{switch}"
    bindings = uplinks(n, **{nic: nic for nic in nics})
    members = (SwitchMember(host=f"host-{n}", uplinks=bindings, mtu=1500),)
    return CLEAN.one("switches", own, members=members).each(
        "port_groups",
        lambda group: (
            msgspec.structs.replace(group, teaming=teaming(*nics)) if group.switch == own else group
        ),
    )


WRONG_VLAN = CLEAN.one("port_groups", "host-3/CDE-300", vlan=AccessVlan(vlan=200))
APP_ON_CDE_WIRES = CLEAN.add("port_groups", standard_group(2, "APP-201", "vSwitch1", 201))
NO_STANDARD = CLEAN.each("port_groups", lambda group: None if group.host else group)
NO_DISTRIBUTED = CLEAN.remove("switches", "zones").each(
    "port_groups", lambda group: group if group.host else None
)
MEMBERS_UNREAD = CLEAN.one("switches", "zones", members=REFUSED)
NAMED = CLEAN.declare("standards.naming", "*-{vlan}")

CASES = {
    "consistency.port-groups-agree": Kinds(
        fails=WRONG_VLAN,
        found={("host-3/CDE-300", "vlan")},
        nothing=NO_STANDARD,
        unread=CLEAN.one("port_groups", "host-3/CDE-300", vlan=REFUSED),
    ),
    "consistency.port-group-missing": Kinds(
        fails=CLEAN.remove("port_groups", "host-4/MGMT-VMs-12"),
        found={("host-4", "port_groups[MGMT-VMs-12]")},
        nothing=NO_STANDARD,
        unread=CLEAN.one("hosts", "host-4", physical_nics=REFUSED).each(
            "port_groups", lambda group: None if group.host == "host-4" else group
        ),
    ),
    "consistency.distributed-switch": Kinds(
        fails=member(3, uplinks=uplinks(3, Uplink_1="vmnic2")),
        found={("zones", "members[host-3].uplinks")},
        nothing=NO_DISTRIBUTED,
        unread=MEMBERS_UNREAD,
    ),
    "consistency.teaming": Kinds(
        fails=CLEAN.one("port_groups", "host-2/CDE-300", teaming=teaming("vmnic4")),
        found={("host-2/CDE-300", "teaming")},
        nothing=CLEAN.without("switches", "port_groups"),
        unread=MEMBERS_UNREAD,
    ),
    "consistency.one-zone-per-nic": Kinds(
        fails=APP_ON_CDE_WIRES,
        found={("host-2/vSwitch1", "members[host-2].zones[vmnic4,vmnic5]")},
        nothing=CLEAN.declare("standards.nics", {}),
        unread=MEMBERS_UNREAD,
    ),
    "consistency.naming": Kinds(
        passes=NAMED,
        fails=NAMED.add("port_groups", distributed_group("DMZ-old", 101)),
        found={("pg-DMZ-old", "name")},
        nothing=CLEAN,
        unread=NAMED.one("port_groups", "pg-DMZ-100", vlan=REFUSED),
    ),
    "consistency.port-binding": Kinds(
        fails=CLEAN.one("port_groups", "pg-DMZ-100", binding="ephemeral"),
        found={("pg-DMZ-100", "binding")},
        nothing=NO_DISTRIBUTED,
        unread=CLEAN.one("port_groups", "pg-DMZ-100", binding=REFUSED),
    ),
    "consistency.host-nics": Kinds(
        fails=CLEAN.declare("standards.nics", {"per-host": {"at-least": 7}}),
        found={(f"host-{n}", "physical_nics") for n in (1, 2, 3, 4)},
        nothing=CLEAN.without("hosts"),
        unread=MEMBERS_UNREAD.declare("standards.nics", {"per-host": {"at-least": 5}}),
    ),
}


@pytest.mark.parametrize(("identity", "kind"), pairs(CASES))
def test_each_kind(identity: str, kind: str) -> None:
    judge(CASES, identity, kind)


def test_the_odd_vlan_is_told_with_what_the_others_have() -> None:
    (finding,) = findings_of("consistency.port-groups-agree", WRONG_VLAN)
    assert finding.sentence == (
        "Port group CDE-300 on host esx-3 has VLAN 200, but 300 on 3 other hosts of cluster "
        "compute."
    )
    assert (finding.found, finding.expected) == (200, 300)
    assert finding.fix[0].after == {"type": "access", "vlan": 300}


def test_unsafe_security_on_one_host_is_told_by_its_own_check() -> None:
    odd = rejecting("host-2/CDE-300", promiscuous=True)
    world = CLEAN.one("port_groups", "host-2/CDE-300", security=odd)
    assert findings_of("consistency.port-groups-agree", world) == ()
    world = world.declare("standards.layer2.promiscuous-mode", "accept")
    (finding,) = findings_of("consistency.port-groups-agree", world)
    assert (finding.object, finding.property) == ("host-2/CDE-300", "security.promiscuous.accept")
    assert findings_of("layer2.promiscuous-mode", world) == ()


def test_a_missing_port_group_is_added_as_it_is_on_the_others() -> None:
    (finding,) = findings_of(
        "consistency.port-group-missing", CASES["consistency.port-group-missing"].fails
    )
    (change,) = finding.fix
    assert (change.kind, change.object) == ("add", "host-4/MGMT-VMs-12")
    assert change.after["switch"] == "host-4/vSwitch0"


def test_a_port_group_that_few_hosts_have_is_the_odd_one() -> None:
    world = CLEAN.add("port_groups", standard_group(1, "Test", "vSwitch1", 900))
    (finding,) = findings_of("consistency.port-group-missing", world)
    assert finding.object == "host-1/Test"
    assert "is missing on 3 other hosts" in finding.sentence


def test_names_are_compared_letter_by_letter() -> None:
    renamed = CLEAN.one("port_groups", "host-4/CDE-300", name="cde-300")
    assert {each.name for each in findings_of("consistency.port-group-missing", renamed)} == {
        "esx-4.harbour.example",
        "cde-300",
    }


def test_a_host_whose_port_groups_were_refused_lacks_none() -> None:
    why = Unread(object="host-4", name="esx-4", property="config.network.portgroup", why=REFUSED)
    world = CASES["consistency.port-group-missing"].fails.add("unread", why)
    result = result_of("consistency.port-group-missing", world)
    assert (result.status, result.findings) == ("unknown", ())


def test_a_host_outside_the_switch_is_told() -> None:
    members = CLEAN.get("switches", "zones").members
    world = CLEAN.one("switches", "zones", members=members[:-1])
    (finding,) = findings_of("consistency.distributed-switch", world)
    assert finding.sentence == (
        "Host esx-4 is no member of distributed switch Zones, as the others of cluster compute are."
    )


def test_another_mtu_is_told() -> None:
    switch = CLEAN.get("switches", "zones")
    members = tuple(
        msgspec.structs.replace(each, mtu=9000 if each.host == "host-2" else 1500)
        for each in switch.members
    )
    (finding,) = findings_of(
        "consistency.distributed-switch", CLEAN.one("switches", "zones", members=members)
    )
    assert (finding.property, finding.found, finding.expected) == (
        "members[host-2].mtu",
        9000,
        1500,
    )


def test_one_wire_of_a_switch_is_told_once_for_the_switch() -> None:
    world = shared(2, "vSwitch1", "vmnic4")
    (finding,) = findings_of("consistency.teaming", world)
    assert (finding.object, finding.found) == ("host-2/vSwitch1", ["vmnic4"])


def test_a_single_management_nic_is_told_by_its_own_check() -> None:
    world = shared(2, "vSwitch0", "vmnic0")
    assert findings_of("consistency.teaming", world) == ()
    assert len(findings_of("management.physical-nics", world)) == 1
    assert findings_of("consistency.distributed-switch", world) == ()


def test_zones_that_share_wires_are_told_by_name() -> None:
    (finding,) = findings_of("consistency.one-zone-per-nic", APP_ON_CDE_WIRES)
    assert finding.sentence == (
        "Physical NICs vmnic4 and vmnic5 of host esx-2 carry application (APP-201) and cardholder "
        "(CDE-300) on the same wire."
    )
    assert (finding.severity, finding.expected) == ("critical", "one zone")


def test_two_switches_on_one_wire_are_told_whatever_the_policy_says() -> None:
    world = shared(2, "vSwitch1", "vmnic2", "vmnic5").declare("standards.nics", {})
    (finding,) = findings_of("consistency.one-zone-per-nic", world)
    assert (finding.name, finding.host) == ("vmnic2", "esx-2.harbour.example")
    assert set(finding.found) == {"dmz", "application", "cardholder"}


def test_a_name_is_judged_by_the_vlan_that_most_hosts_have() -> None:
    world = WRONG_VLAN.declare("standards.naming", "*-{vlan}")
    assert findings_of("consistency.naming", world) == ()


def test_names_may_hold_the_zone() -> None:
    world = CLEAN.declare("standards.naming", "{zone}-{vlan}")
    told = {each.name: each.expected for each in findings_of("consistency.naming", world)}
    assert told == {"APP-200": ["application-200"], "CDE-300": ["cardholder-300"]}
