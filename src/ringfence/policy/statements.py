"""What each of the two statements of a policy says of a place: its network, and its machine.

A selector matches, does not, or cannot be decided because a fact was not read; nothing that was not
read counts as either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ringfence.model.facts import Fact, NotRead
from ringfence.model.hosts import KernelInterface
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine, Tag
from ringfence.policy.document import MachineSelector, Policy, ZoneRole
from ringfence.policy.selectors import Matcher, matcher, path_matcher

ROLES: Final[tuple[ZoneRole, ...]] = ("management", "migration", "storage", "fault-tolerance")
"""Roles of zones, the one that wins first where a kernel interface has several services."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The zones that one statement names.

    ``zones`` match for certain; ``perhaps`` would if facts that were not read turned out so;
    ``reported`` match only by an address that a guest reports of itself. ``reasons`` names the
    selectors, and what was not read.
    """

    zones: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    reported: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A selector of a zone that matches (``decided``) or may match, and why."""

    zone: str
    decided: bool
    reason: str


def statement(matches: Iterable[Match]) -> Statement:
    """Return what several matches say together."""
    found = list(matches)
    zones = tuple(dict.fromkeys(match.zone for match in found if match.decided))
    perhaps = tuple(dict.fromkeys(match.zone for match in found if match.zone not in zones))
    reasons = tuple(match.reason for match in found if match.decided or match.zone in perhaps)
    return Statement(zones=zones, perhaps=perhaps, reasons=reasons)


def selector_text(words: Iterable[tuple[str, object]]) -> str:
    """Return a selector as the policy writes it: ``name "DMZ-*", vlan 100-109``."""
    return ", ".join(
        f"{word} {value}" if word in ("vlan", "prefix") else f'{word} "{value}"'
        for word, value in words
        if value is not None
    )


def unread(what: str, fact: NotRead) -> str:
    """Return why a fact is missing, for a reason."""
    return f"{what} not read ({fact.detail or fact.reason})"


Test = Callable[[Machine], bool | str]
"""Whether a machine has what a word of a selector asks for, or why that is not known."""


@dataclass(frozen=True, slots=True)
class _Selector:
    """A selector of machines: its name pattern apart, since everything else is shared by many."""

    zone: str
    text: str
    tests: tuple[Test, ...]
    name: Matcher | None


@dataclass(slots=True)
class MachineStatements:
    """Says what belongs where: the ``machines`` of every zone, each machine asked once."""

    policy: Policy
    inventory: Inventory
    _selectors: list[_Selector] = field(init=False)
    _shared: dict[object, tuple[tuple[_Selector, Match], ...]] = field(init=False)
    _alike: dict[object, Statement] = field(init=False)

    def __post_init__(self) -> None:
        self._selectors = [
            self._compiled(zone, selector)
            for zone, declared in self.policy.zones.items()
            for selector in declared.machines
        ]
        self._shared, self._alike = {}, {}

    def of(self, machine: Machine) -> Statement:
        """Return the zones that a machine belongs to."""
        key = (machine.folder, machine.pool, machine.tags)
        alike = self._alike.get(key)
        if alike is not None:
            return alike
        shared = self._shared.get(key)
        if shared is None:
            shared = self._shared[key] = tuple(self._matches(machine))
        if all(selector.name is None for selector, _ in shared):
            self._alike[key] = statement(match for _, match in shared)
            return self._alike[key]
        return statement(
            match
            for selector, match in shared
            if selector.name is None or selector.name(machine.name)
        )

    def _matches(self, machine: Machine) -> Iterator[tuple[_Selector, Match]]:
        """Yield the selectors that match a machine, whatever its name is."""
        for selector in self._selectors:
            answers = [test(machine) for test in selector.tests]
            if any(answer is False for answer in answers):
                continue
            unknown = [answer for answer in answers if isinstance(answer, str)]
            said = f"machines {selector.text} of {selector.zone}"
            reason = f"{said}: {'; '.join(unknown)}" if unknown else f"{said} matches"
            yield selector, Match(selector.zone, not unknown, reason)

    def _compiled(self, zone: str, selector: MachineSelector) -> _Selector:
        name = None if selector.name is None else matcher(selector.name)
        tests = _tests(selector, self.inventory)
        return _Selector(zone, selector_text(selector), tests, name)


def machine_test(selector: MachineSelector, inventory: Inventory) -> Test:
    """Return the test of one selector: every word of it must match."""
    tests = _tests(selector, inventory)
    name = None if selector.name is None else matcher(selector.name)

    def test(machine: Machine) -> bool | str:
        if name is not None and not name(machine.name):
            return False
        answers = [each(machine) for each in tests]
        if any(answer is False for answer in answers):
            return False
        return "; ".join(answer for answer in answers if isinstance(answer, str)) or True

    return test


def _tests(selector: MachineSelector, inventory: Inventory) -> tuple[Test, ...]:
    """Return the tests of all words of a selector but its name."""
    tests: list[Test] = []
    if selector.tag is not None:
        tests.append(_tag_test(matcher(selector.tag)))
    if selector.folder is not None:
        tests.append(_folder_test(path_matcher(selector.folder), inventory))
    if selector.pool is not None:
        tests.append(_pool_test(selector.pool, inventory))
    return tuple(tests)


def _tag_test(matches: Matcher) -> Test:
    def test(machine: Machine) -> bool | str:
        tags: Fact[tuple[Tag, ...]] = machine.tags
        if isinstance(tags, NotRead):
            return unread("the tags were", tags)
        return any(matches(f"{tag.category}={tag.name}") for tag in tags)

    return test


def _folder_test(matches: Matcher, inventory: Inventory) -> Test:
    def test(machine: Machine) -> bool | str:
        folder = machine.folder
        if isinstance(folder, NotRead):
            return unread("the folder was", folder)
        if folder is None:
            return False
        if folder not in inventory.folders:
            return f"the folder {folder} was not read"
        return matches(inventory.folders[folder].path)

    return test


def _pool_test(pattern: str, inventory: Inventory) -> Test:
    # A pattern with a slash is a path; without, it is a name, of the pool or of one above it.
    matches = path_matcher(pattern) if "/" in pattern else matcher(pattern)

    def test(machine: Machine) -> bool | str:
        pool = machine.pool
        if isinstance(pool, NotRead):
            return unread("the resource pool was", pool)
        if pool is None:
            return False
        names = pool_names(inventory, pool)
        if names is None:
            return f"the resource pool {pool} was not read"
        return matches("/" + "/".join(names)) if "/" in pattern else any(map(matches, names[1:]))

    return test


def pool_names(inventory: Inventory, pool_id: str) -> tuple[str, ...] | None:
    """Return the names from the owner of a pool (a cluster or host) down to it.

    ``None`` where one of them was not read.
    """
    names: list[str] = []
    walked: set[str] = set()
    current: str | None = pool_id
    owner = None
    while current is not None:
        pool = inventory.pools.get(current)
        if pool is None or current in walked:
            return None
        walked.add(current)
        names.append(pool.name)
        owner, current = pool.owner or owner, pool.parent
    named = inventory.clusters.get(owner or "") or inventory.hosts.get(owner or "")
    return (named.name if named else "", *reversed(names))


@dataclass(frozen=True, slots=True)
class KernelStatements:
    """Says which zone a kernel interface belongs to: the one whose role is its service."""

    policy: Policy

    def of(self, interface: KernelInterface) -> Statement:
        """Return the zone of an interface; of several services the most trusted wins."""
        zones = {zone.role: name for name, zone in self.policy.zones.items() if zone.role}
        services = interface.services
        if isinstance(services, NotRead):
            reason = unread("the services of the interface were", services)
            return Statement(perhaps=tuple(zones.values()), reasons=(reason,) if zones else ())
        serving = [role for role in ROLES if role in services and role in zones]
        if not serving:
            return Statement()
        # The order of ROLES decides between equal trust, since max() keeps the first.
        winner = max(serving, key=lambda role: self.policy.zones[zones[role]].trust)
        reasons = [f"it serves {winner}, the role of {zones[winner]}"]
        reasons += [
            f"it also serves {role}, the role of {zones[role]}"
            for role in serving
            if role != winner
        ]
        return Statement(zones=(zones[winner],), reasons=tuple(reasons))
