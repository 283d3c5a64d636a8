"""Whether mirror sessions may show something of one zone to a less trusted one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.model.facts import NotRead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.model.inventory import Inventory
    from ringfence.policy.document import Policy


class Observing:
    """Answers for the mirror sessions of one inventory."""

    def __init__(
        self, inventory: Inventory, policy: Policy, zones: Mapping[str, frozenset[str]]
    ) -> None:
        self._inventory = inventory
        self._policy = policy
        self._zones = zones
        self._places = dict(_at_ports(inventory))

    def problem(self, observed: str, observer: str) -> str | None:
        """Return how a zone may be observed by a less trusted one, ``None`` where it is not."""
        trust = self._policy.zones
        if trust[observer].trust >= trust[observed].trust:
            return None
        sessions = self._inventory.snapshot.mirror_sessions
        if isinstance(sessions, NotRead):
            if any(one.kind == "distributed" for one in self._inventory.snapshot.switches):
                return "the mirror sessions of the distributed switches were not read"
            return None
        for session in sessions:
            if not session.enabled:
                continue
            sources = (*session.sources_received, *session.sources_transmitted)
            if observed in self._zones_at(sources):
                if session.remote_vlan is not None or session.remote_addresses:
                    return f"the mirror session {session.name} sends copies elsewhere"
                if observer in self._zones_at(session.destinations):
                    return f"the mirror session {session.name} copies to it"
        return None

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
