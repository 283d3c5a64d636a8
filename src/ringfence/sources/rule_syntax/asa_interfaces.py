"""Interfaces and routes of a Cisco ASA."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.foundation.errors import SourceError
from ringfence.model.facts import NotRead
from ringfence.model.rules import DeviceInterface, NotUnderstood, Route
from ringfence.sources.rule_syntax.asa_objects import ZERO, Objects
from ringfence.sources.rule_syntax.asa_text import Command
from ringfence.sources.rule_syntax.syntax import Family
from ringfence.sources.rule_syntax.values import masked, prefix, single

_ADVICE = "Save the output of 'show running-config' again."


@dataclass(frozen=True, slots=True)
class AsaInterface:
    """An interface by its ``nameif``; ``addresses`` is ``None`` where they come by DHCP.

    A ``managed`` one takes in nothing but what is for the device itself (``management-only``).
    """

    name: str
    level: int
    line: int
    up: bool
    managed: bool
    addresses: tuple[str, ...] | None

    @property
    def own_addresses(self) -> tuple[str, ...] | None:
        """The addresses without their networks."""
        if self.addresses is None:
            return None
        return tuple(text.partition("/")[0] for text in self.addresses)

    @property
    def record(self) -> DeviceInterface:
        """The interface as a record."""
        by_dhcp = NotRead(reason="not-collected", detail="its address comes by DHCP or PPPoE")
        return DeviceInterface(
            name=self.name,
            addresses=by_dhcp if self.addresses is None else self.addresses,
            up=self.up,
        )


def interfaces_of(
    commands: list[Command], objects: Objects, file: str
) -> tuple[list[AsaInterface], list[NotUnderstood]]:
    """Return the interfaces that have a name, and what of them is not understood.

    Raises ``SourceError`` for a name, level or address that is none.
    """
    found: dict[str, AsaInterface] = {}
    notes: list[NotUnderstood] = []
    for command in commands:
        if not command.starts("interface"):
            continue
        named = [line for line in command.below if line.starts("nameif") and line.words[1:]]
        for line in command.below:
            if line.words[0] in {"bridge-group", "zone-member", "policy-route", "ipsec", "tunnel"}:
                why = "an interface that bridges, is one of a zone, or has routes of its own"
                notes.append(NotUnderstood(line=line.line, text=line.text, why=why))
        if named:
            one = _interface(named[0].words[1], command, objects, file)
            if one.name in found:
                message = f"{file}, line {command.line}: a second interface is named {one.name}."
                raise SourceError(message, _ADVICE)
            found[one.name] = one
    return list(found.values()), notes


def _interface(name: str, command: Command, objects: Objects, file: str) -> AsaInterface:
    # An interface named "inside" has level 100 by default, any other level 0.
    level, addresses, up = 100 if name == "inside" else 0, list[str](), True
    dynamic = False
    for line in command.below:
        where = f"{file}, line {line.line}: found {line.text!r}"
        if line.starts("security-level"):
            if len(line.words) < 2 or not line.words[1].isdecimal():
                raise SourceError(f"{where}, expected a level from 0 to 100.", _ADVICE)
            level = int(line.words[1][:4])
        elif line.words == ("shutdown",):
            up = False
        elif line.starts("ip", "address") or line.starts("ipv6", "address"):
            if line.words[2:3] in {("dhcp",), ("pppoe",), ("autoconfig",)}:
                dynamic = True
                continue
            text = _address(line, objects)
            if text is None:
                raise SourceError(f"{where}, expected an address with its mask.", _ADVICE)
            addresses.append(text)
    managed = any(line.starts("management-only") for line in command.below)
    known = None if dynamic else tuple(addresses)
    return AsaInterface(name, level, command.line, up, managed, known)


def _address(line: Command, objects: Objects) -> str | None:
    try:
        if line.words[0] == "ipv6":
            return str(ipaddress.ip_interface(line.words[2]))
        return str(ipaddress.ip_interface(f"{objects.host(line.words[2])}/{line.words[3]}"))
    except (ValueError, IndexError):
        return None


def routes_of(
    commands: list[Command],
    interfaces: list[AsaInterface],
    objects: Objects,
    *,
    managed_apart: bool,
) -> tuple[list[Route], list[NotUnderstood]]:
    """Return the routes: of the interfaces' own networks, and those written down.

    Those of ``management-only`` interfaces stand in a table of their own, which what passes never
    asks, where they are ``managed_apart`` (from version 9.5 on).
    """
    passing = [one for one in interfaces if one.up and not (one.managed and managed_apart)]
    routes = [
        Route(destination=str(ipaddress.ip_interface(text).network), interface=one.name)
        for one in passing
        for text in one.addresses or ()
    ]
    notes = [
        NotUnderstood(line=one.line, text=f"interface {one.name}", why="its network is not known")
        for one in passing
        if one.addresses is None
    ]
    apart = {one.name for one in interfaces if one.managed and managed_apart}
    names = {one.name for one in interfaces}
    for command in commands:
        if command.words[0] == "route" or command.starts("ipv6", "route"):
            found = list(_route(command, objects))
            known = found and found[0].interface in names | {None}
            if known and found[0].interface in apart:
                continue
            if known and not {"track", "tunneled"} & set(command.words):
                routes.extend(found)
            else:
                why = "a route in no form that is read"
                notes.append(NotUnderstood(line=command.line, text=command.text, why=why))
    return routes, notes


def _route(command: Command, objects: Objects) -> Iterator[Route]:
    """Yield the route of ``route INTERFACE NETWORK MASK GATEWAY``, if it is in that form."""
    words = [objects.host(word) for word in command.words]
    if command.words[0] == "ipv6":
        address, _, length = "".join(words[3:4]).partition("/")
        destination = prefix(address, int(length[:4]), 6) if length.isdecimal() else None
        way, rest = "".join(words[2:3]), words[4:]
    else:
        address, mask = (ZERO if word == "0" else word for word in [*words[2:4], "", ""][:2])
        destination = masked(address, mask, 4)
        way, rest = "".join(words[1:2]), words[4:]
    if destination is None:
        return
    if way.lower() == "null0":
        # It discards, and needs no gateway; no distance, and nothing is nearer than it.
        metric = rest[-1] if rest and rest[-1].isdecimal() else "1"
        yield Route(destination=destination, interface=None, metric=int(metric[:4]))
        return
    family: Family = 6 if command.words[0] == "ipv6" else 4
    hop = single(rest[0], family) if rest else None
    metric = rest[1] if len(rest) > 1 else "1"
    if hop is not None and metric.isdecimal():
        yield Route(destination=destination, interface=way, next_hop=hop, metric=int(metric[:4]))
