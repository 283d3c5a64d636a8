"""What rules for frames let by at a machine's port, in words of the model.

Exact are rules on IP addresses, protocols and ports, and on a machine's own MAC address. A frame
with a tag is no IP packet to such rules, though who gets it may take it for one: where tagged
frames may pass, nothing is certain.
"""

from __future__ import annotations

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
    IP,
    TAGGED,
    Conditions,
    conditions_of,
    ethertype,
    without,
)
from ringfence.sources.linux.frame_rules import (
    ACCEPT,
    CONTINUE,
    DROP,
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
Action = Literal["accept", "drop", "unmodelled"]
Direction = Literal["in", "out"]
_ACTIONS: Final[Mapping[str, Action]] = {ACCEPT: "accept", DROP: "drop"}
_Ruling = tuple[Conditions, Action, str]
"""For which packets a rule is, what it does, and its text."""


@dataclass(frozen=True)
class NicFilters:
    """The chains of one host through which frames of its machines' interfaces go, by interface.

    ``stops`` says why frames may be stopped otherwise, ``None`` where these chains are all. They
    were not ``asked`` for where libvirt has no filter in force.
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
    def of(bundle: Bundle, ends: frozenset[str]) -> NicFilters:
        """Read the rules of a host; ``ends`` are the interfaces behind which its machines are."""
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
        return NicFilters(chains, sent, received)

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

        asked = any("-s" in rule.options for one in self.chains.values() for rule in one.rules)
        return asked and outcomes(self.chains, name, matches) != {DROP}

    def _arp(self, name: str, own: str) -> Iterator[Conditions]:
        """Yield the packets of which it is not certain that ARP lets them find their way."""
        if DROP in outcomes(self.chains, name, _of_type(ARP, own)):
            yield (UnmodelledMatch(text="ARP"),)
            return
        named = {
            rule.options["--arp-ip-src"]
            for chain in self.chains.values()
            for rule in chain.rules
            if "--arp-ip-src" in rule.options
        }
        if own and named:
            ranges = tuple(sorted(named))
            sources = AddressMatch(side="source", ranges=ranges, negated=True)
            yield UnmodelledMatch(text="ARP"), FamilyMatch(family=4), sources


def _of_type(kind: int, own: str) -> Matches:
    """Return a test for frames of a type, which a machine sends as itself where ``own`` says it."""

    def matches(rule: FrameRule) -> bool | None:
        certain = not rule.open
        for option, value in rule.options.items():
            asked = ethertype(value) if option == "-p" else None
            if asked is not None and asked != kind:
                return False
            itself = own and option in {"-s", "--arp-mac-src"} and value.lower() == own
            names_itself = own and option == "--arp-ip-src"
            certain = certain and bool(asked is not None or itself or names_itself)
        return True if certain else None

    return matches


class _Walk:
    """Puts the rules of chains for IP packets into one list."""

    def __init__(self, chains: Chains, own: str) -> None:
        self._chains = chains
        self._own = own
        self._found: list[_Ruling] = []

    def chain(self, name: str) -> tuple[_Ruling, ...]:
        """Return the rules in order: the first that matches decides."""
        self._go(self._chains[name], [()])
        return tuple(self._found)

    def _go(self, chain: FrameChain, left: list[Conditions]) -> None:
        """Go through a chain with what is ``left`` for it: packets that meet any of these."""
        for rule in chain.rules:
            wanted = conditions_of(rule, self._own)
            if wanted is None or (rule.target == CONTINUE and not rule.changes):
                continue
            here = _all_together(left, [wanted])
            if rule.target in self._chains and not rule.changes:
                self._go(self._chains[rule.target], here)
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
