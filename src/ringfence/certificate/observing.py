"""Whether something of one zone may be shown to a less trusted one, by whatever means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.certificate.sharing import Sharing
from ringfence.model.facts import NotRead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ringfence.certificate.network import Network
    from ringfence.model.inventory import Inventory
    from ringfence.model.network import MirrorSession


class Observing:
    """Answers for the mirror sessions and networks of one snapshot."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._inventory = network.inventory
        self._policy = network.policy
        self._zones = network.zones.of_place
        self._places = dict(_at_ports(network.inventory))
        self._sharing = Sharing(network)

    def problem(self, observed: str, observer: str) -> str | None:
        """Return how a zone may be observed by a less trusted one, ``None`` where it is not."""
        trust = self._policy.zones
        if trust[observer].trust >= trust[observed].trust:
            return None
        return self._mirrored(observed, observer) or self._sharing.problem(observed, observer)

    def _mirrored(self, observed: str, observer: str) -> str | None:
        sessions = self._inventory.snapshot.mirror_sessions
        if isinstance(sessions, NotRead):
            if any(one.kind == "distributed" for one in self._inventory.snapshot.switches):
                return "the mirror sessions of the distributed switches were not read"
            return None
        for session in sessions:
            if not session.enabled:
                continue
            sources = (*session.sources_received, *session.sources_transmitted)
            if not (observed in self._zones_at(sources) or self._stands_in(session, observed)):
                continue
            if session.remote_addresses or session.destination_uplinks:
                return f"the mirror session {session.name} sends copies elsewhere"
            if observer in self._zones_at(session.destinations):
                return f"the mirror session {session.name} copies to it"
            if self._hears_remote(session.remote_vlan, observer):
                return f"the mirror session {session.name} sends copies into a VLAN that it hears"
        return None

    def _stands_in(self, session: MirrorSession, zone: str) -> bool:
        """Tell whether a zone has a place in one of the VLANs that a session copies from."""
        numbers = sum(1 << vlan for vlan in set(session.source_vlans))
        for identity, zones in self._zones.items():
            if numbers and zone in zones:
                ends = self._network.zones.places[identity].ends
                for medium, vlans in (*ends.sends.items(), *ends.hears.items()):
                    if medium[0] == "node" and medium[2] == session.switch and vlans & numbers:
                        return True
        return False

    def _hears_remote(self, vlan: int | None, zone: str) -> bool:
        """Tell whether a zone may hear a VLAN of any domain: wherever copies may be sent."""
        return vlan is not None and any(
            medium[0] != "node" and vlans >> vlan & 1
            for identity, zones in self._zones.items()
            if zone in zones
            for medium, vlans in self._network.zones.places[identity].ends.hears.items()
        )

    def _zones_at(self, ports: Iterable[str]) -> set[str]:
        none: frozenset[str] = frozenset()
        return {
            zone
            for port in ports
            for place in self._places.get(port, ())
            for zone in self._zones.get(place, none)
        }


def _at_ports(inventory: Inventory) -> Iterator[tuple[str, set[str]]]:
    """Yield the places at each live port, by both ends' word."""
    found: dict[str, set[str]] = {}
    for port in inventory.ports.values():
        if isinstance(port.connectee, str):
            found.setdefault(port.id, set()).add(port.connectee)
    for _, nic in inventory.virtual_nics():
        if isinstance(nic.port, str):
            found.setdefault(nic.port, set()).add(nic.id)
    for _, interface in inventory.kernel_interfaces():
        if isinstance(interface.port, str):
            found.setdefault(interface.port, set()).add(interface.id)
    yield from found.items()
