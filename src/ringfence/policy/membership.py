"""Which zone each place belongs to, by two statements that must agree.

A place is a virtual NIC or a kernel interface; device interfaces are placed by their attachment.
``networks`` says where a zone is, ``machines`` what belongs there. A DMZ machine attached to a
cardholder network has not become cardholder: the machine's statement gives its zone, the
network's statement the place it stands in, and the two are a violation together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Standing = Literal[
    "agreed",  # both statements name the same zone
    "placement-unchecked",  # only ``networks`` names a zone
    "network-unchecked",  # only ``machines`` names a zone
    "misplaced",  # the statements name different zones
    "ambiguous",  # one statement names several zones by equal right
    "unread",  # a fact that a statement needs was not read
    "nowhere",  # neither statement names a zone
    "device",  # it belongs to a declared device
    "detached",  # it has no network
]

PlaceKind = Literal["virtual-nic", "kernel-interface"]


@dataclass(frozen=True, slots=True)
class Membership:
    """The zones of one place.

    ``owner`` is the id of the machine or host, ``attachment`` that of the virtual NIC or kernel
    interface. ``zone`` is the zone whose attackers start there: by the machine's statement where
    there is one, else the network's; ``None`` where it is not decided. ``candidates`` are the
    zones that may be meant where it is ambiguous or unread. ``reasons`` names the selectors that
    matched, or what was not read.
    """

    attachment: str
    owner: str
    kind: PlaceKind
    standing: Standing
    zone: str | None
    network_zones: tuple[str, ...]
    machine_zones: tuple[str, ...]
    candidates: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    device: str | None = None
