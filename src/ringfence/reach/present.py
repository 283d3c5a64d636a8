"""The state of things now: which machines run, which NICs are connected, which uplinks are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ringfence.model.facts import Fact, NotRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.model.inventory import Inventory
    from ringfence.model.machines import Machine, VirtualNic
    from ringfence.model.network import Teaming, UplinkBinding, UplinkTags
    from ringfence.model.snapshot import Snapshot

_POWER_UNREAD: Final = NotRead(
    reason="not-collected", detail="whether its machine is switched on was not read"
)


def present(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with only what takes part now: what could be connected, is not.

    A NIC of a machine that is switched off or suspended is not connected.
    """
    machines = tuple(_as_it_runs(machine) for machine in snapshot.machines)
    return msgspec.structs.replace(snapshot, machines=machines)


def _as_it_runs(machine: Machine) -> Machine:
    nics, passthrough = machine.nics, machine.passthrough
    if not isinstance(nics, NotRead):
        nics = tuple(_as_it_is(nic, machine.power) for nic in nics)
    elif machine.power in ("off", "suspended"):
        nics = ()
    if machine.power in ("off", "suspended"):
        passthrough = ()
    return msgspec.structs.replace(machine, nics=nics, passthrough=passthrough)


def _as_it_is(nic: VirtualNic, power: Fact[str]) -> VirtualNic:
    connected: Fact[bool] = nic.connected
    if power in ("off", "suspended"):
        connected = False
    elif isinstance(power, NotRead) and connected is True:
        connected = _POWER_UNREAD
    if connected == nic.connected and nic.start_connected is False:
        return nic
    return msgspec.structs.replace(nic, connected=connected, start_connected=False)


def in_use(
    inventory: Inventory, uplinks: tuple[UplinkBinding, ...], teaming: Fact[Teaming | None]
) -> Iterator[tuple[tuple[str, ...], Fact[UplinkTags | None]]]:
    """Yield the physical NICs with a link, and the tags, of each uplink that carries frames now.

    Active uplinks do; where none of them has a link, the first standby one that has. A NIC whose
    link was not read is taken to have one.
    """
    linked = {
        uplink.name: (nics, uplink.tags)
        for uplink in uplinks
        if (nics := tuple(nic for nic in uplink.physical_nics if _has_link(inventory, nic)))
    }
    if teaming is None or isinstance(teaming, NotRead):
        yield from linked.values()
        return
    active = [linked[name] for name in teaming.active if name in linked]
    standby = [linked[name] for name in teaming.standby if name in linked]
    yield from active or standby[:1]


def _has_link(inventory: Inventory, nic: str) -> bool:
    known = inventory.physical_nics.get(nic)
    return known is None or known[1].speed != 0
