"""``config.xml`` of OPNsense and pfSense: interfaces, aliases, rules, translation and routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from lxml import etree

from ringfence.connections.hardened_xml import parse_xml
from ringfence.foundation.errors import SourceError
from ringfence.model.packet import ICMPV6, TCP
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    FamilyMatch,
    IcmpMatch,
    InterfaceMatch,
    NotUnderstood,
    NumberRange,
    ProtocolMatch,
    Rule,
    StateMatch,
    TcpFlagsMatch,
)
from ringfence.sources.rule_syntax.accounting import accounted_entries
from ringfence.sources.rule_syntax.made_rules import by, numbered, open_to, rule
from ringfence.sources.rule_syntax.pf_aliases import aliases_of
from ringfence.sources.rule_syntax.pf_interfaces import PfInterface, interfaces_of, routes_of
from ringfence.sources.rule_syntax.pf_matching import Matching
from ringfence.sources.rule_syntax.pf_rules import Reader
from ringfence.sources.rule_syntax.pf_sections import told_of
from ringfence.sources.rule_syntax.pf_switches import of_opnsense
from ringfence.sources.rule_syntax.pf_translation import CARP, Translations
from ringfence.sources.rule_syntax.stray_icmp import may_be_translated
from ringfence.sources.rule_syntax.syntax import BOTH, Reading, RuleSyntax
from ringfence.sources.rule_syntax.values import number

_MADE_BY: Final = "config.xml (OPNsense, pfSense)"
_ROOT: Final = re.compile(r"\s*(?:<\?xml[^>]*\?>)?\s*<(?:pfsense|opnsense)[\s>]")
_SYN, _ACK = 2, 16
_PRIVATE: Final = ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
# Sources that the kernel may refuse whatever the rules say.
_BOGONS: Final = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
)
"""What a list of bogons may hold of IPv4 (RFC 6890); of IPv6 it may hold anything."""
_IMPOSSIBLE: Final = (
    "0.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "224.0.0.0/3",
    "::/127",
    "ff00::/8",
)


def _entering(
    root: etree._Element, interfaces: list[PfInterface], let_in: list[Rule], rules: list[Rule]
) -> Iterator[Rule]:
    """Yield what decides on packets that enter: built-in rules first, all others refused last."""
    # What a forward passes meets no rule at all, whatever its flags are.
    yield from let_in
    yield from _established(root)
    six = root.findtext("system/ipv6allow")
    if six is None or six == "0":
        # Both systems block IPv6 where it is not allowed; one of them writes nothing for allowed.
        yield rule("IPv6 is not allowed", (FamilyMatch(family=6), *open_to("ipv6allow")), "drop")
    impossible = AddressMatch(side="source", ranges=_IMPOSSIBLE)
    yield rule("impossible source", (impossible, *open_to("a source that none has")), "drop")
    yield from _of_the_system(root)
    for one in interfaces:
        entering = by("in", one.name)
        if one.blocks_private:
            private = AddressMatch(side="source", ranges=_PRIVATE)
            yield rule("block private networks", (entering, private), "drop", one.line)
        if one.blocks_bogons:
            bogons = AddressMatch(side="source", ranges=_BOGONS)
            for which in (bogons, FamilyMatch(family=6)):
                listed = (entering, which, *open_to("the list of bogons"))
                yield rule("block bogons", listed, "drop", one.line)
        if one.networks:
            # Whether sources of its networks are refused elsewhere depends on the version.
            elsewhere = InterfaceMatch(direction="in", names=(one.name,), negated=True)
            spoofed = AddressMatch(side="source", ranges=one.networks)
            yield rule("antispoof", (elsewhere, spoofed, *open_to("antispoof")), "drop")
    yield from rules


def _of_the_system(root: etree._Element) -> Iterator[Rule]:
    """Yield what passes both ways by rules that nobody wrote and that come before all others.

    Both systems pass CARP from any to any, one of them only if virtual addresses exist
    (opnsense/core#5613).
    """
    types = tuple(NumberRange(number, number) for number in (1, 2, 135, 136))
    needed = (ProtocolMatch(protocols=(ICMPV6,)), IcmpMatch(family=6, types=types))
    yield rule("ICMPv6 that must pass", (*needed, *open_to("rules of the system")), "accept")
    synchronized = root.find("hasync")
    shared = root.find("virtualip/vip") is not None or (
        synchronized is not None and len(synchronized) > 0
    )
    if shared or of_opnsense(root):
        carp = ProtocolMatch(protocols=(CARP,))
        yield rule("CARP", (carp, *open_to("rules of the system")), "accept")


def _established(root: etree._Element) -> Iterator[Rule]:
    known = StateMatch(states=("established", "related"))
    yield rule("known conversations", (known,), "accept")
    tcp = ProtocolMatch(protocols=(TCP,))
    begins = TcpFlagsMatch(mask=_SYN | _ACK, value=_SYN, negated=True)
    any_flags = [*root.iter("tcpflags_any"), *root.iter("tcpflags1"), *root.iter("statetype")]
    told = [one for one in any_flags if one.tag == "tcpflags_any" or (one.text or "").strip()]
    sloppy = [one for one in told if one.text != "keep state"]
    # A rule passes a packet of TCP only where it begins a conversation, if it says nothing else.
    others = open_to("rules that let any flags pass") if sloppy else ()
    yield rule("TCP that begins none", (tcp, begins, *others), "drop")


def _chains(
    root: etree._Element, interfaces: list[PfInterface], reader: Reader, nat: Translations
) -> Iterator[Chain]:
    entering, leaving = reader.read(root.iterfind("filter/rule"))
    nat.read()
    for one in nat.arriving:
        if may_be_translated(one, [*nat.let_in, *entering]):
            why = "it translates ICMP that begins nothing, too, which rules may let in"
            reader.notes.append(NotUnderstood(line=one.line, text=one.text, why=why))
    for name, hook, priority, rules in (
        ("rdr", "prerouting", -100, nat.arriving),
        ("nat", "postrouting", 100, nat.leaving),
    ):
        yield Chain(
            id=f"pf {name}",
            name=name,
            rules=numbered(rules),
            hook="prerouting" if hook == "prerouting" else "postrouting",
            priority=priority,
            translates=True,
        )
    yield Chain(
        id="pf in",
        name="rules for what enters",
        rules=numbered(_entering(root, interfaces, nat.let_in, entering)),
        hook="forward",
        policy="drop",
    )
    yield Chain(
        id="pf out",
        name="rules for what leaves",
        rules=numbered([*_established(root), *_of_the_system(root), *leaving]) if leaving else (),
        hook="postrouting",
        priority=200,
    )
    own = rule("to the device itself", open_to("what the device itself answers"), "accept")
    yield Chain(id="pf own", name="to the device itself", rules=(own,), hook="input", policy="drop")


def _recognises(text: str) -> bool:
    return _ROOT.match(text) is not None


def _read(text: str, name: str) -> Reading:
    root = parse_xml(text.encode(errors="replace"), name)
    interfaces = interfaces_of(root, name)
    if not interfaces:
        message = f"{name}: found no interface that is switched on."
        raise SourceError(message, "Download the whole configuration again.")
    aliases = aliases_of(root, name)
    written_groups = root.findall("ifgroups/ifgroupentry")
    groups = {
        one.findtext("ifname") or "": tuple(
            (one.findtext("members") or "").replace(",", " ").split()
        )
        for one in written_groups
    }
    sequences = {
        one.findtext("ifname") or "": number(one.findtext("sequence"), {}, 999_999) or 0
        for one in written_groups
    }
    reader = Reader(Matching(aliases, interfaces, groups), sequences)
    routes, notes = routes_of(root, interfaces, aliases)
    reader.notes += [*notes, *told_of(root)]
    chains = tuple(_chains(root, interfaces, reader, Translations(reader, root, routes)))
    written = [
        *root.iterfind("filter/rule"),
        *root.iterfind("nat//rule"),
        *root.iterfind("nat/onetoone"),
    ]
    count = len(written) + len(interfaces) + len(aliases.known) + len(routes)
    told = tuple(dict.fromkeys(reader.notes))
    return Reading(
        chains=chains,
        filtered=BOTH,
        interfaces=tuple(one.record for one in interfaces),
        routes=tuple(routes),
        routed=BOTH,
        forwards={4: True, 6: True},
        reverse_path=(),
        not_understood=told,
        file=accounted_entries(name, count + len(told), _written(chains), told, reader.irrelevant),
    )


def _written(chains: tuple[Chain, ...]) -> list[Chain]:
    """Return the chains with only the rules that someone wrote, which have a line."""
    return [
        msgspec.structs.replace(
            chain, rules=tuple(one for one in chain.rules if one.line is not None)
        )
        for chain in chains
    ]


SYNTAX: Final = RuleSyntax("pf-config", _MADE_BY, _recognises, _read)
