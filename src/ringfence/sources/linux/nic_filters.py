"""What rules for frames let by at a machine's port, in words of the model.

Exact are rules on IP addresses, protocols and ports, and on a machine's own MAC address. A frame
with a tag is no IP packet to such rules, though who gets it may take it for one: where tagged
frames may pass, nothing is certain.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal

from ringfence.model.facts import NotRead
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    FamilyMatch,
    PortFilter,
    SwitchFilterRule,
    UnmodelledMatch,
)
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.frame_conditions import (
    ARP,
    BETWEEN,
    IP,
    TAGGED,
    Conditions,
    conditions_of,
    ethertype,
    network_of,
    without,
)
from ringfence.sources.linux.frame_rules import (
    ACCEPT,
    CONTINUE,
    DROP,
    MOST_DEEP,
    RETURN,
    Chains,
    FrameChain,
    FrameRule,
    Matches,
    by_port,
    frame_tables,
    is_idle,
    outcomes,
)

_TABLE: Final = "nat"
_MOST: Final = 64
_BEHIND: Final = frozenset(("--ip6-proto", "--ip6-protocol"))
_HIDDEN: Final = "headers between that of IPv6 and its protocol may be skipped"
Action = Literal["accept", "drop", "unmodelled"]
Direction = Literal["in", "out"]
_ACTIONS: Final[Mapping[str, Action]] = {ACCEPT: "accept", DROP: "drop"}
_Ruling = tuple[Conditions, Action, str]
"""For which packets a rule is, what it does, and its text."""


@dataclass(frozen=True)
class NicFilters:
    """The chains of one host through which frames of its machines' interfaces go, by interface.

    ``stops`` says why rules of ebtables may stop frames that these chains do not tell of, ``None``
    where there is no other such rule. Where libvirt has no filter in force they were not ``asked``
    for, and nothing is known of them here.
    """

    chains: Chains
    sent: Mapping[str, str]
    received: Mapping[str, str]
    stops: NotRead | None = None
    asked: bool = True

    @property
    def understood(self) -> frozenset[tuple[str, str]]:
        """The tables of nftables that are read here: what the program ebtables has there."""
        understood = self.asked and self.stops is None
        return frozenset({("bridge", _TABLE)}) if understood else frozenset()

    @staticmethod
    def of(bundle: Bundle, ends: frozenset[str], bridged: frozenset[str]) -> NicFilters:
        """Read the rules of a host; ``ends`` are the interfaces behind which its machines are.

        Only those that are ``bridged`` by a Linux bridge meet any: Open vSwitch asks no rule.
        """
        if "frame-rules" not in bundle.answers:
            return NicFilters({}, {}, {}, asked=False)
        text = bundle.text("frame-rules")
        tables = text if isinstance(text, NotRead) else frame_tables(text)
        if isinstance(tables, NotRead):
            return NicFilters({}, {}, {}, tables)
        chains = tables.get(_TABLE, {})
        sent = by_port(chains, "PREROUTING", "-i")
        received = by_port(chains, "POSTROUTING", "-o")
        local = {name: chain for name, chain in chains.items() if name == "OUTPUT"}
        others = [one for name, one in tables.items() if name != _TABLE]
        known = sent is not None and received is not None and ends >= {*sent, *received}
        if sent is None or received is None or not known or not all(map(is_idle, (local, *others))):
            return NicFilters({}, {}, {}, _not_read("what rules of ebtables stop is not modelled"))
        return NicFilters(chains, _among(bridged, sent), _among(bridged, received))

    def at(self, end: str, mac: str, name: str, host: str) -> PortFilter | None:
        """Return the filter at an interface of a host, ``None`` where no rule is about it."""
        if end not in self.sent and end not in self.received:
            return None
        rules = (*self._rules(end, mac, "in"), *self._rules(end, mac, "out"))
        return PortFilter(
            id=f"{host}/filter/{end}",
            name=name,
            rules=tuple(
                SwitchFilterRule(
                    number=number, text=text, conditions=found, action=action, direction=direction
                )
                for number, ((found, action, text), direction) in enumerate(rules, 1)
            ),
            hosts=(host,),
            other_frames="accept",
            reassembles=(),
        )

    def _rules(
        self, end: str, mac: str, direction: Direction
    ) -> Iterator[tuple[_Ruling, Direction]]:
        name = (self.sent if direction == "in" else self.received).get(end)
        if name is None:
            return
        own = mac if direction == "in" else ""
        if any(self._may_pass(name, each, own) for each in TAGGED):
            text = "frames with a tag may pass, whatever is in them"
            yield ((), "unmodelled", text), direction
        if own and self._by_other_mac(name, mac):
            text = "frames from another MAC address may pass"
            yield ((), "unmodelled", text), direction
        if any(option in _BEHIND for rule in self._reached(name) for option in rule.options):
            yield ((FamilyMatch(family=6), BETWEEN), "unmodelled", _HIDDEN), direction
        for found in self._arp(name, own):
            yield (found, "drop", "ARP may be stopped"), direction
        for ruling in _Walk(self.chains, own).chain(name):
            yield ruling, direction

    def _may_pass(self, name: str, kind: int, own: str) -> bool:
        """Tell whether frames of a type may pass, whichever MAC address they come from."""
        return any(
            outcomes(self.chains, name, _of_type(kind, each)) != {DROP} for each in {own, ""}
        )

    def _by_other_mac(self, name: str, mac: str) -> bool:
        """Tell whether a machine that takes another MAC address gets IP packets by."""

        def matches(rule: FrameRule) -> bool | None:
            if rule.options.get("-s", "").lower() == mac:
                return False
            plain = not rule.open and not (rule.options.keys() - {"-p"})
            return True if plain and "-p" not in rule.options else None

        asked = any("-s" in rule.options for rule in self._reached(name))
        return asked and outcomes(self.chains, name, matches) != {DROP}

    def _reached(self, name: str) -> Iterator[FrameRule]:
        """Yield the rules of a chain and of all that it leads to."""
        waiting, seen = [name], {name}
        while waiting:
            chain = self.chains.get(waiting.pop())
            for rule in () if chain is None else chain.rules:
                yield rule
                if rule.target not in seen:
                    seen.add(rule.target)
                    waiting.append(rule.target)

    def _arp(self, name: str, own: str) -> Iterator[Conditions]:
        """Yield the packets of which it is not certain that ARP lets them find their way."""
        if not self._stops_arp(name, own):
            return
        asked = {rule.options.get("--arp-ip-src", "") for rule in self._reached(name)}
        named = sorted(filter(None, map(network_of, asked))) if own else []
        passing = tuple(one for one in named if not self._stops_arp(name, own, one))
        if passing:
            sources = AddressMatch(side="source", ranges=passing, negated=True)
            yield UnmodelledMatch(text="ARP"), FamilyMatch(family=4), sources
        else:
            yield (UnmodelledMatch(text="ARP"),)

    def _stops_arp(self, name: str, own: str, source: str = "") -> bool:
        """Tell whether ARP may be stopped that a machine sends as itself, from ``source``."""
        return DROP in outcomes(self.chains, name, _of_type(ARP, own, source))


def _among(ports: frozenset[str], chains: Mapping[str, str]) -> Mapping[str, str]:
    return {port: chain for port, chain in chains.items() if port in ports}


def _of_type(kind: int, own: str, source: str = "") -> Matches:
    """Return a test for frames of a type, which a machine sends as itself where ``own`` says it.

    ARP of it may be known to come from an address of the network ``source``.
    """

    def matches(rule: FrameRule) -> bool | None:
        certain = not rule.open
        for option, value in rule.options.items():
            asked = ethertype(value) if option == "-p" else None
            if asked is not None and asked != kind:
                return False
            itself = own and option in {"-s", "--arp-mac-src"} and value.lower() == own
            within = _is_within(source, value) if option == "--arp-ip-src" else None
            if within is False:
                return False
            certain = certain and bool(asked is not None or itself or within)
        return True if certain else None

    return matches


def _is_within(source: str, value: str) -> bool | None:
    """Tell whether all addresses of a network, or none, are those that a rule asks for."""
    wanted = network_of(value)
    if wanted is None or not source:
        return None
    one, other = ipaddress.ip_network(source), ipaddress.ip_network(wanted)
    if isinstance(one, ipaddress.IPv4Network) and isinstance(other, ipaddress.IPv4Network):
        return True if one.subnet_of(other) else None if one.overlaps(other) else False
    return None


class _Walk:
    """Puts the rules of chains for IP packets into one list."""

    def __init__(self, chains: Chains, own: str) -> None:
        self._chains = chains
        self._own = own
        self._found: list[_Ruling] = []

    def chain(self, name: str) -> tuple[_Ruling, ...]:
        """Return the rules in order: the first that matches decides."""
        self._go(self._chains[name], [()], ())
        return tuple(self._found)

    def _go(self, chain: FrameChain, left: list[Conditions], above: tuple[str, ...]) -> None:
        """Go through a chain with what is ``left`` for it: packets that meet any of these.

        The chains ``above`` led to it; one that leads back, as none in a kernel does, is open.
        """
        above = (*above, chain.name)
        for rule in chain.rules:
            wanted = conditions_of(rule, self._own)
            if wanted is None or (rule.target == CONTINUE and not rule.changes):
                continue
            here = _all_together(left, [wanted])
            leads_on = rule.target in self._chains and rule.target not in above
            if leads_on and not rule.changes and len(above) <= MOST_DEEP:
                self._go(self._chains[rule.target], here, above)
                continue
            action = _ACTIONS.get(rule.target, "unmodelled")
            if rule.changes or (action == "unmodelled" and rule.target != RETURN):
                self._emit(here, "unmodelled", rule.text)
                continue
            if rule.target != RETURN:
                self._emit(here, action, rule.text)
            left = _all_together(left, without(wanted))
            if len(left) > _MOST:
                self._emit([()], "unmodelled", rule.text)
                return
        if chain.policy in _ACTIONS:
            self._emit(left, _ACTIONS[chain.policy], f":{chain.name} {chain.policy}")

    def _emit(self, packets: list[Conditions], action: Action, text: str) -> None:
        self._found.extend((one, action, text) for one in packets)


def _all_together(some: Iterable[Conditions], others: Iterable[Conditions]) -> list[Conditions]:
    """Return what holds where any of some and any of others does."""
    pairs = product(some, tuple(others))
    return [both for one, other in pairs if (both := _together(one, other)) is not None]


def _together(one: Conditions, other: Conditions) -> Conditions | None:
    """Return what holds where both do; ``None`` where they are of different IP families."""
    both: tuple[Condition, ...] = tuple(dict.fromkeys((*one, *other)))
    families = {condition.family for condition in both if isinstance(condition, FamilyMatch)}
    return None if families == set(IP.values()) else both


def _not_read(detail: str) -> NotRead:
    return NotRead(reason="not-understood", detail=detail)
