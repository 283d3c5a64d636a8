"""Live ports of distributed switches, as ``FetchDVPorts`` returns them."""

from __future__ import annotations

from typing import Any

from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import Port, VlanRange
from ringfence.sources.vsphere.content import Content
from ringfence.sources.vsphere.names import Ids
from ringfence.sources.vsphere.port_settings import (
    UNSET,
    Base,
    deprecated_security,
    overridden,
    policy_value,
    ranges,
    security,
    vlan,
)
from ringfence.sources.vsphere.switch_filters import filters
from ringfence.sources.vsphere.values import at, items, text


def live_port(entry: Any, switch: Content, base: Base, ids: Ids) -> Port:
    """Return a live port; its setting repeats what it inherits from its port group."""
    key = text(entry, "key")
    group, host = text(entry, "portgroupKey"), text(entry, "proxyHost")
    own = f"{ids.of(switch.id)}/port/{key}"
    # A port is read like the property of an object, so that odd values are NotRead as there.
    values = {"setting": at(entry, "config.setting"), "runtime": at(entry, "state.runtimeInfo")}
    port = Content(switch.reference, {name: v for name, v in values.items() if v is not None})
    return Port(
        id=own,
        key=key,
        switch=ids.of(switch.id),
        port_group=ids.of(group) if group else "",
        host=ids.of(host) if host else None,
        connectee=_connectee(entry, ids),
        overridden=port.fact("setting", overridden, UNSET),
        vlan=port.fact("setting", lambda value: vlan(value, base), UNSET),
        security=port.fact("setting", lambda value: security(value, own, base), UNSET),
        deprecated_security=port.fact(
            "setting", lambda value: deprecated_security(value, own, base), UNSET
        ),
        filters=port.fact("setting", filters, UNSET),
        blocked=port.fact(
            "setting", lambda value: policy_value(value, "blocked", otherwise=False), UNSET
        ),
        runtime_vlans=port.fact("runtime", _running, None),
    )


def unread_port(port_id: str, switch: str, group: str, why: NotRead) -> Port:
    """Return a port that something is attached to and that could not be read."""
    return Port(
        id=port_id,
        key=port_id.rpartition("/")[2],
        switch=switch,
        port_group=group,
        connectee=why,
        overridden=why,
        vlan=why,
        security=why,
        deprecated_security=why,
        filters=why,
        blocked=why,
        runtime_vlans=why,
    )


def _connectee(entry: Any, ids: Ids) -> Fact[str | None]:
    """Return the id of the virtual NIC or kernel interface on a port."""
    connectee = at(entry, "connectee")
    if connectee is None:
        return None
    moid, nic = text(connectee, "connectedEntity"), text(connectee, "nicKey")
    return ids.nic(moid, nic) if moid and nic else None


def _running(value: Any) -> tuple[VlanRange, ...] | None:
    found = items(value, "vlanIds")
    return ranges(found) if found else None
