"""Zones proposed from an inventory, by the names of its networks and what is attached to them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import Final

from ringfence.foundation.text import counted, for_terminal, listed
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.network import vlan_of
from ringfence.policy.document import ZoneRole
from ringfence.policy.selectors import literal, matcher
from ringfence.policy.statements import ROLES

_NUMBER_AT_END: Final = re.compile(r"[\s._-]*(vlan[\s._-]*)?\d+\Z", re.IGNORECASE)
_MANAGEMENT_WORDS: Final = frozenset({"mgmt", "management", "admin", "oob"})
# Words in the names of networks, with the trust that they usually have.
_TRUST_OF_WORD: Final = {
    **dict.fromkeys(("guest", "guests", "internet", "public", "external", "wan"), 10),
    **dict.fromkeys(("dmz", "web", "edge", "front", "frontend", "proxy"), 20),
    **dict.fromkeys(("test", "dev", "lab", "office", "client", "clients", "vdi"), 40),
    **dict.fromkeys(("app", "apps", "application", "prod", "production", "server"), 50),
    **dict.fromkeys(("db", "data", "database", "sql", "backend"), 80),
    **dict.fromkeys(("cde", "pci", "card", "cards", "cardholder", "payment", "hr"), 90),
}
_SENSITIVE: Final = 90
_UNKNOWN_TRUST: Final = 50


@dataclass(frozen=True, slots=True)
class ProposedZone:
    """A zone as it would be declared; ``why`` says what it was made from.

    ``patterns`` select its networks; in ``folders`` every machine has a NIC in it; ``machines`` are
    the ids of all that have one. ``guessed`` tells that even its name says nothing about its trust.
    """

    name: str
    trust: int
    sensitive: bool
    role: ZoneRole | None
    patterns: tuple[str, ...]
    folders: tuple[str, ...]
    machines: frozenset[str]
    why: str
    guessed: bool


@dataclass(slots=True)
class _Network:
    """All port groups of one name."""

    name: str
    vlans: set[str] = field(default_factory=set)
    machines: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)


def proposed_zones(inventory: Inventory) -> tuple[ProposedZone, ...]:
    """Return the zones that an inventory suggests, the least trusted first.

    There is always one for management: every host has that network, read or not.
    """
    networks = _networks(inventory)
    grouped: dict[tuple[ZoneRole | None, str], list[_Network]] = defaultdict(list)
    for network in networks.values():
        role = _role(network)
        grouped[role, "" if role else _stem(network.name)].append(network)
    grouped.setdefault(("management", ""), [])
    names: set[str] = set()
    zones = []
    for (role, stem), members in grouped.items():
        name = role or _unique(slug(stem, "zone"), names | set(ROLES))
        names.add(name)
        others = [each.name for each in networks.values() if each not in members]
        machines = frozenset(machine for member in members for machine in member.machines)
        known = _trust(stem)
        trust = 100 if role else known if known is not None else _UNKNOWN_TRUST
        zones.append(
            ProposedZone(
                name=name,
                trust=trust,
                sensitive=role is None and trust >= _SENSITIVE,
                role=role,
                patterns=_patterns([member.name for member in members], others),
                folders=(),
                machines=machines,
                why=_why(members, machines),
                guessed=role is None and known is None,
            )
        )
    owned = _owned_folders(inventory, zones)
    with_folders = [replace(zone, folders=owned.get(zone.name, ())) for zone in zones]
    return tuple(sorted(with_folders, key=lambda zone: (zone.trust, zone.name)))


def slug(text: str, otherwise: str) -> str:
    """Return text as a name in a policy: lower case with hyphens, or ``otherwise``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40] or otherwise


def _networks(inventory: Inventory) -> dict[str, _Network]:
    networks: dict[str, _Network] = {}
    for group in inventory.snapshot.port_groups:
        if group.name and not group.uplink:
            network = networks.setdefault(group.name, _Network(group.name))
            network.vlans.add(vlan_of(group.vlan))
    for machine, nic in inventory.virtual_nics():
        attached = _network_of(inventory, networks, nic.port_group)
        if attached is not None and machine.template is not True:
            attached.machines.add(machine.id)
    for _, interface in inventory.kernel_interfaces():
        attached = _network_of(inventory, networks, interface.port_group)
        if attached is not None and not isinstance(interface.services, NotRead):
            attached.services.update(interface.services)
    return networks


def _network_of(
    inventory: Inventory, networks: dict[str, _Network], group_id: str | NotRead | None
) -> _Network | None:
    group = inventory.port_groups.get(group_id) if isinstance(group_id, str) else None
    return None if group is None else networks.get(group.name)


def _role(network: _Network) -> ZoneRole | None:
    for role in ROLES:
        if role in network.services:
            return role
    return "management" if _words(network.name) & _MANAGEMENT_WORDS else None


def _stem(name: str) -> str:
    """Return a network's name without the VLAN number at its end."""
    return _NUMBER_AT_END.sub("", name) or name


def _words(name: str) -> set[str]:
    return set(re.split(r"[^a-z]+", name.lower()))


def _trust(stem: str) -> int | None:
    known = [_TRUST_OF_WORD[word] for word in _words(stem) if word in _TRUST_OF_WORD]
    return max(known, default=None)


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}-{number}", number + 1
    return candidate


def _patterns(names: list[str], others: list[str]) -> tuple[str, ...]:
    """Return patterns for names that match none of the others: by their stems where that serves."""
    patterns = []
    for name in sorted(names):
        stem = _stem(name)
        separator = name[len(stem) :][:1]
        pattern = literal(stem if separator.isalnum() else stem + separator) + "*"
        if stem == name or any(map(matcher(pattern), others)):
            pattern = literal(name)
        patterns.append(pattern)
    return tuple(dict.fromkeys(patterns))


def _why(members: list[_Network], machines: frozenset[str]) -> str:
    if not members:
        return "the management network was not read; name it"
    vlans = sorted({vlan for member in members for vlan in member.vlans}, key=_by_number)
    services = sorted({service for member in members for service in member.services})
    parts = [
        listed((for_terminal(member.name) for member in members), most=4),
        f"VLAN {listed(vlans, most=6)}",
        counted(len(machines), "machine"),
    ]
    if services:
        parts.append(f"host interfaces for {listed(services)}")
    return "; ".join(parts)


def _by_number(vlan: str) -> tuple[int, str]:
    return (int(vlan) if vlan.isdigit() else 0, vlan)


def _owned_folders(inventory: Inventory, zones: list[ProposedZone]) -> dict[str, tuple[str, ...]]:
    """Return for each zone the topmost folders in which every machine has a NIC in that zone.

    A machine there that also has one in another zone does not count against it: with the folder
    as the second statement, it is seen as misplaced.
    """
    zones_of: dict[str, list[str]] = defaultdict(list)
    for zone in zones:
        for machine_id in zone.machines:
            zones_of[machine_id].append(zone.name)
    below: dict[str, Counter[str | None]] = defaultdict(Counter)
    for machine in inventory.snapshot.machines:
        path = inventory.folder_path(machine) or ""
        while path:
            below[path].update([None, *zones_of.get(machine.id, ())])
            path = path.rpartition("/")[0]
    owner = {path: _owner(counts) for path, counts in below.items()}
    owned: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for path, name in sorted(owner.items()):
        if name is not None and owner.get(path.rpartition("/")[0]) != name:
            owned[name] += (literal(path),)
    return owned


def _owner(counts: Counter[str | None]) -> str | None:
    """Return the zone that all machines have in common, if it is one; under ``None`` is the sum."""
    common = [zone for zone, count in counts.items() if zone and count == counts[None]]
    return common[0] if len(common) == 1 else None
