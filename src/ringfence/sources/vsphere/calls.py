"""What only methods tell: permissions, live ports, lockdown exceptions, observed VLANs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final, Literal

import msgspec
from lxml import etree

from ringfence.connections.soap import Reference, VsphereFaultError, text_element
from ringfence.connections.vsphere import VsphereConnection
from ringfence.model.facts import Fact, NotRead
from ringfence.model.hosts import Neighbour, NetworkHint
from ringfence.sources.vsphere.content import not_read
from ringfence.sources.vsphere.values import Plain, at, items, number, text, texts

_GROUPS_OF_A_CALL: Final = 40


class Calls:
    """Calls of methods that read; a fault is why the fact was not read."""

    def __init__(self, connection: VsphereConnection) -> None:
        self._connection = connection
        self._plain = Plain()

    def server_time(self) -> str:
        """Return the server's own time, in UTC; empty where it does not tell."""
        service = Reference("ServiceInstance", "ServiceInstance")
        found = self._returned("CurrentTime", service)
        return text(found[0]) if isinstance(found, list) and found else ""

    def permissions(self) -> Fact[list[Any]]:
        """Return every permission (``Permission``) of the server, in a stable order.

        Global ones are not among them: the API leaves them out.
        """
        manager = self._connection.managers.get("authorizationManager")
        if manager is None:
            return not_read("NotSupported")
        found = self._returned("RetrieveAllPermissions", manager)
        return found if isinstance(found, NotRead) else sorted(found, key=msgspec.json.encode)

    def live_ports(
        self, switch: Reference, groups: Sequence[str]
    ) -> Fact[Iterable[etree._Element]]:
        """Return the ports of a switch that something is attached to, some groups at a time.

        A fault at the first call is why they were not read; one at a later call is raised.
        """
        pages = [
            groups[start : start + _GROUPS_OF_A_CALL]
            for start in range(0, len(groups), _GROUPS_OF_A_CALL)
        ] or [()]
        answers = self._connection.calls_ahead(
            ("FetchDVPorts", switch, _criteria(page)) for page in pages
        )
        try:
            first = next(answers)
        except VsphereFaultError as fault:
            return not_read(fault.kind)
        return (
            element
            for answer in chain((first,), answers)
            for element in answer.iterchildren("{*}returnval")
        )

    def lockdown_exceptions(self, access_manager: str) -> Fact[tuple[str, ...]]:
        """Return the accounts that lockdown mode does not keep out of a host."""
        if not access_manager:
            return not_read("NotSupported")
        manager = Reference("HostAccessManager", access_manager)
        found = self._returned("QueryLockdownExceptions", manager)
        return found if isinstance(found, NotRead) else tuple(sorted(texts(found)))

    def network_hints(self, network_system: str) -> Fact[dict[str, Any]]:
        """Return what a host observes on its physical NICs, by device (``QueryNetworkHint``)."""
        if not network_system:
            return not_read("NotSupported")
        system = Reference("HostNetworkSystem", network_system)
        found = self._returned("QueryNetworkHint", system)
        if isinstance(found, NotRead):
            return found
        return {text(hint, "device"): hint for hint in found}

    def _returned(self, method: str, this: Reference, arguments: str = "") -> Fact[list[Any]]:
        try:
            answer = self._connection.call(method, this, arguments)
        except VsphereFaultError as fault:
            return not_read(fault.kind)
        return [self._plain.value(element) for element in answer.iterchildren("{*}returnval")]


def _criteria(groups: Sequence[str]) -> str:
    return (
        "<criteria><connected>true</connected><uplinkPort>false</uplinkPort>"
        + "".join(text_element("portgroupKey", key) for key in groups)
        + "<inside>true</inside></criteria>"
    )


def neighbour(hint: Any) -> Neighbour | None:
    """Return the physical switch that a NIC sees by CDP or LLDP, ``None`` where it sees none."""
    cdp = at(hint, "connectedSwitchPort")
    if cdp is not None:
        return _neighbour("cdp", text(cdp, "devId"), text(cdp, "portId"), number(cdp, "vlan"))
    lldp = at(hint, "lldpInfo")
    if lldp is not None:
        told = {text(entry, "key"): text(entry, "value") for entry in items(lldp, "parameter")}
        name = told.get("System Name") or text(lldp, "chassisId")
        vlan = told.get("Vlan ID", "")
        return _neighbour(
            "lldp", name, text(lldp, "portId"), int(vlan) if vlan.isdecimal() else None
        )
    return None


def hints(hint: Any) -> tuple[NetworkHint, ...]:
    """Return the VLANs and prefixes that a NIC observed; a NIC sees only what passed it."""
    found = {
        NetworkHint(vlan=number(entry, "vlanId") or 0, prefix=text(entry, field))
        for name, field in (("subnet", "ipSubnet"), ("network", "network"))
        for entry in items(hint, name)
    }
    return tuple(sorted(found, key=lambda entry: (entry.vlan, entry.prefix)))


def _neighbour(
    protocol: Literal["cdp", "lldp"], switch: str, port: str, vlan: int | None
) -> Neighbour:
    return Neighbour(switch=switch, port=port, protocol=protocol, native_vlan=vlan or None)
