"""Which packets a rule of OPNsense or pfSense is for: family, protocol, source and destination."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from lxml import etree

from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    FamilyMatch,
    IcmpMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Side,
)
from ringfence.sources.rule_syntax import names
from ringfence.sources.rule_syntax.made_rules import open_to
from ringfence.sources.rule_syntax.pf_aliases import Aliases, Ranges
from ringfence.sources.rule_syntax.pf_interfaces import PfInterface
from ringfence.sources.rule_syntax.pf_switches import of_opnsense
from ringfence.sources.rule_syntax.values import number

Conditions = tuple[Condition, ...]
WITH_PORTS: Final = frozenset(("tcp", "udp", "tcp/udp"))
"""The protocols of a rule whose ports are looked at; of any other they are not."""
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


@dataclass(frozen=True)
class Matching:
    """Reads what rules are for; ``groups`` are the interfaces of each group by its name."""

    aliases: Aliases
    interfaces: list[PfInterface]
    groups: dict[str, tuple[str, ...]]

    def conditions(
        self, element: etree._Element, others: Conditions = (), *, family: str = ""
    ) -> Iterator[Conditions]:
        """Yield the groups of conditions, with ``others``, of which one has to hold.

        ``family`` is that of a rule which says none; nothing for both.
        """
        told = (element.findtext("ipprotocol") or "").strip() or family
        groups = [
            _families(told),
            _transport(element, told),
            self._side(element, "source"),
            self._side(element, "destination"),
            [others],
        ]
        for combined in product(*groups):
            found = tuple(dict.fromkeys(one for part in combined for one in part))
            if _of_one_family(found):
                yield found

    def _side(self, element: etree._Element, side: Side) -> list[Conditions]:
        end = element.find(side)
        if end is None:
            return [()]
        found = self._addresses(end, side)
        ports = (end.findtext("port") or "").strip()
        if not ports:
            return found
        if protocol_of(element) not in WITH_PORTS:
            return [(*one, *open_to(f"the port {ports} without tcp or udp")) for one in found]
        read = self.aliases.ports(ports)
        if read.open or not read.ports:
            return [(*one, *open_to(read.open or f"no ports in {ports}")) for one in found]
        return [(*one, PortMatch(side=side, ranges=read.ports)) for one in found]

    def _addresses(self, end: etree._Element, side: Side) -> list[Conditions]:
        negated = end.find("not") is not None
        network = (end.findtext("network") or "").strip()
        address = (end.findtext("address") or "").strip()
        if end.find("any") is not None or network == "any":
            return [()]
        if network:
            found = self._network(network, end)
        elif address:
            found = self.aliases.addresses(address)
        else:
            return [open_to("the opposite of any")] if negated else [()]
        if found.open or not found.addresses:
            return [open_to(found.open or f"no addresses of the {side}")]
        if not negated:
            return [(AddressMatch(side=side, ranges=found.addresses),)]
        return [_without(found.addresses, side, six=six) for six in (False, True)]

    def _network(self, name: str, end: etree._Element) -> Ranges:
        """Return the networks of an interface, or its own addresses (``lanip``, ``(self)``)."""
        by_name = {one.name: one for one in self.interfaces}
        own = by_name.get(name.removesuffix("ip"))
        if name == "(self)":
            chosen = list(self.interfaces)
        elif name in by_name:
            chosen = [by_name[name]]
        elif own is not None:
            chosen = [own]
        elif name in self.groups:
            chosen = [by_name[one] for one in self.groups[name] if one in by_name]
        else:
            return self.aliases.addresses(name)
        if any(one.dynamic for one in chosen):
            return Ranges(open=f"addresses of {name} come by DHCP")
        if name == "(self)":
            texts = [text for one in chosen for text in one.own_addresses]
        elif name not in by_name and own is not None:
            # To pfSense it is the first address only, to OPNsense virtual ones are it, too.
            texts = list(own.own_addresses if of_opnsense(end) else own.first_addresses)
        elif of_opnsense(end):
            texts = [text for one in chosen for text in one.networks]
        else:
            # Virtual addresses add their networks, whatever their mode, but of IPv4 only; each is
            # negated by itself.
            texts = [text for one in chosen for text in (*one.networks, *one.answered)]
            negated = end.find("not") is not None
            if _several(one for one in texts if negated or ":" in one):
                return Ranges(open=f"networks of virtual addresses on {name}")
        return Ranges(addresses=tuple(dict.fromkeys(texts)))


def _without(texts: tuple[str, ...], side: Side, *, six: bool) -> Conditions:
    """Return the condition on the packets of a family that are in none of some ranges."""
    ranges = tuple(text for text in texts if (":" in text) == six)
    if not ranges:
        return (FamilyMatch(family=6 if six else 4),)
    return (AddressMatch(side=side, ranges=ranges, negated=True),)


def _several(texts: Iterable[str]) -> bool:
    """Tell whether networks of a family are more than the first of it and parts of that."""
    first: dict[int, tuple[int, int]] = {}
    for text in texts:
        network = ipaddress.ip_network(text)
        ends = int(network[0]), int(network[-1])
        whole = first.setdefault(network.version, ends)
        if ends[0] < whole[0] or whole[1] < ends[1]:
            return True
    return False


def _of_one_family(conditions: Conditions) -> bool:
    """Tell whether a packet of any family may meet all conditions."""
    left = {4, 6}
    for condition in conditions:
        match condition:
            case FamilyMatch(family=family):
                left &= {family}
            case AddressMatch(ranges=ranges):
                left &= {6 if ":" in text else 4 for text in ranges}
            case _:
                continue
    return bool(left)


def protocol_of(element: etree._Element) -> str:
    """Return the protocol of a rule as a word, ``any`` where it says none."""
    return (element.findtext("protocol") or "").strip().lower() or "any"


def _families(told: str) -> list[Conditions]:
    match told:
        case "inet":
            return [(FamilyMatch(family=4),)]
        case "inet6":
            return [(FamilyMatch(family=6),)]
        case "inet46" | "":
            return [()]
        case other:
            return [open_to(f"ipprotocol {other}")]


def _transport(element: etree._Element, family: str) -> list[Conditions]:
    name = protocol_of(element)
    if name == "any":
        return [()]
    if name == "tcp/udp":
        return [(ProtocolMatch(protocols=(TCP, UDP)),)]
    if name in {"icmp", "ipv6-icmp", "icmp6"}:
        return [_icmp(element, name, family)]
    known = number(name, names.PROTOCOLS, 255)
    return [
        open_to(f"the protocol {name}") if known is None else (ProtocolMatch(protocols=(known,)),)
    ]


def _icmp(element: etree._Element, name: str, family: str) -> Conditions:
    six = name != "icmp" or family == "inet6"
    protocols = (ICMPV6,) if six else (ICMP, ICMPV6) if family == "inet46" else (ICMP,)
    told = {
        tag: kinds
        for tag in ("icmptype", "icmp6-type")
        if (kinds := (element.findtext(tag) or "").strip()) not in {"any", ""}
    }
    if not told:
        return (ProtocolMatch(protocols=protocols),)
    heeded = {"icmptype"} if name == "icmp" else set[str]()
    if six and of_opnsense(element):
        heeded.add("icmp6-type")
    tag, kinds = next(iter(told.items()))
    found = [
        number(word.strip(), _ICMPV6_TYPES if six else _ICMP_TYPES, 255)
        for word in kinds.split(",")
    ]
    known = tuple(NumberRange(one, one) for one in found if one is not None)
    exact = len(told) == 1 and tag in heeded and family in {"inet", "inet6"}
    if not exact or len(known) != len(found):
        return (ProtocolMatch(protocols=protocols), *open_to(f"{tag} {kinds}"))
    return (ProtocolMatch(protocols=protocols), IcmpMatch(family=6 if six else 4, types=known))
