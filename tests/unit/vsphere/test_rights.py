"""What vSphere's privileges allow, in words that no vendor owns."""

import pytest

from ringfence.sources.vsphere.names import Ids
from ringfence.sources.vsphere.rights import capabilities_of, permissions, role, roles
from vsphere_objects import plain

IDS = Ids("s")


@pytest.mark.parametrize(
    ("privilege", "expected"),
    [
        ("Network.Assign", {"assign-networks"}),
        ("DVPortgroup.PolicyOp", {"configure-networks"}),
        ("DVSwitch.Vspan", {"configure-networks"}),
        ("Host.Config.Network", {"configure-networks", "configure-hosts"}),
        ("Host.Config.AdvancedConfig", {"configure-hosts"}),
        ("VirtualMachine.Inventory.Create", {"place-machines"}),
        ("VirtualMachine.Inventory.Move", {"place-machines"}),
        ("Resource.HotMigrate", {"place-machines"}),
        ("Resource.EditPool", {"configure-resources"}),
        ("Authorization.ModifyPermissions", {"change-permissions"}),
        ("Authorization.ModifyRoles", {"change-permissions"}),
        ("System.Read", set()),
        ("VirtualMachine.Interact.PowerOn", set()),
        ("Network.AssignNot", set()),
    ],
)
def test_privileges(privilege, expected):
    assert set(capabilities_of(privilege)) == expected


def test_the_administrator_may_do_everything():
    admin = role(plain("<r><roleId>-1</roleId><system>true</system><name>Admin</name></r>"), IDS)
    assert {"administer", "configure-networks", "change-permissions"} <= set(admin.capabilities)
    assert admin.system


def test_roles_are_in_order():
    entries = plain(
        "<v><r><roleId>9</roleId><privilege>Network.Assign</privilege></r>"
        "<r><roleId>10</roleId></r></v>"
    )
    assert [one.id for one in roles(entries["r"], IDS)] == ["s/role/10", "s/role/9"]


def test_a_permission_on_each_object_that_it_stands_for():
    entry = plain(
        "<p><entity>network-1</entity><principal>CORP\\x</principal><group>true</group>"
        "<roleId>9</roleId><propagate>false</propagate></p>"
    )
    found = list(permissions(entry, IDS, lambda moid: (f"a/{moid}", f"b/{moid}")))
    assert [one.object for one in found] == ["a/network-1", "b/network-1"]
    assert (found[0].role, found[0].group, found[0].propagate) == ("s/role/9", True, False)
    assert len({one.id for one in found}) == 2
