"""Facts hidden by chance: what is then claimed must hold whatever they really are."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import msgspec

from generated.network import Network
from ringfence.model.facts import NotRead, Record

HIDDEN = NotRead(reason="no-permission", detail="hidden")

# Facts by record and field whose absence both the engine and the interpreter bound. Where there are
# no places left (the NICs of a machine), a proof says so apart from its matrix.
_MAY_HIDE = {
    "Host": ("physical_nics",),
    "VirtualSwitch": ("members", "private_vlans"),
    "SwitchMember": ("uplinks",),
    "PortGroup": ("vlan", "teaming", "overrides", "blocked", "filters"),
    "Port": ("overridden", "vlan", "blocked", "filters"),
    "PortFilter": ("rules", "hosts", "reassembles"),
    "Machine": ("host", "template"),
    "VirtualNic": ("port_group", "port", "connected", "start_connected", "port_filters"),
    "KernelInterface": ("port_group", "port"),
    "PassthroughDevice": ("physical_nic",),
    "Device": ("forwards", "interfaces", "chains", "routes", "reverse_path", "reassembles"),
    "DeviceInterface": ("addresses",),
}


def hidden(network: Network, chance: Random, share: float = 0.1) -> Network:
    """Return the network with about this share of its facts not read."""
    snapshot = _hide(network.snapshot, chance, share)
    if chance.random() < share:
        snapshot = msgspec.structs.replace(snapshot, ports=HIDDEN)
    return replace(network, snapshot=snapshot, exact=False)


def _hide(record: Any, chance: Random, share: float) -> Any:
    changes: dict[str, Any] = {}
    may_hide = _MAY_HIDE.get(type(record).__name__, ())
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if name in may_hide and chance.random() < share:
            changes[name] = HIDDEN
        elif isinstance(value, tuple):
            changes[name] = tuple(
                _hide(item, chance, share) if isinstance(item, Record) else item for item in value
            )
    return msgspec.structs.replace(record, **changes)
