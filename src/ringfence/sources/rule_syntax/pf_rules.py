"""Rules of OPNsense and pfSense: who may enter by an interface, and who may leave by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from lxml import etree

from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP
from ringfence.model.rules import (
    Action,
    AddressMatch,
    Condition,
    FamilyMatch,
    IcmpMatch,
    InterfaceMatch,
    NotUnderstood,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Rule,
    Side,
    UnmodelledMatch,
)
from ringfence.sources.rule_syntax import names
from ringfence.sources.rule_syntax.pf_aliases import Aliases, Ranges
from ringfence.sources.rule_syntax.pf_interfaces import PfInterface
from ringfence.sources.rule_syntax.values import number

Conditions = tuple[Condition, ...]
_ACTIONS: Final[dict[str, Action]] = {"pass": "accept", "block": "drop", "reject": "reject"}
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
_ICMP_TYPES: Final = {
    "althost": 6,
    "dataconv": 31,
    "echorep": 0,
    "echoreq": 8,
    "inforep": 16,
    "inforeq": 15,
    "maskrep": 18,
    "maskreq": 17,
    "mobredir": 32,
    "mobregrep": 36,
    "mobregreq": 35,
    "paramprob": 12,
    "photuris": 40,
    "redir": 5,
    "routeradv": 9,
    "routersol": 10,
    "skip": 39,
    "squench": 4,
    "timerep": 14,
    "timereq": 13,
    "timex": 11,
    "trace": 30,
    "unreach": 3,
}
_ICMPV6_TYPES: Final = {
    "echorep": 129,
    "echoreq": 128,
    "neighbradv": 136,
    "neighbrsol": 135,
    "paramprob": 4,
    "redir": 137,
    "routeradv": 134,
    "routersol": 133,
    "timex": 3,
    "toobig": 2,
    "unreach": 1,
}


@dataclass
class Reader:
    """Reads rules; ``groups`` are the interfaces of each group by its name."""

    aliases: Aliases
    interfaces: list[PfInterface]
    groups: dict[str, tuple[str, ...]]
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
            if self._is_off(element):
                self.irrelevant += 1
                continue
            quick = self._is_quick(element)
            direction = element.findtext("direction") or "in"
            rules = list(self._rules(element, position))
            for way in ("in", "out") if direction == "any" else (direction,):
                turned = [self._at(rule, element, way) for rule in rules]
                found.setdefault((way, quick), []).append(turned)
        ways = []
        for way in ("in", "out"):
            last = found.get((way, False), [])
            order = [*found.get((way, True), []), *reversed(last)]
            ways.append([rule for rules in order for rule in rules])
        return ways[0], ways[1]

    def _rank(self, element: etree._Element) -> int:
        """Return 0 for floating rules, 1 for those of groups, 2 for those of interfaces."""
        if _is_floating(element):
            return 0
        return 1 if element.findtext("interface") in self.groups else 2

    @staticmethod
    def _is_off(element: etree._Element) -> bool:
        off = element.find("disabled")
        return (off is not None and off.text != "0") or element.findtext("type") == "match"

    @staticmethod
    def _is_quick(element: etree._Element) -> bool:
        quick = element.find("quick")
        if quick is None:
            return not _is_floating(element)
        return quick.text != "0"

    def _at(self, rule: Rule, element: etree._Element, way: str) -> Rule:
        """Return a rule for the interfaces that it names, for one way through them."""
        text = element.findtext("interface") or ""
        words = [word for word in text.split(",") if word and word != "any"]
        interfaces = tuple(name for word in words for name in self.groups.get(word, (word,)))
        if not words:
            return rule
        match = InterfaceMatch(direction="in" if way == "in" else "out", names=interfaces)
        if element.find("interfacenot") is not None:
            match = InterfaceMatch(direction=match.direction, names=interfaces, negated=True)
        return Rule(
            number=rule.number,
            text=rule.text,
            conditions=(match, *rule.conditions),
            action=rule.action,
            logged=rule.logged,
            comment=rule.comment,
            line=rule.line,
        )

    def _rules(self, element: etree._Element, position: int) -> Iterator[Rule]:
        action = _ACTIONS.get(element.findtext("type") or "pass")
        gateway = (element.findtext("gateway") or "").strip()
        if action == "accept" and gateway and gateway != "default":
            self._note(element, f"packets are sent to the gateway {gateway}, past the routes")
        if element.findtext("statetype") in {"none", "synproxy state", "synproxy"}:
            self._note(element, "its packets belong to no conversation, or are answered in place")
        text = rule_text(element)
        for conditions in self.conditions(element, self._others(element)):
            yield Rule(
                number=position,
                text=text,
                conditions=conditions,
                action=action or "unmodelled",
                logged=element.find("log") is not None,
                comment=element.findtext("descr") or "",
                line=element.sourceline,
            )

    def conditions(self, element: etree._Element, others: list[Conditions]) -> Iterator[Conditions]:
        """Yield the groups of conditions, with ``others``, of which one has to hold."""
        groups = [
            _families(element),
            self._transport(element),
            self._side(element, "source"),
            self._side(element, "destination"),
            others,
        ]
        for combined in product(*groups):
            yield tuple(dict.fromkeys(one for part in combined for one in part))

    def _transport(self, element: etree._Element) -> list[Conditions]:
        name = (element.findtext("protocol") or "any").strip().lower()
        if name in {"any", ""}:
            return [()]
        if name == "tcp/udp":
            return [(ProtocolMatch(protocols=(TCP, UDP)),)]
        if name in {"icmp", "ipv6-icmp", "icmp6"}:
            return _icmp(element, name)
        known = number(name, names.PROTOCOLS, 255)
        return [
            _open(f"the protocol {name}") if known is None else (ProtocolMatch(protocols=(known,)),)
        ]

    def _side(self, element: etree._Element, side: Side) -> list[Conditions]:
        end = element.find(side)
        if end is None:
            return [()]
        negated = end.find("not") is not None
        network, address = end.findtext("network"), end.findtext("address")
        found: Conditions = ()
        if network and network.strip() != "any":
            found = self._matching(side, self._network(network.strip()), negated=negated)
        elif address:
            found = self._matching(side, self.aliases.addresses(address.strip()), negated=negated)
        elif negated:
            found = _open("the opposite of any")
        ports = end.findtext("port")
        if not ports:
            return [found]
        read = self.aliases.ports(ports.strip())
        if read.open or not read.ports:
            return [(*found, UnmodelledMatch(text=read.open or f"no ports in {ports}"))]
        return [(*found, PortMatch(side=side, ranges=read.ports))]

    @staticmethod
    def _matching(side: Side, ranges: Ranges, *, negated: bool) -> Conditions:
        if ranges.open or not ranges.addresses:
            return _open(ranges.open or f"no addresses of the {side}")
        if negated and len({":" in text for text in ranges.addresses}) > 1:
            # "Not" of both families is of each family its own.
            return _open(f"the opposite of addresses of both families ({side})")
        return (AddressMatch(side=side, ranges=ranges.addresses, negated=negated),)

    def _network(self, name: str) -> Ranges:
        """Return the networks of an interface, or its own addresses (``lanip``, ``(self)``)."""
        by_name = {one.name: one for one in self.interfaces}
        if name == "(self)":
            chosen, own = list(self.interfaces), True
        elif name in by_name:
            chosen, own = [by_name[name]], False
        elif name.removesuffix("ip") in by_name:
            chosen, own = [by_name[name.removesuffix("ip")]], True
        elif name in self.groups:
            chosen, own = [by_name[one] for one in self.groups[name] if one in by_name], False
        else:
            return self.aliases.addresses(name)
        if any(one.dynamic for one in chosen):
            return Ranges(open=f"addresses of {name} come by DHCP")
        if own:
            texts = [text.partition("/")[0] for one in chosen for text in one.addresses]
        else:
            texts = [text for one in chosen for text in one.networks]
        return Ranges(addresses=tuple(dict.fromkeys(texts)))

    def _others(self, element: etree._Element) -> list[Conditions]:
        """Return what of a rule is not modelled: schedules, limits, tags, operating systems."""
        unknown = [
            f"{child.tag!s} {(child.text or '').strip()}".strip()
            for child in element
            if child.tag not in _READ and child.tag != "interfacenot" and _says_something(child)
        ]
        return [(UnmodelledMatch(text=", ".join(unknown)),)] if unknown else [()]

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


def _is_floating(element: etree._Element) -> bool:
    floating = element.find("floating")
    return floating is not None and floating.text not in {"no", "0"}


def _says_something(child: etree._Element) -> bool:
    return bool((child.text or "").strip()) or len(child) > 0 or child.tag == "tcpflags_any"


def _families(element: etree._Element) -> list[Conditions]:
    match (element.findtext("ipprotocol") or "inet").strip():
        case "inet":
            return [(FamilyMatch(family=4),)]
        case "inet6":
            return [(FamilyMatch(family=6),)]
        case "inet46":
            return [()]
        case other:
            return [_open(f"ipprotocol {other}")]


def _icmp(element: etree._Element, name: str) -> list[Conditions]:
    family = (element.findtext("ipprotocol") or "inet").strip()
    kinds = element.findtext("icmptype") or element.findtext("icmp6-type") or "any"
    six = name != "icmp" or family == "inet6"
    protocols = (ICMP, ICMPV6) if family == "inet46" and not six else (ICMPV6 if six else ICMP,)
    if kinds.strip() in {"any", ""}:
        return [(ProtocolMatch(protocols=protocols),)]
    table = _ICMPV6_TYPES if six else _ICMP_TYPES
    found = [number(word.strip(), table, 255) for word in kinds.split(",")]
    known = tuple(NumberRange(one, one) for one in found if one is not None)
    if len(known) != len(found) or len(protocols) > 1:
        return [(ProtocolMatch(protocols=protocols), *_open(f"icmptype {kinds}"))]
    match = IcmpMatch(family=6 if six else 4, types=known)
    return [(ProtocolMatch(protocols=protocols), match)]


def _open(text: str) -> Conditions:
    return (UnmodelledMatch(text=text),)
