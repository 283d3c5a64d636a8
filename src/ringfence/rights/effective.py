"""Effective rights: what each principal may really do on each object.

The rules are those of vSphere. Going up from an object, the nearest one with a permission for the
principal decides, so that a permission on a child replaces what would be inherited. On that object
a user's own permission replaces those of their groups, and the permissions of several groups add
up. A permission that does not propagate holds on its own object only. A global permission stands
above every object.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, get_args

from ringfence.foundation.text import listed
from ringfence.model.facts import Fact, NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.rights import Capability, Permission
from ringfence.rights.principals import Groups, principal_key
from ringfence.rights.tree import ObjectTree

EVERYTHING: Final[frozenset[Capability]] = frozenset(get_args(Capability))
EVERYWHERE: Final = ""
"""The place of global permissions, above the top of every tree."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A user or group. ``given`` where a permission names it, otherwise only groups hold it.

    ``expanded`` tells whether the members of a group were read.
    """

    key: str
    name: str
    group: bool
    given: bool
    expanded: bool = False


@dataclass(frozen=True, slots=True)
class Holder:
    """A principal that holds a capability on an object, and the permissions that give it."""

    principal: Principal
    through: tuple[Permission, ...]


@dataclass(frozen=True)
class EffectiveRights:
    """Answers who may do what on which object, from one snapshot.

    ``assumptions`` are sentences on what was not read and is taken to give nothing.
    """

    tree: ObjectTree
    permissions: tuple[Permission, ...]
    capabilities_of_roles: Mapping[str, frozenset[Capability]]
    groups: Groups
    assumptions: tuple[str, ...] = ()

    @cached_property
    def principals(self) -> tuple[Principal, ...]:
        """Every principal that a permission names, and the members of those that are groups."""
        found: dict[str, Principal] = {}
        for permission in self.permissions:
            key = principal_key(permission.principal)
            found[key] = Principal(
                key,
                permission.principal,
                group=permission.group,
                given=True,
                expanded=key in self.groups.members,
            )
        for principal in tuple(found.values()):
            for user in self.groups.users_of(principal.key) if principal.group else ():
                name = self.groups.names[user]
                found.setdefault(user, Principal(user, name, group=False, given=False))
        return tuple(sorted(found.values(), key=lambda principal: principal.key))

    @cached_property
    def identities(self) -> Mapping[str, frozenset[str]]:
        """For each principal's key, itself and the groups that it is in."""
        return {
            principal.key: self.groups.containing(principal.key) | {principal.key}
            for principal in self.principals
        }

    def is_of(self, permission: Permission, principal: Principal) -> bool:
        """Tell whether a permission was given to ``principal`` or to a group that it is in."""
        return principal_key(permission.principal) in self.identities[principal.key]

    def deciding(self, principal: Principal, identity: str) -> tuple[Permission, ...]:
        """Return the permissions that decide for ``principal`` on the object ``identity``."""
        found: dict[str, Permission] = {}
        for line in self.tree.lines(identity):
            for permission in self._nearest(principal, line):
                found[permission.id] = permission
        return tuple(found[key] for key in sorted(found))

    def capabilities(self, principal: Principal, identity: str) -> frozenset[Capability]:
        """Return what ``principal`` may do on the object ``identity``."""
        return self._allowed(self.deciding(principal, identity))

    def anywhere(self, principal: Principal) -> frozenset[Capability]:
        """Return what ``principal`` may do on any object at all.

        A permission always decides on its own object, unless a user's own stands beside it.
        """
        objects = {
            permission.object or EVERYWHERE
            for key in self.identities[principal.key]
            for permission in self._given_to.get(key, ())
        }
        return frozenset().union(*(self.capabilities(principal, each) for each in objects))

    def holders(self, capability: Capability, identity: str) -> tuple[Holder, ...]:
        """Return who holds ``capability`` on the object ``identity``, by name."""
        found = []
        for principal in self.principals:
            through = tuple(
                permission
                for permission in self.deciding(principal, identity)
                if capability in self.capabilities_of_roles[permission.role]
            )
            if through:
                found.append(Holder(principal, through))
        return tuple(found)

    @cached_property
    def _given_to(self) -> Mapping[str, tuple[Permission, ...]]:
        found: dict[str, tuple[Permission, ...]] = defaultdict(tuple)
        for permission in self.permissions:
            found[principal_key(permission.principal)] += (permission,)
        return dict(found)

    @cached_property
    def _given_on(self) -> Mapping[str, tuple[Permission, ...]]:
        found: dict[str, tuple[Permission, ...]] = defaultdict(tuple)
        for permission in self.permissions:
            found[permission.object or EVERYWHERE] += (permission,)
        return dict(found)

    def _nearest(self, principal: Principal, line: tuple[str, ...]) -> Iterable[Permission]:
        names = self.identities[principal.key]
        for place in (*line, EVERYWHERE):
            mine = [
                permission
                for permission in self._given_on.get(place, ())
                if principal_key(permission.principal) in names
                and (permission.propagate or place == line[0])
            ]
            own = [each for each in mine if principal_key(each.principal) == principal.key]
            if own and not principal.group:
                return own
            if mine:
                return mine
        return ()

    def _allowed(self, permissions: Iterable[Permission]) -> frozenset[Capability]:
        return frozenset().union(
            *(self.capabilities_of_roles[permission.role] for permission in permissions)
        )


def effective_rights(inventory: Inventory) -> Fact[EffectiveRights]:
    """Return the effective rights of a snapshot, ``NotRead`` where they cannot be told.

    They rest on roles and permissions. Global permissions and the members of groups that the
    system cannot tell at all are named in ``assumptions``.
    """
    snapshot = inventory.snapshot
    if isinstance(snapshot.roles, NotRead):
        return snapshot.roles
    if isinstance(snapshot.permissions, NotRead):
        return snapshot.permissions
    everywhere, groups = snapshot.global_permissions, snapshot.groups
    permissions = snapshot.permissions
    if not isinstance(everywhere, NotRead):
        permissions += everywhere
    allowed = {
        role.id: EVERYTHING if "administer" in role.capabilities else frozenset(role.capabilities)
        for role in snapshot.roles
    }
    unknown = sorted({each.role for each in permissions if each.role not in allowed})
    if unknown:
        detail = f"permissions use the role {unknown[0]}, which was not listed"
        return NotRead(reason="fault", detail=detail)
    known = Groups() if isinstance(groups, NotRead) else Groups.of(groups)
    return EffectiveRights(
        tree=ObjectTree(inventory),
        permissions=permissions,
        capabilities_of_roles=allowed,
        groups=known,
        assumptions=tuple(_assumptions(everywhere, permissions, known)),
    )


def _assumptions(
    everywhere: object, permissions: Iterable[Permission], groups: Groups
) -> Iterator[str]:
    if isinstance(everywhere, NotRead):
        yield "Global permissions were not read; it is assumed that none is given."
    unknown = {
        permission.principal
        for permission in permissions
        if permission.group and principal_key(permission.principal) not in groups.members
    }
    if unknown:
        yield (
            f"The members of {listed(sorted(unknown))} were not read; it is assumed that nobody "
            "gains a right by being in two groups."
        )
