"""The nftables rules of a zone gateway: one table, as text that ``nft -f`` loads at once.

Everything is refused but what the policy's flows permit. A packet passes where its source belongs
behind the interface that it came in by, and a flow permits it or it is part of a conversation that
a flow permitted. Every flow and every refusal has a counter and is told to the kernel's log by
netlink (NFLOG).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ringfence.enforce.gateway.description import Gateway, Permit, Side, of_family, pairs
from ringfence.foundation.errors import EnforceError
from ringfence.model.packet import (
    ICMP,
    ICMPV6,
    PROTOCOL_NAMES,
    PROTOCOLS_WITH_PORTS,
)
from ringfence.model.rules import NumberRange
from ringfence.policy.services import ServiceTerm

TABLE: Final = "ringfence"
GROUP: Final = 47
"""The group of NFLOG that every message goes to."""
ACCEPTED: Final = "accept"
REFUSED: Final = "refuse"

_INTERFACE: Final = re.compile(r"[A-Za-z0-9_.:@-]{1,15}")
_LONGEST_NAME: Final = 48
"""Of a zone or device: a prefix in the kernel's log holds 127 characters, and names two."""
_FAMILIES: Final = {4: ("ip", "ipv4_addr"), 6: ("ip6", "ipv6_addr")}
_COUNTER: Final = re.compile(r'counter name "([^"]+)"')
_ICMP_WORDS: Final = {ICMP: "icmp", ICMPV6: "icmpv6"}
_MANAGED_BY: Final = {
    4: ("tcp dport 22", "icmp type echo-request"),
    6: ("tcp dport 22", "icmpv6 type echo-request"),
}
"""What the gateway answers the zones that manage it: SSH, and whether it is there."""
_NEIGHBOURS: Final = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }"
_LISTENERS: Final = "icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report }"
_UNREACHED: Final = "destination-unreachable, time-exceeded, parameter-problem"
_ERRORS: Final = (
    f"ct state related icmp type {{ {_UNREACHED} }}",
    f"ct state related icmpv6 type {{ {_UNREACHED}, packet-too-big }}",
)
"""Of what is related to a conversation only errors: helpers may call anything related."""


def ruleset(gateway: Gateway) -> str:
    """Return what ``nft -f`` loads in one step: the table in place of the one that is there.

    Other tables, and the conversations that are known, stay as they are. Raises as ``table``.
    """
    head = (
        f"# The zone gateway {gateway.device}, made from the policy {gateway.policy}.",
        "# Change the policy and make it again: what is edited here is lost.",
        f"table inet {TABLE}",
        f"delete table inet {TABLE}",
    )
    return "\n".join((*head, table(gateway)))


def table(gateway: Gateway) -> str:
    """Return the table alone, as a listing would show it.

    Raises ``EnforceError`` for a name that no rule can hold.
    """
    _require_names(gateway)
    chains = [
        ("arriving", "prerouting", "raw", _arriving(gateway)),
        ("forwarding", "forward", "filter", _forwarding(gateway)),
        ("entering", "input", "filter", _entering(gateway)),
        ("leaving", "output", "filter", _leaving()),
    ]
    blocks = [*_pair_chains(gateway)]
    for name, hook, priority, rules in chains:
        base = f"type filter hook {hook} priority {priority}; policy drop;"
        blocks.append(_block(f"chain {name}", (base, *rules)))
    named = {name for block in blocks for name in _COUNTER.findall(block)}
    counters = (_block(f"counter {name}", ("packets 0 bytes 0",)) for name in sorted(named))
    return "\n".join((f"table inet {TABLE} {{", *counters, *_sets(gateway), *blocks, "}", ""))


def _require_names(gateway: Gateway) -> None:
    for side in gateway.sides:
        for name in side.interfaces:
            if not _INTERFACE.fullmatch(name):
                message = f"The interface {name!r} of {gateway.device} has a name that no rule"
                raise EnforceError(
                    f"{message} can hold.", "Use letters, digits and _ . : @ -, 15 at most."
                )
    for name in (gateway.device, *(side.zone for side in gateway.sides)):
        if len(name) > _LONGEST_NAME:
            message = f"The name {name!r} is too long for the log of a gateway."
            raise EnforceError(message, f"Use at most {_LONGEST_NAME} characters.")


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join((f"  {head} {{", *(f"    {line}" for line in lines), "  }"))


def _word(name: str) -> str:
    """Return a zone's name as part of an identifier; no other name becomes the same."""
    return name.replace(" ", "//")


def _set_of(side: Side, family: int) -> str:
    return f"net{family}/{_word(side.zone)}"


def _sets(gateway: Gateway) -> Iterator[str]:
    for side in gateway.sides:
        for family, (_, kind) in _FAMILIES.items():
            if networks := side.of_family(family):
                lines = (f"type {kind}", "flags interval", f"elements = {_braces(networks)}")
                yield _block(f"set {_set_of(side, family)}", lines)


def _told(counter: str, prefix: str, verdict: str) -> str:
    """Return the end of a rule that counts a packet, tells of it, and decides."""
    return f'counter name "{counter}" log prefix "{prefix}" group {GROUP} {verdict}'


def _refused(counter: str, prefix: str) -> str:
    return _told(f"{REFUSED}/{counter}", f"{REFUSED} {prefix}", "drop")


def _arriving(gateway: Gateway) -> Iterator[str]:
    """Yield what refuses packets whose source does not belong behind their interface."""
    yield 'iifname "lo" accept'
    for side in gateway.sides:
        at = f"iifname {_names(side.interfaces)}"
        for family, (word, _) in _FAMILIES.items():
            if side.of_family(family):
                yield f"{at} {word} saddr @{_set_of(side, family)} accept"
        # RFC 4861, 7.1: neighbours ask from link-local addresses, or from none.
        yield f"{at} ip6 saddr {{ ::, fe80::/10 }} {_NEIGHBOURS} accept"
        yield f"{at} {_refused(f'forged/{_word(side.zone)}', f'forged {side.zone}')}"
    yield _refused("stranger", "stranger")


def _forwarding(gateway: Gateway) -> Iterator[str]:
    yield "ct state established accept"
    yield from (f"{errors} accept" for errors in _ERRORS)
    ways = [
        f'"{incoming}" . "{outgoing}" : goto {_chain_of(source, destination)}'
        for source, destination in pairs(gateway)
        for incoming in source.interfaces
        for outgoing in destination.interfaces
    ]
    yield f"iifname . oifname vmap {_braces(ways)}"
    yield _refused("other", "other")


def _chain_of(source: Side, destination: Side) -> str:
    return f"pass/{_word(source.zone)}/{_word(destination.zone)}"


def _pair_chains(gateway: Gateway) -> Iterator[str]:
    for source, destination in pairs(gateway):
        permits = (
            permit
            for permit in gateway.permits
            if (permit.source, permit.destination) == (source.zone, destination.zone)
        )
        rules = [rule for permit in permits for rule in _permitted(permit, source, destination)]
        counter = f"{_word(source.zone)}/{_word(destination.zone)}"
        rules.append(_refused(counter, f"{source.zone} > {destination.zone}"))
        yield _block(f"chain {_chain_of(source, destination)}", rules)


def _permitted(permit: Permit, source: Side, destination: Side) -> Iterator[str]:
    prefix = f"{ACCEPTED} flow {permit.number} {source.zone} > {destination.zone}"
    end = _told(f"flow/{permit.number}", prefix, "accept")
    for term in permit.services:
        for family, (word, _) in _FAMILIES.items():
            ends = (
                _addresses(permit.sources, source, family),
                _addresses(permit.destinations, destination, family),
            )
            if term.family in {None, family} and all(ends):
                addresses = f"{word} saddr {ends[0]} {word} daddr {ends[1]}"
                yield f"{addresses} {_service(term)}ct state new {end}"


def _addresses(narrowed: Iterable[str] | None, side: Side, family: int) -> str:
    """Return what an address is compared with, nothing where the side has none of the family."""
    if narrowed is None:
        return f"@{_set_of(side, family)}" if side.of_family(family) else ""
    return _several(of_family(narrowed, family))


def _service(term: ServiceTerm) -> str:
    """Return the match of a service, with a blank behind it; nothing for any packet."""
    if term.protocol is None:
        return ""
    if term.protocol in PROTOCOLS_WITH_PORTS and term.ports:
        return f"{PROTOCOL_NAMES[term.protocol]} dport {_numbers(term.ports)} "
    word = _ICMP_WORDS.get(term.protocol)
    if word is not None and term.icmp_types:
        codes = f"{word} code {_numbers(term.icmp_codes)} " if term.icmp_codes else ""
        return f"{word} type {_numbers(term.icmp_types)} {codes}"
    return f"meta l4proto {term.protocol} "


def _entering(gateway: Gateway) -> Iterator[str]:
    """Yield what the gateway itself takes in: neighbours, and management from its zone only."""
    yield 'iifname "lo" accept'
    yield "ct state established accept"
    yield from (f"{errors} accept" for errors in _ERRORS)
    # RFC 4861, 7.1: whoever is not on the link cannot send with this hop limit.
    yield f"ip6 hoplimit 255 {_NEIGHBOURS} accept"
    for side in gateway.sides:
        at = f"iifname {_names(side.interfaces)}"
        prefix = f"{side.zone} > gateway"
        if side.manages:
            end = _told("manage", f"{ACCEPTED} manage {prefix}", "accept")
            for family, (word, _) in _FAMILIES.items():
                if side.of_family(family):
                    source = f"{word} saddr @{_set_of(side, family)}"
                    for service in _MANAGED_BY[family]:
                        yield f"{at} {source} {service} ct state new {end}"
        yield f"{at} {_refused(f'gateway/{_word(side.zone)}', prefix)}"


def _leaving() -> Iterator[str]:
    """Yield what the gateway itself sends: answers, errors, and asking for its neighbours."""
    yield 'oifname "lo" accept'
    yield "ct state established accept"
    yield from (f"{errors} accept" for errors in _ERRORS)
    yield f"{_NEIGHBOURS} accept"
    yield f"{_LISTENERS} accept"
    yield _refused("leaving", "leaving gateway")


def _names(interfaces: Iterable[str]) -> str:
    return _several(tuple(f'"{name}"' for name in interfaces))


def _numbers(ranges: Iterable[NumberRange]) -> str:
    """Return ranges that do not overlap: a set of nftables takes no others."""
    joined: list[NumberRange] = []
    for one in sorted(ranges, key=lambda one: (one.first, one.last)):
        if joined and one.first <= joined[-1].last + 1:
            last = max(joined[-1].last, one.last)
            joined[-1] = NumberRange(joined[-1].first, last)
        else:
            joined.append(one)
    return _several(
        tuple(
            str(one.first) if one.first == one.last else f"{one.first}-{one.last}" for one in joined
        )
    )


def _several(texts: tuple[str, ...]) -> str:
    return texts[0] if len(texts) == 1 else _braces(texts) if texts else ""


def _braces(texts: Iterable[str]) -> str:
    return f"{{ {', '.join(texts)} }}"
