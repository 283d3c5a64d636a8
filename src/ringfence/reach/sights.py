"""What a sight is: a place that may be shown what places of a more trusted zone send or receive."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ringfence.model.facts import NOT_COLLECTED, Fact, NotRead
from ringfence.reach.results import STRENGTH, Attacker, Hop, Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.model.change import Change
    from ringfence.model.network import PortGroup, SecurityPolicy
    from ringfence.reach.attachments import Bound
    from ringfence.reach.question import Question

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sight:
    """Place ``observer`` is shown what ``observed`` sends or receives, zones of the ``pair`` each.

    ``reason`` goes on after "Something in OBSERVER observes OBSERVED: ". ``station`` is where it
    happens. ``unsure`` is what would settle a sight that is only possible.
    """

    pair: Pair
    observed: str
    observer: str
    attacker: Attacker
    reason: str
    station: Hop
    closing: str
    close: tuple[Change, ...] = ()
    unsure: Missing | None = None


def weakest_first(sights: Iterable[Sight]) -> tuple[Sight, ...]:
    """Return sights with those that need the weakest attacker first."""
    return tuple(sorted(sights, key=lambda one: (STRENGTH[one.attacker], one.observer)))


_UNREAD: Final = NotRead(reason="not-collected", detail="its live port may override it")


class Ground:
    """What every kind of sight asks of a question: zones of places, downhill pairs, ports."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self._zones: dict[Bound, Mapping[str, tuple[str, ...]]] = {}

    @cached_property
    def downhill(self) -> frozenset[Pair]:
        """The ordered pairs of a zone and one that is less trusted."""
        zones = self.question.policy.zones
        return frozenset(
            (observed, observer)
            for observed in zones
            for observer in zones
            if zones[observer].trust < zones[observed].trust
        )

    def zones_of(self, bound: Bound) -> Mapping[str, tuple[str, ...]]:
        """Return the zones that each place is in."""
        known = self._zones.get(bound)
        if known is None:
            found: defaultdict[str, list[str]] = defaultdict(list)
            for zone, places in self.question.standings(bound).receivers.items():
                for place in places:
                    found[place].append(zone)
            known = self._zones[bound] = {place: tuple(zones) for place, zones in found.items()}
        return known

    def pairs(self, observed: str, observer: str, bound: Bound) -> Iterator[Pair]:
        """Yield the downhill pairs of zones that two places are in."""
        zones = self.zones_of(bound)
        for one in zones.get(observed, ()):
            for other in zones.get(observer, ()):
                if (one, other) in self.downhill:
                    yield one, other

    def group_of(self, place: str) -> PortGroup | None:
        """Return the port group that a place is attached to, ``None`` where none is known."""
        attached = self._attached.get(place)
        return None if attached is None else self.question.inventory.port_groups.get(attached[0])

    def security_of(self, place: str) -> Fact[SecurityPolicy]:
        """Return the layer-2 security of a place's port, after its own overrides."""
        group = self.group_of(place)
        if group is None:
            return NOT_COLLECTED
        port = self._attached[place][1]
        if port is None:
            return group.security
        live = self.question.inventory.ports.get(port) if isinstance(port, str) else None
        if live is None:
            may_set = group.overrides
            fixed = may_set is None or (not isinstance(may_set, NotRead) and not may_set.security)
            return group.security if fixed else _UNREAD
        own = isinstance(live.overridden, NotRead) or "security" in live.overridden
        return live.security if own else group.security

    @cached_property
    def _attached(self) -> Mapping[str, tuple[str, Fact[str | None]]]:
        inventory = self.question.inventory
        found = {
            nic.id: (nic.port_group, nic.port)
            for _, nic in inventory.virtual_nics()
            if isinstance(nic.port_group, str)
        }
        found.update(
            (interface.id, (interface.port_group, interface.port))
            for _, interface in inventory.kernel_interfaces()
            if isinstance(interface.port_group, str)
        )
        return found

    @cached_property
    def at_port(self) -> Mapping[str, str]:
        """The place at each live port, by the word of either."""
        inventory = self.question.inventory
        found = {
            port.id: port.connectee
            for port in inventory.ports.values()
            if isinstance(port.connectee, str)
        }
        for place, (_, port) in self._attached.items():
            if isinstance(port, str):
                found[port] = place
        return found
