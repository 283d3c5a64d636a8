"""Rules of OPNsense and pfSense: who may enter by an interface, and who may leave by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec
from lxml import etree

from ringfence.model.rules import Action, InterfaceMatch, NotUnderstood, Rule
from ringfence.sources.rule_syntax.made_rules import open_to
from ringfence.sources.rule_syntax.pf_matching import Conditions, Matching
from ringfence.sources.rule_syntax.pf_switches import is_off, is_set, may_be_off, of_opnsense

_ACTIONS: Final[dict[str, Action]] = {"pass": "accept", "block": "drop", "reject": "reject"}
_CHANGING: Final = ("af-to", "divert", "dup-to", "nat46", "nat64", "rtable")
"""How elements of a rule begin by which it does more than to pass or to block."""
_READ: Final = frozenset(
    [
        "type",
        "interface",
        "ipprotocol",
        "protocol",
        "source",
        "destination",
        "disabled",
        "quick",
        "floating",
        "direction",
        "icmptype",
        "icmp6-type",
        "interfacenot",
        "log",
        "descr",
        "tracker",
        "id",
        "tag",
        "associated-rule-id",
        "created",
        "updated",
        "statetype",
        "category",
        "categories",
        "nosync",
        "nopfsync",
        "seq",
        "separator",
        "sequence",
        "state-policy",
        "disablereplyto",
        "allowopts",
        "uuid",
        "gateway",
        "defaultqueue",
        "ackqueue",
        "dnpipe",
        "pdnpipe",
        "statetimeout",
        "prio",
        "set-prio",
        "set-prio-low",
        "vlanprioset",
    ]
)


@dataclass
class Reader:
    """Reads rules in the order in which they apply; ``sequences`` order groups by their names."""

    matching: Matching
    sequences: dict[str, int] = field(default_factory=dict)
    notes: list[NotUnderstood] = field(default_factory=list)
    irrelevant: int = 0

    def read(self, elements: Iterable[etree._Element]) -> tuple[list[Rule], list[Rule]]:
        """Return the rules for what enters and for what leaves, so that the first match decides.

        A quick rule ends the search; of the others the last match decides, if none is quick. So
        all quick ones stand first, in order, and the others behind them, turned round.
        """
        ranked = sorted(elements, key=self._rank)
        found: dict[tuple[str, bool], list[list[Rule]]] = {}
        for position, element in enumerate(ranked, 1):
            if is_off(element) or element.findtext("type") == "match":
                self.irrelevant += 1
                continue
            quick = _is_quick(element)
            rules = list(self._rules(element, position))
            for way, doubt in _ways(element):
                here = (*self._interfaces(element, way), *doubt)
                turned = [
                    msgspec.structs.replace(rule, conditions=(*here, *rule.conditions))
                    for rule in rules
                ]
                found.setdefault((way, quick), []).append(turned)
        ways = []
        for way in ("in", "out"):
            last = found.get((way, False), [])
            order = [*found.get((way, True), []), *reversed(last)]
            ways.append([rule for rules in order for rule in rules])
        return ways[0], ways[1]

    def _rank(self, element: etree._Element) -> tuple[int, int]:
        """Return 0 for floating rules, 1 for those of groups, 2 for those of interfaces."""
        if _is_floating(element):
            return 0, 0
        name = element.findtext("interface") or ""
        return (1, self.sequences.get(name, 0)) if name in self.matching.groups else (2, 0)

    def _interfaces(self, element: etree._Element, way: str) -> Conditions:
        """Return the condition on the interfaces that a rule names, for one way through them."""
        text = element.findtext("interface") or ""
        words = [word for word in text.split(",") if word]
        if not words or "any" in words:
            return ()
        groups = self.matching.groups
        negated = is_set(element, "interfacenot")
        if negated and len(words) > 1:
            return open_to(f"other interfaces than {text}")
        known = {*groups, *(one.name for one in self.matching.interfaces)}
        if _is_floating(element) and not of_opnsense(element) and not known & set(words):
            return open_to(f"no interface of {text}, which may be any then")
        interfaces = tuple(name for word in words for name in groups.get(word, (word,)))
        direction: Literal["in", "out"] = "in" if way == "in" else "out"
        return (InterfaceMatch(direction=direction, names=interfaces, negated=negated),)

    def _rules(self, element: etree._Element, position: int) -> Iterator[Rule]:
        action = _ACTIONS.get(element.findtext("type") or "pass")
        gateway = (element.findtext("gateway") or "").strip()
        if action == "accept" and gateway and gateway != "default":
            self._note(element, f"packets are sent to the gateway {gateway}, past the routes")
        if element.findtext("statetype") in {"none", "synproxy state", "synproxy"}:
            self._note(element, "its packets belong to no conversation, or are answered in place")
        changing = [str(one.tag) for one in element if str(one.tag).startswith(_CHANGING)]
        if changing:
            self._note(element, f"packets are changed or sent elsewhere ({', '.join(changing)})")
        text = rule_text(element)
        family = "" if of_opnsense(element) else "inet"
        for conditions in self.matching.conditions(element, _others(element), family=family):
            yield Rule(
                number=position,
                text=text,
                conditions=conditions,
                action=action or "unmodelled",
                logged=element.find("log") is not None,
                comment=element.findtext("descr") or "",
                line=element.sourceline,
            )

    def _note(self, element: etree._Element, why: str) -> None:
        self.notes.append(NotUnderstood(line=element.sourceline, text=rule_text(element), why=why))


def rule_text(element: etree._Element) -> str:
    """Return a rule as a line: its kind, interface, protocol, ends and description."""
    ends = []
    for side in ("source", "destination"):
        end = element.find(side)
        words = (
            []
            if end is None
            else [
                str(child.tag) if child.tag in {"any", "not"} else (child.text or "").strip()
                for child in end
            ]
        )
        ends.append(" ".join(words) or "any")
    head = (element.findtext(word) or "" for word in ("type", "interface", "protocol"))
    description = element.findtext("descr") or ""
    shown = " ".join(word for word in (*head, f"from {ends[0]} to {ends[1]}") if word)
    return f"{shown} ({description})" if description else shown


def _says_something(child: etree._Element) -> bool:
    return bool((child.text or "").strip()) or len(child) > 0 or child.tag == "tcpflags_any"


def _others(element: etree._Element) -> Conditions:
    """Return what of a rule is not modelled: schedules, limits, tags, operating systems."""
    unknown = [
        f"{child.tag!s} {(child.text or '').strip()}".strip()
        for child in element
        if child.tag not in _READ and _says_something(child)
    ]
    unknown += ["disabled"] if may_be_off(element) else []
    return open_to(", ".join(unknown)) if unknown else ()


def _is_floating(element: etree._Element) -> bool:
    return element.find("floating") is not None


def _is_quick(element: etree._Element) -> bool:
    """Tell whether a rule ends the search: rules of interfaces do, others if they say so."""
    if of_opnsense(element) and element.find("quick") is not None:
        return is_set(element, "quick")
    return not _is_floating(element) or is_set(element, "quick")


def _ways(element: etree._Element) -> list[tuple[str, Conditions]]:
    """Return the ways through an interface that a rule is for, each with what of it is open."""
    told = (element.findtext("direction") or "").strip()
    if of_opnsense(element):
        told = told or "in"
    elif element.findtext("floating") != "yes":
        # Rules of interfaces are for what enters, whatever else they say.
        told = "in"
    match told:
        case "in" | "out":
            return [(told, ())]
        case "any":
            return [("in", ()), ("out", ())]
        case "":
            return [("in", ()), ("out", open_to("no direction"))]
        case _:
            doubt = open_to(f"direction {told}")
            return [("in", doubt), ("out", doubt)]
