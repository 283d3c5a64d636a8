"""One device and one packet: own addresses, the route, the chains at each hook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from ringfence.model.connections import TRANSLATES_AT
from ringfence.model.facts import NOT_COLLECTED, NotRead
from ringfence.model.rules import Chain, Device, Hook, Route, Translation
from ringfence.replay.arrival import Arrival, Branch, Decisions, Passed
from ringfence.replay.packet import Family, Packet, Span, Spans, interface_address, stays
from ringfence.replay.rule_index import RuleIndex
from ringfence.replay.rules import ChainWalk, Decision, Outcome, Outcomes, Passage
from ringfence.replay.translation import (
    NO_CHOICES,
    Choices,
    other_source_ports,
    rewritten,
    starts_connection,
)
from ringfence.replay.wiring import Bound, WiredInterface

_LINK_LOCAL: Final = Spans().of("fe80::/10")


@dataclass(frozen=True)
class Station:
    """A device as packets meet it; ``wired`` are its interfaces that are attached to something.

    ``choices`` are addresses and ports that translations are to try.
    """

    device: Device
    wired: tuple[WiredInterface, ...]
    bound: Bound
    spans: Spans
    _arrivals: dict[tuple[Packet, str], Arrival] = field(default_factory=dict, repr=False)
    choices: Choices = NO_CHOICES
    _ordered: dict[tuple[Hook, Family], tuple[Chain, ...]] = field(default_factory=dict, repr=False)

    def arrive(self, packet: Packet, interface: str) -> Arrival:
        """Return what happens to a packet that the interface of that name received."""
        # The same packet gets here from many places.
        known = self._arrivals.get((packet, interface))
        if known is None:
            known = self._arrivals[packet, interface] = self._arrive(packet, interface)
        return known

    def _arrive(self, packet: Packet, interface: str) -> Arrival:
        upper = self.bound == "upper"
        unknown = self._unknown
        if upper and unknown is not None:
            passed = Passed(packet, (Decision("", 0, unknown),))
            return Arrival((passed,), tuple((wired.name, passed) for wired in self.wired))
        if stays(packet, self.device.reassembles, self.bound):
            return Arrival((), ())
        if not self._is_expected(packet, interface):
            return Arrival((), ())
        forwards = upper if isinstance(self.device.forwards, NotRead) else self.device.forwards
        local: list[Passed] = []
        exits: list[tuple[str, Passed]] = []
        for routed in self._met("prerouting", Passed(packet), interface, None):
            own = self._is_own(routed.packet)
            if own is True or (own is None and upper):
                local.extend(self._met("input", routed, interface, None))
            if forwards and (own is False or (own is None and upper)):
                for name in self._next_interfaces(routed.packet):
                    for after in self._met("forward", routed, interface, name):
                        leaving = self._met("postrouting", after, interface, name)
                        exits.extend((name, each) for each in leaving)
        return Arrival(tuple(local), tuple(exits))

    def branches(self, packet: Packet, incoming: str, *, answers: bool) -> tuple[Branch, ...]:
        """Return all ways by which the device surely passes a packet on, none where it does not.

        ``answers`` tells whether the device saw the conversation begin that the packet answers.
        """
        if isinstance(self.device.routes, NotRead) or self.device.forwards is not True:
            return ()
        if self._is_own(packet) is not False or not self._is_expected(packet, incoming):
            return ()
        if stays(packet, self.device.reassembles, self.bound):
            return ()
        found = []
        for route in self._best_routes(packet.family, packet.destination):
            decisions = None
            if route.interface is not None:
                decisions = self._forwarded(packet, incoming, route.interface, answers=answers)
            found.append(Branch(route.interface, route.next_hop, decisions))
        return tuple(found)

    def refusal(self, packet: Packet, incoming: str, outgoing: str, *, answers: bool) -> str:
        """Return which rule, or what else, keeps a packet from being let out by an interface."""
        ends = (None, outgoing, outgoing)
        hooks: tuple[Hook, ...] = ("prerouting", "forward", "postrouting")
        for hook, end in zip(hooks, ends, strict=True):
            passage = Passage(packet, incoming, end, answers)
            walk = ChainWalk(self._chains, passage, self.spans, self._index)
            for chain in self._base_chains(hook, packet):
                refused = walk.base(chain).get("drop")
                if refused is not None:
                    number = f"rule {refused.number} of " if refused.number else ""
                    name = self.device.name
                    return f"{name} refuses it by {number}{refused.chain}: {refused.text}"
        return f"the rules of {self.device.name} were not read"

    def why_kept(self, packet: Packet, incoming: str) -> str:
        """Return why the device passes a packet on by no branch at all."""
        name, wanted = self.device.name, packet.header.destination
        if self.device.forwards is not True:
            return f"{name} does not forward, or that was not read"
        if self._is_own(packet) is not False:
            return f"{wanted} is an address of {name} itself, or its addresses were not read"
        if not self._is_expected(packet, incoming):
            source = packet.header.source
            return f"{name} does not expect {source} behind {incoming}: its reverse-path filter"
        return f"{name} has no route to {wanted}"

    def _forwarded(
        self, packet: Packet, incoming: str, outgoing: str, *, answers: bool = False
    ) -> Decisions | None:
        before = self._through(("prerouting",), Passage(packet, incoming, None, answers))
        if before is None:
            return None
        after = self._through(
            ("forward", "postrouting"), Passage(packet, incoming, outgoing, answers)
        )
        return None if after is None else before + after

    def _through(self, hooks: tuple[Hook, ...], passage: Passage) -> Decisions | None:
        """Return what decided in each base chain at the hooks, ``None`` where one does not accept.

        At all of the hooks, the packet is seen with the same interfaces.
        """
        if isinstance(self.device.chains, NotRead):
            unread = Decision("", 0, "its rules were not read")
            return (unread,) if self.bound == "upper" else None
        decisions = []
        walk = ChainWalk(self._chains, passage, self.spans, self._index)
        for hook in hooks:
            for chain in self._base_chains(hook, passage.packet):
                outcomes = walk.base(chain)
                accepts = "accept" in outcomes and (self.bound == "upper" or "drop" not in outcomes)
                if not accepts:
                    return None
                decisions.append(outcomes["accept"])
        return tuple(decisions)

    @property
    def _unknown(self) -> str | None:
        """Why nothing is known of what it does to packets; it may translate them too."""
        if isinstance(self.device.chains, NotRead):
            return "its rules were not read"
        lines = self.device.not_understood
        return f"not understood: {lines[0].text}" if lines else None

    def _met(
        self, hook: Hook, given: Passed, incoming: str, outgoing: str | None
    ) -> Iterator[Passed]:
        """Yield what becomes of a packet at a hook, where every chain accepts it."""
        if isinstance(self.device.chains, NotRead):
            return
        chains = self._base_chains(hook, given.packet)
        if not chains and not self._translations:
            yield given
            return
        filters = [chain for chain in chains if not chain.translates]
        at = TRANSLATES_AT.get(hook)
        before = [chain for chain in filters if at is None or chain.priority <= at]
        after = [chain for chain in filters if at is not None and chain.priority > at]
        arrived = self._accepted(before, given, incoming, outgoing)
        if arrived is None:
            return
        for each in self._translated(hook, arrived, incoming, outgoing):
            left = self._accepted(after, each, incoming, outgoing)
            if left is not None:
                yield left

    def _accepted(
        self, chains: Iterable[Chain], given: Passed, incoming: str, outgoing: str | None
    ) -> Passed | None:
        """Return a packet with what decided in each chain; ``None`` where one does not accept."""
        passage = Passage(given.packet, incoming, outgoing)
        walk = ChainWalk(self._chains, passage, self.spans, self._index)
        decisions = list(given.decisions)
        for chain in chains:
            outcomes = walk.base(chain)
            accepts = "accept" in outcomes and (self.bound == "upper" or "drop" not in outcomes)
            if not accepts:
                return None
            decisions.append(outcomes["accept"])
        return Passed(given.packet, tuple(decisions))

    def _translated(
        self, hook: Hook, given: Passed, incoming: str, outgoing: str | None
    ) -> Iterator[Passed]:
        """Yield a packet in each form that it may leave the translating chains of a hook in."""
        starts = starts_connection(given.packet)
        meant = hook in TRANSLATES_AT and self._asks_first_packets
        if not meant or not starts:
            yield given
        if meant and starts is not False:
            yield from self._started(hook, given, incoming, outgoing)

    def _started(
        self, hook: Hook, given: Passed, incoming: str, outgoing: str | None
    ) -> Iterator[Passed]:
        """Yield what the translating chains of a hook make of the first packet of a connection."""
        outcomes = self._translating(hook, given.packet, incoming, outgoing)
        if self.bound == "lower" and len(outcomes) > 1:
            return
        at_source = hook in {"input", "postrouting"}
        for outcome, decision in outcomes.items():
            forms: Iterable[Packet] = ()
            if isinstance(outcome, Translation):
                interface = outgoing if outcome.side == "source" else incoming
                forms = rewritten(
                    outcome,
                    given.packet,
                    self._addresses_of(interface, given.packet.family),
                    self._source_ports,
                    self.choices,
                    self.spans,
                )
            elif outcome == "accept":
                forms = [given.packet]
                if at_source and self._translations:
                    forms = other_source_ports(given.packet, (), self.choices)
            decisions = (*given.decisions, decision) if decision.translates else given.decisions
            yield from (Passed(form, decisions) for form in forms)

    def _translating(
        self, hook: Hook, packet: Packet, incoming: str, outgoing: str | None
    ) -> Outcomes:
        """Return what may come out of the translating chains: one that translates ends them."""
        passage = Passage(packet, incoming, outgoing)
        walk = ChainWalk(self._chains, passage, self.spans, self._index, translating=True)
        found: dict[Outcome, Decision] = {}
        for chain in self._base_chains(hook, packet):
            if chain.translates:
                outcomes = dict(walk.base(chain))
                accepted = outcomes.pop("accept", None)
                for outcome, decision in outcomes.items():
                    found.setdefault(outcome, decision)
                if accepted is None:
                    return found
        found.setdefault("accept", Decision("", 0, "not translated"))
        return found

    @cached_property
    def _asks_first_packets(self) -> bool:
        """Whether chains that translate meet the first packets of connections, if to refuse."""
        return bool(self._translations) or any(one.translates for one in self._chains.values())

    @cached_property
    def _translations(self) -> tuple[Translation, ...]:
        """What any rule of the device may translate."""
        return tuple(
            rule.translation
            for chain in self._chains.values()
            for rule in chain.rules
            if rule.translation is not None
        )

    @cached_property
    def _source_ports(self) -> tuple[tuple[int, int], ...]:
        """The ports that rules give to sources: another connection of a source may share one."""
        return tuple(
            (ports.first, ports.last)
            for translation in self._translations
            if translation.side == "source"
            for ports in translation.ports
        )

    @cached_property
    def _chains(self) -> dict[str, Chain]:
        chains = self.device.chains
        return {} if isinstance(chains, NotRead) else {chain.id: chain for chain in chains}

    @cached_property
    def _index(self) -> RuleIndex:
        return RuleIndex(self._chains)

    def _base_chains(self, hook: Hook, packet: Packet) -> tuple[Chain, ...]:
        """Return the base chains that the packet meets at a hook, in order of priority."""
        known = self._ordered.get((hook, packet.family))
        if known is None:
            met = [
                chain
                for chain in self._chains.values()
                if chain.hook == hook and chain.family in {0, packet.family}
            ]
            known = tuple(sorted(met, key=lambda chain: chain.priority))
            self._ordered[hook, packet.family] = known
        return known

    def _is_own(self, packet: Packet) -> bool | None:
        """Tell whether the destination is an address of the device, ``None`` if not known."""
        spans, complete = self._own
        if any(span.holds(packet.family, packet.destination) for span in spans):
            return True
        return False if complete else None

    @cached_property
    def _own(self) -> tuple[tuple[Span, ...], bool]:
        """The device's own addresses, and whether these are all."""
        given = {wired.name: wired.addresses for wired in self.wired if wired.addresses}
        addresses = [address for each in given.values() for address in each]
        complete = True
        if isinstance(self.device.interfaces, NotRead):
            names = {wired.name for wired in self.wired}
            complete = bool(names) and names <= given.keys()
        else:
            for interface in self.device.interfaces:
                if not isinstance(interface.addresses, NotRead):
                    addresses.extend(interface.addresses)
                elif interface.name not in given:
                    complete = False
        return tuple(interface_address(address) for address in addresses), complete

    def _is_expected(self, packet: Packet, interface: str) -> bool:
        """Tell whether the reverse-path filter of the interface takes the packet's source.

        It knows IPv4 only, and asks whether a best route to the source leaves by the interface.
        """
        strict, upper = self.device.reverse_path, self.bound == "upper"
        if packet.family == 6:
            return True
        if isinstance(strict, NotRead):
            if upper:
                return True
        elif interface not in strict:
            return True
        if isinstance(self.device.routes, NotRead):
            return upper
        return interface in self._best(packet.family, packet.source)

    def _next_interfaces(self, packet: Packet) -> Iterator[str]:
        """Yield the interfaces that the packet may be routed to: longest prefix, lowest metric."""
        if isinstance(self.device.routes, NotRead):
            if self.bound == "upper":
                yield from (wired.name for wired in self.wired)
            return
        yield from self._best(packet.family, packet.destination)

    def _best(self, family: Family, address: int) -> Iterator[str]:
        names = [route.interface for route in self._best_routes(family, address)]
        yield from dict.fromkeys(name for name in names if name is not None)

    def _best_routes(self, family: Family, address: int) -> tuple[Route, ...]:
        matching = [(span, route) for span, route in self._routes if span.holds(family, address)]
        if not matching:
            return ()
        narrowest = min(span.last - span.first for span, _ in matching)
        longest = [route for span, route in matching if span.last - span.first == narrowest]
        metric = min(route.metric for route in longest)
        return tuple(route for route in longest if route.metric == metric)

    def _addresses_of(self, interface: str | None, family: Family) -> Iterator[int]:
        """Yield the addresses that a translation may take for those of an interface.

        Surely it takes one where there is only one; link-local ones are not taken then.
        """
        spans, complete = self._of_interface(interface)
        usual = {
            span.first
            for span in spans
            if span.family == family and not _LINK_LOCAL.holds(span.family, span.first)
        }
        if complete and len(usual) == 1:
            yield from usual
        elif self.bound == "upper":
            own, all_known = self._own
            yield from {span.first for span in own if span.family == family}
            if not all_known:
                whole = Span(4, 0, (1 << 32) - 1) if family == 4 else Span(6, 0, (1 << 128) - 1)
                yield from (whole.first, whole.last, *self._tried_addresses(whole))

    def _tried_addresses(self, span: Span) -> Iterator[int]:
        return (one for one in self.choices.addresses if span.first <= one <= span.last)

    def _of_interface(self, name: str | None) -> tuple[tuple[Span, ...], bool]:
        """Return the addresses of one interface, and whether these are all."""
        given = [each for wired in self.wired if wired.name == name for each in wired.addresses]
        interfaces = self.device.interfaces
        known = () if isinstance(interfaces, NotRead) else interfaces
        found = next((one.addresses for one in known if one.name == name), NOT_COLLECTED)
        if isinstance(found, NotRead):
            return tuple(map(interface_address, given)), bool(given)
        return tuple(map(interface_address, found)), True

    @cached_property
    def _routes(self) -> tuple[tuple[Span, Route], ...]:
        routes = self.device.routes
        if isinstance(routes, NotRead):
            return ()
        return tuple((self.spans.of(route.destination), route) for route in routes)
