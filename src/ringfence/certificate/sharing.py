"""Whether a place may be shown frames of others on its network, or what hosts carry for machines.

What liars could divert to themselves counts as delivered, so it is checked there; here are ports
that may be shown what is not meant for them, and the networks of hosts' own services.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ringfence.certificate.diagram import EMPTY
from ringfence.certificate.ports import Ends
from ringfence.certificate.vlans import add
from ringfence.certificate.zones import Crowd
from ringfence.model.facts import NotRead

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
        for other, place in self._standing[observed].meetings(self._shown[observer]):
            if self._let_by(other, place):
                return f"{place.id} may be shown every frame beside {other.id}"
        for other, place in self._network.zones.receivers(observed).meetings(
            self._flooded[observer]
        ):
            if self._let_by(other, place):
                return f"frames of {other.id} may be flooded to {place.id}"
        return self._carried(observed, observer)

    @cached_property
    def _of_zone(self) -> Mapping[str, list[Place]]:
        zones = self._network.zones
        found: dict[str, list[Place]] = {name: [] for name in self._network.policy.zones}
        for identity, names in zones.of_place.items():
            for name in names:
                found[name].append(zones.places[identity])
        return found

    @cached_property
    def _standing(self) -> Mapping[str, Crowd]:
        """The places of each zone, as if they sent into switches all that they hear there."""
        return {zone: Crowd(map(_as_beside, places)) for zone, places in self._of_zone.items()}

    @cached_property
    def _shown(self) -> Mapping[str, Crowd]:
        """The places of each zone that may be shown what is sent to others beside them."""
        return {
            zone: Crowd(one for one in places if self._may_be_shown(one, "promiscuous"))
            for zone, places in self._of_zone.items()
        }

    @cached_property
    def _flooded(self) -> Mapping[str, Crowd]:
        """The places of each zone that frames may be flooded to."""
        return {
            zone: Crowd(one for one in places if self._may_be_flooded(one))
            for zone, places in self._of_zone.items()
        }

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

    def _carried(self, observed: str, observer: str) -> str | None:
        for host, interface, seeing in self._heard[observer]:
            for machine in self._machines_on(host, observed):
                for one in seeing:
                    if machine.id != one.owner and _in_the_clear(interface, machine):
                        return f"{one.id} hears {interface.id}, which carries {machine.id}"
        return None

    @cached_property
    def _heard(self) -> Mapping[str, list[tuple[str, KernelInterface, list[Place]]]]:
        """The hosts' interfaces that each zone may hear, with places of two owners that do."""
        places = self._network.zones.places
        found = {}
        for zone, watching in self._of_zone.items():
            crowd = Crowd(one for one in watching if one.kind != "kernel-interface")
            found[zone] = [
                (host.id, interface, seeing)
                for host, interface in self._inventory.kernel_interfaces()
                if interface.id in places
                and (seeing := list(crowd.hearing(places[interface.id].ends)))
            ]
        return found

    def _machines_on(self, host: str, zone: str) -> Iterator[Machine]:
        """Yield the machines of a zone that are on a host, or may be."""
        machines = self._machines_of[zone]
        yield from machines.get(host, ())
        yield from machines.get(None, ())

    @cached_property
    def _machines_of(self) -> Mapping[str, Mapping[str | None, list[Machine]]]:
        """The machines of each zone by host, those of which it is not known by ``None``."""
        of_place = self._network.zones.of_place
        found: dict[str, defaultdict[str | None, list[Machine]]] = {
            zone: defaultdict(list) for zone in self._network.policy.zones
        }
        for machine, nic in self._inventory.virtual_nics():
            host = machine.host if isinstance(machine.host, str) else None
            for zone in of_place.get(nic.id, frozenset()):
                found[zone][host].append(machine)
        return found


def _as_beside(place: Place) -> Place:
    """Return a place that sends into its switches, on their hosts, also whatever it hears there."""
    sends = dict(place.ends.sends)
    for medium, numbers in place.ends.hears.items():
        add(sends, medium, numbers)
    there = {medium: numbers for medium, numbers in sends.items() if medium[0] == "node"}
    return replace(place, ends=Ends(sends=there))


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
