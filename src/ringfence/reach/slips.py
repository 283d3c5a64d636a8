"""The slips that may happen to a configuration: a fixed grammar, each an edit of one thing.

An existing VLAN, network or object of a rule is put in the place of another; a flag is flipped; a
virtual NIC is connected or added; a port group becomes a trunk; a rule of a device or of a filter
at a port is deleted, exchanged with the next, or widened; an uplink is added.
Anybody could write a rule that permits everything: that is no slip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ringfence.model.facts import Record
    from ringfence.model.network import PortGroup
    from ringfence.model.snapshot import Snapshot

SlipKind = Literal[
    "vlan",  # a port group gets the VLAN of another
    "trunk",  # a port group carries every VLAN
    "network",  # a virtual NIC is attached to another network of its host
    "connected",  # a virtual NIC that is disconnected is connected
    "nic-added",  # a machine gets one more virtual NIC, on any network of its host
    "flag",  # a blocked port group is opened, a policy or default accepts, a filter is switched off
    "rule-deleted",
    "rule-moved",  # a rule changes places with the next
    "rule-widened",  # an address or service becomes the next larger one of its device, or any
    "object",  # another address of the device stands in a rule
    "uplink",  # a physical NIC that no switch uses becomes an uplink
]
KINDS: Final[tuple[SlipKind, ...]] = get_args(SlipKind)


@dataclass(frozen=True)
class Slip:
    """One slip: what an operator would say of it, and how one record becomes another.

    ``make`` returns the record of ``table`` that takes the place of the one called ``object``; it
    is only called for slips that are tried, since rules are many. ``along`` are port groups that
    change with it, since they inherit. ``count`` says for how many alike it stands: machines of
    one zone on one network of one host.
    """

    kind: SlipKind
    says: str
    table: str
    object: str
    make: Callable[[], Record]
    count: int = 1
    along: tuple[PortGroup, ...] = ()

    def applied(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot after the slip."""
        changed = _put(snapshot, self.table, {self.object: self.make()})
        return _put(changed, "port_groups", by_id(self.along)) if self.along else changed


def _put(snapshot: Snapshot, table: str, new: dict[str, Record]) -> Snapshot:
    records = tuple(new.get(one.id, one) for one in getattr(snapshot, table))
    return msgspec.structs.replace(snapshot, **{table: records})


def by_id(groups: Iterable[PortGroup]) -> dict[str, Record]:
    """Return port groups by their ids."""
    return {one.id: one for one in groups}
