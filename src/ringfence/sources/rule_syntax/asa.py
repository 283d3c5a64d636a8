"""``show running-config`` of a Cisco ASA: interfaces, access lists, translation and routes.

Read for routed mode and versions from 9.0, whose rules name real addresses of both families.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import permutations
from typing import Final

from ringfence.foundation.errors import SourceError
from ringfence.model.rules import (
    Chain,
    Condition,
    NotUnderstood,
    Route,
    Rule,
    UnmodelledMatch,
)
from ringfence.sources.rule_syntax.accounting import accounted
from ringfence.sources.rule_syntax.asa_builtin import (
    established,
    impossible,
    refusing,
    without_beginning,
)
from ringfence.sources.rule_syntax.asa_inspection import (
    inspections,
    may_start,
    opened,
    opens,
)
from ringfence.sources.rule_syntax.asa_interfaces import AsaInterface, interfaces_of, routes_of
from ringfence.sources.rule_syntax.asa_objects import Objects
from ringfence.sources.rule_syntax.asa_rules import entry_rules
from ringfence.sources.rule_syntax.asa_text import Command, commands
from ringfence.sources.rule_syntax.asa_translation import NatReader, led_elsewhere, rules_of
from ringfence.sources.rule_syntax.asa_words import unread
from ringfence.sources.rule_syntax.made_rules import by, numbered, rule
from ringfence.sources.rule_syntax.stray_icmp import by_interfaces, may_be_stray
from ringfence.sources.rule_syntax.syntax import BOTH, Reading, RuleSyntax

_MADE_BY: Final = "show running-config (Cisco ASA)"
_MANAGED_APART: Final = (9, 5)
"""The version from which on management-only interfaces have a routing table of their own."""
_VERSION: Final = re.compile(r"^ASA Version (\d+)\.(\d+)", re.MULTILINE)
_END: Final = re.compile(r"^(?:: end|Cryptochecksum:\S+)\s*\Z", re.MULTILINE)
_MARK: Final = re.compile(r"^(?:ASA Version |: Hardware: +(?:ASA|FPR))", re.MULTILINE)


@dataclass
class _Asa:
    """The parts of a configuration, put together into chains."""

    file: str
    interfaces: list[AsaInterface]
    objects: Objects
    commands: list[Command]
    routes: list[Route]
    notes: list[NotUnderstood] = field(default_factory=list)
    lists: dict[str, list[Rule]] = field(default_factory=dict)

    def chains(self) -> Iterator[Chain]:
        """Yield the chains: what is translated, what may enter, what may leave, and the lists."""
        nats = NatReader(self.objects, self.notes).read(self.commands)
        arriving, leaving, refused, notes = rules_of(nats, self.objects)
        self.notes += notes
        self.notes += self._stray(arriving, {nat.command.line: nat.inside for nat in nats})
        self.notes += led_elsewhere(nats, self.routes)
        yield Chain(
            id="asa nat in",
            name="nat of destinations",
            rules=tuple(arriving),
            hook="prerouting",
            priority=-100,
            translates=True,
        )
        yield Chain(
            id="asa nat out",
            name="nat of sources",
            rules=tuple(leaving),
            hook="postrouting",
            priority=100,
            translates=True,
        )
        for name, rules in self.lists.items():
            yield Chain(
                id=f"asa access-list {name}", name=f"access-list {name}", rules=tuple(rules)
            )
        yield Chain(
            id="asa in",
            name="access from interfaces",
            rules=numbered(self._entering()),
            hook="forward",
            priority=0,
            policy="drop",
        )
        yield Chain(
            id="asa out",
            name="access to interfaces",
            rules=numbered(self._leaving()),
            hook="forward",
            priority=1,
        )
        own = UnmodelledMatch(text="what the device itself answers")
        yield Chain(
            id="asa own",
            name="to the device itself",
            rules=(rule("to the device itself", (own,), "accept"),),
            hook="input",
            policy="drop",
        )
        # What is open there says the least of why something is UNKNOWN: it stands last.
        yield Chain(
            id="asa before translation",
            name="before translation",
            rules=numbered((*impossible(self.interfaces), *refused)),
            hook="prerouting",
            priority=-150,
        )

    def _stray(
        self, arriving: list[Rule], behind: dict[int | None, str]
    ) -> Iterator[NotUnderstood]:
        """Yield rules that translate replies of ICMP which were asked for by nobody.

        ``behind`` are the interfaces of the real addresses, by the lines of the rules.

        With ``inspect icmp`` these are refused, and so are errors about no conversation (messages
        313004 and 313005).
        """
        if any(one.name == "icmp" for one in inspections(self.commands)):
            return
        for nat in arriving:
            at = by_interfaces(nat.conditions)
            if nat.action == "translate" and may_be_stray(nat.conditions, errors=False):
                for one in self.interfaces:
                    may = (at is None or one.name in at) and any(
                        may_be_stray(conditions, errors=False)
                        for conditions in self._permitted(one, behind[nat.line])
                    )
                    if may:
                        why = "it translates replies of ICMP that nobody asked for, too"
                        yield NotUnderstood(line=nat.line, text=nat.text, why=why)
                        break

    def _permitted(self, here: AsaInterface, there: str) -> Iterator[tuple[Condition, ...]]:
        """Yield what may enter by an interface on its way to another one, or to any."""
        groups = self._groups("in")
        everywhere = self._global
        lists = [groups[here.name][0]] if here.name in groups else []
        lists += [everywhere.words[1]] if everywhere is not None else []
        for name in lists:
            for each in self.lists.get(name, ()):
                if each.action == "accept":
                    yield each.conditions
        if here.name not in groups and any(
            here.level >= one.level
            for one in self.interfaces
            if one is not here and there in {one.name, "any"}
        ):
            yield ()

    def _groups(self, direction: str) -> dict[str, tuple[str, Command]]:
        """Return the access list, and the line that applies it, of each interface."""
        return {
            command.words[4]: (command.words[1], command)
            for command in self.commands
            if command.starts("access-group")
            and len(command.words) > 4
            and command.words[2:4] == (direction, "interface")
            and "control-plane" not in command.words
        }

    @property
    def _global(self) -> Command | None:
        found = [
            one
            for one in self.commands
            if one.starts("access-group") and one.words[2:] == ("global",)
        ]
        return found[0] if found else None

    def _entering(self) -> Iterator[Rule]:
        yield from refusing(self.commands, self.interfaces)
        yield from established(self.commands)
        yield from without_beginning()
        yield from self._inspected()
        yield from self._same_security()
        groups = self._groups("in")
        for interface in self.interfaces:
            if interface.name in groups:
                name, command = groups[interface.name]
                yield self._jump(name, command, (by("in", interface.name),))
        everywhere = self._global
        if everywhere is not None:
            yield self._jump(everywhere.words[1], everywhere, ())
        yield from self._by_level(frozenset(groups), everywhere=everywhere is not None)

    def _by_level(self, groups: frozenset[str], *, everywhere: bool) -> Iterator[Rule]:
        """Yield what security levels let through from interfaces without an access list."""
        # Whether the default still holds beside rules for all interfaces is not told.
        open_ = (UnmodelledMatch(text="security levels"),) if everywhere else ()
        for one, other in permutations(self.interfaces, 2):
            between: tuple[Condition, ...] = (by("in", one.name), by("out", other.name), *open_)
            if one.name in groups:
                continue
            if one.level > other.level:
                text = f"security-level {one.level} ({one.name}) to {other.level} ({other.name})"
                yield rule(text, between, "accept", one.line)
            elif one.level == other.level and self._between_same:
                text = "same-security-traffic permit inter-interface"
                yield rule(text, between, "accept", one.line)
        for one in self.interfaces if self._within_same else ():
            if one.name not in groups:
                text = "same-security-traffic permit intra-interface"
                within = (by("in", one.name), by("out", one.name), *open_)
                yield rule(text, within, "accept", one.line)

    def _leaving(self) -> Iterator[Rule]:
        yield from established(self.commands)
        yield from self._inspected()
        for name, (access_list, command) in self._groups("out").items():
            yield self._jump(access_list, command, (by("out", name),))
            # What no entry permits is denied.
            yield rule("deny ip any any (implicit)", (by("out", name),), "drop", command.line)

    def _jump(self, name: str, command: Command, conditions: tuple[Condition, ...]) -> Rule:
        if name not in self.lists:
            why = f"the access list {name} is not there, or of a kind that is not read"
            self.notes.append(NotUnderstood(line=command.line, text=command.text, why=why))
            return rule(command.text, conditions, "unmodelled", command.line)
        target = f"asa access-list {name}"
        return rule(command.text, conditions, "jump", command.line, target)

    def _inspected(self) -> Iterator[Rule]:
        groups = self._groups("in")
        everywhere = self._global
        shared = [everywhere.words[1]] if everywhere is not None else []
        for one in inspections(self.commands):
            if not opens(one):
                continue
            starting = {
                name
                for name, rules in self.lists.items()
                if any(
                    each.action == "accept" and may_start(one, each.conditions) for each in rules
                )
            }
            for here, there in permutations(self.interfaces, 2):
                lists = [*([groups[here.name][0]] if here.name in groups else []), *shared]
                by_level = here.name not in groups and here.level >= there.level
                if by_level or starting.intersection(lists):
                    yield from opened(one, here.name, there.name)

    def _same_security(self) -> Iterator[Rule]:
        """Yield what may keep interfaces of one level apart, whatever the access lists say."""
        open_ = UnmodelledMatch(text="interfaces of the same security level")
        for one, other in permutations(self.interfaces, 2):
            if one.level == other.level and not self._between_same:
                conditions = (by("in", one.name), by("out", other.name), open_)
                yield rule("no same-security-traffic permit inter-interface", conditions, "drop")
        for one in self.interfaces:
            if not self._within_same:
                conditions = (by("in", one.name), by("out", one.name), open_)
                yield rule("no same-security-traffic permit intra-interface", conditions, "drop")

    @property
    def _between_same(self) -> bool:
        return self._says("same-security-traffic", "permit", "inter-interface")

    @property
    def _within_same(self) -> bool:
        return self._says("same-security-traffic", "permit", "intra-interface")

    def _says(self, *words: str) -> bool:
        return any(command.words == words for command in self.commands)


def _recognises(text: str) -> bool:
    return _MARK.search(text[:65536]) is not None


def _read(text: str, name: str) -> Reading:
    if not _END.search(text):
        message = f"{name} does not end with ': end' or a checksum, so that it may be cut off."
        raise SourceError(message, f"Save the whole output of '{_MADE_BY}' again.")
    found = commands(text)
    objects = Objects(name)
    for command in found:
        if command.words[0] in {"object", "object-group"} and len(command.words) > 2:
            objects.add(command)
        elif command.words[0] == "name" and len(command.words) > 2:
            objects.named[command.words[2]] = command.words[1]
    interfaces, notes = interfaces_of(found, objects, name)
    if not interfaces:
        message = f"{name}: found no interface with a name (nameif)."
        raise SourceError(message, f"Save the whole output of '{_MADE_BY}' again.")
    objects.interfaces = {one.name: one.own_addresses for one in interfaces}
    told = _VERSION.search(text)
    version = (int(told[1]), int(told[2])) if told else (0, 0)
    apart = version >= _MANAGED_APART
    routes, of_routes = routes_of(found, interfaces, objects, managed_apart=apart)
    asa = _Asa(name, interfaces, objects, found, routes, [*notes, *of_routes])
    irrelevant = _entries(asa)
    chains = tuple(asa.chains())
    others, idle = unread(found)
    if version < (9, 0):
        why = "rules of versions before 9.0 name other addresses, and no others are told"
        others.append(NotUnderstood(line=1, text="ASA Version", why=why))
    asa.notes += others
    said = {line.line for command in found for line in (command, *command.below)}
    blank = set(range(1, len(text.splitlines()) + 1)) - said
    return Reading(
        chains=chains,
        filtered=BOTH,
        interfaces=tuple(one.record for one in interfaces),
        routes=tuple(routes),
        routed=BOTH,
        forwards={4: True, 6: True},
        reverse_path=tuple(
            sorted(
                command.words[4]
                for command in found
                if command.starts("ip", "verify", "reverse-path", "interface")
                and len(command.words) > 4
            )
        ),
        not_understood=tuple(asa.notes),
        file=accounted(name, text, chains, asa.notes, blank | idle | irrelevant),
    )


def _entries(asa: _Asa) -> set[int]:
    """Read the access lists that are applied; return the lines of the others."""
    applied = {one.words[1] for one in asa.commands if one.starts("access-group") and one.words[1:]}
    idle: set[int] = set()
    for command in asa.commands:
        if not command.starts("access-list") or len(command.words) < 4:
            continue
        name, kind = command.words[1:3]
        if name not in applied or kind == "remark":
            idle.add(command.line)
        elif "extended" in command.words[2:5]:
            into = asa.lists.setdefault(name, [])
            number = into[-1].number + 1 if into else 1
            into.extend(entry_rules(command, number, asa.objects))
            if "inactive" in command.words:
                idle.add(command.line)
        else:
            why = "only extended access lists are read"
            asa.notes.append(NotUnderstood(line=command.line, text=command.text, why=why))
    return idle


SYNTAX: Final = RuleSyntax("asa", _MADE_BY, _recognises, _read)
