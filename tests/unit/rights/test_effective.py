"""Inheritance of permissions, as the vSphere Security guide describes it."""

import pytest

from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine
from ringfence.model.network import PortGroup, VirtualSwitch
from ringfence.model.places import Cluster, Datacenter, Folder, ResourcePool
from ringfence.model.rights import Permission, PrincipalGroup, Role
from ringfence.model.snapshot import Snapshot
from ringfence.rights.effective import EVERYTHING, EffectiveRights, effective_rights

ROLES = (
    Role(id="none", name="No access", privileges=(), capabilities=()),
    Role(id="admin", name="Admin", privileges=("*",), capabilities=("administer",)),
    Role(id="net", name="Network", privileges=(), capabilities=("configure-networks",)),
    Role(id="place", name="Placer", privileges=(), capabilities=("place-machines",)),
    Role(id="assign", name="Assigner", privileges=(), capabilities=("assign-networks",)),
)
TREE = {
    "folders": (
        Folder(id="top", name="Datacenters", path="/"),
        Folder(id="vm", name="vm", path="/Harbour/vm", parent="dc"),
        Folder(id="dmz", name="dmz", path="/Harbour/vm/dmz", parent="vm"),
        Folder(id="network", name="network", path="/Harbour/network", parent="dc"),
    ),
    "datacenters": (Datacenter(id="dc", name="Harbour", path="/Harbour", folder="top"),),
    "clusters": (Cluster(id="cluster", name="compute", datacenter="dc"),),
    "pools": (
        ResourcePool(id="root-pool", name="Resources", owner="cluster"),
        ResourcePool(id="dmz-pool", name="dmz", parent="root-pool", owner="cluster"),
    ),
    "machines": (Machine(id="web", name="web-01", folder="dmz", pool="dmz-pool"),),
    "switches": (
        VirtualSwitch(id="zones", name="Zones", kind="distributed", folder="network"),
        VirtualSwitch(id="lost", name="Lost", kind="distributed"),
    ),
    "port_groups": (PortGroup(id="dmz-100", name="DMZ-100", switch="zones", folder="network"),),
}
ALICE, BOB = "CORP\\alice", "CORP\\bob"
NETS, OPS = "CORP\\net-admins", "CORP\\operators"


def given(on: str | None, principal: str, role: str, *, propagate: bool = True) -> Permission:
    return Permission(
        id=f"{on}/{principal}/{role}",
        object=on,
        principal=principal,
        group=principal in {NETS, OPS},
        role=role,
        propagate=propagate,
    )


def rights(
    *permissions: Permission, groups: object = (), everywhere: object = ()
) -> EffectiveRights:
    snapshot = Snapshot(
        sources=(),
        roles=ROLES,
        permissions=permissions,
        groups=groups,
        global_permissions=everywhere,
        **TREE,
    )
    found = effective_rights(Inventory(snapshot))
    assert isinstance(found, EffectiveRights)
    return found


def held(found: EffectiveRights, name: str, on: str) -> set[str]:
    (principal,) = (each for each in found.principals if each.name == name)
    return set(found.capabilities(principal, on))


BOTH = (
    PrincipalGroup(name=NETS, members=(ALICE, BOB)),
    PrincipalGroup(name=OPS, members=("alice@corp",)),
)


def test_a_permission_reaches_what_is_below_it() -> None:
    found = rights(given("top", ALICE, "net"))
    for place in ("dc", "cluster", "dmz-pool", "web", "zones", "dmz-100"):
        assert held(found, ALICE, place) == {"configure-networks"}


def test_one_that_does_not_propagate_holds_on_its_object_only() -> None:
    found = rights(given("network", ALICE, "net", propagate=False))
    assert held(found, ALICE, "network") == {"configure-networks"}
    assert held(found, ALICE, "dmz-100") == set()


def test_the_nearest_object_replaces_what_is_inherited() -> None:
    found = rights(given("top", ALICE, "net"), given("network", ALICE, "none"))
    assert held(found, ALICE, "zones") == set()
    assert held(found, ALICE, "cluster") == {"configure-networks"}


def test_a_nearer_group_replaces_the_users_own_from_above() -> None:
    found = rights(given("top", ALICE, "net"), given("network", OPS, "assign"), groups=BOTH)
    assert held(found, ALICE, "zones") == {"assign-networks"}


def test_groups_on_one_object_add_up() -> None:
    found = rights(given("top", NETS, "net"), given("top", OPS, "assign"), groups=BOTH)
    assert held(found, ALICE, "dmz-100") == {"configure-networks", "assign-networks"}
    assert held(found, BOB, "dmz-100") == {"configure-networks"}
    assert held(found, OPS, "dmz-100") == {"assign-networks"}


def test_a_users_own_replaces_the_groups_of_the_same_object() -> None:
    found = rights(given("top", NETS, "net"), given("top", ALICE, "place"), groups=BOTH)
    assert held(found, ALICE, "dc") == {"place-machines"}


def test_a_machine_inherits_from_its_folder_and_from_its_pool() -> None:
    found = rights(given("dmz", ALICE, "place"), given("dmz-pool", ALICE, "assign"))
    assert held(found, ALICE, "web") == {"place-machines", "assign-networks"}


def test_a_global_permission_stands_above_every_tree_and_is_replaced_below() -> None:
    found = rights(given("network", ALICE, "none"), everywhere=(given(None, ALICE, "admin"),))
    assert held(found, ALICE, "web") == EVERYTHING
    assert held(found, ALICE, "dmz-100") == set()


def test_where_the_parent_is_not_known_the_top_decides() -> None:
    assert held(rights(given("top", ALICE, "net")), ALICE, "lost") == {"configure-networks"}


def test_groups_in_groups_are_followed_and_may_go_round() -> None:
    groups = (
        PrincipalGroup(name=NETS, members=(OPS,)),
        PrincipalGroup(name=OPS, members=(NETS, ALICE)),
    )
    found = rights(given("top", NETS, "net"), groups=groups)
    assert held(found, ALICE, "zones") == {"configure-networks"}


def test_holders_say_through_which_permission() -> None:
    found = rights(given("top", NETS, "net"), given("dc", BOB, "place"), groups=BOTH)
    holders = found.holders("configure-networks", "zones")
    assert [holder.principal.name for holder in holders] == [ALICE, NETS]
    assert [holder.principal.given for holder in holders] == [False, True]
    assert {each.id for holder in holders for each in holder.through} == {f"top/{NETS}/net"}


def test_anywhere_gathers_what_is_held_on_different_objects() -> None:
    found = rights(given("dmz", NETS, "net"), given("network", OPS, "assign"), groups=BOTH)
    sums = {each.name: set(found.anywhere(each)) for each in found.principals}
    assert sums[ALICE] == {"configure-networks", "assign-networks"}
    assert sums[NETS] == {"configure-networks"}


def test_names_are_compared_as_directories_do() -> None:
    found = rights(given("top", "corp\\Alice", "net"), given("network", "ALICE@CORP", "none"))
    assert len(found.principals) == 1
    assert found.capabilities(found.principals[0], "zones") == frozenset()


@pytest.mark.parametrize("table", ["roles", "permissions"])
def test_what_was_not_read_is_not_told(table: str) -> None:
    refused = NotRead(reason="no-permission", detail="refused")
    tables = {"roles": ROLES, "permissions": (), table: refused}
    assert effective_rights(Inventory(Snapshot(sources=(), **tables))) == refused


def test_a_permission_with_a_role_that_was_not_listed_is_not_told() -> None:
    snapshot = Snapshot(sources=(), roles=(), permissions=(given("top", ALICE, "net"),))
    assert isinstance(effective_rights(Inventory(snapshot)), NotRead)


def test_groups_and_global_permissions_that_were_not_read_are_assumptions() -> None:
    unread = NotRead(reason="not-supported")
    found = rights(given("top", NETS, "net"), groups=unread, everywhere=unread)
    assert len(found.assumptions) == 2
    assert not found.principals[0].expanded
    assert rights(given("top", NETS, "net"), groups=BOTH).assumptions == ()


def test_a_group_whose_members_were_not_listed_is_an_assumption() -> None:
    groups = (PrincipalGroup(name=NETS, members=(ALICE,)),)
    found = rights(given("top", NETS, "net"), given("top", OPS, "place"), groups=groups)
    (sentence,) = found.assumptions
    assert sentence == (
        f"The members of {OPS} were not read; it is assumed that nobody gains a right by being in "
        "two groups."
    )
