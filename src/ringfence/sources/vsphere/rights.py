"""Roles and permissions, with what vSphere's privileges allow in words that no vendor owns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, get_args

from ringfence.model.rights import Capability, Permission, Role
from ringfence.sources.vsphere.names import Ids
from ringfence.sources.vsphere.values import items, number, text, texts, truth

_ADMINISTRATOR: Final = -1  # the role id of Admin, which holds every privilege there will be

# What a privilege allows (controls 77 to 80). A name that ends in a dot stands for all below it.
PRIVILEGES: Final[tuple[tuple[str, Capability], ...]] = (
    ("Network.Assign", "assign-networks"),
    ("DVPortgroup.", "configure-networks"),
    ("DVSwitch.", "configure-networks"),
    ("Host.Config.Network", "configure-networks"),
    ("Network.Config", "configure-networks"),
    ("Network.Delete", "configure-networks"),
    ("Network.Move", "configure-networks"),
    ("Resource.AssignVMToPool", "place-machines"),
    ("Resource.ColdMigrate", "place-machines"),
    ("Resource.HotMigrate", "place-machines"),
    ("VirtualMachine.Inventory.Create", "place-machines"),
    ("VirtualMachine.Inventory.CreateFromExisting", "place-machines"),
    ("VirtualMachine.Inventory.Move", "place-machines"),
    ("VirtualMachine.Inventory.Register", "place-machines"),
    ("Resource.CreatePool", "configure-resources"),
    ("Resource.DeletePool", "configure-resources"),
    ("Resource.EditPool", "configure-resources"),
    ("Resource.MovePool", "configure-resources"),
    ("Resource.RenamePool", "configure-resources"),
    ("Authorization.ModifyPermissions", "change-permissions"),
    ("Authorization.ModifyRoles", "change-permissions"),
    ("Host.Config.", "configure-hosts"),
    ("Host.Inventory.", "configure-hosts"),
)


def role(entry: Any, ids: Ids) -> Role:
    """Return a role (``AuthorizationRole``); raises ``ValueError``."""
    number_ = number(entry, "roleId")
    privileges = tuple(sorted(texts(entry, "privilege")))
    found: set[Capability] = {
        capability for name in privileges for capability in capabilities_of(name)
    }
    if number_ == _ADMINISTRATOR:
        found.update(get_args(Capability))
    return Role(
        id=ids.of(f"role/{number_}"),
        name=text(entry, "name"),
        privileges=privileges,
        capabilities=tuple(sorted(found)),
        system=truth(entry, "system") is True,
    )


def capabilities_of(privilege: str) -> Iterable[Capability]:
    """Yield what a privilege allows."""
    for pattern, capability in PRIVILEGES:
        if privilege == pattern or (pattern.endswith(".") and privilege.startswith(pattern)):
            yield capability


def permissions(
    entry: Any, ids: Ids, stand_ins: Callable[[str], tuple[str, ...]]
) -> Iterable[Permission]:
    """Yield the permission (``Permission``) on each object that it stands for.

    ``stand_ins`` returns the ids that a managed object has in the snapshot: a standard network is
    one object on the server, and one port group on each host. Raises ``ValueError``.
    """
    entity, principal = text(entry, "entity"), text(entry, "principal")
    is_group = truth(entry, "group") is True
    for target in stand_ins(entity):
        yield Permission(
            id=f"{target}/permission/{'group' if is_group else 'user'}/{principal}",
            object=target,
            principal=principal,
            group=is_group,
            role=ids.of(f"role/{number(entry, 'roleId')}"),
            propagate=truth(entry, "propagate") is True,
        )


def roles(value: Any, ids: Ids) -> tuple[Role, ...]:
    """Return the roles of ``roleList``, in order of id; raises ``ValueError``."""
    return tuple(sorted((role(entry, ids) for entry in items(value)), key=lambda r: r.id))
