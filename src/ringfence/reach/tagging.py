"""Where frames with several tags get: switches that strip the outer one send them on by the next.

A frame in a domain's native VLAN leaves a port untagged (IEEE 802.1Q), so that a tag of the
sender's behind it counts from there on, and one way only. A sender may stack any number of tags.
What switches really do with such frames differs, so that nothing here is ever certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ringfence.foundation.text import listed
from ringfence.reach.attachments import Group, domain_group
from ringfence.reach.fabric import UNDECLARED
from ringfence.reach.layer2 import worst_if_undeclared
from ringfence.reach.results import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ringfence.reach.joining import Joining
    from ringfence.reach.layer2 import LayerTwo


@dataclass(frozen=True)
class Hopping:
    """Follows frames with several tags over domains, and over switches that join them."""

    layer2: LayerTwo
    joining: Joining

    @cached_property
    def _steps(self) -> Mapping[Group, frozenset[Group]]:
        """For each group, those in which its frames may go on by their next tag."""
        numbers = self.layer2.vlans.numbers
        fabric = self.layer2.fabric
        steps: dict[Group, frozenset[Group]] = {}
        for name in (UNDECLARED, *fabric.domains):
            domain = worst_if_undeclared(fabric, name)
            if domain.drops_double_tags or (domain.native_known and domain.native is None):
                continue
            carried = [one for one in numbers if one and domain.carries(one)]
            beyond = frozenset(domain_group(name, one) for one in carried)
            stripped = carried if domain.native is None else [domain.native]
            steps.update((domain_group(name, one), beyond) for one in stripped)
        return steps

    @cached_property
    def _known(self) -> dict[frozenset[Group], frozenset[Group]]:
        return {}

    def reached(self, sends: frozenset[Group]) -> frozenset[Group]:
        """Return the groups that frames with several tags may get to, besides ``sends``.

        At present, where everybody is honest, there are none.
        """
        if self.layer2.at_present:
            return frozenset()
        found = self._known.get(sends)
        if found is None:
            found = self._known[sends] = self._closed(sends) - sends
        return found

    def _closed(self, sends: Iterable[Group]) -> frozenset[Group]:
        onward = self.joining.upper
        reached = set(sends)
        waiting = list(reached)
        while waiting:
            group = waiting.pop()
            for further in (onward.get(group), self._steps.get(group)):
                fresh = (further or frozenset()) - reached
                reached |= fresh
                waiting.extend(fresh)
        return frozenset(reached)

    def missing(self, name: str, hops: Iterable[Group]) -> Missing:
        """Return what would tell whether a place gets to the groups of ``hops``."""
        names = sorted({group[1] for group in hops if group[0] == "domain"})
        where = f"in {listed(names)} " if all(names) else "behind undeclared physical NICs "
        return Missing(
            what=f"whether switches {where}strip the outer tag of frames with two tags, which "
            f"{name} may send, is not known",
            how="declare double-tags: drop under fabric.domains where they drop such frames, or "
            "native: none where no VLAN leaves untagged; or let the machine send in one VLAN only",
        )
