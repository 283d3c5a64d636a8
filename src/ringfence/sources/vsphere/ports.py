"""Live ports of distributed switches, as ``FetchDVPorts`` returns them."""

from __future__ import annotations

from typing import Any, NamedTuple

from lxml import etree

from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import Port, SecurityPolicy, Vlan, VlanRange
from ringfence.model.rules import SwitchFilterRule
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
from ringfence.sources.vsphere.values import Plain, at, items, text


class LivePorts:
    """Turns the live ports of one switch into records.

    Most ports only repeat what they inherit, word for word, so what a setting means is worked out
    once for each port group and wording.
    """

    def __init__(self, switch: Content, ids: Ids) -> None:
        self._switch = switch
        self._ids = ids
        self._plain = Plain()
        self._known: dict[tuple[str, bytes], _InForce] = {}

    def record(self, element: etree._Element, base: Base) -> Port | None:
        """Return a live port, ``None`` where nothing is attached to it.

        ``element`` is a ``DistributedVirtualPort``; ``base`` is what the ports of its port group
        inherit.
        """
        setting = element.find("{*}config/{*}setting")
        if setting is not None:
            setting.getparent().remove(setting)  # type: ignore[union-attr]
        entry = self._plain.value(element)
        if at(entry, "connectee") is None:
            return None
        ids, key = self._ids, text(entry, "key")
        group, host = text(entry, "portgroupKey"), text(entry, "proxyHost")
        own = f"{ids.of(self._switch.id)}/port/{key}"
        in_force = self._in_force(setting, group, own, base)
        runtime = self._read("runtime", at(entry, "state.runtimeInfo"))
        return Port(
            id=own,
            key=key,
            switch=ids.of(self._switch.id),
            port_group=ids.of(group) if group else "",
            host=ids.of(host) if host else None,
            connectee=_connectee(entry, ids),
            overridden=in_force.overridden,
            vlan=in_force.vlan,
            security=in_force.security,
            deprecated_security=in_force.deprecated,
            filters=in_force.filters,
            blocked=in_force.blocked,
            runtime_vlans=runtime.fact("runtime", _running, None),
        )

    def _in_force(
        self, setting: etree._Element | None, group: str, own: str, base: Base
    ) -> _InForce:
        if setting is None:
            return self._worked_out(None, own, base)
        wording = group, etree.tostring(setting, with_tail=False)
        found = self._known.get(wording)
        if found is None:
            found = self._worked_out(self._plain.value(setting), own, base)
            if found.overridden == ():
                self._known[wording] = found
        return found

    def _worked_out(self, setting: Any, own: str, base: Base) -> _InForce:
        port = self._read("setting", setting)
        return _InForce(
            overridden=port.fact("setting", overridden, UNSET),
            vlan=port.fact("setting", lambda value: vlan(value, base), UNSET),
            security=port.fact("setting", lambda value: security(value, own, base), UNSET),
            deprecated=port.fact(
                "setting", lambda value: deprecated_security(value, own, base), UNSET
            ),
            filters=port.fact("setting", filters, UNSET),
            blocked=port.fact(
                "setting", lambda value: policy_value(value, "blocked", otherwise=False), UNSET
            ),
        )

    def _read(self, name: str, value: Any) -> Content:
        """Return a value as the property of an object, so that odd ones are NotRead as there."""
        return Content(self._switch.reference, {} if value is None else {name: value})


class _InForce(NamedTuple):
    """What a port's setting means."""

    overridden: Fact[tuple[str, ...]]
    vlan: Fact[Vlan]
    security: Fact[SecurityPolicy]
    deprecated: Fact[SecurityPolicy | None]
    filters: Fact[tuple[SwitchFilterRule, ...]]
    blocked: Fact[bool]


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
