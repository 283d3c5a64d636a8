"""Whether a place may be shown frames of others on its network, or what hosts carry for machines.

What liars could divert to themselves counts as delivered, so it is checked there; here are ports
that may be shown what is not meant for them, and the networks of hosts' own services.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.certificate.diagram import EMPTY
from ringfence.model.facts import NotRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.certificate.network import Network
    from ringfence.certificate.places import Place
    from ringfence.model.hosts import KernelInterface
    from ringfence.model.machines import Machine
    from ringfence.model.network import SecurityPolicy

_SERVICES: Final = {
    "migration",
    "provisioning",
    "fault-tolerance",
    "storage",
    "replication",
    "backup",
}


class Sharing:
    """Answers for the places of one network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._inventory = network.inventory
        self._ports: dict[str, tuple[object, object]] = {}
        for _, nic in self._inventory.virtual_nics():
            self._ports[nic.id] = (nic.port_group, nic.port)
        for _, interface in self._inventory.kernel_interfaces():
            self._ports[interface.id] = (interface.port_group, interface.port)

    def problem(self, observed: str, observer: str) -> str | None:
        """Return what a zone may see of a more trusted one, ``None`` where it is nothing."""
        watching = list(self._of(observer))
        for place in watching:
            if self._may_be_shown(place, "promiscuous"):
                for other in self._of(observed):
                    if other.owner != place.owner and self._beside(other, place):
                        return f"{place.id} may be shown every frame beside {other.id}"
            if self._may_be_flooded(place):
                for other in self._of(observed):
                    apart = other.owner == place.owner or not other.ends.talks_to(place.ends)
                    if not apart and self._let_by(other, place):
                        return f"frames of {other.id} may be flooded to {place.id}"
        return self._carried(observed, watching)

    def _of(self, zone: str) -> Iterator[Place]:
        zones = self._network.zones
        for identity, found in zones.of_place.items():
            if zone in found:
                yield zones.places[identity]

    def _beside(self, other: Place, place: Place) -> bool:
        """Tell whether a place stands where another hears, on the same switch of the same host."""
        for medium, heard in place.ends.hears.items():
            there = other.ends.sends.get(medium, 0) | other.ends.hears.get(medium, 0)
            if medium[0] == "node" and heard & there:
                return self._let_by(other, place)
        return False

    def _let_by(self, sender: Place, hearer: Place) -> bool:
        passing, diagrams = self._network.passing, self._network.diagrams
        let_by = diagrams.both(passing.sending(sender.filters), passing.receiving(hearer.filters))
        return let_by != EMPTY

    def _security(self, place: Place) -> SecurityPolicy | NotRead | None:
        """Return the settings of a place's port, ``None`` where it stands at none."""
        group_id, port_id = self._ports.get(place.id, (None, None))
        if group_id is None:
            return None
        group = self._inventory.port_groups.get(group_id) if isinstance(group_id, str) else None
        if group is None:
            return NotRead(reason="not-collected")
        port = self._inventory.ports.get(port_id) if isinstance(port_id, str) else None
        if port is not None:
            own = isinstance(port.overridden, NotRead) or "security" in port.overridden
            return port.security if own else group.security
        overrides = group.overrides
        fixed = overrides is None or (not isinstance(overrides, NotRead) and not overrides.security)
        return group.security if port_id is None or fixed else NotRead(reason="not-collected")

    def _may_be_shown(self, place: Place, setting: str) -> bool:
        security = self._security(place)
        if security is None:
            return False
        found = security if isinstance(security, NotRead) else getattr(security, setting)
        return isinstance(found, NotRead) or bool(found.accept)

    def _may_be_flooded(self, place: Place) -> bool:
        security = self._security(place)
        if security is None:
            return False
        if isinstance(security, NotRead):
            return True
        facts = (security.mac_learning, security.unknown_unicast_flooding)
        return all(isinstance(one, NotRead) or one for one in facts)

    def _carried(self, observed: str, watching: list[Place]) -> str | None:
        places = self._network.zones.places
        for host, interface in self._inventory.kernel_interfaces():
            place = places.get(interface.id)
            if place is None:
                continue
            seeing = [
                one
                for one in watching
                if one.kind != "kernel-interface" and place.ends.talks_to(one.ends)
            ]
            for one in seeing:
                for machine in self._machines_on(host.id, observed):
                    if machine.id != one.owner and _in_the_clear(interface, machine):
                        return f"{one.id} hears {interface.id}, which carries {machine.id}"
        return None

    def _machines_on(self, host: str, zone: str) -> Iterator[Machine]:
        of_place = self._network.zones.of_place
        for machine, nic in self._inventory.virtual_nics():
            here = not isinstance(machine.host, str) or machine.host == host
            if here and zone in of_place.get(nic.id, frozenset()):
                yield machine


def _in_the_clear(interface: KernelInterface, machine: Machine) -> bool:
    """Tell whether an interface may carry something of a machine unencrypted."""
    services = interface.services
    known = _SERVICES if isinstance(services, NotRead) else _SERVICES.intersection(services)
    encrypted = set()
    if machine.migration_encryption == "required":
        encrypted.add("migration")
    mode = machine.fault_tolerance_encryption
    if not isinstance(mode, NotRead) and mode.endswith("Required"):
        encrypted.add("fault-tolerance")
    return bool(known - encrypted)
