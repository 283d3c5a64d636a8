"""Systems that forward: a namespace or the host itself, with its rules and routes, as devices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from ringfence.foundation.errors import SourceError
from ringfence.model.facts import NotRead
from ringfence.model.machines import Machine
from ringfence.model.rules import Device, DeviceInterface, NotUnderstood
from ringfence.sources.devices.saved import SavedFile, device_of_files
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.links import Link
from ringfence.sources.linux.spaces import settings_name
from ringfence.sources.linux.system_settings import as_sysctl
from ringfence.sources.rule_syntax import linux_addresses, linux_settings, nftables
from ringfence.sources.rule_syntax.syntax import Family, Reading, RuleSyntax

_PARTS: Final[tuple[tuple[str, RuleSyntax], ...]] = (
    ("routes-4", linux_addresses.SYNTAX),
    ("routes-6", linux_addresses.SYNTAX),
    ("rules-4", linux_addresses.SYNTAX),
    ("rules-6", linux_addresses.SYNTAX),
    ("settings", linux_settings.SYNTAX),
    ("nftables", nftables.SYNTAX),
)
_FAMILIES: Final[dict[str, Family]] = {"routes-4": 4, "routes-6": 6}
_NOT_MODELLED: Final = {
    "vlan": "it is one VLAN of another interface",
    "vrf": "routes are chosen by the interface that a packet came in by",
    "bridge": "it bridges frames inside of the machine",
    "bond": "it is a team of interfaces inside of the machine",
}


def router(machine: Machine, bundle: Bundle, space: str, links: Iterable[Link]) -> Device:
    """Return a system that forwards as a device; what was not read of it is ``NotRead``.

    ``links`` are the interfaces that it forwards between.
    """
    files: list[SavedFile] = []
    unread: dict[str, NotRead] = {}
    for kind, syntax in _PARTS:
        name = settings_name(space, kind)
        text = bundle.text(name)
        if isinstance(text, NotRead):
            unread[kind] = text
            continue
        try:
            files.append(SavedFile(Path(bundle.host) / name, _read(kind, syntax, text, name)))
        except SourceError as error:
            unread[kind] = NotRead(reason="not-understood", detail=str(error))
    between = tuple(links)
    interfaces = Reading(interfaces=tuple(map(_interface, between)))
    files.append(SavedFile(Path(bundle.host) / settings_name(space, "addresses"), interfaces))
    device = device_of_files(machine.id, files, kind="router", machine=machine.id)
    notes = [
        NotUnderstood(line=None, text=f"interface {link.name}", why=_NOT_MODELLED[link.kind])
        for link in between
        if link.kind in _NOT_MODELLED and space
    ]
    notes += [
        NotUnderstood(line=None, text=settings_name(space, kind), why=unread[kind].detail)
        for kind in ("rules-4", "rules-6", "settings")
        if kind in unread
    ]
    return msgspec.structs.replace(
        device,
        name=machine.name,
        chains=unread.get("nftables", device.chains),
        routes=next((unread[each] for each in ("routes-4", "routes-6") if each in unread), None)
        or device.routes,
        not_understood=(*device.not_understood, *notes),
    )


def _read(kind: str, syntax: RuleSyntax, text: str, name: str) -> Reading:
    # iproute2 writes nothing at all where there is nothing to list.
    if kind == "settings":
        return syntax.read(as_sysctl(text), name)
    reading = syntax.read(text if text.strip() else "[]", name)
    if kind in _FAMILIES:
        return replace(reading, routed=frozenset((_FAMILIES[kind],)))
    return reading


def _interface(link: Link) -> DeviceInterface:
    return DeviceInterface(name=link.name, mac=link.mac, addresses=link.addresses, up=link.up)
