"""Kernel interfaces belong to the zone whose role they serve; addresses narrow, within limits."""

import pytest

from placed import Placed, policy_of
from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host
from ringfence.model.inventory import Inventory
from ringfence.model.snapshot import Snapshot
from ringfence.policy.members import memberships

REFUSED = NotRead(reason="no-permission", detail="the account may not read it")
ZONES = {
    "dmz": {"trust": 20, "networks": ["DMZ-*"]},
    "management": {"trust": 100, "role": "management", "networks": ["Management", "MGMT-*"]},
    "migration": {"trust": 100, "role": "migration", "networks": ["Migration"]},
    "storage": {"trust": 95, "role": "storage"},
}


def networks():
    return Placed().group("DMZ-100").group("Management").group("Migration").group("Lab")


def standing(member):
    return member.standing, member.zone


@pytest.mark.parametrize(
    ("network", "services", "expected"),
    [
        ("Management", ("management",), ("agreed", "management")),
        ("Migration", ("migration",), ("agreed", "migration")),
        ("DMZ-100", ("management",), ("misplaced", "management")),
        ("Management", ("migration",), ("misplaced", "migration")),
        ("Lab", ("storage",), ("network-unchecked", "storage")),
        ("Lab", (), ("nowhere", None)),
        ("Lab", ("replication",), ("nowhere", None)),
        ("Management", (), ("placement-unchecked", "management")),
        ("Lab", ("storage", "migration"), ("network-unchecked", "migration")),
        ("Management", ("migration", "management"), ("agreed", "management")),
        ("Management", REFUSED, ("unread", None)),
        (None, ("management",), ("detached", "management")),
        (REFUSED, ("management",), ("unread", "management")),
    ],
)
def test_standing_of_a_kernel_interface(network, services, expected):
    placed = networks().interface("vmk0", network, services)
    assert standing(placed.member(policy_of(ZONES), "vmk0")) == expected


def test_several_services_are_told_of():
    placed = networks().interface("vmk0", "Lab", ("management", "storage"))
    assert placed.member(policy_of(ZONES), "vmk0").reasons == (
        "it serves management, the role of management",
        "it also serves storage, the role of storage",
    )


def test_services_that_were_not_read_may_be_those_of_any_role():
    placed = networks().interface("vmk0", "DMZ-100", REFUSED)
    member = placed.member(policy_of(ZONES), "vmk0")
    assert member.candidates == ("management", "migration", "storage", "dmz")
    bare = policy_of({"dmz": ZONES["dmz"]})
    assert standing(placed.member(bare, "vmk0")) == ("placement-unchecked", "dmz")


BY_PREFIX = {
    "wide": {"trust": 1, "networks": [{"prefix": "10.0.0.0/8"}, {"prefix": "fd00::/16"}]},
    "narrow": {"trust": 2, "networks": [{"prefix": "10.1.0.0/16"}], "machines": [{"name": "n-*"}]},
    "six": {"trust": 3, "networks": [{"prefix": "fd00:1::/32", "name": "L*"}]},
}


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (("10.2.0.1/16",), ("placement-unchecked", "wide")),
        (("10.1.0.1/16",), ("placement-unchecked", "narrow")),
        (("10.1.0.1/16", "10.2.0.1/16"), ("placement-unchecked", "narrow")),
        (("fd00:2::1/64",), ("placement-unchecked", "wide")),
        (("fd00:1::1/64",), ("placement-unchecked", "six")),
        (("10.1.0.1", "fd00:1::1"), ("ambiguous", None)),
        (("192.0.2.1/24", "not an address"), ("nowhere", None)),
        ((), ("nowhere", None)),
        (REFUSED, ("unread", None)),
    ],
)
def test_the_longest_prefix_wins_for_each_family(addresses, expected):
    placed = networks().interface("vmk0", "Lab", (), addresses)
    assert standing(placed.member(policy_of(BY_PREFIX), "vmk0")) == expected


@pytest.mark.parametrize(
    ("name", "network", "addresses", "expected"),
    [
        # A guest's word alone decides nothing,
        ("m", "Lab", ("10.1.0.1/16",), ("unread", None)),
        # confirms nothing,
        ("n-1", "Lab", ("10.1.0.1/16",), ("network-unchecked", "narrow")),
        # and can only contradict.
        ("n-1", "Lab", ("10.2.0.1/16",), ("misplaced", "narrow")),
        ("m", "DMZ-100", ("10.1.0.1/16",), ("ambiguous", None)),
        ("m", "DMZ-100", ("192.0.2.1/24",), ("placement-unchecked", "dmz")),
        ("m", "DMZ-100", REFUSED, ("unread", None)),
    ],
)
def test_an_address_that_a_guest_reports_may_be_a_lie(name, network, addresses, expected):
    policy = policy_of({**BY_PREFIX, "dmz": ZONES["dmz"]})
    placed = networks().machine(name, network, addresses=addresses)
    assert standing(placed.member(policy, f"{name}/0")) == expected


def test_the_reason_says_that_the_guest_reports_the_address():
    placed = networks().machine("m", "Lab", addresses=("10.1.0.1/16",))
    member = placed.member(policy_of(BY_PREFIX), "m/0")
    assert member.candidates == ("narrow",)
    assert member.reasons == (
        (
            "networks prefix 10.1.0.0/16 of narrow matches port group Lab, VLAN 1, address "
            "10.1.0.1/16, as the guest reports it"
        ),
    )


def test_hosts_whose_interfaces_were_not_read_are_listed():
    host = Host(id="h-1", name="esx-1", kernel_interfaces=REFUSED)
    members = memberships(policy_of(ZONES), Inventory(Snapshot(sources=(), hosts=(host,))))
    (unlisted,) = members.unlisted
    assert (unlisted.owner, unlisted.zones) == ("h-1", ())
    assert unlisted.reason == (
        "the kernel interfaces of esx-1 were not read (the account may not read it)"
    )
