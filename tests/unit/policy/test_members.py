"""Each place has the zone and the standing that its two statements give it."""

import pytest

from placed import Placed, policy_of, pool
from ringfence.model.facts import NotRead
from ringfence.model.network import NoVlan, PrivateVlan, TrunkVlan, VlanRange

REFUSED = NotRead(reason="no-permission", detail="the account may not read it")
DMZ = {"trust": 20, "networks": ["DMZ-*"], "machines": [{"folder": "/DC/vm/dmz"}]}
APP = {"trust": 50, "networks": ["APP-*"], "machines": [{"folder": "/DC/vm/app"}]}
MANAGEMENT = {"trust": 100, "role": "management", "networks": ["Management"]}
MIGRATION = {"trust": 100, "role": "migration", "networks": ["Migration"]}
ZONES = {"dmz": DMZ, "app": APP, "management": MANAGEMENT, "migration": MIGRATION}


def networks():
    """The networks of the zones, and one of none."""
    return (
        Placed()
        .group("DMZ-100", 100)
        .group("APP-200", 200)
        .group("Management", 10)
        .group("Migration", 11)
        .group("Lab", 900)
    )


def standing(member):
    return member.standing, member.zone


@pytest.mark.parametrize(
    ("network", "folder", "expected"),
    [
        ("DMZ-100", "/DC/vm/dmz", ("agreed", "dmz")),
        ("DMZ-100", "/DC/vm/dmz/web", ("agreed", "dmz")),
        ("APP-200", "/DC/vm/dmz", ("misplaced", "dmz")),
        ("Migration", "/DC/vm/dmz", ("misplaced", "dmz")),
        ("DMZ-100", "/DC/vm", ("placement-unchecked", "dmz")),
        ("DMZ-100", None, ("placement-unchecked", "dmz")),
        ("Lab", "/DC/vm/dmz", ("network-unchecked", "dmz")),
        ("Lab", "/DC/vm", ("nowhere", None)),
        (None, "/DC/vm/dmz", ("detached", "dmz")),
        (None, "/DC/vm", ("detached", None)),
        (REFUSED, "/DC/vm/dmz", ("unread", "dmz")),
        (REFUSED, "/DC/vm", ("unread", None)),
        ("DMZ-100", REFUSED, ("unread", None)),
        ("Lab", REFUSED, ("unread", None)),
    ],
)
def test_standing_of_a_nic(network, folder, expected):
    placed = networks().machine("m", network, folder=folder)
    assert standing(placed.member(policy_of(ZONES), "m/0")) == expected


def test_a_network_that_is_not_in_the_inventory_is_unread():
    member = networks().machine("m", "Absent").member(policy_of(ZONES), "m/0")
    assert standing(member) == ("unread", None)
    assert member.candidates == ("dmz", "app", "management", "migration")
    assert "the network g-Absent was not read" in member.reasons[0]


def test_reasons_name_the_selectors_that_matched():
    member = networks().machine("m", "APP-200", folder="/DC/vm/dmz").member(policy_of(ZONES), "m/0")
    assert (member.network_zones, member.machine_zones) == (("app",), ("dmz",))
    assert member.reasons == (
        'networks name "APP-*" of app matches port group APP-200, VLAN 200',
        'machines folder "/DC/vm/dmz" of dmz matches',
    )


def test_a_stranger_in_a_zone_that_says_what_belongs_there_is_told_of():
    member = networks().machine("m", "DMZ-100").member(policy_of(ZONES), "m/0")
    assert member.reasons[-1] == (
        "the machines of no zone match, though dmz says what belongs there"
    )
    bare = policy_of({"dmz": {"trust": 1, "networks": ["DMZ-*"]}})
    assert len(networks().machine("m", "DMZ-100").member(bare, "m/0").reasons) == 1


def test_what_was_not_read_names_the_candidates_and_why():
    zones = {
        **ZONES,
        "cde": {"trust": 90, "machines": [{"tag": "pci=yes", "folder": "/DC/vm/app"}]},
    }
    placed = networks().machine("m", "APP-200", folder="/DC/vm/app", tags=REFUSED)
    member = placed.member(policy_of(zones), "m/0")
    assert standing(member) == ("unread", None)
    assert member.candidates == ("app", "cde")
    assert member.reasons[-1] == (
        'machines tag "pci=yes", folder "/DC/vm/app" of cde: the tags were not read '
        "(the account may not read it)"
    )


def test_an_unread_fact_that_cannot_change_the_answer_is_not_asked_for():
    zones = {**ZONES, "cde": {"trust": 90, "machines": [{"tag": "pci=yes", "folder": "/DC/vm/x"}]}}
    placed = networks().machine("m", "APP-200", folder="/DC/vm/app", tags=REFUSED)
    assert standing(placed.member(policy_of(zones), "m/0")) == ("agreed", "app")


def test_several_zones_by_equal_right_are_ambiguous():
    zones = {
        **ZONES,
        "web": {"trust": 30, "networks": ["*-100"], "machines": [{"name": "web-*"}]},
    }
    policy = policy_of(zones)
    by_network = networks().machine("m", "DMZ-100").member(policy, "m/0")
    assert (*standing(by_network), by_network.candidates) == ("ambiguous", None, ("dmz", "web"))
    by_machine = networks().machine("web-1", "Lab", folder="/DC/vm/dmz").member(policy, "web-1/0")
    assert (*standing(by_machine), by_machine.candidates) == ("ambiguous", None, ("dmz", "web"))
    by_one = networks().machine("m", "DMZ-100", folder="/DC/vm/dmz").member(policy, "m/0")
    assert (*standing(by_one), by_one.candidates) == ("ambiguous", "dmz", ("dmz", "web"))


def test_machines_of_declared_devices_stand_anywhere():
    policy = policy_of(ZONES, devices={"inner": {"machine": "fw-*"}})
    placed = networks().machine("fw-1", "DMZ-100", "APP-200").machine("fw-2", template=True)
    members = placed.members(policy)
    assert [(*standing(one), one.device) for one in members.every] == [
        ("device", None, "inner"),
        ("device", None, "inner"),
    ]
    assert [one.network_zones for one in members.every] == [("dmz",), ("app",)]
    template = networks().machine("fw-2", "DMZ-100", template=True).member(policy, "fw-2/0")
    assert standing(template) == ("placement-unchecked", "dmz")


@pytest.mark.parametrize(
    ("selector", "zone"),
    [
        ({"tag": "tier=app"}, "x"),
        ({"tag": "tier=*"}, "x"),
        ({"tag": "Tier=app"}, None),
        ({"pool": "web"}, "x"),
        ({"pool": "front"}, "x"),
        ({"pool": "fr*"}, "x"),
        ({"pool": "compute"}, None),
        ({"pool": "/compute/Resources/front"}, "x"),
        ({"pool": "/other/Resources/front"}, None),
        ({"name": "web-?1"}, "x"),
        ({"name": "web-?2"}, None),
        ({"name": "web-*", "tag": "tier=db"}, None),
    ],
)
def test_selectors_of_machines(selector, zone):
    placed = Placed(pools=(pool("Resources"), pool("front", "Resources"), pool("web", "front")))
    placed.group("Lab").machine("web-01", "Lab", tags=("tier=app", "a=b"), pool="web")
    policy = policy_of({"x": {"trust": 1, "machines": [selector]}})
    assert placed.member(policy, "web-01/0").zone == zone


@pytest.mark.parametrize("pools", [(), (pool("web", "gone"),), (pool("web", "web"),)])
def test_a_pool_that_was_not_read_decides_nothing(pools):
    placed = Placed(pools=pools).group("Lab").machine("web-01", "Lab", pool="web")
    policy = policy_of({"x": {"trust": 1, "machines": [{"pool": "web"}]}})
    assert standing(placed.member(policy, "web-01/0")) == ("unread", None)


@pytest.mark.parametrize(
    ("vlan", "expected"),
    [
        (100, ("placement-unchecked", "low")),
        (200, ("placement-unchecked", "high")),
        (300, ("nowhere", None)),
        (NoVlan(), ("placement-unchecked", "none")),
        (REFUSED, ("unread", None)),
        (TrunkVlan(ranges=(VlanRange(90, 100),)), ("placement-unchecked", "low")),
        (TrunkVlan(ranges=(VlanRange(1, 4094),)), ("ambiguous", None)),
        (PrivateVlan(primary=100, secondary=200, kind="isolated"), ("placement-unchecked", "high")),
    ],
)
def test_selectors_of_vlans(vlan, expected):
    zones = {
        "low": {"trust": 1, "networks": [{"vlan": "100-109"}]},
        "high": {"trust": 2, "networks": [{"vlan": "200", "switch": "Zon*"}]},
        "none": {"trust": 3, "networks": [{"vlan": 0}]},
        "other": {"trust": 4, "networks": [{"switch": "vSwitch0"}]},
    }
    placed = Placed().group("G", vlan).machine("m", "G")
    assert standing(placed.member(policy_of(zones), "m/0")) == expected


def test_an_overlay_network_has_no_vlan():
    placed = Placed().group("G", 100, backing="overlay").machine("m", "G")
    policy = policy_of({"low": {"trust": 1, "networks": [{"vlan": 100}]}})
    assert standing(placed.member(policy, "m/0")) == ("nowhere", None)


def test_a_port_with_a_vlan_of_its_own_is_judged_by_it():
    nic = Placed().machine("m", "G").machines[0].nics[0]
    policy = policy_of(
        {
            "low": {"trust": 1, "networks": [{"vlan": 100}]},
            "high": {"trust": 2, "networks": [{"vlan": 200}]},
        }
    )
    for vlan, expected in ((200, ("placement-unchecked", "high")), (REFUSED, ("unread", None))):
        placed = Placed().group("G", 100).overridden_port("m", vlan)
        placed.machine("m", nics=(type(nic)(id="m/0", label="", port_group="g-G", port="p-m"),))
        assert standing(placed.member(policy, "m/0")) == expected


def test_owners_whose_places_were_not_read_are_listed():
    placed = networks().machine("m", nics=REFUSED, folder="/DC/vm/dmz")
    members = placed.members(policy_of(ZONES))
    assert members.every == ()
    (unlisted,) = members.unlisted
    assert (unlisted.owner, unlisted.zones) == ("m", ("dmz",))
    assert unlisted.reason == "the NICs of m were not read (the account may not read it)"


def test_look_ups():
    placed = networks().machine("m", "DMZ-100", "Lab").interface("vmk0", "Management")
    members = placed.members(policy_of(ZONES))
    assert [one.attachment for one in members.by_owner["m"]] == ["m/0", "m/1"]
    assert [one.attachment for one in members.by_owner["h-1"]] == ["vmk0"]
    assert {zone: len(found) for zone, found in members.by_zone.items()} == {
        "dmz": 1,
        "management": 1,
    }
