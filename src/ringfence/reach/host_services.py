"""Sights of what hosts carry for machines: migration, fault tolerance, storage, replication.

Who observes such a network observes every zone whose machines use it, unless it is encrypted.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ringfence.model.facts import NotRead
from ringfence.reach.results import STRENGTH, Hop, Missing
from ringfence.reach.sharing import Means, means
from ringfence.reach.sights import Sight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.model.hosts import Host, KernelInterface, KernelService
    from ringfence.model.machines import Machine
    from ringfence.reach.attachments import Bound, Group, Place
    from ringfence.reach.sights import Ground

_CARRYING: Final[frozenset[KernelService]] = frozenset(
    {"migration", "provisioning", "fault-tolerance", "storage", "replication", "backup"}
)
# Every machine of the host uses these; which ones use the others is not read.
_OF_ALL: Final[frozenset[KernelService]] = frozenset({"migration", "provisioning", "storage"})


def carried(ground: Ground, bound: Bound) -> Iterator[Sight]:
    """Yield the sights of machines whose memory or disks pass where a less trusted zone hears."""
    yield from _Carrying(ground, bound).sights()


def is_watched(ground: Ground) -> bool:
    """Tell whether anything but the hosts may hear a network that carries such services at all."""
    return _Carrying(ground, "upper").is_heard


class _Carrying:
    def __init__(self, ground: Ground, bound: Bound) -> None:
        self._ground = ground
        self._bound: Bound = bound

    def sights(self) -> Iterator[Sight]:
        """Yield them, one of each pair of zones for each interface and service."""
        places = self._ground.question.places.by_id
        for host, interface in self._ground.question.inventory.kernel_interfaces():
            services = interface.services
            known = _CARRYING if isinstance(services, NotRead) else _CARRYING & set(services)
            if isinstance(services, NotRead) and self._bound == "lower":
                continue
            place = places.get(interface.id)
            if place is None or not known:
                continue
            groups = place.hearing(self._bound).sends
            observers = {one for group in groups for one in self._hearing.get(group, ())}
            for observer in sorted(observers):
                for service in sorted(known):
                    yield from self._of(host, interface, service, observer, groups)

    @property
    def is_heard(self) -> bool:
        """Whether any place of a machine or outside hears a host's own interface."""
        return bool(self._hearing)

    @cached_property
    def _hearing(self) -> Mapping[Group, tuple[str, ...]]:
        """The places of machines and outside that hear each group; hosts are trusted with it."""
        question = self._ground.question
        found: defaultdict[Group, list[str]] = defaultdict(list)
        carrying = {
            group
            for _, interface in question.inventory.kernel_interfaces()
            if interface.id in question.places.by_id
            for group in question.places.by_id[interface.id].hearing(self._bound).sends
        }
        for place in self._ground.zones_of(self._bound):
            one = question.places.by_id[place]
            if one.kind != "kernel-interface":
                for group in one.hearing(self._bound).hears & carrying:
                    found[group].append(place)
        return {group: tuple(some) for group, some in found.items()}

    def _of(
        self,
        host: Host,
        interface: KernelInterface,
        service: KernelService,
        observer: str,
        groups: frozenset[Group],
    ) -> Iterator[Sight]:
        question = self._ground.question
        watcher = question.places.by_id[observer]
        seen = set()
        for machine, nic in self._on(host.id):
            if not self._in_the_clear(machine, service) or machine.id == watcher.owner:
                continue
            for pair in self._ground.pairs(nic, observer, self._bound):
                if pair in seen:
                    continue
                seen.add(pair)
                how = self._easiest(watcher, groups)
                carries = f"{interface.name} of {host.name} carries the {service} of {machine.name}"
                yield Sight(
                    pair,
                    nic,
                    observer,
                    how.attacker,
                    f"{carries} unencrypted, and {how.why}",
                    Hop(
                        kind="kernel-interface",
                        object=interface.id,
                        label=f"{interface.name} of {host.name}",
                        detail=f"{service} network",
                        decisive=True,
                    ),
                    f"Keep {question.name_of(observer)} out of the network of {interface.name}, "
                    f"or require encryption of {service}.",
                    unsure=Missing(
                        what=f"whether the {service} of {machine.name} is encrypted, or used at "
                        f"all on {interface.name} of {host.name}, is not certain",
                        how="require its encryption, or keep other zones out of that network",
                    ),
                )

    def _easiest(self, watcher: Place, groups: frozenset[Group]) -> Means:
        """Return the easiest means by which a place observes any of some groups that it hears."""
        heard = sorted(watcher.hearing(self._bound).hears & groups)
        return min(
            (means(self._ground, watcher, group, self._bound) for group in heard),
            key=lambda how: STRENGTH[how.attacker],
        )

    def _in_the_clear(self, machine: Machine, service: KernelService) -> bool:
        """Tell whether what is carried of a machine surely is, or may be, unencrypted."""
        upper = self._bound == "upper"
        if service == "migration":
            mode = machine.migration_encryption
            if isinstance(mode, NotRead):
                return upper
            return mode != "required" if upper else mode == "disabled"
        if service == "fault-tolerance":
            mode = machine.fault_tolerance_encryption
            return upper and (isinstance(mode, NotRead) or not mode.endswith("Required"))
        return upper or service in _OF_ALL

    def _on(self, host: str) -> tuple[tuple[Machine, str], ...]:
        """Return the machines that are, or may be, on a host, with the id of a NIC of theirs."""
        return (*self._by_host.get(host, ()), *self._by_host.get(None, ()))

    @cached_property
    def _by_host(self) -> Mapping[str | None, tuple[tuple[Machine, str], ...]]:
        found: defaultdict[str | None, list[tuple[Machine, str]]] = defaultdict(list)
        zones = self._ground.zones_of(self._bound)
        for machine, nic in self._ground.question.inventory.virtual_nics():
            if nic.id not in zones:
                continue
            if isinstance(machine.host, str):
                found[machine.host].append((machine, nic.id))
            elif self._bound == "upper":
                found[None].append((machine, nic.id))
        return {host: tuple(some) for host, some in found.items()}
