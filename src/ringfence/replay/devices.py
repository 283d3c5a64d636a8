"""One device and one packet: own addresses, the route, the chains at each hook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ringfence.model.facts import NotRead
from ringfence.model.rules import Chain, Device, Hook, Route
from ringfence.replay.packet import Family, Packet, Span, Spans, interface_address, stays
from ringfence.replay.rule_index import RuleIndex
from ringfence.replay.rules import ChainWalk, Decision, Passage
from ringfence.replay.wiring import Bound, WiredInterface

Decisions = tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a device does with a packet: takes it itself, sends it out by interfaces, or neither.

    ``local`` are the decisions that let it in, ``exits`` the names of interfaces it leaves by.
    """

    local: Decisions | None
    exits: tuple[tuple[str, Decisions], ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the best routes of a packet: the interface (``None``: discarded) and the next hop.

    ``decisions`` are those that let it out there, ``None`` where the rules do not.
    """

    interface: str | None
    next_hop: str | None
    decisions: Decisions | None


@dataclass(frozen=True)
class Station:
    """A device as packets meet it; ``wired`` are its interfaces that are attached to something."""

    device: Device
    wired: tuple[WiredInterface, ...]
    bound: Bound
    spans: Spans
    _arrivals: dict[tuple[Packet, str], Arrival] = field(default_factory=dict, repr=False)

    def arrive(self, packet: Packet, interface: str) -> Arrival:
        """Return what happens to a packet that the interface of that name received."""
        # The same packet gets here from many places.
        known = self._arrivals.get((packet, interface))
        if known is None:
            known = self._arrivals[packet, interface] = self._arrive(packet, interface)
        return known

    def _arrive(self, packet: Packet, interface: str) -> Arrival:
        upper = self.bound == "upper"
        if upper and self.device.not_understood:
            passed = (Decision("", 0, f"not understood: {self.device.not_understood[0].text}"),)
            return Arrival(passed, tuple((wired.name, passed) for wired in self.wired))
        if stays(packet, self.device.reassembles, self.bound):
            return Arrival(None, ())
        if not self._is_expected(packet, interface):
            return Arrival(None, ())
        own = self._is_own(packet)
        local = None
        if own is True or (own is None and upper):
            local = self._through(("prerouting", "input"), Passage(packet, interface, None))
        exits: list[tuple[str, Decisions]] = []
        forwards = upper if isinstance(self.device.forwards, NotRead) else self.device.forwards
        if forwards and (own is False or (own is None and upper)):
            for name in self._next_interfaces(packet):
                passed_by = self._forwarded(packet, interface, name)
                if passed_by is not None:
                    exits.append((name, passed_by))
        return Arrival(local, tuple(exits))

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
            walk = ChainWalk(self._chains, Passage(packet, incoming, end, answers), self.spans)
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

    @cached_property
    def _chains(self) -> dict[str, Chain]:
        chains = self.device.chains
        return {} if isinstance(chains, NotRead) else {chain.id: chain for chain in chains}

    @cached_property
    def _index(self) -> RuleIndex:
        return RuleIndex(self._chains)

    def _base_chains(self, hook: Hook, packet: Packet) -> list[Chain]:
        """Return the base chains that the packet meets at a hook, in order of priority."""
        chains = [
            chain
            for chain in self._chains.values()
            if chain.hook == hook and chain.family in {0, packet.family}
        ]
        return sorted(chains, key=lambda chain: chain.priority)

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

    @cached_property
    def _routes(self) -> tuple[tuple[Span, Route], ...]:
        routes = self.device.routes
        if isinstance(routes, NotRead):
            return ()
        return tuple((self.spans.of(route.destination), route) for route in routes)
