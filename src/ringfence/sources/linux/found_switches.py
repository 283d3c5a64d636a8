"""Switches of a host as they are found: ports, the VLANs of each, and what is not certain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import SwitchKind, VlanRange

Ranges = tuple[tuple[int, int], ...]
EVERY_VLAN: Final[Ranges] = ((0, 4094),)


@dataclass(frozen=True, slots=True)
class Carried:
    """The VLANs that a port is a member of; 0 is that of frames without a tag.

    ``untagged`` is the VLAN that untagged frames of the cable are in, ``None`` where they are
    dropped. Its frames leave untagged too, unless ``tagged_out``, and so do those of
    ``also_untagged``. Frames with the tag of that VLAN are in it too, but where a port takes in
    ``only_untagged`` ones.
    """

    ranges: Ranges
    untagged: int | None
    tagged_out: bool = False
    also_untagged: frozenset[int] = frozenset()
    only_untagged: bool = False

    @property
    def only(self) -> int | None:
        """The one VLAN that it carries, ``None`` where there are several."""
        if len(self.ranges) == 1 and self.ranges[0][0] == self.ranges[0][1]:
            return self.ranges[0][0]
        return None

    @property
    def is_access(self) -> bool:
        """Whether the frames of its only VLAN are untagged on the cable."""
        return self.only is not None and self.only == self.untagged


ALL_TAGS: Final = Carried(EVERY_VLAN, 0)
"""Of a port that knows nothing of tags: every frame passes as it is."""


def access(vlan: int) -> Carried:
    """Return what a port of one VLAN carries, whose cable has no tags."""
    return Carried(((vlan, vlan),), vlan)


def ranges_of(numbers: Iterable[int]) -> Ranges:
    """Return VLAN numbers as ranges, in order."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)


def vlan_ranges(ranges: Ranges) -> tuple[VlanRange, ...]:
    """Return ranges as a snapshot has them: VLAN 4095 is never carried."""
    return tuple(
        VlanRange(first=first, last=min(last, 4094)) for first, last in ranges if first <= 4094
    )


@dataclass(frozen=True, slots=True)
class FoundPort:
    """A port: the host's interfaces behind it (several are a bond), and the VLANs it carries.

    ``words`` are what the switch's own database says of it (``vm-name``). ``isolated`` ports get
    frames only from ports that are not. ``tunnel`` is the kind of one (``vxlan``).
    """

    name: str
    interfaces: tuple[str, ...]
    carried: Carried
    isolated: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    tunnel: str = ""


@dataclass(frozen=True, slots=True)
class FoundMirror:
    """Copies of frames: of every port, or of what comes in by some and goes out by some.

    Where ``vlans`` are named, only of frames in these. They go out by a port, or into a VLAN.
    """

    name: str
    every_port: bool
    received: tuple[str, ...]
    transmitted: tuple[str, ...]
    vlans: tuple[int, ...]
    output: str | None
    output_vlan: int | None


@dataclass(frozen=True, slots=True)
class FoundSwitch:
    """A switch of a host.

    ``own`` are the host's own interfaces at it, with the VLAN that their untagged frames are in.
    ``uncertain`` says why frames may go elsewhere than its ports tell, ``elsewhere`` why they may
    even get to any other place, ``stops`` why they may not arrive; ``silent`` that nothing is
    forwarded at all. ``knows_tags`` is false where every frame
    passes as it is, whatever its tag. ``usual`` is what a port carries of which nothing is said,
    ``flows`` are those beyond a learning switch's.
    """

    name: str
    kind: SwitchKind
    ports: tuple[FoundPort, ...]
    own: Mapping[str, int | None] = field(default_factory=dict)
    uncertain: NotRead | None = None
    elsewhere: NotRead | None = None
    stops: NotRead | None = None
    silent: bool = False
    knows_tags: bool = True
    usual: Carried = ALL_TAGS
    mirrors: tuple[FoundMirror, ...] = ()
    flows: Fact[tuple[str, ...]] = ()
