"""What one device lets through between two of its interfaces, and lets in to itself."""

from __future__ import annotations

from collections import defaultdict
from copy import copy
from functools import partial
from ipaddress import ip_interface, ip_network
from typing import TYPE_CHECKING, Final, Literal

from ringfence.model.facts import NotRead
from ringfence.reach.chains import ChainCompiler, add_chain_cuts
from ringfence.reach.conditions import Passage
from ringfence.reach.fields import IPV4, IPV6, WHOLE, Cuts, Field, Interval, address_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ringfence.model.facts import Fact
    from ringfence.model.rules import Device, Hook, Route
    from ringfence.reach.headers import HeaderSet, HeaderSpace
    from ringfence.reach.rule_edits import RuleEdit

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
        self.rewrites = bound == "upper" and bool(device.not_understood)
        """Whether the device may send on any packet at all, once one reaches it."""
        self._addresses_known = _addresses_known(device)
        chains = device.chains
        # What rules make of packets is compiled for both bounds at once, and may be shared.
        self._chains: ChainCompiler | RuleEdit | None = None
        if not isinstance(chains, NotRead):
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
        """Return the headers that pass from one interface to another."""
        passage = Passage(incoming, outgoing, state)
        known = self._passing.get(passage)
        if known is None:
            known = self._passing[passage] = self._forwarded(passage, self._space.everything)
        return known

    def _forwarded(self, passage: Passage, among: HeaderSet) -> HeaderSet:
        space = self._space
        forwards = self._device.forwards
        if isinstance(forwards, NotRead):
            forwards = self._bound == "upper"
        if self.rewrites:
            return among
        if not forwards or (self._bound == "lower" and not self._addresses_known):
            return space.nothing
        routed = self._leaving_by(passage.outgoing or "") & self._expected(passage.incoming or "")
        return self._accepted(_FORWARDING, passage, routed & among)

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
        surely_own = self._addresses_known or self._bound == "lower"
        own = self._own if surely_own else self._space.everything
        own &= self._expected(incoming)
        return self._accepted(_TAKING_IN, Passage(incoming, None), own & among)

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
        outcome = self._chains.outcome(hooks, passage, given)
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
        self.rewrites = whole.rewrites

    def forwarded(self, incoming: str, outgoing: str, state: str = "new") -> HeaderSet:
        """Return the headers of the region that pass from one interface to another."""
        passage = Passage(incoming, outgoing, state)
        known = self._passing.get(passage)
        if known is None:
            known = self._whole.forwarded(incoming, outgoing, state) & self._region
            self._passing[passage] = known
        return known
