"""Texts of a snapshot that have to be addresses: what a file may say that no reader writes.

What numbers may be stands with their fields; this is what types cannot say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network
from socket import AF_INET, AF_INET6, inet_pton

from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.rules import AddressMatch, Condition, Device, Translation
from ringfence.model.snapshot import Snapshot


def first_malformed(snapshot: Snapshot) -> str | None:
    """Return what is not an address, range or prefix where one has to be; ``None`` if all are."""
    known: set[str] = set()
    for what, text in _ranges(snapshot):
        if text not in known and not _is_range(text):
            return f"{what} has the address {text!r}, which is none"
        known.add(text)
    return None


def _ranges(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield what holds each text that has to be an address, a range or a prefix."""
    for device in snapshot.devices:
        yield from _of_device(device)
    yield from _of_filters(snapshot)
    inventory = Inventory(snapshot)
    for machine, nic in inventory.virtual_nics():
        for text in () if isinstance(nic.addresses, NotRead) else nic.addresses:
            yield f"{nic.label} of {machine.name}", _alone(text)
    for host, interface in inventory.kernel_interfaces():
        for text in () if isinstance(interface.addresses, NotRead) else interface.addresses:
            yield f"{interface.name} of {host.name}", _alone(text)


def _of_filters(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield the addresses in rules of filters at ports and NICs."""
    ports = () if isinstance(snapshot.ports, NotRead) else snapshot.ports
    filters = () if isinstance(snapshot.port_filters, NotRead) else snapshot.port_filters
    at = (
        *((one.name, one.rules) for one in filters),
        *((group.name, group.filters) for group in snapshot.port_groups),
        *((f"port {port.key}", port.filters) for port in ports),
    )
    for name, rules in at:
        for rule in () if isinstance(rules, NotRead) else rules:
            yield from _of_conditions(f"rule {rule.number} of {name}", rule.conditions)


def _alone(text: str) -> str:
    """Return an address or prefix so that it is none where it is a range."""
    return text.replace("-", " to ")


def _of_device(device: Device) -> Iterator[tuple[str, str]]:
    for interface in () if isinstance(device.interfaces, NotRead) else device.interfaces:
        for text in () if isinstance(interface.addresses, NotRead) else interface.addresses:
            yield f"{interface.name} of {device.name}", _alone(text)
    for route in () if isinstance(device.routes, NotRead) else device.routes:
        yield f"a route of {device.name}", _alone(route.destination)
    for chain in () if isinstance(device.chains, NotRead) else device.chains:
        for rule in chain.rules:
            what = f"rule {rule.number} of {chain.name} on {device.name}"
            yield from _of_conditions(what, rule.conditions)
            if rule.translation is not None:
                yield from _of_translation(what, rule.translation)


def _of_translation(what: str, one: Translation) -> Iterator[tuple[str, str]]:
    if one.prefix is not None:
        yield what, _alone(one.prefix)
    for text in one.addresses:
        yield what, text if one.prefix is None else _alone(text)


def _of_conditions(what: str, conditions: Iterable[Condition]) -> Iterator[tuple[str, str]]:
    for condition in conditions:
        if isinstance(condition, AddressMatch):
            for text in condition.ranges:
                yield what, text


def _is_usual(text: str) -> bool:
    """Tell quickly whether a text is an address or prefix of the usual form; most are."""
    address, separator, length = text.partition("/")
    six = ":" in address
    try:
        inet_pton(AF_INET6 if six else AF_INET, address)
    except (OSError, ValueError):
        return False
    return not separator or (
        length.isascii() and length.isdigit() and int(length) <= (128 if six else 32)
    )


def _is_range(text: str) -> bool:
    if _is_usual(text):
        return True
    try:
        if "-" not in text:
            ip_network(text.partition("%")[0], strict=False)
            return True
        first, last = (ip_address(end.strip()) for end in text.split("-"))
    except ValueError:
        return False
    return first.version == last.version and int(first) <= int(last)
