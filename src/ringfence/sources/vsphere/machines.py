"""Virtual machines: NICs with what they are attached to, passthrough devices, resources."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from ringfence.model.facts import Fact, NotRead, Setting
from ringfence.model.machines import Machine, PassthroughDevice, VirtualNic
from ringfence.model.places import Allocation
from ringfence.sources.vsphere.attachments import distributed_attachment
from ringfence.sources.vsphere.content import Content
from ringfence.sources.vsphere.names import Ids, unescaped
from ringfence.sources.vsphere.side_channels import side_channels
from ringfence.sources.vsphere.values import at, items, kind, number, text, texts, truth

_POWER: Final[Mapping[str, Literal["on", "off", "suspended"]]] = {
    "poweredOn": "on",
    "poweredOff": "off",
    "suspended": "suspended",
}
_ASSIGNMENT: Final[Mapping[str, Literal["generated", "assigned", "manual"]]] = {
    "generated": "generated",
    "assigned": "assigned",
    "manual": "manual",
    "Generated": "generated",
    "Assigned": "assigned",
    "Manual": "manual",
}
_FILTER: Final = re.compile(r"ethernet(\d+)\.filter\d+\.name")
_FIRST_NIC: Final = 4000  # the device key of ethernet0
_NO_LIMIT: Final = -1


def machine(content: Content, ids: Ids, pci: Mapping[str, Mapping[str, str]]) -> Machine:
    """Return a machine; ``pci`` maps hosts' ids to physical NICs by their address on the bus.

    Standard networks are known by name on the machine's host; whether the host has one of that
    name is checked once everything was read.
    """
    unset = _unset(content)
    host = content.text("runtime.host")
    no_extra: Fact[tuple[Setting, ...]] = unset if unset.reason == "fault" else ()
    extra = content.fact("config.extraConfig", _extra, no_extra)
    nics, passthrough = _devices(content, ids, pci.get(host, {}), extra, unset)
    # A machine of a vApp has no folder of its own; the vApp's id stands in until that is known.
    parent = content.text("parent") or content.text("parentVApp")
    return Machine(
        id=ids.of(content.id),
        name=unescaped(content.text("name")) or content.id,
        instance_uuid=content.fact("config.instanceUuid", text, unset),
        host=content.fact("runtime.host", lambda value: ids.of(text(value)), None),
        folder=ids.of(parent) if parent else None,
        pool=content.fact("resourcePool", lambda value: ids.of(text(value)), None),
        power=content.fact("runtime.powerState", lambda value: _POWER[text(value)], unset),
        template=content.fact("config.template", lambda value: truth(value) is True, unset),
        nics=nics,
        passthrough=passthrough,
        side_channels=content.fact("config.hardware.device", side_channels, unset),
        cpu=content.fact("config.cpuAllocation", allocation, unset),
        memory=content.fact("config.memoryAllocation", allocation, unset),
        cpu_count=content.fact("config.hardware.numCPU", int, unset),
        memory_mib=content.fact("config.hardware.memoryMB", int, unset),
        migration_encryption=content.fact("config.migrateEncryption", text, unset),
        fault_tolerance_encryption=content.fact("config.ftEncryptionMode", text, unset),
        guest_tools=content.fact("guest.toolsRunningStatus", text, unset),
        extra=extra,
    )


def allocation(value: Any) -> Allocation:
    """Return shares, reservation and limit (``ResourceAllocationInfo``); raises ``ValueError``."""
    limit = number(value, "limit")
    return Allocation(
        reservation=number(value, "reservation") or 0,
        expandable=truth(value, "expandableReservation") is True,
        limit=None if limit == _NO_LIMIT else limit,
        shares=number(value, "shares.shares") or 0,
        level=text(value, "shares.level") or "custom",
    )


def _devices(
    content: Content,
    ids: Ids,
    pci: Mapping[str, str],
    extra: Fact[tuple[Setting, ...]],
    unset: NotRead,
) -> tuple[Fact[tuple[VirtualNic, ...]], Fact[tuple[PassthroughDevice, ...]]]:
    addresses = content.fact("guest.net", _guest_addresses, None)
    filters = {} if isinstance(extra, NotRead) else _filters(extra)
    host = content.text("runtime.host")

    def read_nics(value: Any) -> tuple[VirtualNic, ...]:
        found = [
            _nic(device, content.id, host, ids, addresses, filters, pci)
            for device in items(value)
            if at(device, "macAddress") is not None or "Ethernet" in kind(device)
        ]
        return tuple(sorted(found, key=lambda nic: nic.id))

    def read_passthrough(value: Any) -> tuple[PassthroughDevice, ...]:
        return tuple(
            _passthrough(device, content.id, ids, pci)
            for device in items(value)
            if kind(device) == "VirtualPCIPassthrough"
        )

    path = "config.hardware.device"
    return content.fact(path, read_nics, unset), content.fact(path, read_passthrough, unset)


def _nic(
    device: Any,
    machine_id: str,
    host: str,
    ids: Ids,
    addresses: Fact[Mapping[str, tuple[str, ...]] | None],
    filters: Mapping[int, tuple[str, ...]],
    pci: Mapping[str, str],
) -> VirtualNic:
    key = text(device, "key")
    port_group, port = _backing(at(device, "backing"), host, ids)
    sriov = kind(device) == "VirtualSriovEthernetCard"
    function = _bus_address(text(device, "sriovBacking.physicalFunctionBacking.id"))
    reported: Fact[tuple[str, ...]]
    if isinstance(addresses, NotRead):
        reported = addresses
    elif addresses is None:
        reported = NotRead(reason="not-collected", detail="the guest does not report addresses")
    else:
        reported = addresses.get(key, ())
    return VirtualNic(
        id=ids.nic(machine_id, key),
        label=text(device, "deviceInfo.label") or key,
        mac=text(device, "macAddress").lower() or None,
        mac_assignment=_ASSIGNMENT.get(text(device, "addressType")),
        port_group=port_group,
        port=port,
        connected=truth(device, "connectable.connected") is True,
        start_connected=truth(device, "connectable.startConnected") is not False,
        addresses=reported,
        sriov=sriov,
        physical_nic=pci.get(function) if sriov else None,
        filters=filters.get(int(key) - _FIRST_NIC, ()),
    )


def _backing(backing: Any, host: str, ids: Ids) -> tuple[Fact[str | None], str | None]:
    """Return the ids of the port group and of the live port that a NIC is attached to."""
    match kind(backing):
        case "VirtualEthernetCardDistributedVirtualPortBackingInfo":
            return distributed_attachment(at(backing, "port"), ids)
        case "VirtualEthernetCardNetworkBackingInfo":
            return _standard_network(backing, host, ids), None
        case "VirtualEthernetCardOpaqueNetworkBackingInfo":
            return ids.opaque(text(backing, "opaqueNetworkId")), None
        case "" if backing is None:
            return None, None
        case other:
            return _not_understood(f"attached by {other or 'an unknown backing'}"), None


def _standard_network(backing: Any, host: str, ids: Ids) -> Fact[str | None]:
    name, network = text(backing, "deviceName"), text(backing, "network")
    if name and host:
        return ids.port_group(host, name)
    if name or network:
        return _not_understood(
            f"attached to the network {name or network}, of a host or by a name that is not known"
        )
    return None


def _passthrough(
    device: Any, machine_id: str, ids: Ids, pci: Mapping[str, str]
) -> PassthroughDevice:
    backing = at(device, "backing")
    shared_gpu = kind(backing) == "VirtualPCIPassthroughVmiopBackingInfo"
    address = _bus_address(text(backing, "id") or text(backing, "assignedId"))
    unknown = NotRead(
        reason="not-understood",
        detail="the device is not among the host's NICs, or not yet chosen; it may be one",
    )
    return PassthroughDevice(
        id=ids.nic(machine_id, text(device, "key")),
        label=text(device, "deviceInfo.label") or text(backing, "deviceName"),
        physical_nic=None if shared_gpu else pci.get(address, unknown),
    )


def _not_understood(detail: str) -> NotRead:
    return NotRead(reason="not-understood", detail=detail)


def _bus_address(address: str) -> str:
    """Return a PCI address with its domain: ``5e:00.0`` is ``0000:5e:00.0``."""
    return f"0000:{address}".lower() if address.count(":") == 1 else address.lower()


def _guest_addresses(value: Any) -> Mapping[str, tuple[str, ...]]:
    """Return the addresses that the guest reports by device key; a guest may lie.

    What is no address is not an address that it has, so it is left out.
    """
    found: dict[str, tuple[str, ...]] = {}
    for nic in items(value):
        with_length = [
            f"{text(entry, 'ipAddress')}/{text(entry, 'prefixLength')}"
            for entry in items(nic, "ipConfig.ipAddress")
        ]
        plain = with_length or texts(nic, "ipAddress")
        key = text(nic, "deviceConfigId")
        found[key] = found.get(key, ()) + tuple(filter(_is_address, plain))
    return found


def _is_address(reported: str) -> bool:
    try:
        ipaddress.ip_interface(reported)
    except ValueError:
        return False
    return True


def _extra(value: Any) -> tuple[Setting, ...]:
    found = (
        Setting(key=text(option, "key"), value=text(option, "value"))
        for option in items(value)
        if text(option, "key").startswith("ethernet")
    )
    return tuple(sorted(found, key=lambda setting: setting.key))


def _filters(extra: tuple[Setting, ...]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for setting in extra:
        if matched := _FILTER.fullmatch(setting.key):
            nic = int(matched[1])
            found[nic] = (*found.get(nic, ()), str(setting.value))
    return found


def _unset(content: Content) -> NotRead:
    if content.at("config.template") is None and content.at("config.hardware.device") is None:
        detail = "the server has no configuration of the machine; its files may be out of reach"
        return NotRead(reason="fault", detail=detail)
    return NotRead(reason="not-collected", detail="the server does not give it for this machine")
