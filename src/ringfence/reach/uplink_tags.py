"""What an uplink makes of the tags of frames: which VLANs it carries, and under which number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ringfence.model.facts import NotRead
from ringfence.model.network import RENUMBERING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ringfence.model.facts import Fact
    from ringfence.model.network import UplinkTags, VirtualSwitch


_EVERY: Final = ((0, 4094),)


class Tags(msgspec.Struct, frozen=True, gc=False, order=True):
    """The VLANs of a switch on the cable of an uplink; 0 is that of frames without a tag.

    ``ranges`` are carried by their own numbers; ``pairs`` are (inside, outside).
    Where it is not ``known``, any VLAN may become any other.
    """

    ranges: tuple[tuple[int, int], ...] = _EVERY
    pairs: tuple[tuple[int, int], ...] = ()
    known: bool = True

    @staticmethod
    def of(tags: Fact[UplinkTags | None]) -> Tags:
        """Return the tags that a snapshot says."""
        if tags is None:
            return AS_THEY_ARE
        if isinstance(tags, NotRead):
            return Tags(known=False)
        return Tags(
            tuple((one.first, one.last) for one in tags.carries),
            tuple((one.inside, one.outside) for one in tags.renumbers),
        )

    def outside(self, inside: Iterable[int], every: tuple[int, ...]) -> tuple[int, ...]:
        """Return the numbers on the cable of a switch's VLANs; ``every`` are those in use."""
        wanted = tuple(inside)
        if not self.known:
            return every if wanted else ()
        if self.ranges == _EVERY and not self.pairs:
            return wanted
        found = {
            number
            for number in wanted
            if any(first <= number <= last for first, last in self.ranges)
        }
        found.update(beyond for within, beyond in self.pairs if within in wanted)
        return tuple(sorted(found))


def of_unread_uplinks(switch: VirtualSwitch | None) -> Fact[UplinkTags | None]:
    """Return what uplinks that were not read may make of tags."""
    if switch is None or switch.kind not in RENUMBERING:
        return None
    return NotRead(reason="not-collected", detail="its uplinks were not read")


AS_THEY_ARE: Final = Tags()
"""Of an uplink that carries every frame as it is."""
