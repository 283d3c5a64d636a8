"""Port groups found by what other sheets call them: a name, a host, a switch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from ringfence.model.facts import NOT_COLLECTED, Fact, NotRead
from ringfence.model.network import PortGroup, VirtualSwitch
from ringfence.sources.rvtools.names import Key


@dataclass(slots=True)
class Networks:
    """Look-ups over the port groups of a workbook; a name that several have is no answer."""

    switches: dict[str, VirtualSwitch]
    standard: dict[tuple[str, str], PortGroup] = field(default_factory=dict)
    distributed: dict[Key, list[PortGroup]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, switches: Iterable[VirtualSwitch], groups: Iterable[PortGroup]) -> Networks:
        """Return the look-ups over switches and port groups."""
        networks = cls({switch.id: switch for switch in switches})
        for group in groups:
            if group.host is not None:
                networks.standard[group.host, group.name] = group
            else:
                networks.distributed[Key(group.id.partition("/")[0], group.name)].append(group)
        return networks

    def find(self, network: Key, host: str | None, switch: str) -> PortGroup | NotRead | None:
        """Return the port group that something on a host is attached to.

        ``switch`` is the name of its switch, "" where that is not told. ``None`` is no network.
        """
        if not network.name:
            return None
        candidates = list(self.distributed.get(network, ()))
        if host is not None and (host, network.name) in self.standard:
            candidates.append(self.standard[host, network.name])
        found = [group for group in candidates if switch in ("", self._switch_name(group))]
        if len(found) == 1:
            return found[0]
        what = "is the name of several networks" if found else "is in neither vPort nor dvPort"
        return NotRead(reason="not-collected", detail=f"{network.name[:60]} {what}")

    def _switch_name(self, group: PortGroup) -> str:
        switch = self.switches.get(group.switch)
        return "" if switch is None else switch.name


def id_of(group: PortGroup | NotRead | None) -> Fact[str | None]:
    """Return the id of what ``Networks.find`` found."""
    return group.id if isinstance(group, PortGroup) else group


def port_of(group: PortGroup | NotRead | None) -> Fact[str | None]:
    """Return the live port of what is attached; standard switches have none."""
    if group is None or (isinstance(group, PortGroup) and group.host is not None):
        return None
    return NOT_COLLECTED
