"""The rules of one device in one space: before, between and behind what translates addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.model.connections import (
    SOURCE_PORT_KINDS,
    STARTING_FLAGS,
    STARTING_ICMP,
    TRANSLATES_AT,
)
from ringfence.model.facts import NotRead
from ringfence.model.packet import PROTOCOLS_WITH_PORTS, TCP
from ringfence.reach.chains import ChainCompiler
from ringfence.reach.conditions import port_ranges
from ringfence.reach.fields import Cuts, Field, address_interval
from ringfence.reach.translating import Translator, translations

_LETTING_BY: Final = frozenset(("accept", "return", "continue"))

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ringfence.model.rules import Chain, Device, Hook
    from ringfence.reach.chains import Outcome
    from ringfence.reach.conditions import Passage
    from ringfence.reach.fields import Interval
    from ringfence.reach.headers import HeaderSet, HeaderSpace


def translates(chains: Iterable[Chain]) -> bool:
    """Tell whether chains that translate make a difference: any may translate, or refuse."""
    several = tuple(chains)
    refuse = any(
        one.policy == "drop" or any(rule.action not in _LETTING_BY for rule in one.rules)
        for one in several
        if one.translates
    )
    return refuse or bool(translations(several))


class DeviceRules:
    """Compiles the rules of a device once for both bounds of what is not modelled."""

    def __init__(
        self,
        space: HeaderSpace,
        device: Device,
        chains: Sequence[Chain],
        *,
        fragments: bool = True,
    ) -> None:
        self._space = space
        self.translator = Translator(space, device, chains)
        self._before, self._between, self._behind = (
            ChainCompiler(
                space, [one for one in chains if one.hook is None or at(one)], fragments=fragments
            )
            for at in (_is_before, _is_between, _is_behind)
        )

    def between(self, passage: Passage, given: HeaderSet, *, local: bool) -> Outcome:
        """Return what rules make of headers, but for those before and behind translation."""
        hooks: tuple[Hook, ...] = ("prerouting", "forward", "postrouting")
        if local:
            hooks = ("prerouting", "input")
        return self._between.outcome(hooks, passage, given)

    def before(self, passage: Passage) -> Outcome:
        """Return what rules make of packets before their destination may be translated."""
        return self._before.outcome(("prerouting",), passage, self._space.everything)

    def behind(self, passage: Passage, *, local: bool) -> Outcome:
        """Return what rules make of packets after their source may be translated."""
        hook: Hook = "input" if local else "postrouting"
        return self._behind.outcome((hook,), passage, self._space.everything)


def _is_before(chain: Chain) -> bool:
    first = chain.hook == "prerouting" and chain.priority <= TRANSLATES_AT["prerouting"]
    return first and not chain.translates


def _is_behind(chain: Chain) -> bool:
    last = chain.hook in ("input", "postrouting") and chain.priority > TRANSLATES_AT[chain.hook]
    return last and not chain.translates


def _is_between(chain: Chain) -> bool:
    return not (chain.translates or _is_before(chain) or _is_behind(chain))


def add_translation_cuts(cuts: Cuts, chains: Sequence[Chain]) -> None:
    """Note every range that translations write, and that tells what they are asked about."""
    found = translations(chains)
    for one in found:
        cuts.add_all(Field.DESTINATION, map(address_interval, one.addresses))
        if one.prefix is not None:
            cuts.add(Field.DESTINATION, address_interval(one.prefix))
        cuts.add_all(Field.DESTINATION_PORT, port_ranges(one.ports))
    if translates(chains):
        for ports, into in SOURCE_PORT_KINDS:
            cuts.add_all(Field.SOURCE_PORT, (ports, into))
        protocols = {*PROTOCOLS_WITH_PORTS, TCP, *STARTING_ICMP}
        cuts.add_all(Field.PROTOCOL, ((one, one) for one in protocols))
        cuts.add_all(Field.TCP_FLAGS, ((one, one) for one in STARTING_FLAGS))
        types = {one for some in STARTING_ICMP.values() for one in some}
        cuts.add_all(Field.ICMP, ((one * 256, one * 256 + 255) for one in types))


def mirrored(devices: Iterable[Device]) -> Iterator[tuple[Interval, Interval]]:
    """Yield the networks that rules of devices translate into each other, address by address."""
    for device in devices:
        if not isinstance(device.chains, NotRead):
            for one in translations(device.chains):
                if one.prefix is not None:
                    yield address_interval(one.prefix), address_interval(one.addresses[0])
