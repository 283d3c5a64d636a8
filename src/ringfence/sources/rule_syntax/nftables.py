"""``nft -j list ruleset``: tables, chains, sets, maps and rules of nftables.

The form is that of libnftables-json(5). Families ``ip``, ``ip6`` and ``inet`` are modelled; chains
of ``bridge``, ``netdev`` and ``arp`` act on frames before, and are reported where they matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, get_args

import msgspec

from ringfence.foundation.errors import SourceError
from ringfence.model.rules import Chain, Hook, NotUnderstood, Rule, UnmodelledMatch
from ringfence.sources.rule_syntax.accounting import accounted_entries
from ringfence.sources.rule_syntax.nft_matches import NamedSets, plain_element
from ringfence.sources.rule_syntax.nft_neighbours import counting, only_neighbours
from ringfence.sources.rule_syntax.nft_statements import RuleReader
from ringfence.sources.rule_syntax.odd_packets import with_odd_packets
from ringfence.sources.rule_syntax.reachable import reachable_chains, refuse_endless
from ringfence.sources.rule_syntax.syntax import BOTH, Reading, RuleSyntax, is_json, json_of

_MADE_BY: Final = "nft -j list ruleset"
_ADVICE: Final = f"Save the output of '{_MADE_BY}' as root again."
_FAMILIES: Final[dict[str, Literal[0, 4, 6]]] = {"inet": 0, "ip": 4, "ip6": 6}
_HOOKS: Final[tuple[str, ...]] = get_args(Hook)
_COMMANDS: Final = frozenset(("add", "insert", "replace", "create", "delete", "flush", "list"))
_BEFORE_ALL: Final = -1_000_000


class _Table(msgspec.Struct):
    family: str
    name: str
    flags: Any = None


class _Chain(msgspec.Struct):
    family: str
    table: str
    name: str
    hook: str | None = None
    type: str | None = None
    prio: int = 0
    policy: Literal["accept", "drop"] = "accept"


class _Rule(msgspec.Struct):
    family: str
    table: str
    chain: str
    expr: list[Any] = []
    comment: str = ""
    line: int | None = None


class _Set(msgspec.Struct):
    family: str
    table: str
    name: str
    elem: list[Any] = []
    flags: Any = None
    timeout: Any = None


@dataclass
class _Ruleset:
    """The objects of a ruleset by (family, table), in the order given."""

    tables: list[_Table] = field(default_factory=list)
    chains: list[_Chain] = field(default_factory=list)
    rules: list[_Rule] = field(default_factory=list)
    sets: list[_Set] = field(default_factory=list)


def _recognises(text: str) -> bool:
    return is_json(text, "{") and '"nftables"' in text[:4096]


def _read(text: str, name: str) -> Reading:
    content = json_of(text, name, _MADE_BY)
    objects = content.get("nftables") if isinstance(content, dict) else None
    if not isinstance(objects, list):
        message = f"{name}: found no list under 'nftables', expected the output of '{_MADE_BY}'."
        raise SourceError(message, _ADVICE)
    found = reading_of(objects, name)
    met = reachable_chains(found.chains)
    chains = [chain for chain in found.chains if chain.id in met]
    entries = accounted_entries(name, len(objects), chains, found.not_understood)
    return replace(found, file=entries)


def reading_of(objects: list[Any], name: str) -> Reading:
    """Return what listed objects say; a rule may name the ``line`` that it stands in.

    Raises ``SourceError`` where an object is damaged, or jumps lead in a circle.
    """
    try:
        reading = _reading(_ruleset(objects, name))
    except RecursionError as error:
        message = f"{name} is nested deeper than any output of '{_MADE_BY}'."
        raise SourceError(message, _ADVICE) from error
    refuse_endless(reading.chains, name)
    return reading


def _ruleset(objects: list[Any], name: str) -> _Ruleset:
    ruleset = _Ruleset()
    kinds: dict[str, tuple[Any, list[Any]]] = {
        "table": (_Table, ruleset.tables),
        "chain": (_Chain, ruleset.chains),
        "rule": (_Rule, ruleset.rules),
        "set": (_Set, ruleset.sets),
        "map": (_Set, ruleset.sets),
    }
    for number, item in enumerate(objects):
        if not isinstance(item, dict) or len(item) != 1:
            message = f"{name}: object {number + 1} is not one named object."
            raise SourceError(message, _ADVICE)
        ((kind, value),) = item.items()
        if kind in _COMMANDS:
            message = f"{name}: object {number + 1} is the command '{kind}', not a listed object."
            raise SourceError(message, _ADVICE)
        if kind in kinds:
            struct, found = kinds[kind]
            try:
                found.append(msgspec.convert(value, struct))
            except msgspec.ValidationError as error:
                message = f"{name}: object {number + 1}, a {kind}: {error}."
                raise SourceError(message, _ADVICE) from error
    return ruleset


def _reading(ruleset: _Ruleset) -> Reading:
    chains: list[Chain] = []
    notes: dict[str, list[NotUnderstood]] = {}
    dormant = {
        (table.family, table.name) for table in ruleset.tables if "dormant" in _words(table.flags)
    }
    for family, table in dict.fromkeys((chain.family, chain.table) for chain in ruleset.chains):
        if (family, table) in dormant:
            continue
        for chain, noted in _table_chains(ruleset, family, table):
            chains.append(chain)
            notes[chain.id] = noted
    met = reachable_chains(chains)
    found = [note for identity, noted in notes.items() if identity in met for note in noted]
    return Reading(
        chains=with_odd_packets(chains),
        filtered=BOTH,
        not_understood=tuple(dict.fromkeys(found)),
    )


def _table_chains(
    ruleset: _Ruleset, family: str, table: str
) -> Iterator[tuple[Chain, list[NotUnderstood]]]:
    declared = [each for each in ruleset.chains if (each.family, each.table) == (family, table)]
    rules = [each for each in ruleset.rules if (each.family, each.table) == (family, table)]
    ids = {each.name: f"nft {family} {table} {each.name}" for each in declared}
    sets = NamedSets(_elements(ruleset, rules, family, table))
    for each in declared:
        read: list[Rule] = []
        notes: list[NotUnderstood] = []
        own = [rule for rule in rules if rule.chain == each.name]
        for number, rule in enumerate(own, 1):
            reader = RuleReader(
                f"{family} {table} {each.name}",
                number,
                sets,
                ids,
                _FAMILIES.get(family, 0),
                rule.comment,
                translating=any(one.type == "nat" for one in declared),
                line=rule.line,
            )
            reader.read(rule.expr)
            lets_in_neighbours = each.hook == "input" and only_neighbours(rule.expr)
            read.extend(counting(reader.rules) if lets_in_neighbours else reader.rules)
            notes.extend(reader.notes)
        modelled = family in _FAMILIES and (each.hook is None or each.hook in _HOOKS)
        chain = Chain(
            id=ids[each.name],
            name=f"{family} {table} {each.name}",
            rules=tuple(read),
            family=_FAMILIES.get(family, 0),
            hook=_hook(each.hook) if modelled else None,
            priority=each.prio,
            policy=each.policy,
            translates=modelled and each.hook is not None and each.type == "nat",
        )
        if modelled or each.hook is None:
            yield chain, notes
        elif _may_matter(chain, own_table=_all_rules(rules, ids, sets)):
            yield _on_frames(chain, each.hook), [_note_on_frames(chain, each.hook)]


def _hook(name: str | None) -> Hook | None:
    return next((hook for hook in get_args(Hook) if hook == name), None)


def _all_rules(rules: Iterable[_Rule], ids: dict[str, str], sets: NamedSets) -> Iterator[Rule]:
    for rule in rules:
        reader = RuleReader(rule.chain, 1, sets, ids)
        reader.read(rule.expr)
        yield from reader.rules


def _may_matter(chain: Chain, own_table: Iterable[Rule]) -> bool:
    """Tell whether a chain on frames does anything else than let all of them pass."""
    harmless = {"accept", "return", "continue", "jump", "goto"}
    return chain.policy == "drop" or any(rule.action not in harmless for rule in own_table)


def _on_frames(chain: Chain, hook: str) -> Chain:
    """Return what stands for a chain on frames: it may drop any packet that comes in."""
    text = f"{chain.name} ({hook})"
    drop = Rule(number=1, text=text, conditions=(UnmodelledMatch(text=text),), action="drop")
    return Chain(
        id=chain.id, name=chain.name, rules=(drop,), hook="prerouting", priority=_BEFORE_ALL
    )


def _note_on_frames(chain: Chain, hook: str) -> NotUnderstood:
    family = chain.name.partition(" ")[0]
    why = f"rules of the family {family} at {hook} act on frames, which are not modelled"
    return NotUnderstood(line=None, text=chain.name, why=why)


def _elements(
    ruleset: _Ruleset, rules: Iterable[_Rule], family: str, table: str
) -> dict[str, tuple[Any, ...] | None]:
    """Return the elements of each set of a table; ``None`` for those that packets may change."""
    changed = {name for rule in rules for name in _updated(rule.expr)}
    found: dict[str, tuple[Any, ...] | None] = {}
    for each in ruleset.sets:
        if (each.family, each.table) == (family, table):
            moves = {"dynamic", "timeout"} & set(_words(each.flags)) or each.timeout
            expires = any(plain_element(element) is None for element in each.elem)
            fixed = not moves and not expires and each.name not in changed
            found[each.name] = tuple(each.elem) if fixed else None
    return found


def _updated(statements: Iterable[Any]) -> Iterator[str]:
    """Yield the names of the sets and maps that statements add to or take from."""
    for statement in statements:
        for word in ("set", "map"):
            value = statement.get(word) if isinstance(statement, dict) else None
            name = value.get(word) if isinstance(value, dict) else None
            if isinstance(name, str):
                yield name.removeprefix("@")


def _words(flags: Any) -> list[str]:
    """Return flags, which are one word or a list of them."""
    words = flags if isinstance(flags, list) else [flags]
    return [word for word in words if isinstance(word, str)]


SYNTAX: Final = RuleSyntax("nftables", _MADE_BY, _recognises, _read)
