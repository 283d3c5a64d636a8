"""A lab that stays while tests break and mend it, as long as they want its configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from ringfence.foundation.progress import SilentProgress
from ringfence.lab.breaking import break_lab, mend
from ringfence.lab.building import build
from ringfence.lab.configurations import layout
from ringfence.lab.place import LabPlace, lab_place
from ringfence.lab.probe import Probe
from ringfence.lab.probing import Probed, probe
from ringfence.lab.removing import remove
from ringfence.operations.lab_verify import LabVerified, verify_lab
from running_lab import NAME

STANDING = f"{NAME}s"
Key = tuple[object, ...]
Arrival = tuple[bool, frozenset[str]]


@dataclass(frozen=True)
class StandingLab:
    """The lab of one configuration, and what its packets do while nothing is wrong with it."""

    configuration: str
    place: LabPlace

    @cached_property
    def whole(self) -> LabVerified:
        """What is proved of it and what its packets do, without any fault."""
        return self.verified()

    def verified(self) -> LabVerified:
        """Read, prove and probe it as it is now."""
        return verify_lab(STANDING, SilentProgress())

    @contextmanager
    def broken(self, fault: str) -> Iterator[LabVerified]:
        """Plant a fault, and mend it in the end."""
        assert self.whole.agrees
        break_lab(self.place, fault)
        try:
            yield self.verified()
        finally:
            assert mend(self.place) == fault

    def changed(self, probed: Probed) -> tuple[Probe, ...]:
        """Which packets did not do what they do in the whole lab."""
        before = arrivals(self.whole.probed)
        during = arrivals(probed)
        return tuple(
            one
            for one in probed.probes
            if key(one) in during and during[key(one)] != before.get(key(one), (False, frozenset()))
        )

    def differing(self, probes: Iterable[Probe], run: int) -> list[Probe]:
        """Send packets again: those that do not come where they come in the whole lab."""
        before = arrivals(self.whole.probed)
        known = tuple(one for one in probes if key(one) in before)
        if not known:
            return []
        sent = probe(self.place, layout(self.configuration), run, probes=known)
        return [one for one in known if sent.came_to(one) != before[key(one)][0]]


_standing: list[StandingLab] = []


def standing(configuration: str) -> StandingLab:
    """The lab of a configuration, whole: the one that stands, if it is of that one."""
    if _standing and _standing[0].configuration == configuration:
        return _standing[0]
    fall()
    place = lab_place(STANDING)
    build(place, layout(configuration))
    _standing.append(StandingLab(configuration, place))
    return _standing[0]


def fall() -> None:
    """Remove the lab that stands, if one does."""
    _standing.clear()
    remove(lab_place(STANDING))


def arrivals(probed: Probed) -> Mapping[Key, Arrival]:
    """What became of each packet, by what it was; source ports differ from plan to plan.

    Where packets get to while somebody lies by ARP is a race, and left out.
    """
    return {
        key(one): (probed.came_to(one), probed.overheard.get(one.number, frozenset()))
        for one in probed.probes
        if one.kind != "poisoned"
    }


def key(one: Probe) -> Key:
    """What a packet was."""
    header = one.header
    port = header.source_port if header.source_port and header.source_port < 20000 else None
    return (
        *(one.source, one.interface, one.destination, one.kind, one.tags, one.next_hop, port),
        one.planted.source if one.planted else "",
        *(header.source, header.destination, header.protocol, header.destination_port),
        *(header.icmp_type, header.icmp_code, header.tcp_flags, header.fragment),
    )
