"""A host itself: its NICs, its own interfaces, its routes, what listens on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ringfence.model.facts import Fact, NotRead, Setting
from ringfence.model.hosts import (
    Host,
    HostService,
    KernelInterface,
    KernelService,
    NetworkStack,
    PhysicalNic,
)
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.links import Link, Links
from ringfence.sources.linux.switch_records import SwitchRecords
from ringfence.sources.linux.system_settings import SystemSettings
from ringfence.sources.linux.uplinks import hardware

_MIGRATION_PORTS: Final = frozenset((16509, 16514, *range(49152, 49216)))
"""Where libvirt takes in machines that move: its own TCP and TLS ports, and qemu's."""
_NOT_KEPT: Final = NotRead(reason="not-supported", detail="a Linux host has no such setting")


def host_record(
    bundle: Bundle,
    links: Links,
    records: SwitchRecords,
    settings: SystemSettings,
    more: tuple[Setting, ...] = (),
) -> Host:
    """Return a host as far as it was read; ``more`` are settings of its switches."""
    for link in hardware(links):
        records.nic(link.name)
    listening = _listening(bundle)
    return Host(
        id=records.host,
        name=bundle.host,
        connection="connected",
        maintenance=False,
        product=_product(bundle),
        cpu_cores=_cores(bundle),
        memory_mib=_memory(bundle),
        physical_nics=tuple(
            _nic(identity, name, links.get(name)) for name, identity in sorted(records.nics.items())
        ),
        kernel_interfaces=tuple(_interfaces(links, records, settings, listening)),
        stacks=_stacks(bundle),
        services=_services(listening),
        lockdown=_NOT_KEPT,
        lockdown_exceptions=_NOT_KEPT,
        settings=(*_settings(settings), *more),
    )


def _nic(identity: str, name: str, link: Link | None) -> PhysicalNic:
    unknown = NotRead(reason="not-collected", detail="its speed is not asked for")
    down = link is not None and not link.running
    return PhysicalNic(
        id=identity, name=name, mac="" if link is None else link.mac, speed=0 if down else unknown
    )


def _interfaces(
    links: Links,
    records: SwitchRecords,
    settings: SystemSettings,
    listening: Mapping[int, str] | NotRead,
) -> Iterator[KernelInterface]:
    services = _roles(listening)
    for name, attached in sorted(records.own_at.items()):
        link = links.get(name)
        if link is None or not link.up or not settings.takes_packets(link):
            continue
        yield KernelInterface(
            id=f"{records.host}/interface/{name}",
            name=name,
            port_group=attached.port_group,
            port=attached.port,
            services=services,
            addresses=link.addresses,
            mac=link.mac,
            mtu=link.mtu,
        )


def _roles(listening: Mapping[int, str] | NotRead) -> Fact[tuple[KernelService, ...]]:
    """Return what the host's own interfaces serve: whoever reaches one, reaches its management."""
    if isinstance(listening, NotRead):
        return ("management",)
    migrates = not _MIGRATION_PORTS.isdisjoint(listening)
    return ("management", "migration") if migrates else ("management",)


def _listening(bundle: Bundle) -> Mapping[int, str] | NotRead:
    """Return the program that listens on each port, as ``ss -Hnltup`` tells."""
    lines = bundle.lines("listening")
    if isinstance(lines, NotRead):
        return lines
    found: dict[int, str] = {}
    for line in lines:
        words = line.split()
        port = words[4].rpartition(":")[2] if len(words) > 4 else ""
        if not port.isdecimal():
            return NotRead(reason="not-understood", detail=f"ss: {line[:80]!r} tells no port")
        users = line.partition('users:(("')[2].partition('"')[0]
        found[int(port)] = users or f"{words[0]}/{port}"
    return found


def _services(listening: Mapping[int, str] | NotRead) -> Fact[tuple[HostService, ...]]:
    if isinstance(listening, NotRead):
        return listening
    return tuple(
        HostService(key=f"{port}", label=program, running=True)
        for port, program in sorted(listening.items())
    )


def _product(bundle: Bundle) -> Fact[str]:
    lines = bundle.lines("os-release")
    if isinstance(lines, NotRead):
        return lines
    for line in lines:
        key, _, value = line.partition("=")
        if key == "PRETTY_NAME":
            return value.strip('"')
    return NotRead(reason="not-understood", detail="/etc/os-release has no PRETTY_NAME")


def _cores(bundle: Bundle) -> Fact[int]:
    content = bundle.json("cpu")
    if isinstance(content, NotRead):
        return content
    entries: list[Any] = content.get("lscpu", []) if isinstance(content, dict) else []
    for entry in entries:
        if isinstance(entry, dict) and entry.get("field") == "CPU(s):":
            data = str(entry.get("data"))
            if data.isdecimal():
                return int(data)
    return NotRead(reason="not-understood", detail="lscpu tells no number of processors")


def _memory(bundle: Bundle) -> Fact[int]:
    lines = bundle.lines("memory")
    if isinstance(lines, NotRead):
        return lines
    for line in lines:
        words = line.split()
        if words[0] == "MemTotal:" and len(words) > 1 and words[1].isdecimal():
            return int(words[1]) // 1024
    return NotRead(reason="not-understood", detail="/proc/meminfo has no MemTotal")


def _stacks(bundle: Bundle) -> Fact[tuple[NetworkStack, ...]]:
    routes = bundle.json("routes-4")
    if isinstance(routes, NotRead):
        return routes
    found: list[str] = []
    gateway: str | None = None
    for route in routes if isinstance(routes, list) else ():
        if not isinstance(route, dict) or route.get("table", "main") != "main":
            continue
        via = route.get("gateway")
        if route.get("dst") == "default" and isinstance(via, str):
            gateway = via
        found.append(f"{route.get('dst')} via {via or route.get('dev')}")
    return (NetworkStack(name="default", gateway=gateway, routes=tuple(found)),)


def _settings(settings: SystemSettings) -> Iterator[Setting]:
    yield from (Setting(key=key, value=value) for key, value in sorted(settings.values.items()))
