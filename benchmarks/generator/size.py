"""How large a generated network is, and how messy."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

VLANS_PER_SITE: Final = 4000
MACHINES_PER_NETWORK: Final = 180
OUTSIDE: Final = "outside"
MANAGEMENT: Final = "management"


@dataclass(frozen=True, slots=True)
class Size:
    """What is asked of the generator.

    ``port_groups`` counts the zones' networks, ``zones`` all zones with the outside and
    management, ``rules`` those of all firewalls together. ``mess`` goes from 0, where every
    rule is bound to its interfaces and compares with whole prefixes, to 1, where most do neither
    and many are shadowed, repeated or refuse. ``violations`` are planted, of every kind in turn.
    Raises ``ValueError`` where the numbers do not fit together.
    """

    hosts: int = 8
    machines: int = 60
    port_groups: int = 16
    zones: int = 6
    devices: int = 2
    rules: int = 100
    mess: float = 0.0
    violations: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        internal = self.zones - 2
        self._need(internal >= 2, "at least 4 zones: the outside, management and two others")
        self._need(self.port_groups >= 2 * internal, "at least two port groups for each zone")
        self._need(self.port_groups <= 65_000, "at most 65,000 port groups")
        self._need(self.machines >= self.port_groups, "a machine for each port group")
        self._need(
            self.machines <= self.port_groups * MACHINES_PER_NETWORK,
            f"at most {MACHINES_PER_NETWORK} machines for each port group",
        )
        self._need(1 <= self.devices <= min(200, internal), "1 to 200 devices, at most one a zone")
        self._need(self.sites <= self.devices, f"a device for each of {self.sites} sites")
        self._need(self.hosts >= self.sites, f"a host for each of {self.sites} sites")
        self._need(0 <= self.mess <= 1, "a mess from 0 to 1")
        self._need(self.violations >= 0, "no fewer than no violations")

    @property
    def sites(self) -> int:
        """How many layer-2 domains the VLANs of all port groups need."""
        return ceil(self.port_groups / VLANS_PER_SITE)

    def _need(self, fits: bool, what: str) -> None:  # noqa: FBT001 (a condition that must hold)
        if not fits:
            raise ValueError(f"{self} does not fit together: there must be {what}.")
