"""``ip -j addr``, ``ip -j route`` and ``ip -j rule``: interfaces, routes and policy routing."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ringfence.foundation.canonical import canonical_json
from ringfence.foundation.errors import SourceError
from ringfence.model.rules import DeviceInterface, NotUnderstood, Route
from ringfence.sources.rule_syntax.syntax import Family, Reading, RuleSyntax, is_json, json_of

_MADE_BY: Final = "ip -j addr, ip -j route"
_ADVICE: Final = "Save the output of 'ip -j addr' and 'ip -j route' again, in a file each."
_DISCARDING: Final = frozenset(("blackhole", "unreachable", "prohibit", "throw"))
# Destinations of the system itself, or of packets that are not forwarded by these routes.
_OWN: Final = frozenset(("local", "broadcast", "anycast", "multicast"))
_USUAL_RULES: Final = [
    {"priority": priority, "src": "all", "table": table, "protocol": "kernel"}
    for priority, table in ((0, "local"), (32766, "main"), (32767, "default"))
]
_NOT_MODELLED: Final = {
    "tos": "the route is for one type of service",
    "from": "the route is for some sources only",
    "encap": "packets are wrapped",
    "iif": "the route is for packets of one interface only",
}


class _Address(msgspec.Struct):
    local: str | None = None
    prefixlen: int | None = None


class _Kind(msgspec.Struct):
    info_slave_kind: str | None = None


class _Link(msgspec.Struct):
    ifname: str
    master: str | None = None
    linkinfo: _Kind = msgspec.field(default_factory=_Kind)
    addr_info: list[_Address] = []
    flags: list[str] = []
    address: str | None = None


class _Hop(msgspec.Struct):
    dev: str | None = None
    gateway: str | None = None
    flags: list[str] = []


class _Via(msgspec.Struct):
    host: str | None = None


class _Route(msgspec.Struct):
    dst: str
    dev: str | None = None
    gateway: str | None = None
    via: _Via | None = None
    prefsrc: str | None = None
    pref: str | None = None
    metric: int = 0
    table: str | int | None = None
    type: str = "unicast"
    flags: list[str] = []
    nexthops: list[_Hop] = []
    tos: Any = None
    encap: Any = None
    iif: Any = None
    source: Any = msgspec.field(default=None, name="from")


def _recognises(text: str) -> bool:
    head = text[:65536]
    return is_json(text, "[") and any(
        f'"{key}"' in head for key in ("ifname", "dst", "priority", "gateway")
    )


def _read(text: str, name: str) -> Reading:
    content = json_of(text, name, _MADE_BY)
    # iproute2 leaves empty objects where a filter hid an entry.
    items = [item for item in content if item != {}] if isinstance(content, list) else None
    if items is None or not all(isinstance(item, dict) for item in items):
        message = f"{name}: found no list of objects, expected the output of '{_MADE_BY}'."
        raise SourceError(message, _ADVICE)
    if any("ifname" in item for item in items):
        links = _converted(items, _Link, name)
        return Reading(
            interfaces=tuple(_interfaces(links, name)), not_understood=tuple(_bridged(links))
        )
    if any("priority" in item for item in items):
        return Reading(not_understood=tuple(_rules(items)))
    return _routes(_converted(items, _Route, name), name)


def _converted(items: list[Any], kind: type[Any], name: str) -> list[Any]:
    found = []
    for number, item in enumerate(items, 1):
        try:
            found.append(msgspec.convert(item, kind))
        except msgspec.ValidationError as error:
            message = f"{name}, entry {number}: {error}."
            raise SourceError(message, _ADVICE) from error
    return found


def _interfaces(links: list[_Link], name: str) -> Iterator[DeviceInterface]:
    seen: set[str] = set()
    for link in links:
        if link.ifname in seen:
            message = f"{name}: the interface {link.ifname} stands there twice."
            raise SourceError(message, _ADVICE)
        seen.add(link.ifname)
        yield DeviceInterface(
            name=link.ifname,
            mac=link.address,
            addresses=tuple(
                _network(f"{each.local}/{each.prefixlen}", name, strict=False)
                for each in link.addr_info
                if each.local is not None
            ),
            up="UP" in link.flags,
        )


def _bridged(links: list[_Link]) -> Iterator[NotUnderstood]:
    """Yield the interfaces that may hand on frames below all rules."""
    for link in links:
        if link.master is not None and link.linkinfo.info_slave_kind not in {"bond", "team"}:
            text = f"interface {link.ifname} master {link.master}"
            why = "it may bridge frames; save 'ip -j -d addr' to show that it is one link of a bond"
            yield NotUnderstood(line=None, text=text, why=why)


def _routes(entries: list[_Route], name: str) -> Reading:
    family = _family_of_file(entries)
    routes: list[Route] = []
    notes: list[NotUnderstood] = []
    for entry in entries:
        if entry.type in _OWN or entry.table in {"local", 255}:
            continue
        note = _note(entry)
        if note is not None:
            notes.append(note)
        if entry.table in {None, "main", 254}:
            routes.extend(_of_entry(entry, _family(entry) or family, name))
    families: set[Family] = {6 if ":" in route.destination else 4 for route in routes}
    return Reading(
        routes=tuple(routes),
        routed=frozenset(families or {family}),
        not_understood=tuple(dict.fromkeys(notes)),
    )


def _of_entry(entry: _Route, family: Family, name: str) -> Iterator[Route]:
    """Yield the routes of one entry: one for each next hop."""
    everything = "0.0.0.0/0" if family == 4 else "::/0"
    destination = everything if entry.dst == "default" else _network(entry.dst, name, strict=True)
    if entry.type in _DISCARDING:
        yield Route(destination=destination, interface=None, metric=entry.metric)
        return
    gateway = entry.gateway or (entry.via.host if entry.via is not None else None)
    hops = entry.nexthops or [_Hop(dev=entry.dev, gateway=gateway)]
    for hop in hops:
        if hop.dev is None:
            message = f"{name}: the route to {entry.dst} names no interface."
            raise SourceError(message, _ADVICE)
        yield Route(
            destination=destination,
            interface=hop.dev,
            next_hop=hop.gateway,
            metric=entry.metric,
        )


def _note(entry: _Route) -> NotUnderstood | None:
    """Return what of a route is not modelled."""
    text = f"{entry.dst} dev {entry.dev}" if entry.dev else entry.dst
    why = None
    if entry.table not in {None, "main", 254}:
        why = f"the route stands in the table {entry.table}, which rules choose"
    elif {"dead", "linkdown"} & {
        *entry.flags,
        *(flag for hop in entry.nexthops for flag in hop.flags),
    }:
        why = "the route's link was down"
    elif entry.type not in {"unicast", *_DISCARDING}:
        why = f"routes of the type {entry.type} are not known"
    else:
        for key, reason in _NOT_MODELLED.items():
            if getattr(entry, "source" if key == "from" else key) is not None:
                why = reason
    return None if why is None else NotUnderstood(line=None, text=f"route {text}", why=why)


def _rules(items: list[dict[str, Any]]) -> Iterator[NotUnderstood]:
    """Yield every rule but the three that a system begins with."""
    for item in items:
        if item | {"protocol": "kernel"} not in _USUAL_RULES:
            text = f"rule {canonical_json(item).decode(errors='replace')}"
            why = "routes are chosen by more than the destination"
            yield NotUnderstood(line=None, text=text, why=why)


def _family(entry: _Route) -> Family | None:
    """Return the family of an entry, ``None`` where nothing in it tells."""
    gateways = [entry.gateway, *(hop.gateway for hop in entry.nexthops)]
    # Over another family's next hop ("via") the destination's own family still counts.
    if entry.dst != "default":
        return 6 if ":" in entry.dst else 4
    if entry.pref is not None:
        return 6
    texts = [text for text in (*gateways, entry.prefsrc) if text]
    if not texts:
        return None
    return 6 if ":" in texts[0] else 4


def _family_of_file(entries: list[_Route]) -> Family:
    """Return the family of the entries that do not tell: that of all others, or IPv4."""
    told = {family for entry in entries if (family := _family(entry)) is not None}
    return 6 if told == {6} else 4


def _network(text: str, name: str, *, strict: bool) -> str:
    """Return a prefix, or an interface's address with its prefix length where not ``strict``."""
    try:
        found = ipaddress.ip_network(text) if strict else ipaddress.ip_interface(text)
    except ValueError as error:
        message = f"{name}: found {text!r} where an address is expected: {error}."
        raise SourceError(message, _ADVICE) from error
    if "%" in text:
        message = f"{name}: found {text!r} where an address without a zone is expected."
        raise SourceError(message, _ADVICE)
    return str(found)


SYNTAX: Final = RuleSyntax("linux-addresses", _MADE_BY, _recognises, _read)
