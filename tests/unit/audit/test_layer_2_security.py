"""Checks of layer-2 security: each passes, fails, does not apply, or cannot tell."""

import msgspec
import pytest

from audit_cases import CLEAN, Kinds, findings_of, judge, pairs, result_of
from harbour_world.machines import virtual_nic
from harbour_world.network import (
    NO_OVERRIDES,
    distributed_group,
    rejecting,
    standard_group,
)
from harbour_world.world import REFUSED, World
from ringfence.model.machines import PassthroughDevice
from ringfence.model.network import (
    AccessVlan,
    MirrorSession,
    NoVlan,
    PrivateVlan,
    TrunkVlan,
    VlanRange,
)


def inherited(setting: str) -> World:
    """A setting accepted on vSwitch1 of esx-2, and inherited by its port group."""
    policy = rejecting("host-2/vSwitch1", **{setting: True})
    return CLEAN.one("switches", "host-2/vSwitch1", security=policy).one(
        "port_groups", "host-2/CDE-300", security=policy
    )


def overridden(*words: str, **fields: object) -> World:
    """A live port of DMZ-100 with settings of its own."""
    return CLEAN.one("ports", "port-web-2", overridden=words, **fields)


def session(**fields: object) -> MirrorSession:
    """A session that copies app-01."""
    return MirrorSession(
        id="mirror-1",
        name="debug",
        switch="zones",
        kind="dvPortMirror",
        **{"enabled": True, "sources_received": ("port-app-1",)} | fields,
    )


def mirrored(**fields: object) -> World:
    return CLEAN.table("mirror_sessions", (session(**fields),))


def allowed(**flags: bool) -> World:
    overrides = msgspec.structs.replace(NO_OVERRIDES, **flags)
    return CLEAN.one("port_groups", "pg-DMZ-100", overrides=overrides)


def with_second_nic(name: str, mac: str) -> World:
    nics = CLEAN.get("machines", name).nics
    return CLEAN.one("machines", name, nics=(*nics, virtual_nic(name, 1, 1, "APP-200", mac)))


def passed_through(nic: object) -> World:
    device = PassthroughDevice(id="web-02/13000", label="Ethernet Controller", physical_nic=nic)
    return CLEAN.one("machines", "web-02", passthrough=(device,))


TRUNK = TrunkVlan(ranges=(VlanRange(1, 4093),))
NO_SWITCH = CLEAN.without("switches", "port_groups", "ports")
ONLY_STANDARD = (
    CLEAN.remove("switches", "zones")
    .each("port_groups", lambda group: group if group.host else None)
    .without("ports")
)
SWITCH_UNREAD = CLEAN.one("switches", "zones", security=REFUSED)
UNREAD_VLAN = CLEAN.one("port_groups", "host-1/CDE-300", vlan=REFUSED)

CASES = {
    "layer2.promiscuous-mode": Kinds(
        fails=inherited("promiscuous"),
        found={("host-2/vSwitch1", "security.promiscuous.accept")},
        nothing=NO_SWITCH,
        unread=SWITCH_UNREAD,
    ),
    "layer2.mac-changes": Kinds(
        fails=inherited("mac_changes"),
        found={("host-2/vSwitch1", "security.mac_changes.accept")},
        nothing=CLEAN.declare("standards.layer2.mac-changes", "accept"),
        unread=CLEAN.one("port_groups", "pg-DMZ-100", security=REFUSED),
    ),
    "layer2.forged-transmits": Kinds(
        fails=overridden("mac-management", security=rejecting("port-web-2", forged_transmits=True)),
        found={("port-web-2", "security.forged_transmits.accept")},
        nothing=NO_SWITCH,
        unread=CLEAN.unread("ports"),
    ),
    "layer2.mac-learning": Kinds(
        fails=CLEAN.one(
            "port_groups",
            "pg-DMZ-100",
            security=msgspec.structs.replace(rejecting("pg-DMZ-100"), mac_learning=True),
        ),
        found={("pg-DMZ-100", "security.mac_learning")},
        nothing=ONLY_STANDARD,
        unread=CLEAN.one("port_groups", "pg-DMZ-100", security=REFUSED),
    ),
    "layer2.mac-policy-agrees": Kinds(
        fails=CLEAN.one(
            "port_groups",
            "pg-APP-200",
            deprecated_security=rejecting("pg-APP-200", mac_changes=True),
        ),
        found={("pg-APP-200", "deprecated_security")},
        nothing=ONLY_STANDARD,
        unread=CLEAN.one("port_groups", "pg-APP-200", deprecated_security=REFUSED),
    ),
    "layer2.port-overrides": Kinds(
        fails=allowed(vlan=True, teaming=True),
        found={("pg-DMZ-100", "overrides")},
        nothing=ONLY_STANDARD,
        unread=CLEAN.one("port_groups", "pg-DMZ-100", overrides=REFUSED),
    ),
    "layer2.live-port-overrides": Kinds(
        fails=overridden("vlan", vlan=AccessVlan(vlan=200)),
        found={("port-web-2", "overridden")},
        nothing=ONLY_STANDARD,
        unread=CLEAN.one("ports", "port-web-2", overridden=REFUSED),
    ),
    "layer2.reset-at-disconnect": Kinds(
        fails=allowed(reset_at_disconnect=False),
        found={("pg-DMZ-100", "overrides.reset_at_disconnect")},
        nothing=ONLY_STANDARD,
        unread=CLEAN.one("port_groups", "pg-DMZ-100", overrides=REFUSED),
    ),
    "layer2.trunk-to-machine": Kinds(
        fails=CLEAN.one("port_groups", "pg-DMZ-100", vlan=TRUNK),
        found={("pg-DMZ-100", "vlan")},
        nothing=CLEAN.declare("standards.vlans", {"trunk-to-machine": "allowed"}),
        unread=UNREAD_VLAN,
    ),
    "layer2.native-vlan": Kinds(
        fails=CLEAN.add("port_groups", distributed_group("DMZ-1", 1)),
        found={("pg-DMZ-1", "vlan")},
        nothing=NO_SWITCH,
        unread=UNREAD_VLAN,
    ),
    "layer2.reserved-vlans": Kinds(
        fails=CLEAN.add("port_groups", distributed_group("DMZ-1010", 1010)),
        found={("pg-DMZ-1010", "vlan")},
        nothing=NO_SWITCH,
        unread=UNREAD_VLAN,
    ),
    "layer2.passthrough": Kinds(
        fails=passed_through("host-2/vmnic5"),
        found={("web-02", "passthrough[web-02/13000]")},
        nothing=CLEAN.without("machines"),
        unread=CLEAN.one("machines", "web-02", passthrough=REFUSED),
    ),
    "layer2.duplicate-mac": Kinds(
        fails=with_second_nic("app-01", "00:50:56:80:01:02"),
        found={("app-02", "nics[app-02/4000].mac")},
        nothing=CLEAN.without("machines", "hosts"),
        unread=CLEAN.one(
            "machines",
            "app-01",
            nics=(msgspec.structs.replace(CLEAN.get("machines", "app-01").nics[0], mac=REFUSED),),
        ),
    ),
    "layer2.mirror-sessions": Kinds(
        passes=mirrored(destinations=("port-app-2",)),
        fails=mirrored(destinations=("port-web-2",)),
        found={("mirror-1", "destinations")},
        nothing=mirrored(enabled=False, destinations=("port-web-2",)),
        unread=CLEAN.unread("mirror_sessions"),
    ),
}


@pytest.mark.parametrize(("identity", "kind"), pairs(CASES))
def test_each_kind(identity: str, kind: str) -> None:
    judge(CASES, identity, kind)


def test_what_is_inherited_is_told_once_where_it_is_set() -> None:
    (finding,) = findings_of("layer2.promiscuous-mode", inherited("promiscuous"))
    assert finding.sentence.startswith(
        "Switch vSwitch1 on host esx-2 accepts promiscuous mode, and so does port group CDE-300"
    )
    assert (finding.severity, finding.zones) == ("critical", ("cardholder",))
    assert finding.fix[0].object == "host-2/vSwitch1"


def test_what_is_overridden_is_told_where_it_is_overridden() -> None:
    world = CLEAN.one(
        "port_groups", "host-2/CDE-300", security=rejecting("host-2/CDE-300", promiscuous=True)
    )
    (finding,) = findings_of("layer2.promiscuous-mode", world)
    assert finding.object == "host-2/CDE-300"
    assert "overriding switch vSwitch1" in finding.sentence


def test_a_port_group_of_a_declared_device_alone_may_be_promiscuous() -> None:
    only_firewall = CLEAN.each("machines", lambda m: m if m.name == "fw-1" else None)
    world = only_firewall.one(
        "port_groups", "host-1/CDE-300", security=rejecting("host-1/CDE-300", promiscuous=True)
    )
    assert findings_of("layer2.promiscuous-mode", world) == ()
    world = world.one(
        "port_groups", "host-1/CDE-300", security=rejecting("host-1/CDE-300", mac_changes=True)
    )
    assert len(findings_of("layer2.mac-changes", world)) == 1


def test_an_unsafe_override_of_a_port_is_told_by_its_setting_alone() -> None:
    world = CASES["layer2.forged-transmits"].fails
    for identity in CASES:
        told = findings_of(identity, world)
        assert bool(told) is (identity == "layer2.forged-transmits"), told


def test_a_port_whose_settings_were_not_read_but_that_overrides_nothing_is_its_port_group() -> None:
    world = CLEAN.one("ports", "port-web-2", security=REFUSED)
    assert result_of("layer2.promiscuous-mode", world).status == "passed"
    world = world.one("ports", "port-web-2", overridden=REFUSED)
    assert result_of("layer2.promiscuous-mode", world).status == "unknown"


def test_a_harmless_override_is_told_by_the_check_of_overrides() -> None:
    world = overridden("mac-management")
    assert len(findings_of("layer2.live-port-overrides", world)) == 1
    assert findings_of("layer2.live-port-overrides", overridden("blocked")) == ()


@pytest.mark.parametrize(
    "ranges", [((0, 4094),), ((1, 4093),), ((100, 100),), ((100, 110), (200, 200))]
)
def test_any_range_is_a_trunk(ranges: tuple[tuple[int, int], ...]) -> None:
    vlan = TrunkVlan(ranges=tuple(VlanRange(*each) for each in ranges))
    (finding,) = findings_of(
        "layer2.trunk-to-machine", CLEAN.one("port_groups", "pg-DMZ-100", vlan=vlan)
    )
    assert "web-01" in finding.sentence


def test_a_trunk_concerns_the_zones_whose_vlans_it_carries() -> None:
    (finding,) = findings_of("layer2.trunk-to-machine", CASES["layer2.trunk-to-machine"].fails)
    assert "cardholder" in finding.zones
    assert finding.severity == "critical"
    assert (finding.found, finding.expected) == ("1-4093", "one VLAN")


def test_a_live_port_may_be_a_trunk_too() -> None:
    world = overridden("vlan", vlan=TRUNK)
    (finding,) = findings_of("layer2.trunk-to-machine", world)
    assert finding.object == "port-web-2"
    assert findings_of("layer2.live-port-overrides", world) == ()


def test_untagged_frames_pass_only_where_they_are_dropped() -> None:
    untagged = CLEAN.one("port_groups", "pg-DMZ-100", vlan=NoVlan())
    assert findings_of("layer2.native-vlan", untagged) == ()
    for native in (7, "unknown"):
        world = untagged.declare("fabric.domains.site.native", native)
        (finding,) = findings_of("layer2.native-vlan", world)
        assert (finding.object, finding.found) == ("pg-DMZ-100", 0)


def test_the_native_vlan_of_a_declared_domain_counts() -> None:
    world = CLEAN.declare("fabric.domains.site.native", 300)
    assert {each.name for each in findings_of("layer2.native-vlan", world)} == {"CDE-300"}


def test_a_private_vlan_is_compared_by_both_numbers() -> None:
    vlan = PrivateVlan(primary=100, secondary=1005, kind="isolated")
    world = CLEAN.one("port_groups", "pg-DMZ-100", vlan=vlan)
    (finding,) = findings_of("layer2.reserved-vlans", world)
    assert "VLAN 1005, which lies in the reserved range 1001-1024" in finding.sentence


def test_a_device_that_may_be_a_nic_is_a_likely_finding() -> None:
    (finding,) = findings_of("layer2.passthrough", passed_through(REFUSED))
    assert (finding.confidence, finding.found) == ("likely", "Ethernet Controller")
    assert result_of("layer2.passthrough", passed_through(None)).status == "passed"


def test_a_virtual_function_is_a_finding() -> None:
    nics = (msgspec.structs.replace(CLEAN.get("machines", "web-02").nics[0], sriov=True),)
    (finding,) = findings_of("layer2.passthrough", CLEAN.one("machines", "web-02", nics=nics))
    assert (finding.property, finding.severity) == ("nics[web-02/4000].sriov", "medium")


def test_the_same_address_in_another_vlan_is_none() -> None:
    world = with_second_nic("app-01", "00:50:56:80:00:02")  # that of web-02, in VLAN 100
    assert findings_of("layer2.duplicate-mac", world) == ()


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        ({"remote_addresses": ("192.0.2.9",)}, "to address 192.0.2.9"),
        ({"destination_uplinks": ("Uplink 1",)}, "to uplink Uplink 1"),
        ({"remote_vlan": 777}, "to VLAN 777"),
        ({"remote_vlan": 100}, "to the less trusted dmz"),
        (
            {"source_vlans": (300,), "sources_received": (), "destinations": ("port-app-1",)},
            "of cardholder to the less trusted application",
        ),
    ],
)
def test_where_copies_may_not_go(ends: dict[str, object], says: str) -> None:
    (finding,) = findings_of("layer2.mirror-sessions", mirrored(**ends))
    assert says in finding.sentence


def test_copies_may_go_to_a_declared_collector() -> None:
    world = mirrored(remote_addresses=("10.1.12.30",))
    assert result_of("layer2.mirror-sessions", world).status == "passed"


def test_a_session_with_a_port_that_was_not_read_is_undecided() -> None:
    world = mirrored(destinations=("port-nobody-knows",))
    assert result_of("layer2.mirror-sessions", world).status == "unknown"


def test_an_internal_port_group_has_no_native_vlan() -> None:
    switch = CLEAN.get("switches", "host-1/vSwitch1")
    members = (msgspec.structs.replace(switch.members[0], uplinks=()),)
    world = CLEAN.one("switches", switch.id, members=members).add(
        "port_groups", standard_group(1, "Internal", "vSwitch1", 1)
    )
    assert findings_of("layer2.native-vlan", world) == ()
