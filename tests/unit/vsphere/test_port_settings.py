"""Settings of distributed ports: what is in force, and where it is set."""

import pytest

from ringfence.model.facts import NotRead
from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    PrivateVlan,
    PrivateVlanPair,
    SecurityPolicy,
    SecuritySetting,
    Teaming,
    TrunkVlan,
    VlanRange,
)
from ringfence.sources.vsphere.port_settings import (
    Base,
    deprecated_security,
    overridden,
    private_vlan_table,
    security,
    teaming,
    vlan,
)
from vsphere_objects import plain

PAIRS = (
    PrivateVlanPair(primary=100, secondary=100, kind="promiscuous"),
    PrivateVlanPair(primary=100, secondary=101, kind="isolated"),
)
SPEC = "VmwareDistributedVirtualSwitch"


def setting(inner):
    return plain(f'<s xsi:type="VMwareDVSPortSetting">{inner}</s>')


def vlan_spec(kind, inner):
    return setting(f'<vlan xsi:type="{SPEC}{kind}"><inherited>false</inherited>{inner}</vlan>')


def policy(accept, origin):
    one = SecuritySetting(accept=accept, origin=origin)
    return SecurityPolicy(promiscuous=one, mac_changes=one, forged_transmits=one)


@pytest.mark.parametrize(
    ("kind", "inner", "expected"),
    [
        ("VlanIdSpec", "<vlanId>120</vlanId>", AccessVlan(vlan=120)),
        ("VlanIdSpec", "<vlanId>0</vlanId>", NoVlan()),
        (
            "TrunkVlanSpec",
            (
                "<vlanId><start>20</start><end>29</end></vlanId>"
                "<vlanId><start>0</start><end>0</end></vlanId>"
            ),
            TrunkVlan(ranges=(VlanRange(first=0, last=0), VlanRange(first=20, last=29))),
        ),
        ("TrunkVlanSpec", "", TrunkVlan(ranges=())),
        (
            "PvlanSpec",
            "<pvlanId>101</pvlanId>",
            PrivateVlan(primary=100, secondary=101, kind="isolated"),
        ),
        (
            "PvlanSpec",
            "<pvlanId>100</pvlanId>",
            PrivateVlan(primary=100, secondary=100, kind="promiscuous"),
        ),
    ],
)
def test_vlans(kind, inner, expected):
    assert vlan(vlan_spec(kind, inner), Base(private_vlans=PAIRS)) == expected


def test_a_private_vlan_needs_the_table_of_its_switch():
    private = vlan_spec("PvlanSpec", "<pvlanId>7</pvlanId>")
    unread = NotRead(reason="no-permission")
    for table, reason in ((PAIRS, "not-understood"), (unread, "no-permission")):
        found = vlan(private, Base(private_vlans=table))
        assert isinstance(found, NotRead)
        assert found.reason == reason


def test_a_kind_of_vlan_that_is_not_known_is_not_guessed():
    found = vlan(vlan_spec("NewSpec", "<vlanId>1</vlanId>"), Base())
    assert isinstance(found, NotRead)
    assert found.reason == "not-understood"


def test_a_vlan_that_is_left_out_is_the_one_above():
    assert vlan(setting(""), Base(vlan=AccessVlan(vlan=5))) == AccessVlan(vlan=5)


def test_the_private_vlan_table():
    entry = (
        "<primaryVlanId>100</primaryVlanId><secondaryVlanId>101</secondaryVlanId>"
        "<pvlanType>isolated</pvlanType>"
    )
    table = plain(f'<v xsi:type="ArrayOfVMwareDVSPvlanMapEntry"><e>{entry}</e></v>')
    assert private_vlan_table(table) == (PAIRS[1],)


MAC = (
    "<macManagementPolicy><inherited>{}</inherited><allowPromiscuous>true</allowPromiscuous>"
    "<macChanges>true</macChanges><forgedTransmits>true</forgedTransmits></macManagementPolicy>"
)
OLD = (
    "<securityPolicy><inherited>false</inherited>"
    + "".join(
        f"<{field}><inherited>false</inherited><value>false</value></{field}>"
        for field in ("allowPromiscuous", "macChanges", "forgedTransmits")
    )
    + "</securityPolicy>"
)


def test_the_mac_policy_is_in_force_before_the_deprecated_one_and_both_are_kept():
    both = setting(MAC.format("false") + OLD)
    assert security(both, "own", Base()) == policy(accept=True, origin="own")
    assert deprecated_security(both, "own", Base()) == policy(accept=False, origin="own")


def test_an_old_switch_has_only_the_deprecated_policy():
    old = setting(OLD)
    assert security(old, "own", Base()) == policy(accept=False, origin="own")


def test_a_field_that_the_mac_policy_leaves_out_comes_from_the_deprecated_one():
    mixed = setting(
        "<macManagementPolicy><inherited>false</inherited><macChanges>true</macChanges>"
        "</macManagementPolicy>" + OLD
    )
    found = security(mixed, "own", Base())
    assert isinstance(found, SecurityPolicy)
    assert found.mac_changes == SecuritySetting(accept=True, origin="own")
    assert found.promiscuous == SecuritySetting(accept=False, origin="own")


def test_an_inherited_setting_is_set_where_it_is_inherited_from():
    above = Base(security=policy(accept=True, origin="switch"))
    assert security(setting(MAC.format("true")), "own", above) == policy(
        accept=True, origin="switch"
    )


def test_a_policy_that_says_nothing_is_the_one_above_or_unread():
    above = Base(security=policy(accept=True, origin="switch"))
    empty = setting("<macManagementPolicy><inherited>true</inherited></macManagementPolicy>")
    assert security(empty, "own", above) == above.security
    found = security(empty, "own", Base())
    assert isinstance(found, SecurityPolicy)
    assert isinstance(found.promiscuous, NotRead)
    assert isinstance(security(setting(""), "own", Base()), NotRead)
    assert deprecated_security(setting(""), "own", Base()) is None


@pytest.mark.parametrize(
    ("learning", "learns", "floods"),
    [
        ("<enabled>true</enabled>", True, True),
        ("<enabled>true</enabled><allowUnicastFlooding>false</allowUnicastFlooding>", True, False),
        ("<enabled>false</enabled><allowUnicastFlooding>true</allowUnicastFlooding>", False, False),
    ],
)
def test_mac_learning_floods_unless_told_otherwise(learning, learns, floods):
    found = security(
        setting(
            "<macManagementPolicy><allowPromiscuous>false</allowPromiscuous>"
            f"<macLearningPolicy>{learning}</macLearningPolicy></macManagementPolicy>"
        ),
        "own",
        Base(),
    )
    assert isinstance(found, SecurityPolicy)
    assert (found.mac_learning, found.unknown_unicast_flooding) == (learns, floods)


def test_teaming():
    found = teaming(
        setting(
            "<uplinkTeamingPolicy><inherited>false</inherited><policy><value>failover_explicit"
            "</value></policy><notifySwitches><value>true</value></notifySwitches><rollingOrder>"
            "<value>true</value></rollingOrder><uplinkPortOrder><inherited>false</inherited>"
            "<activeUplinkPort>Uplink 1</activeUplinkPort><standbyUplinkPort>Uplink 2"
            "</standbyUplinkPort></uplinkPortOrder></uplinkTeamingPolicy>"
        ),
        "own",
        Base(),
    )
    assert found == Teaming(
        policy="failover_explicit",
        active=("Uplink 1",),
        standby=("Uplink 2",),
        notify_switches=True,
        fail_back=False,
        origin="own",
    )
    assert teaming(setting(""), "own", Base(teaming=found)) == found


def test_what_a_port_overrides():
    port = setting(
        "<vlan><inherited>false</inherited></vlan><blocked><inherited>true</inherited></blocked>"
        "<filterPolicy><inherited>false</inherited></filterPolicy>"
    )
    assert overridden(port) == ("vlan", "filters")
