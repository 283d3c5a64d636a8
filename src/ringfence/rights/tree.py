"""The tree of objects along which permissions are inherited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory

Line = tuple[str, ...]
Links = tuple[str | None, ...]


@dataclass(frozen=True)
class ObjectTree:
    """What stands above each object.

    A machine has two parents, its folder and its resource pool, and inherits from both. A
    distributed switch and its port groups inherit from the folder or datacenter that holds them,
    a standard port group from the network folder that the management server lists it in. Where a
    parent is not known, the top folder is taken for it: what was given there holds below.
    """

    inventory: Inventory

    @cached_property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """The parents of each object by id; objects without are at the top."""
        links = dict(_places(self.inventory)) | dict(_networks(self.inventory))
        for machine in self.inventory.machines.values():
            links[machine.id] = tuple(
                None if isinstance(link, NotRead) else link
                for link in (machine.folder, machine.pool)
            )
        return {
            identity: tuple(link for link in above if link is not None)
            for identity, above in links.items()
        }

    @cached_property
    def tops(self) -> tuple[str, ...]:
        """The folders that nothing stands above, one for each management server."""
        folders = self.inventory.folders.values()
        return tuple(sorted(folder.id for folder in folders if folder.parent is None))

    def lines(self, identity: str) -> tuple[Line, ...]:
        """Return the ways up from an object, the object itself first on each."""
        finished: list[Line] = []
        waiting: list[Line] = [(identity,)]
        while waiting:
            line = waiting.pop()
            above = [parent for parent in self._above(line[-1]) if parent not in line]
            if above:
                waiting.extend((*line, parent) for parent in above)
            else:
                finished.append(line)
        return tuple(sorted(finished))

    def _above(self, identity: str) -> tuple[str, ...]:
        if identity in self.tops:
            return ()
        return self.parents.get(identity, ()) or self.tops


def _places(inventory: Inventory) -> Iterator[tuple[str, Links]]:
    for folder in inventory.folders.values():
        yield folder.id, (folder.parent,)
    for datacenter in inventory.datacenters.values():
        yield datacenter.id, (datacenter.folder,)
    for cluster in inventory.clusters.values():
        yield cluster.id, (cluster.parent or cluster.datacenter,)
    for host in inventory.hosts.values():
        yield host.id, (host.cluster or host.folder or host.datacenter,)
    for pool in inventory.pools.values():
        yield pool.id, (pool.parent or pool.owner,)


def _networks(inventory: Inventory) -> Iterator[tuple[str, Links]]:
    for switch in inventory.switches.values():
        yield switch.id, (switch.folder or switch.datacenter,)
    for switch_id, host in inventory.members:
        if inventory.switches[switch_id].kind != "distributed":
            yield switch_id, (host,)
    for group in inventory.port_groups.values():
        yield group.id, (group.folder or group.host or group.switch,)
