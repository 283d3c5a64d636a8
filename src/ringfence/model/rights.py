"""Who was given what: roles, permissions, groups, as a management server holds them."""

from __future__ import annotations

from typing import Literal

from ringfence.model.facts import Record

Capability = Literal[
    "configure-networks",  # switches, port groups, VLANs, host networking
    "assign-networks",  # attach a machine's NIC to a network
    "place-machines",  # create, move, migrate machines
    "configure-firewalls",
    "configure-hosts",  # services, settings, lockdown of a host
    "configure-resources",
    "change-permissions",
    "administer",  # everything
]


class Role(Record, frozen=True):
    """A role: the source's own privileges, and what they allow in words that no vendor owns."""

    id: str
    name: str
    privileges: tuple[str, ...]
    capabilities: tuple[Capability, ...]
    system: bool = False


class Permission(Record, frozen=True):
    """A role given to a principal on an object, and below it where ``propagate``.

    ``object`` is ``None`` for a permission that holds everywhere (a global permission).
    """

    id: str
    object: str | None
    principal: str
    group: bool
    role: str
    propagate: bool


class PrincipalGroup(Record, frozen=True):
    """A group of principals, members by name."""

    name: str
    members: tuple[str, ...]
