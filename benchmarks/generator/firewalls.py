"""The firewalls of a plan as records: interfaces, routes, and the chains that its entries make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from benchmarks.generator.plan import Entry, Plan, PlannedDevice
from benchmarks.generator.size import OUTSIDE
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Condition,
    Device,
    DeviceInterface,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Route,
    Rule,
    StateMatch,
)

CORE: Final = "core"
CORE_VLAN: Final = 2
WAN: Final = "wan"
WAN_ADDRESS: Final = "203.0.113.1/24"
_INSIDE: Final = ("10.0.0.0/8", "172.16.0.0/12")
_INSIDE6: Final = ("fd00::/8",)
_TCP: Final = 6


def interface_of(zone: str) -> str:
    """Return the name of the interface that a firewall has for a zone behind it."""
    return WAN if zone == OUTSIDE else zone


def core_address(device: PlannedDevice) -> str:
    """Return a firewall's address in the network between the firewalls."""
    return f"172.31.0.{device.number}"


def devices(plan: Plan) -> tuple[Device, ...]:
    """Return every firewall, by id."""
    entries: defaultdict[str, list[tuple[Entry, str, str]]] = defaultdict(list)
    for entry in plan.entries:
        for name, incoming, outgoing in _passed(plan, entry):
            entries[name].append((entry, incoming, outgoing))
    return tuple(
        sorted(
            (_device(plan, device, entries[device.name]) for device in plan.devices),
            key=lambda device: device.id,
        )
    )


def _passed(plan: Plan, entry: Entry) -> Iterator[tuple[str, str, str]]:
    """Yield the firewalls that have a rule for an entry, with the interfaces in and out."""
    first = plan.device_of[entry.source_zone]
    last = plan.device_of[entry.destination_zone]
    incoming = interface_of(entry.source_zone)
    outgoing = interface_of(entry.destination_zone)
    if first is last:
        yield first.name, incoming, outgoing
    else:
        yield first.name, incoming, CORE
        if entry.permits:
            yield last.name, CORE, outgoing


def _device(plan: Plan, device: PlannedDevice, entries: list[tuple[Entry, str, str]]) -> Device:
    answers = StateMatch(states=("established", "related"))
    forward = [
        _rule(1, (answers,), "accept"),
        *(
            _rule(number, _conditions(entry, incoming, outgoing), _action(entry))
            for number, (entry, incoming, outgoing) in enumerate(entries, start=2)
        ),
    ]
    lying = [
        _rule(number, conditions, "drop")
        for number, conditions in enumerate(_spoofed(plan, device), start=1)
    ]
    return Device(
        id=device.name,
        name=device.name,
        physical=True,
        interfaces=tuple(_interfaces(plan, device)),
        routes=tuple(_routes(plan, device)),
        reassembles=(4, 6),
        chains=(
            Chain(id="raw", name="raw", rules=tuple(lying), hook="prerouting", priority=-300),
            Chain(id="input", name="input", rules=(), hook="input", policy="drop"),
            Chain(
                id="forward", name="forward", rules=tuple(forward), hook="forward", policy="drop"
            ),
        ),
    )


def _action(entry: Entry) -> str:
    return "accept" if entry.permits else "drop"


def _rule(number: int, conditions: tuple[Condition, ...], action: str) -> Rule:
    text = " ".join((*map(_text, conditions), action))
    return Rule(
        number=number,
        text=text,
        conditions=conditions,
        action="accept" if action == "accept" else "drop",
    )


def _text(condition: Condition) -> str:
    """Return a condition as a line of nft says it."""
    match condition:
        case InterfaceMatch(direction=direction, names=(name,)):
            return f'{"iif" if direction == "in" else "oif"}name "{name}"'
        case AddressMatch(side=side, ranges=ranges, negated=negated):
            family = "ip6" if ":" in ranges[0] else "ip"
            several = ranges[0] if len(ranges) == 1 else f"{{ {', '.join(ranges)} }}"
            return f"{family} {side[0]}addr {'!= ' if negated else ''}{several}"
        case PortMatch(ranges=(ports,)):
            last = "" if ports.first == ports.last else f"-{ports.last}"
            return f"tcp dport {ports.first}{last}"
        case StateMatch(states=states):
            return f"ct state {','.join(states)}"
        case _:
            return ""


def _conditions(entry: Entry, incoming: str, outgoing: str) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    if entry.bound:
        conditions.append(InterfaceMatch(direction="in", names=(incoming,)))
        conditions.append(InterfaceMatch(direction="out", names=(outgoing,)))
    conditions.append(AddressMatch(side="source", ranges=(entry.source,)))
    conditions.append(AddressMatch(side="destination", ranges=(entry.destination,)))
    if entry.ports is not None:
        first, last = entry.ports
        conditions.append(ProtocolMatch(protocols=(_TCP,)))
        ports = NumberRange(first=first, last=last)
        conditions.append(PortMatch(side="destination", ranges=(ports,)))
    return tuple(conditions)


def _spoofed(plan: Plan, device: PlannedDevice) -> Iterator[tuple[Condition, ...]]:
    """Yield what a source address that does not belong behind its interface looks like."""
    for zone in device.zones:
        here = InterfaceMatch(direction="in", names=(interface_of(zone),))
        outside = zone == OUTSIDE
        network = None if outside else plan.gateway_of[zone]
        for ranges in (
            (_INSIDE, _INSIDE6)
            if network is None
            else (
                (network.prefix,),
                (network.prefix6,),
            )
        ):
            yield here, AddressMatch(side="source", ranges=ranges, negated=not outside)


def _interfaces(plan: Plan, device: PlannedDevice) -> Iterator[DeviceInterface]:
    for number, zone in enumerate(device.zones):
        addresses: tuple[str, ...] = (WAN_ADDRESS,)
        if zone != OUTSIDE:
            network = plan.gateway_of[zone]
            addresses = (f"{network.address(1)}/24", f"{network.address6(1)}/64")
        yield DeviceInterface(
            name=interface_of(zone),
            mac=f"02:00:00:{device.number:02x}:00:{number:02x}",
            addresses=addresses,
        )
    if len(plan.devices) > 1:
        yield DeviceInterface(
            name=CORE,
            mac=f"02:00:00:{device.number:02x}:ff:ff",
            addresses=(f"{core_address(device)}/24",),
        )


def _routes(plan: Plan, device: PlannedDevice) -> Iterator[Route]:
    """Yield a route to every routed network; all else leaves by the first firewall."""
    for network in plan.gateway_of.values():
        there = plan.device_of[network.zone]
        own = there is device
        for prefix in (network.prefix, network.prefix6):
            yield Route(
                destination=prefix,
                interface=network.zone if own else CORE,
                next_hop=None if own or ":" in prefix else core_address(there),
            )
    first = plan.devices[0]
    if device is first:
        yield Route(destination="0.0.0.0/0", interface=WAN, next_hop="203.0.113.254")
    else:
        yield Route(destination="0.0.0.0/0", interface=CORE, next_hop=core_address(first))
