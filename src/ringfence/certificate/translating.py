"""What rules that translate may make of headers: the upper bound, forwards and backwards."""

from __future__ import annotations

from ipaddress import ip_interface
from typing import TYPE_CHECKING, NamedTuple

from ringfence.certificate.diagram import (
    DESTINATION,
    DESTINATION_PORT,
    EMPTY,
    ICMP,
    IPV4,
    IPV6,
    PROTOCOL,
    SOURCE,
    SOURCE_PORT,
    TCP_FLAGS,
    Diagrams,
    Interval,
    joined,
)
from ringfence.certificate.matches import Passage, address_interval
from ringfence.model.connections import (
    EITHER_WAY,
    SOURCE_PORT_KINDS,
    STARTING_FLAGS,
    STARTING_ICMP,
)
from ringfence.model.facts import NotRead
from ringfence.model.packet import ICMP as ICMP_PROTOCOL
from ringfence.model.packet import PROTOCOLS_WITH_PORTS, TCP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ringfence.certificate.rules import Rules
    from ringfence.model.rules import Chain, Device, Hook, Rule, Translation


class Change(NamedTuple):
    """Headers ``matched`` get values of the set ``target`` in some ``fields``.

    A ``shift`` moves an address field from one network into another instead.
    """

    matched: int
    fields: tuple[int, ...]
    target: int
    shift: tuple[int, Interval, Interval] | None = None


class Changes(NamedTuple):
    """What the translating chains of a hook may do: leave headers alone, or change them.

    Source ports may change besides by one of ``kinds``, but not after what is ``final``.
    """

    alone: int
    changes: tuple[Change, ...]
    final: tuple[Change, ...]
    straight: int
    kinds: tuple[Change, ...]


class Translating:
    """The rules of one device that translate."""

    def __init__(
        self, diagrams: Diagrams, device: Device, chains: Sequence[Chain], rules: Rules
    ) -> None:
        self._diagrams = diagrams
        self._device = device
        self._chains = {chain.id: chain for chain in chains}
        self._rules = rules
        self._all = translations(chains)
        self._found: dict[tuple[Hook, Passage], Changes] = {}
        starting = self._starting()
        either = diagrams.box({PROTOCOL: joined((one, one) for one in EITHER_WAY)})
        self._starts = starting
        self._straight = diagrams.either(diagrams.without(diagrams.everything, starting), either)

    @property
    def sources(self) -> bool:
        """Whether any rule translates sources."""
        return any(one.side == "source" for one in self._all)

    @property
    def destinations(self) -> bool:
        """Whether any rule translates destinations."""
        return any(one.side == "destination" for one in self._all)

    def onward(self, hook: Hook, passage: Passage, headers: int) -> int:
        """Return what headers may be after the chains of a hook."""
        diagrams, changes = self._diagrams, self._at(hook, passage)
        moved = diagrams.union(
            [diagrams.both(headers, changes.alone)]
            + [self._image(one, headers) for one in changes.changes]
        )
        return diagrams.union(
            [diagrams.both(headers, changes.straight), moved]
            + [self._image(one, moved) for one in changes.kinds]
            + [self._image(one, headers) for one in changes.final]
        )

    def backward(self, hook: Hook, passage: Passage, headers: int) -> int:
        """Return what may be some headers after the chains of a hook."""
        diagrams, changes = self._diagrams, self._at(hook, passage)
        before = diagrams.union([headers] + [self._origin(one, headers) for one in changes.kinds])
        return diagrams.union(
            [diagrams.both(headers, changes.straight), diagrams.both(before, changes.alone)]
            + [self._origin(one, before) for one in changes.changes]
            + [self._origin(one, headers) for one in changes.final]
        )

    def _image(self, one: Change, headers: int) -> int:
        diagrams = self._diagrams
        taken = diagrams.both(headers, one.matched)
        if one.shift is not None:
            field, old, new = one.shift
            taken = diagrams.shifted(taken, field, old, new)
        return diagrams.both(diagrams.freed(taken, one.fields), one.target)

    def _origin(self, one: Change, headers: int) -> int:
        diagrams = self._diagrams
        taken = diagrams.freed(diagrams.both(headers, one.target), one.fields)
        if one.shift is not None:
            field, old, new = one.shift
            taken = diagrams.shifted(taken, field, new, old)
        return diagrams.both(taken, one.matched)

    def _at(self, hook: Hook, passage: Passage) -> Changes:
        known = self._found.get((hook, passage))
        if known is None:
            known = self._found[hook, passage] = self._changes(hook, passage)
        return known

    def _changes(self, hook: Hook, passage: Passage) -> Changes:
        diagrams = self._diagrams
        found: list[tuple[Translation, int]] = []
        alone = self._starts
        ordered = [one for one in self._chains.values() if one.translates and one.hook == hook]
        for chain in sorted(ordered, key=lambda one: one.priority):
            others = EMPTY
            if chain.family:
                others = diagrams.box({DESTINATION: (IPV6 if chain.family == 4 else IPV4,)})
            asked = diagrams.without(alone, others)
            accepted, ended = self._walk(chain, passage, asked, frozenset(), found)
            if chain.policy == "accept":
                accepted = diagrams.either(accepted, ended)
            alone = diagrams.either(accepted, diagrams.both(alone, others))
        kinds: tuple[Change, ...] = ()
        if self._all and hook in ("input", "postrouting"):
            kinds = tuple(
                Change(
                    diagrams.both(
                        self._starts, diagrams.box({PROTOCOL: _PORTED, SOURCE_PORT: (ports,)})
                    ),
                    (SOURCE_PORT,),
                    diagrams.box({SOURCE_PORT: (into,)}),
                )
                for ports, into in SOURCE_PORT_KINDS
            )
        made = [
            (one.side == "source" and bool(one.ports), change)
            for one, matched in found
            for change in self._of(one, matched, passage)
        ]
        return Changes(
            alone,
            tuple(change for final, change in made if not final),
            tuple(change for final, change in made if final),
            self._straight,
            kinds,
        )

    def _walk(  # noqa: C901 (one branch for each action)
        self,
        chain: Chain,
        passage: Passage,
        left: int,
        above: frozenset[str],
        found: list[tuple[Translation, int]],
    ) -> tuple[int, int]:
        """Return what a chain may accept, and what may come to its end; add what it translates."""
        diagrams = self._diagrams
        accepted, ended, inside = EMPTY, EMPTY, above | {chain.id}
        for rule in chain.rules:
            if rule.action == "continue" or not self._rules.met(rule, passage):
                continue
            matched, passing = self._rules.matched(rule)
            taken = diagrams.both(left, self._matched(rule, matched))
            if taken == EMPTY:
                continue
            if passing != diagrams.everything:
                left = diagrams.without(left, taken)
            if rule.action == "translate" and rule.translation is not None:
                found.append((rule.translation, taken))
            elif rule.action == "return":
                ended = diagrams.either(ended, taken)
            elif rule.action in ("jump", "goto") and (
                rule.target in self._chains and rule.target not in inside
            ):
                target = self._chains[rule.target]
                through, back = self._walk(target, passage, taken, inside, found)
                accepted = diagrams.either(accepted, through)
                if rule.action == "jump":
                    left = diagrams.either(left, back)
                else:
                    ended = diagrams.either(ended, back)
            elif rule.action not in ("drop", "reject"):
                accepted = diagrams.either(accepted, taken)
                if rule.action != "accept":  # it is not known what happens
                    left = diagrams.either(left, taken)
        return accepted, diagrams.either(ended, left)

    def _matched(self, rule: Rule, matched: int) -> int:
        """Return which of the headers that a rule matches have an address that it translates."""
        one = rule.translation
        if one is None or not one.addresses:
            return matched
        first = address_interval(one.addresses[0])[0]
        bounds = IPV4 if first <= IPV4[1] else IPV6
        if one.prefix is not None:
            bounds = address_interval(one.prefix)
        return self._diagrams.both(matched, self._diagrams.box({_address(one): (bounds,)}))

    def _of(self, one: Translation, matched: int, passage: Passage) -> Iterator[Change]:
        """Yield what a translation does: new addresses, and new ports where there are ports."""
        diagrams = self._diagrams
        port = SOURCE_PORT if one.side == "source" else DESTINATION_PORT
        ports = joined((some.first, some.last) for some in one.ports)
        shared = joined(
            (some.first, some.last)
            for other in self._all
            if other.side == one.side == "source"
            for some in other.ports
        )
        with_ports = diagrams.both(matched, diagrams.box({PROTOCOL: _PORTED}))
        for change in self._addresses(one, matched, passage):
            if one.ports or shared:
                yield Change(
                    diagrams.both(change.matched, with_ports),
                    (*change.fields, port),
                    diagrams.both(change.target, diagrams.box({port: ports or shared})),
                    change.shift,
                )
            rest = change.matched
            if one.ports:
                rest = diagrams.without(rest, with_ports)
            yield change._replace(matched=rest)

    def _addresses(self, one: Translation, matched: int, passage: Passage) -> Iterator[Change]:
        """Yield what a translation does to addresses."""
        diagrams, field = self._diagrams, _address(one)
        if one.of_interface:
            interface = passage.outgoing if one.side == "source" else passage.incoming
            for family in (IPV4, IPV6):
                narrowed = diagrams.both(matched, diagrams.box({field: (family,)}))
                taken = joined(self._of_interface(interface, family))
                yield Change(narrowed, (field,), diagrams.box({field: taken}))
        elif one.prefix is not None:
            old, new = address_interval(one.prefix), address_interval(one.addresses[0])
            yield Change(matched, (), diagrams.everything, (field, old, new))
        elif one.addresses:
            target = diagrams.box({field: joined(map(address_interval, one.addresses))})
            yield Change(matched, (field,), target)
        else:
            yield Change(matched, (), diagrams.everything)

    def _of_interface(self, name: str | None, family: Interval) -> Iterable[Interval]:
        """Return the addresses that may be taken for an interface's."""
        interfaces = self._device.interfaces
        if isinstance(interfaces, NotRead):
            return (family,)
        held: dict[str, list[Interval]] = {}
        for each in interfaces:
            if not isinstance(each.addresses, NotRead):
                numbers = [address_interval(str(ip_interface(one).ip)) for one in each.addresses]
                held[each.name] = [one for one in numbers if family[0] <= one[0] <= family[1]]
        local = address_interval("fe80::/10")
        usual = {one for one in held.get(name or "", ()) if not local[0] <= one[0] <= local[1]}
        if len(usual) == 1:
            return usual
        if len(held) < len(interfaces):
            return (family,)
        return [one for numbers in held.values() for one in numbers]

    def _starting(self) -> int:
        """Return the headers of packets that may start a connection."""
        diagrams = self._diagrams
        flags = joined((one, one) for one in STARTING_FLAGS)
        boxes = [{PROTOCOL: ((TCP, TCP),), TCP_FLAGS: flags}]
        for protocol, types in STARTING_ICMP.items():
            boxes.append(
                {
                    PROTOCOL: ((protocol, protocol),),
                    DESTINATION: (IPV4 if protocol == ICMP_PROTOCOL else IPV6,),
                    ICMP: joined((one * 256, one * 256 + 255) for one in types),
                }
            )
        told = joined((one, one) for one in (TCP, *STARTING_ICMP))
        others = diagrams.without(diagrams.everything, diagrams.box({PROTOCOL: told}))
        return diagrams.union([others, *map(diagrams.box, boxes)])


_PORTED = joined((one, one) for one in PROTOCOLS_WITH_PORTS)


def _address(one: Translation) -> int:
    return SOURCE if one.side == "source" else DESTINATION


def refuses(chains: Iterable[Chain]) -> bool:
    """Tell whether chains that translate may refuse packets that start a connection."""
    return any(
        chain.policy == "drop"
        or any(rule.action not in {"accept", "return", "continue"} for rule in chain.rules)
        for chain in chains
        if chain.translates
    )


def translations(chains: Iterable[Chain]) -> tuple[Translation, ...]:
    """Return what rules translate."""
    found = [rule.translation for chain in chains for rule in chain.rules]
    return tuple(one for one in found if one is not None)
