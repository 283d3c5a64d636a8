"""``iptables-save`` and ``ip6tables-save``: tables, chains and rules, with or without counters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Final, Literal

from ringfence.foundation.errors import SourceError
from ringfence.model.rules import Action, Chain, Hook, NotUnderstood, Rule, UnmodelledMatch
from ringfence.sources.rule_syntax.accounting import accounted, comments
from ringfence.sources.rule_syntax.ipsets import Sets, changed_by_packets
from ringfence.sources.rule_syntax.iptables_matches import Conditions, alternatives
from ringfence.sources.rule_syntax.iptables_rule import ParsedRule, parsed
from ringfence.sources.rule_syntax.iptables_targets import LOGGING, PASSING, TARGETS, concern
from ringfence.sources.rule_syntax.iptables_translation import translation_of
from ringfence.sources.rule_syntax.odd_packets import with_odd_packets
from ringfence.sources.rule_syntax.reachable import reachable_chains, refuse_endless
from ringfence.sources.rule_syntax.syntax import Family, Reading, RuleSyntax
from ringfence.sources.rule_syntax.words import words_of

_ADVICE: Final = "Save the output of 'iptables-save' (or 'ip6tables-save') as root again."
_HOOKS: Final[dict[str, Hook]] = {
    "PREROUTING": "prerouting",
    "INPUT": "input",
    "FORWARD": "forward",
    "OUTPUT": "output",
    "POSTROUTING": "postrouting",
}
# Where the chains of each table stand at a hook (netfilter's NF_IP_PRI_*).
_PRIORITIES: Final = {"raw": -300, "mangle": -150, "nat": -100, "filter": 0, "security": 50}
_SOURCE_TRANSLATION: Final = 100
_TABLE: Final = re.compile(r"\*(?P<name>\S+)")
_CHAIN: Final = re.compile(r":(?P<name>\S+) (?P<policy>ACCEPT|DROP|-)(?: \[\d+:\d+\])?")
# A warning of iptables-save that other rules are in force, which it does not show.
_HIDDEN: Final = re.compile(
    r"#\s*(?:Table `.*' is incompatible|Warning: ip6?tables-legacy tables).*"
)
_CHANGED_SET: Final = re.compile(r"--(?:add|del|map)-set (\S+)")
_MOST_ALTERNATIVES: Final = 10_000
_RULE: Final = re.compile(r"(?:\[\d+:\d+\] )?-A (?P<chain>\S+)(?: (?P<rest>.*))?")


@dataclass
class _Chain:
    name: str
    policy: str
    rules: list[Rule] = field(default_factory=list)
    notes: list[NotUnderstood] = field(default_factory=list)
    count: int = 0


@dataclass
class _Reader:
    """Reads one file line by line; ``table`` is the one that is open."""

    file: str
    family: Family
    sets: Sets
    hidden: list[NotUnderstood] = field(default_factory=list)
    tables: dict[str, dict[str, _Chain]] = field(default_factory=dict)
    table: str | None = None

    def read(self, text: str) -> None:
        for number, line in enumerate(text.splitlines(), 1):
            stripped = line.strip()
            if not stripped or stripped.startswith("#"):
                if _HIDDEN.fullmatch(stripped):
                    why = "rules of another kind are in force too"
                    self.hidden.append(NotUnderstood(line=number, text=stripped, why=why))
            elif stripped == "COMMIT" and self.table is not None:
                self.table = None
            else:
                self._line(number, stripped)
        if self.table is not None:
            message = f"{self.file} ends inside the table {self.table}: its COMMIT is missing."
            raise SourceError(message, f"The file was cut off. {_ADVICE}")

    def _line(self, number: int, line: str) -> None:
        if (found := _TABLE.fullmatch(line)) and self.table is None:
            self.table = found["name"]
            if self.table in self.tables:
                message = f"{self.file}, line {number}: the table {self.table} stands here again."
                raise SourceError(message, "Save IPv4 and IPv6 rules in a file each.")
            self.tables[self.table] = {}
        elif (found := _CHAIN.fullmatch(line)) and self.table is not None:
            if found["name"] in self.tables[self.table]:
                raise self._unexpected(number, line, "a chain that does not stand above")
            self.tables[self.table][found["name"]] = _Chain(found["name"], found["policy"])
        elif (found := _RULE.fullmatch(line)) and self.table is not None:
            self._rule(number, found["chain"], found["rest"] or "", line)
        else:
            raise self._unexpected(number, line, "a table, a chain, a rule or COMMIT")

    def _rule(self, number: int, chain: str, rest: str, line: str) -> None:
        chains = self.tables[self.table or ""]
        words = words_of(rest)
        if words is None:
            raise self._unexpected(number, line, "a closing quotation mark")
        if chain not in chains:
            raise self._unexpected(number, line, f"a line ':{chain} …' before it")
        into = chains[chain]
        into.count += 1
        rule = parsed(words)
        text = line[line.index("-A ") :]
        translation = None
        if self.table == "nat" and rule.action == "jump" and chain != "FORWARD":
            translation = translation_of(rule, self.family, chain)
        action, target, why = self._action(rule)
        if translation is not None:
            action, target, why = "translate", None, None
        if why is not None:
            into.notes.append(NotUnderstood(line=number, text=text, why=why))
        for conditions in _conditions(rule, self.family, self.sets):
            into.rules.append(
                Rule(
                    number=into.count,
                    text=text,
                    conditions=_certain(conditions) if action == "continue" else conditions,
                    action=action,
                    target=target,
                    logged=rule.target in LOGGING,
                    comment=_comment(rule),
                    line=number,
                    translation=translation,
                )
            )

    def _action(self, rule: ParsedRule) -> tuple[Action, str | None, str | None]:
        """Return action, target chain, and what of it is not understood."""
        if rule.action is None or rule.target in PASSING:
            return "continue", None, concern(rule)
        if rule.target in self.tables[self.table or ""]:
            jump: Action = "goto" if rule.action == "goto" else "jump"
            return jump, self.chain_id(self.table or "", rule.target), None
        verdict = TARGETS.get(rule.target)
        if verdict is not None and rule.action == "jump":
            return verdict, None, None
        why = concern(rule) or f"the target {rule.target} is not known"
        return "unmodelled", None, why

    def chain_id(self, table: str, chain: str) -> str:
        """Return the id of a chain, which names family and table."""
        return f"{'iptables' if self.family == 4 else 'ip6tables'} {table} {chain}"

    def _unexpected(self, number: int, line: str, expected: str) -> SourceError:
        found = line if len(line) <= 80 else f"{line[:79]}…"
        message = f"{self.file}, line {number}: found {found!r}, expected {expected}."
        return SourceError(message, _ADVICE)

    def chains(self) -> Iterator[tuple[Chain, list[NotUnderstood]]]:
        """Yield the chains of all tables; built-in ones stand at their hook."""
        for table, chains in self.tables.items():
            for chain in chains.values():
                hook = _HOOKS.get(chain.name) if chain.policy != "-" else None
                policy: Literal["accept", "drop"] = "drop" if chain.policy == "DROP" else "accept"
                made = Chain(
                    id=self.chain_id(table, chain.name),
                    name=f"{table} {chain.name}",
                    rules=tuple(chain.rules),
                    family=self.family,
                    hook=hook,
                    priority=_priority(table, hook),
                    policy=policy,
                    translates=table == "nat" and hook is not None,
                )
                yield made, chain.notes


def _priority(table: str, hook: Hook | None) -> int:
    if table == "nat" and hook in {"input", "postrouting"}:
        return _SOURCE_TRANSLATION
    return _PRIORITIES.get(table, 0)


def _conditions(rule: ParsedRule, family: Family, sets: Sets) -> list[Conditions]:
    """Return the groups of conditions of which one has to hold, each condition once."""
    parts = [alternatives(part, family, sets) for part in rule.parts]
    if prod(map(len, parts)) > _MOST_ALTERNATIVES:
        # Every way is one of many: those are left open, what has one form only still has to hold.
        text = " ".join(str(part) for part, ways in zip(rule.parts, parts, strict=True) if ways[1:])
        parts = [ways for ways in parts if len(ways) == 1] + [[(UnmodelledMatch(text=text),)]]
    return [
        tuple(dict.fromkeys(one for group in combined for one in group))
        for combined in product(*parts)
    ]


def _certain(conditions: Conditions) -> Conditions:
    """Return the conditions that are known, of a rule that passes by whether it matches or not."""
    return tuple(one for one in conditions if not isinstance(one, UnmodelledMatch))


def _comment(rule: ParsedRule) -> str:
    values = [
        value
        for part in rule.parts
        if part.name == "comment"
        for option in part.options
        for value in option.values
    ]
    return " ".join(values)


def _recognises(text: str) -> bool:
    # Rules on frames look alike, and say nothing of what is routed.
    if re.match(r"\s*# Generated by (?:eb|arp)tables", text):
        return False
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return _TABLE.fullmatch(first) is not None


def _family(text: str, name: str) -> Family:
    """Return the family of a file: by the program that wrote it, what it holds, or its name."""
    if "ip6tables-save" in text[:200]:
        return 6
    if "iptables-save" in text[:200]:
        return 4
    told = re.search(r"(?:-s|-d) [0-9a-f]*:|ipv6-icmp|icmp6|icmpv6", text)
    return 6 if told or "ip6tables" in name or name.endswith("v6") else 4


def _read(text: str, name: str) -> Reading:
    return _read_with(text, name, {})


def _read_with(text: str, name: str, sets: Sets) -> Reading:
    changed = frozenset(_CHANGED_SET.findall(text))
    reader = _Reader(name, _family(text, name), changed_by_packets(sets, changed))
    reader.read(text)
    made = list(reader.chains())
    chains = with_odd_packets(chain for chain, _ in made)
    refuse_endless(chains, name)
    met = reachable_chains(chains)
    notes = [note for chain, notes in made if chain.id in met for note in notes]
    notes += reader.hidden
    idle = comments(text)
    for chain in chains:
        if chain.id not in met:
            idle |= {rule.line for rule in chain.rules if rule.line is not None}
    return Reading(
        chains=chains,
        filtered=frozenset((reader.family,)),
        not_understood=tuple(notes),
        file=accounted(name, text, [chain for chain in chains if chain.id in met], notes, idle),
    )


SYNTAX: Final = RuleSyntax("iptables", "iptables-save", _recognises, _read, _read_with)
