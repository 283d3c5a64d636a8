"""The physical side: which declared layer-2 domain each physical NIC leads to."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.model.inventory import Inventory
    from ringfence.policy.document import Domain, Policy

UNDECLARED: Final = ""
"""The worst case for physical NICs of no declared domain: it is joined to every domain."""


def numbers(text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a text such as ``100-109,120``."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield int(first), int(last or first)


@dataclass(frozen=True)
class DomainFacts:
    """A domain in a form that is quick to ask.

    ``native`` is ``None`` where untagged frames are dropped; ``native_known`` false where it was
    not declared. ``ranges`` is ``None`` where every tag is carried. ``drops_double_tags`` where
    frames with two tags surely go nowhere.
    """

    name: str
    ranges: tuple[tuple[int, int], ...] | None
    native: int | None
    native_known: bool
    private_vlans: bool
    drops_double_tags: bool = False

    @staticmethod
    def of(name: str, domain: Domain) -> DomainFacts:
        """Return the facts of a declared domain."""
        return DomainFacts(
            name=name,
            ranges=None if domain.vlans is None else tuple(numbers(domain.vlans)),
            native=domain.native if isinstance(domain.native, int) else None,
            native_known=domain.native != "unknown",
            private_vlans=domain.private_vlans,
            drops_double_tags=domain.double_tags == "drop",
        )

    def carries(self, vlan: int) -> bool:
        """Tell whether frames of a VLAN pass between the domain's ports."""
        if self.ranges is None or vlan == self.native:
            return True
        return any(first <= vlan <= last for first, last in self.ranges)


@dataclass(frozen=True)
class FabricFacts:
    """The domains, and the domain of each physical NIC (``UNDECLARED`` where none is)."""

    domains: Mapping[str, DomainFacts]
    of_nic: Mapping[str, str]

    @staticmethod
    def of(policy: Policy, inventory: Inventory) -> FabricFacts:
        """Match every physical NIC with the patterns of the declared domains.

        A NIC that several domains name leads to none of them for certain.
        """
        domains = {
            name: DomainFacts.of(name, domain) for name, domain in policy.fabric.domains.items()
        }
        of_nic: dict[str, str] = {}
        for identity, (host, nic) in inventory.physical_nics.items():
            path = f"{host.name}/{nic.name}"
            named = [
                name
                for name, domain in policy.fabric.domains.items()
                if any(fnmatchcase(path, pattern) for pattern in domain.uplinks)
            ]
            of_nic[identity] = named[0] if len(named) == 1 else UNDECLARED
        return FabricFacts(domains, of_nic)

    def domain_of(self, physical_nic: str) -> str:
        """Return the name of the domain behind a physical NIC."""
        return self.of_nic.get(physical_nic, UNDECLARED)
