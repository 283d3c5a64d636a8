"""Principals: users and groups by name, whichever of the two usual ways it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from ringfence.model.rights import PrincipalGroup


def principal_key(name: str) -> str:
    r"""Return a name under which two ways of writing one principal are equal.

    ``CORP\alice`` and ``alice@corp`` are the same, and case says nothing, as directories have it.
    """
    domain, backslash, account = name.rpartition("\\")
    if not backslash:
        account, _, domain = name.partition("@")
    folded = account.casefold()
    return f"{folded}@{domain.casefold()}" if domain else folded


def is_listed(name: str, listed: Iterable[str]) -> bool:
    """Tell whether ``name`` is one of the principals ``listed``, which may be patterns with ``*``.

    A listed name without a domain only means an account without one.
    """
    key = principal_key(name)
    return any(fnmatchcase(key, principal_key(pattern)) for pattern in listed)


@dataclass(frozen=True)
class Groups:
    """Who is in which group, through groups in groups; the maps hold principal keys."""

    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, groups: Iterable[PrincipalGroup]) -> Groups:
        """Return the groups that were read; members keep the name they were first seen with."""
        members: dict[str, frozenset[str]] = {}
        names: dict[str, str] = {}
        for group in groups:
            key = principal_key(group.name)
            names.setdefault(key, group.name)
            for member in group.members:
                names.setdefault(principal_key(member), member)
            inside = frozenset(principal_key(member) for member in group.members)
            members[key] = members.get(key, frozenset()) | inside
        return cls(members, names)

    def users_of(self, group: str) -> frozenset[str]:
        """Return the keys of all who are in ``group`` (a key) and are no group themselves."""
        return frozenset(key for key in self._below(group) if key not in self.members)

    def containing(self, principal: str) -> frozenset[str]:
        """Return the keys of the groups that hold ``principal`` (a key), directly or not."""
        return frozenset(group for group in self.members if principal in self._below(group))

    def _below(self, group: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = [group]
        while waiting:
            inside = self.members.get(waiting.pop(), frozenset()) - found
            found |= inside
            waiting.extend(inside)
        return frozenset(found)
