"""What joins zones outside every network: it is told beside the verdicts, and never judged."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringfence.foundation.text import counted
from ringfence.model.facts import NotRead

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.model.machines import Machine, SideChannel
    from ringfence.reach.question import Question

_WORDS: Final = {
    "shared-disk": "the shared disk",
    "shared-bus": "the shared bus",
    "serial-port": "the serial line",
    "pipe": "the pipe",
}
_LOOSE: Final = {
    "shared-bus": "disks on shared buses",
    "serial-port": "serial lines over the network",
}
"""Kinds of which two may be one whatever they are called."""


@dataclass(frozen=True)
class SideChannels:
    """The side channels of a snapshot's machines, with the zones that each machine may be in."""

    found: tuple[tuple[Machine, SideChannel], ...]
    zones_of: Mapping[str, frozenset[str]]
    unread: int

    @staticmethod
    def of(question: Question) -> SideChannels:
        """Gather them; where a machine's zone is not decided, it counts in each that it may be."""
        zones: defaultdict[str, set[str]] = defaultdict(set)
        for member in question.memberships.values():
            settled = () if member.zone is None else (member.zone,)
            zones[member.owner].update((*settled, *member.network_zones, *member.machine_zones))
        machines = question.inventory.snapshot.machines
        found = tuple(
            (machine, channel)
            for machine in machines
            if not isinstance(machine.side_channels, NotRead)
            for channel in machine.side_channels
        )
        return SideChannels(
            found,
            {owner: frozenset(some) for owner, some in zones.items()},
            sum(isinstance(machine.side_channels, NotRead) for machine in machines),
        )

    def told(self) -> Iterator[str]:
        """Yield each side channel in words, and of how many machines they were not read."""
        for machine, channel in self.found:
            yield f"{machine.name} has {_WORDS[channel.kind]} {channel.label}: {channel.medium}"
        if self.unread:
            machines = counted(self.unread, "machine")
            yield f"shared disks and serial lines of {machines} were not read"

    def between(self, source: str, destination: str) -> Iterator[str]:
        """Yield what joins a machine of one zone with one of the other, or may.

        Both ends of a serial line may name it by different addresses.
        """
        here, there = (self._in(zone) for zone in (source, destination))
        for one, channel in here:
            for other, beside in there:
                if one.id == other.id or channel.kind != beside.kind:
                    continue
                if channel.kind in _LOOSE:
                    yield (
                        f"{_LOOSE[channel.kind]} may join {one.name} ({channel.medium}) "
                        f"and {other.name} ({beside.medium})"
                    )
                elif channel.medium == beside.medium:
                    yield (
                        f"{one.name} and {other.name} have {_WORDS[channel.kind]} "
                        f"{channel.medium} in common, which no network shows"
                    )

    def _in(self, zone: str) -> list[tuple[Machine, SideChannel]]:
        none: frozenset[str] = frozenset()
        return [one for one in self.found if zone in self.zones_of.get(one[0].id, none)]
