"""What rules that translate make of sets of headers, forwards and backwards.

The first rule that matches decides, chain by chain; what is not modelled leaves several ways open.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ringfence.model.connections import (
    EITHER_WAY,
    SOURCE_PORT_KINDS,
    STARTING_FLAGS,
    STARTING_ICMP,
)
from ringfence.model.packet import ICMP, PROTOCOLS_WITH_PORTS, TCP
from ringfence.model.rules import Translation
from ringfence.reach.chains import family_of
from ringfence.reach.conditions import Passage, RuleMatcher, depends_on_passage, port_ranges
from ringfence.reach.fields import IPV4, IPV6, Field, address_interval
from ringfence.reach.interface_addresses import InterfaceAddresses
from ringfence.reach.moves import Move, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ringfence.model.rules import Chain, Condition, Device, Hook, Rule
    from ringfence.reach.attachments import Bound
    from ringfence.reach.conditions import Match
    from ringfence.reach.fields import Interval
    from ringfence.reach.headers import HeaderSet, HeaderSpace

_ADDRESS: Final = {"source": Field.SOURCE, "destination": Field.DESTINATION}
_PORT: Final = {"source": Field.SOURCE_PORT, "destination": Field.DESTINATION_PORT}
_WITH_PORTS: Final = tuple((number, number) for number in sorted(PROTOCOLS_WITH_PORTS))


class _Results:
    """What becomes of headers in translating chains; ``open`` may have more than one fate."""

    def __init__(self, space: HeaderSpace) -> None:
        self.translated: defaultdict[Translation, list[HeaderSet]] = defaultdict(list)
        self.dropped: list[HeaderSet] = []
        self.kept: HeaderSet = space.nothing
        self.open: HeaderSet = space.nothing


class Translator:
    """The translating chains of one device in one header space, for both bounds."""

    def __init__(self, space: HeaderSpace, device: Device, chains: Sequence[Chain]) -> None:
        self._space = space
        self._addresses = InterfaceAddresses(device)
        self._chains = chains
        self._by_id = {chain.id: chain for chain in chains}
        self._matcher = RuleMatcher(space)
        self._translations = translations(chains)
        self._results: dict[object, _Results] = {}
        self._steps: dict[object, Step] = {}

    @cached_property
    def sources(self) -> bool:
        """Whether any rule translates sources."""
        return any(one.side == "source" for one in self._translations)

    @cached_property
    def changed_after_routing(self) -> tuple[Field, ...]:
        """The fields of an answer that are translated back after it was routed."""
        if any(one.side == "destination" for one in self._translations):
            return (Field.SOURCE, Field.SOURCE_PORT)
        return ()

    @cached_property
    def changed_in_answers(self) -> tuple[Field, ...]:
        """The fields of an answer that may be translated back at all."""
        before = (Field.DESTINATION,) if self.sources else ()
        return (*before, Field.DESTINATION_PORT, *self.changed_after_routing)

    def step(self, hook: Hook, passage: Passage, bound: Bound) -> Step:
        """Return what the chains at a hook make of packets of a passage."""
        told = tuple(self._matcher.holds(one, passage) for one in self._told_apart)
        ends = tuple(
            interface
            for side, interface in (
                ("source", passage.outgoing),
                ("destination", passage.incoming),
            )
            if any(one.of_interface and one.side == side for one in self._translations)
        )
        known = self._steps.get((hook, told, ends, bound))
        if known is None:
            results = self._results.get((hook, told))
            if results is None:
                results = self._results[hook, told] = self._walked(hook, passage)
            known = self._step(hook, passage, bound, results)
            self._steps[hook, told, ends, bound] = known
        return known

    @cached_property
    def _told_apart(self) -> tuple[Condition, ...]:
        found = dict.fromkeys(
            condition
            for chain in self._chains
            for rule in chain.rules
            for condition in rule.conditions
            if depends_on_passage(condition)
        )
        return tuple(found)

    def _step(self, hook: Hook, passage: Passage, bound: Bound, results: _Results) -> Step:
        space = self._space
        moves: list[Move] = []
        exact: list[Move] = []
        for translation, parts in results.translated.items():
            matched = space.union(parts)
            if bound == "lower":
                matched = space.without(matched, self._else(results, translation))
            exactly = translation.side == "source" and translation.ports
            for move in self._moves(translation, matched, passage, bound):
                (exact if exactly else moves).append(move)
        kept = results.kept
        if bound == "lower":
            kept = space.without(kept, self._else(results, None))
        return Step(
            space,
            self._straight,
            kept,
            tuple(moves),
            tuple(exact),
            # Two connections become the same only where something is translated.
            self._kinds if self._translations and hook in ("input", "postrouting") else (),
        )

    def _else(self, results: _Results, but: Translation | None) -> HeaderSet:
        """Return the headers that may have another fate than one: ``None`` is to be kept."""
        space = self._space
        if results.open == space.nothing:
            return space.nothing
        others = [*results.dropped]
        for translation, parts in results.translated.items():
            others += () if translation == but else parts
        if but is not None:
            others.append(results.kept)
        return space.union(others) & results.open

    def _moves(
        self, translation: Translation, matched: HeaderSet, passage: Passage, bound: Bound
    ) -> Iterator[Move]:
        space = self._space
        address, port = _ADDRESS[translation.side], _PORT[translation.side]
        for pieces, target in self._targets(translation, passage, bound):
            narrowed = matched if pieces is None else matched & pieces
            fields = () if target is None else (address,)
            into = space.everything if target is None else target
            if not translation.ports:
                yield Move(narrowed, fields, into)
                shared = self._shared if translation.side == "source" else ()
                ports = space.intervals(port, shared)
                if shared:
                    yield Move(narrowed & self._ported, (*fields, port), into & ports)
                continue
            ports = space.intervals(port, port_ranges(translation.ports))
            yield Move(narrowed & self._ported, (*fields, port), into & ports)
            yield Move(space.without(narrowed, self._ported), fields, into)

    def _targets(
        self, translation: Translation, passage: Passage, bound: Bound
    ) -> Iterator[tuple[HeaderSet | None, HeaderSet | None]]:
        """Yield headers, all where ``None``, with the new addresses, the same where ``None``."""
        space, side = self._space, translation.side
        field = _ADDRESS[side]
        if translation.of_interface:
            interface = passage.outgoing if side == "source" else passage.incoming
            for family in (IPV4, IPV6):
                taken = self._addresses.taken_for(interface, family, bound)
                yield space.interval(field, family), space.intervals(field, taken)
        elif translation.prefix is not None:
            old = address_interval(translation.prefix)
            new = address_interval(translation.addresses[0])
            for first, last in space.pieces(field, old):
                moved = (first - old[0] + new[0], last - old[0] + new[0])
                yield space.interval(field, (first, last)), space.interval(field, moved)
        elif translation.addresses:
            yield None, space.intervals(field, map(address_interval, translation.addresses))
        else:
            yield None, None

    @cached_property
    def _ported(self) -> HeaderSet:
        return self._space.intervals(Field.PROTOCOL, _WITH_PORTS)

    @cached_property
    def _shared(self) -> tuple[Interval, ...]:
        """The ports that rules give to sources: a further connection may keep them."""
        return tuple(
            ends
            for translation in self._translations
            if translation.side == "source"
            for ends in port_ranges(translation.ports)
        )

    @cached_property
    def _kinds(self) -> tuple[Move, ...]:
        """What source ports may become where two connections would be the same."""
        space, field = self._space, Field.SOURCE_PORT
        started = self._starting & self._ported
        return tuple(
            Move(started & space.interval(field, ports), (field,), space.interval(field, into))
            for ports, into in SOURCE_PORT_KINDS
        )

    @cached_property
    def _starting(self) -> HeaderSet:
        """The headers of packets that may start a connection."""
        return starting(self._space)

    @cached_property
    def _straight(self) -> HeaderSet:
        space = self._space
        either = space.intervals(Field.PROTOCOL, ((one, one) for one in EITHER_WAY))
        return space.complement(self._starting) | either

    def _walked(self, hook: Hook, passage: Passage) -> _Results:
        """Return what the chains at a hook do: first match, chain by chain."""
        space = self._space
        results = _Results(space)
        remaining = self._starting
        at_hook = [one for one in self._chains if one.translates and one.hook == hook]
        for chain in sorted(at_hook, key=lambda one: one.priority):
            family = family_of(space, chain)
            accepted, ends = self._through(chain, passage, remaining & family, (), results)
            if chain.policy == "drop":
                results.dropped.append(ends)
            else:
                accepted |= ends
            remaining = accepted | space.without(remaining, family)
        results.kept = remaining
        return results

    def _through(
        self,
        chain: Chain,
        passage: Passage,
        given: HeaderSet,
        above: tuple[str, ...],
        results: _Results,
    ) -> tuple[HeaderSet, HeaderSet]:
        """Return what a chain accepts of some headers, and what comes to its end or returns."""
        space = self._space
        accepted = ends = space.nothing
        remaining, inside = given, (*above, chain.id)
        for match in self._matcher.matches(chain.rules, passage):
            headers = self._matched(match) & remaining
            if headers == space.nothing:
                continue
            certain = match.certain
            back = space.nothing
            match match.rule.action:
                case "accept":
                    accepted |= headers
                case "drop" | "reject":
                    results.dropped.append(headers)
                case "return":
                    ends |= headers
                case "translate" if match.rule.translation is not None:
                    results.translated[match.rule.translation].append(headers)
                case "jump" | "goto" if (target := self._target(match.rule, inside)) is not None:
                    passed, back = self._through(target, passage, headers, inside, results)
                    accepted |= passed
                    if match.rule.action == "goto":
                        ends, back = ends | back, space.nothing
                case _:
                    certain = False
                    accepted |= headers
                    results.dropped.append(headers)
            if certain:
                remaining = space.without(remaining, headers) | back
            else:
                results.open |= headers
        return accepted, ends | remaining

    def _target(self, rule: Rule, inside: tuple[str, ...]) -> Chain | None:
        if rule.target is None or rule.target in inside:
            return None
        return self._by_id.get(rule.target)

    def _matched(self, match: Match) -> HeaderSet:
        """Return the headers that a rule matches: with an address that it can translate."""
        headers = self._matcher.headers(match) & self._space.everything
        translation = match.rule.translation
        if translation is None:
            return headers
        field = _ADDRESS[translation.side]
        if translation.prefix is not None:
            return headers & self._space.interval(field, address_interval(translation.prefix))
        if translation.addresses:
            first, _ = address_interval(translation.addresses[0])
            return headers & self._space.interval(field, IPV4 if first <= IPV4[1] else IPV6)
        return headers


def translations(chains: Iterable[Chain]) -> tuple[Translation, ...]:
    """Return what any of some chains' rules translate, each once."""
    found: Mapping[Translation, None] = dict.fromkeys(
        rule.translation for chain in chains for rule in chain.rules if rule.translation is not None
    )
    return tuple(found)


def starting(space: HeaderSpace) -> HeaderSet:
    """Return the headers of packets that may start a connection."""
    telling = [
        (
            space.interval(Field.PROTOCOL, (TCP, TCP)),
            space.intervals(Field.TCP_FLAGS, ((one, one) for one in STARTING_FLAGS)),
        )
    ]
    for protocol, types in STARTING_ICMP.items():
        family = space.interval(Field.DESTINATION, IPV4 if protocol == ICMP else IPV6)
        starts = space.intervals(Field.ICMP, ((one * 256, one * 256 + 255) for one in types))
        telling.append((space.interval(Field.PROTOCOL, (protocol, protocol)), family & starts))
    found = space.everything
    for of_protocol, starts in telling:
        found = space.without(found, space.without(of_protocol, starts))
    return found
