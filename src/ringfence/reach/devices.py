"""What one device lets through between two of its interfaces, and lets in to itself."""

from __future__ import annotations

from collections import defaultdict
from copy import copy
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_interface, ip_network
from typing import TYPE_CHECKING, Final, Literal

from ringfence.model.facts import NotRead
from ringfence.reach.chains import ChainCompiler, add_chain_cuts
from ringfence.reach.conditions import Passage
from ringfence.reach.device_rules import DeviceRules, add_translation_cuts, translates
from ringfence.reach.fields import IPV4, IPV6, WHOLE, Cuts, Field, Interval, address_interval
from ringfence.reach.moves import Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ringfence.model.facts import Fact
    from ringfence.model.rules import Device, Hook, Route
    from ringfence.reach.chains import Outcome
    from ringfence.reach.headers import HeaderSet, HeaderSpace
    from ringfence.reach.rule_edits import RuleEdit
    from ringfence.reach.translating import Translator

Bound = Literal["lower", "upper"]

_FORWARDING: Final[tuple[Hook, ...]] = ("prerouting", "forward", "postrouting")
_TAKING_IN: Final[tuple[Hook, ...]] = ("prerouting", "input")


def interface_names(device: Device) -> tuple[str, ...]:
    """Return the names of the interfaces between which a device may forward.

    Where they were not read, those that its routes name.
    """
    if not isinstance(device.interfaces, NotRead):
        names = [one.name for one in device.interfaces]
    elif not isinstance(device.routes, NotRead):
        names = [route.interface for route in device.routes if route.interface is not None]
    else:
        names = []
    return tuple(dict.fromkeys(name for name in names if name != "lo"))


def own_addresses(device: Device) -> tuple[Interval, ...]:
    """Return the addresses of the device's own interfaces, those that were read."""
    return tuple(
        address_interval(str(ip_interface(text).ip))
        for one in (() if isinstance(device.interfaces, NotRead) else device.interfaces)
        if not isinstance(one.addresses, NotRead)
        for text in one.addresses
    )


def _addresses_known(device: Device) -> bool:
    return not isinstance(device.interfaces, NotRead) and not any(
        isinstance(one.addresses, NotRead) for one in device.interfaces
    )


def add_device_cuts(cuts: Cuts, device: Device) -> None:
    """Note every range that the device's rules, routes and addresses compare a field with."""
    cuts.add_all(Field.DESTINATION, own_addresses(device))
    if not isinstance(device.routes, NotRead):
        for route in device.routes:
            cuts.add(Field.DESTINATION, address_interval(route.destination))
    if not isinstance(device.chains, NotRead):
        add_chain_cuts(cuts, device.chains)
        add_translation_cuts(cuts, device.chains)


@dataclass(frozen=True, slots=True)
class Answers:
    """Headers that a connection table may take for answers, as they come in and as they leave."""

    arriving: HeaderSet
    leaving: HeaderSet

    def joined(self, other: Answers) -> Answers:
        """Return the answers to the conversations of both."""
        return Answers(self.arriving | other.arriving, self.leaving | other.leaving)


def sees_fragments(device: Device) -> bool:
    """Tell whether fragments may meet the device's rules one by one."""
    return isinstance(device.reassembles, NotRead) or set(device.reassembles) != {4, 6}


def kept_back(
    space: HeaderSpace, families: Fact[tuple[Literal[4, 6], ...]], bound: Bound
) -> HeaderSet:
    """Return the fragments that get no further alone, where they are put together."""
    alone = space.without(space.everything, space.interval(Field.FRAGMENT, WHOLE))
    if isinstance(families, NotRead):
        return alone if bound == "lower" else space.nothing
    within = [IPV4 if family == 4 else IPV6 for family in families]
    return alone & space.intervals(Field.DESTINATION, within)


class DeviceCompiler:
    """Compiles one device in one header space, for one bound of what is not known."""

    def __init__(
        self,
        space: HeaderSpace,
        device: Device,
        bound: Bound,
        rules: ChainCompiler | None = None,
    ) -> None:
        self._space = space
        self._device = device
        self._bound = bound
        chains = device.chains
        unknown = bool(device.not_understood) or isinstance(chains, NotRead)
        self.rewrites = bound == "upper" and unknown
        """Whether the device may send on any packet at all, once one reaches it."""
        self._addresses_known = _addresses_known(device)
        # What rules make of packets is compiled for both bounds at once, and may be shared.
        self._chains: ChainCompiler | RuleEdit | None = None
        self._rules: DeviceRules | None = None
        if not isinstance(chains, NotRead) and translates(chains):
            self._rules = DeviceRules(space, device, chains, fragments=sees_fragments(device))
        elif not isinstance(chains, NotRead):
            self._chains = rules or ChainCompiler(space, chains, fragments=sees_fragments(device))
        self._followed = space.without(
            space.everything, kept_back(space, device.reassembles, bound)
        )
        own = own_addresses(device)
        self._own = space.intervals(Field.DESTINATION, own)
        routes = device.routes
        self._routed = None if isinstance(routes, NotRead) else dict(self._routes(routes))
        self._passing: dict[Passage, HeaderSet] = {}
        self._taken_in: dict[str, HeaderSet] = {}
        self._ways: dict[Passage, Way] = {}

    @property
    def translator(self) -> Translator | None:
        """What translates addresses, where any rule of the device does."""
        known = None if self._rules is None else self._rules.translator
        return None if self.rewrites else known

    def edited(self, device: Device, rules: ChainCompiler | None, edit: RuleEdit) -> DeviceCompiler:
        """Return the compiler of the device after an edit of nothing but its rules.

        What is known already is put right where a changed rule matches.
        """
        after = copy(self)
        after._correct(device, edit)  # noqa: SLF001 (of the same class)
        after._chains = rules  # noqa: SLF001 (of the same class)
        return after

    def _correct(self, device: Device, edit: RuleEdit) -> None:
        """Put right what is known of the device before an edit, where a changed rule matches."""
        self._device, self._chains = device, edit
        if not edit.hooks.isdisjoint(_FORWARDING):
            self._passing = {
                passage: self._corrected(
                    known, edit.region(passage), partial(self._forwarded, passage)
                )
                for passage, known in self._passing.items()
            }
        if not edit.hooks.isdisjoint(_TAKING_IN):
            self._taken_in = {
                name: self._corrected(
                    known, edit.region(Passage(name, None)), partial(self._own_input, name)
                )
                for name, known in self._taken_in.items()
            }

    def _corrected(
        self,
        known: HeaderSet,
        region: HeaderSet,
        within: Callable[[HeaderSet], HeaderSet],
    ) -> HeaderSet:
        if region == self._space.nothing:
            return known
        now = within(region)
        return known if known & region == now else self._space.without(known, region) | now

    @property
    def passing(self) -> Mapping[Passage, HeaderSet]:
        """What is known to pass so far."""
        return self._passing

    @property
    def interfaces(self) -> tuple[str, ...]:
        """The names of the device's interfaces."""
        return interface_names(self._device)

    def forwarded(self, incoming: str, outgoing: str, state: str = "new") -> HeaderSet:
        """Return the headers that pass from one interface to another, as they come in.

        Of answers, which are translated back, it says nothing where a ``translator`` is.
        """
        passage = Passage(incoming, outgoing, state)
        known = self._passing.get(passage)
        if known is None:
            known = self._passing[passage] = self._forwarded(passage, self._space.everything)
        return known

    def _forwarded(self, passage: Passage, among: HeaderSet) -> HeaderSet:
        if self.rewrites:
            return among
        if self.translator is not None:
            return self._way(passage).origin(self._space.everything) & among
        routed = self._routed_by(passage.outgoing or "") & self._expected(passage.incoming or "")
        return self._accepted(_FORWARDING, passage, routed & among)

    def sent_on(self, incoming: str, outgoing: str, arriving: HeaderSet) -> HeaderSet:
        """Return what headers that come in by one interface become as they leave by another."""
        if self.translator is None:
            return arriving & self.forwarded(incoming, outgoing)
        return self._way(Passage(incoming, outgoing)).image(arriving)

    def came_from(self, incoming: str, outgoing: str, leaving: HeaderSet) -> HeaderSet:
        """Return what may come in by one interface to leave so by another."""
        if self.rewrites:
            return self._space.everything
        if self.translator is None:
            return leaving & self.forwarded(incoming, outgoing)
        return self._way(Passage(incoming, outgoing)).origin(leaving)

    def answered(
        self, incoming: str, outgoing: str, arriving: HeaderSet, known: Answers
    ) -> HeaderSet:
        """Return what may leave as an answer to a known conversation, of what comes in.

        It is an upper bound where anything is translated: an answer is translated back, and which
        one becomes which is only told by the fields that translation leaves as they are.
        """
        translator = self.translator
        passage = Passage(incoming, outgoing, "established")
        if translator is None or self._rules is None:
            return arriving & known.arriving & self.forwarded(incoming, outgoing, "established")
        space = self._space
        asked = arriving & known.arriving & self._expected(incoming) & self._followed
        before, behind = self._rules.before(passage), self._rules.behind(passage, local=False)
        routed = self._rules.between(passage, self._routed_by(outgoing), local=False).accepted
        back = space.freed(asked & before.accepted, translator.changed_in_answers)
        forth = space.freed(routed, translator.changed_after_routing)
        return known.leaving & back & forth & behind.accepted

    def only_answered(self, incoming: str, outgoing: str, known: Answers) -> HeaderSet:
        """Return what may leave as an answer to a known conversation, and not as new."""
        nothing, everything = self._space.nothing, self._space.everything
        if known.arriving == nothing or self.rewrites:
            return nothing
        leaving = self.answered(incoming, outgoing, everything, known)
        if self.translator is not None:
            return leaving
        return self._space.without(leaving, self.forwarded(incoming, outgoing))

    def _way(self, passage: Passage) -> Way:
        """Return the way of packets that start a connection, through rules that translate."""
        known = self._ways.get(passage)
        if known is None and self._rules is not None and self.translator is not None:
            local = passage.outgoing is None
            given = self._own_destinations
            if passage.outgoing is not None:
                given = self._routed_by(passage.outgoing)
            given &= self._expected(passage.incoming or "") & self._followed
            before, behind = self._rules.before(passage), self._rules.behind(passage, local=local)
            coming = Passage(passage.incoming, None, passage.state)
            step = self.translator.step
            known = self._ways[passage] = Way(
                (
                    self._bounded(before),
                    step("prerouting", coming, self._bound),
                    self._bounded(self._rules.between(passage, given, local=local)),
                    step("input" if local else "postrouting", passage, self._bound),
                    self._bounded(behind),
                )
            )
        return known or Way((self._space.nothing,))

    def _routed_by(self, outgoing: str) -> HeaderSet:
        """Return the headers that the device surely, or maybe, sends out by an interface."""
        forwards = self._device.forwards
        if isinstance(forwards, NotRead):
            forwards = self._bound == "upper"
        if not forwards or (self._bound == "lower" and not self._addresses_known):
            return self._space.nothing
        return self._leaving_by(outgoing)

    @property
    def _own_destinations(self) -> HeaderSet:
        surely_own = self._addresses_known or self._bound == "lower"
        return self._own if surely_own else self._space.everything

    def _leaving_by(self, outgoing: str) -> HeaderSet:
        space = self._space
        if self._routed is None:
            routed = space.everything if self._bound == "upper" else space.nothing
        else:
            routed = self._routed.get(outgoing, space.nothing)
        return space.without(routed, self._own)

    def taken_in(self, incoming: str) -> HeaderSet:
        """Return the headers that reach the device's own services from one interface."""
        known = self._taken_in.get(incoming)
        if known is None:
            known = self._own_input(incoming, self._space.everything)
            self._taken_in[incoming] = known
        return known

    def _own_input(self, incoming: str, among: HeaderSet) -> HeaderSet:
        if self.rewrites:
            return among
        if self.translator is not None:
            return self._way(Passage(incoming, None)).origin(self._space.everything) & among
        own = self._own_destinations & self._expected(incoming)
        return self._accepted(_TAKING_IN, Passage(incoming, None), own & among)

    def taken_as(self, incoming: str, arriving: HeaderSet) -> HeaderSet:
        """Return what reaches the device's own services, of what comes in by an interface."""
        if self.translator is None:
            return arriving & self.taken_in(incoming)
        return self._way(Passage(incoming, None)).image(arriving)

    def taken_from(self, incoming: str, taken: HeaderSet) -> HeaderSet:
        """Return what may come in by an interface to reach the own services so."""
        if self.rewrites:
            return self._space.everything
        if self.translator is None:
            return taken & self.taken_in(incoming)
        return self._way(Passage(incoming, None)).origin(taken)

    def _expected(self, incoming: str) -> HeaderSet:
        """Return the headers that the reverse-path filter of an interface lets in.

        Where it was not read it may drop, for the lower bound, and drops nothing for the upper.
        """
        space, strict = self._space, self._device.reverse_path
        filters = self._bound == "lower" if isinstance(strict, NotRead) else incoming in strict
        if not filters:
            return space.everything
        no_filter_there = space.interval(Field.SOURCE, IPV6)
        if self._routed is None:
            return space.everything if self._bound == "upper" else no_filter_there
        return no_filter_there | space.replies(self._routed.get(incoming, space.nothing))

    def _accepted(self, hooks: tuple[Hook, ...], passage: Passage, given: HeaderSet) -> HeaderSet:
        given &= self._followed
        if self._chains is None:
            return given if self._bound == "upper" else self._space.nothing
        return self._bounded(self._chains.outcome(hooks, passage, given))

    def _bounded(self, outcome: Outcome) -> HeaderSet:
        if self._bound == "upper":
            return outcome.accepted
        return outcome.surely_accepted(self._space)

    def _routes(self, routes: tuple[Route, ...]) -> Iterator[tuple[str, HeaderSet]]:
        """Yield for each interface the destinations routed to it: the longest prefix wins."""
        space = self._space
        by_prefix: dict[str, list[Route]] = defaultdict(list)
        for route in routes:
            by_prefix[str(ip_network(route.destination, strict=False))].append(route)
        longest_first = sorted(by_prefix, key=lambda text: -ip_network(text).prefixlen)
        decided = space.nothing
        leaving: dict[str, list[HeaderSet]] = defaultdict(list)
        for prefix in longest_first:
            here = space.interval(Field.DESTINATION, address_interval(prefix))
            fresh = space.without(here, decided)
            decided |= here
            best = min(route.metric for route in by_prefix[prefix])
            for route in by_prefix[prefix]:
                if route.metric == best and route.interface is not None:
                    leaving[route.interface].append(fresh)
        for interface, parts in leaving.items():
            yield interface, space.union(parts)


class NarrowedDevice(DeviceCompiler):
    """A compiled device of which only the headers of a region are asked for."""

    def __init__(self, whole: DeviceCompiler, region: HeaderSet) -> None:
        self._whole = whole
        self._region = region
        self._passing = {}
        self._rules = None  # nothing is translated where only a region is asked for
        self.rewrites = whole.rewrites

    def forwarded(self, incoming: str, outgoing: str, state: str = "new") -> HeaderSet:
        """Return the headers of the region that pass from one interface to another."""
        passage = Passage(incoming, outgoing, state)
        known = self._passing.get(passage)
        if known is None:
            known = self._whole.forwarded(incoming, outgoing, state) & self._region
            self._passing[passage] = known
        return known
