"""Interfaces, gateways and routes of OPNsense and pfSense."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from ringfence.foundation.errors import SourceError
from ringfence.model.facts import NotRead
from ringfence.model.rules import DeviceInterface, NotUnderstood, Route
from ringfence.sources.rule_syntax.pf_aliases import Aliases

_ADVICE: Final = "Download the configuration again."
_GATEWAYS: Final = ("gateways/gateway_item", "OPNsense/Gateways/gateway_item")
_OWN_MODES: Final = frozenset(("ipalias", "carp"))
_STATIC: Final = ("staticroutes/route",)


@dataclass(frozen=True, slots=True)
class PfInterface:
    """An interface by the word that rules use for it (``wan``, ``lan``, ``opt1``).

    ``addresses`` are its own with their networks, virtual ones behind the others; ``dynamic``
    tells that others come by DHCP or the like. ``gateway`` makes it one that leads outside, of
    IPv6 ``gateway_six``. ``answered`` are networks that it only answers for (proxy ARP).
    """

    name: str
    line: int
    addresses: tuple[str, ...]
    dynamic: bool
    gateway: str
    gateway_six: str
    answered: tuple[str, ...]
    blocks_private: bool
    blocks_bogons: bool

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks that it is on."""
        return tuple(str(ipaddress.ip_interface(text).network) for text in self.addresses)

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """The addresses without their networks."""
        return tuple(text.partition("/")[0] for text in self.addresses)

    @property
    def first_addresses(self) -> tuple[str, ...]:
        """The first address of each family."""
        first = {":" in text: text for text in reversed(self.own_addresses)}
        return tuple(first.values())

    @property
    def record(self) -> DeviceInterface:
        """The interface as a record."""
        lacking = NotRead(reason="not-collected", detail="some of its addresses come by DHCP")
        return DeviceInterface(
            name=self.name, addresses=lacking if self.dynamic else self.addresses
        )


def interfaces_of(root: etree._Element, file: str) -> list[PfInterface]:
    """Return the interfaces that are switched on; raises ``SourceError`` for a bad address."""
    found = []
    for one in root.iterfind("interfaces/*"):
        enabled = one.find("enable")
        if enabled is None or enabled.text == "0" or one.findtext("virtual") == "1":
            continue
        found.append(_interface(str(one.tag), one, root, file))
    return found


def _interface(name: str, one: etree._Element, root: etree._Element, file: str) -> PfInterface:
    addresses: list[str] = []
    dynamic = False
    for field, length in (("ipaddr", "subnet"), ("ipaddrv6", "subnetv6")):
        text = (one.findtext(field) or "").strip()
        if not text or text == "none":
            continue
        if text[0].isalpha() and ":" not in text:
            # dhcp, pppoe, dhcp6, slaac, track6, 6rd: given by others.
            dynamic = True
            continue
        addresses.append(_own(text, one.findtext(length) or "", one, file))
    answered: list[str] = []
    for virtual in root.iterfind("virtualip/vip"):
        if _carrier(virtual, root) == name:
            text, length = virtual.findtext("subnet") or "", virtual.findtext("subnet_bits") or ""
            if virtual.findtext("mode") in _OWN_MODES:
                addresses.append(_own(text, length, virtual, file))
            elif text:
                # One that says no length is a single address.
                length = length or ("128" if ":" in text else "32")
                answered.append(_own(text, length, virtual, file))
    return PfInterface(
        name=name,
        line=one.sourceline or 0,
        addresses=tuple(dict.fromkeys(addresses)),
        dynamic=dynamic,
        gateway=(one.findtext("gateway") or "").strip().removeprefix("none"),
        answered=tuple(str(ipaddress.ip_interface(text).network) for text in answered),
        gateway_six=(one.findtext("gatewayv6") or "").strip().removeprefix("none"),
        blocks_private=_is_set(one, "blockpriv"),
        blocks_bogons=_is_set(one, "blockbogons"),
    )


def _virtual(root: etree._Element) -> Iterator[etree._Element]:
    """Yield the virtual addresses that are the device's own."""
    for virtual in root.iterfind("virtualip/vip"):
        if virtual.findtext("mode") in _OWN_MODES:
            yield virtual


def _carrier(virtual: etree._Element, root: etree._Element) -> str:
    """Return the interface of a virtual address, which may be on another of them."""
    name = virtual.findtext("interface") or ""
    by_id = {f"_vip{one.findtext('uniqid')}": one for one in root.iterfind("virtualip/vip")}
    for _ in by_id:
        if name in by_id:
            name = by_id[name].findtext("interface") or ""
    return name


def _own(address: str, length: str, one: etree._Element, file: str) -> str:
    try:
        return str(ipaddress.ip_interface(f"{address}/{length}"))
    except ValueError as error:
        found = f"{file}, line {one.sourceline}: found {address}/{length}"
        raise SourceError(f"{found}, expected an address with its length.", _ADVICE) from error


def _is_set(one: etree._Element, field: str) -> bool:
    found = one.find(field)
    return found is not None and found.text != "0"


@dataclass(frozen=True, slots=True)
class _Gateway:
    name: str
    interface: str
    address: str
    default: bool


def routes_of(
    root: etree._Element, interfaces: list[PfInterface], aliases: Aliases
) -> tuple[list[Route], list[NotUnderstood]]:
    """Return the routes: of own networks, static ones, and those to default gateways."""
    routes = [
        Route(destination=network, interface=one.name)
        for one in interfaces
        for network in dict.fromkeys(one.networks)
    ]
    notes = [
        NotUnderstood(line=one.line, text=f"interface {one.name}", why="its networks are not known")
        for one in interfaces
        if one.dynamic
    ]
    gateways = {one.name: one for one in _gateways(root)}
    for element in _each(root, _STATIC):
        if _is_set(element, "disabled"):
            continue
        gateway = gateways.get(element.findtext("gateway") or "")
        found = aliases.addresses(element.findtext("network") or "")
        ranged = any("-" in text for text in found.addresses)
        if gateway is None or not gateway.address or found.open or not found.addresses or ranged:
            notes.append(_note(element, "its network or gateway is not known"))
            continue
        routes.extend(
            Route(destination=text, interface=gateway.interface, next_hop=gateway.address)
            for text in found.addresses
        )
    for family in (4, 6):
        told = (root.findtext(f"gateways/defaultgw{family}") or "").strip()
        routes.extend(_default(family, told, list(gateways.values()), interfaces))
    groups = [
        *root.iterfind("gateways/gateway_group"),
        *root.iterfind("OPNsense/Gateways/gateway_group"),
    ]
    notes += [_note(one, "a group of gateways chooses by what works") for one in groups]
    switching = root.find("system/gw_switch_default")
    if switching is not None and len(gateways) > 1:
        notes.append(_note(switching, "the default gateway changes by what works"))
    outside = [one for one in interfaces if one.gateway or one.gateway_six]
    if len(outside) > 1 and root.find("system/disablereplyto") is None:
        why = "answers leave by it, past the routes, where others came in by it (reply-to)"
        notes += [
            NotUnderstood(line=one.line, text=f"interface {one.name}", why=why) for one in outside
        ]
    named = {"lo0", *(str(one.tag) for one in root.iterfind("interfaces/*"))}
    notes += [
        _note(one, f"the interface {_carrier(one, root)} of a virtual address is not known")
        for one in _virtual(root)
        if _carrier(one, root) not in named
    ]
    return routes, notes


def _gateways(root: etree._Element) -> Iterator[_Gateway]:
    for one in _each(root, _GATEWAYS):
        if not _is_set(one, "disabled"):
            yield _Gateway(
                one.findtext("name") or "",
                one.findtext("interface") or "",
                "" if one.findtext("gateway") == "dynamic" else one.findtext("gateway") or "",
                _is_set(one, "defaultgw"),
            )


def _default(
    family: int, told: str, gateways: list[_Gateway], interfaces: list[PfInterface]
) -> Iterator[Route]:
    """Yield the default routes; where none is chosen, any gateway of an interface may be it."""
    known = [one for one in gateways if one.address and (":" in one.address) == (family == 6)]
    named = [one for one in known if one.name == told]
    marked = [one for one in known if one.default]
    leading = {name for one in interfaces for name in (one.gateway, one.gateway_six)}
    for one in named or marked or [each for each in known if each.name in leading] or known:
        everything = "0.0.0.0/0" if family == 4 else "::/0"
        yield Route(destination=everything, interface=one.interface, next_hop=one.address)


def _each(root: etree._Element, paths: tuple[str, ...]) -> Iterator[etree._Element]:
    for path in paths:
        yield from root.iterfind(path)


def _note(element: etree._Element, why: str) -> NotUnderstood:
    text = (
        f"<{element.tag!s}> {element.findtext('name') or element.findtext('descr') or ''}".strip()
    )
    return NotUnderstood(line=element.sourceline, text=text, why=why)
