"""Rule sets of firewalls by chance: as enterprises write them, and as ClassBench makes them.

An enterprise's firewall knows the networks and servers of its zones, and groups of them. In
ClassBench's sets prefixes of any length nest in each other and ports come as ranges, so that
objects straddle every block. The shapes are those sets' own; the numbers here are ours.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from random import Random
from typing import Final, Literal

from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Condition,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Rule,
)

Action = Literal["accept", "drop"]
Shape = Literal["enterprise", "access-list", "firewall", "chain"]

SHAPES: Final[tuple[Shape, ...]] = ("enterprise", "access-list", "firewall", "chain")
ANY: Final = "0.0.0.0/0"
_TCP, _UDP = (6,), (17,)
_PORTS: Final = (22, 25, 53, 80, 88, 123, 135, 389, 443, 445, 636, 1433, 1521, 3306, 3389, 8080)


def rule_set(shape: Shape, count: int, seed: int = 1, straddling: float = 0.0) -> Chain:
    """Return a chain of ``count`` rules at the forward hook; what matches none is dropped.

    ``straddling`` is the share of nested prefixes in whose place a range stands that begins and
    ends anywhere.
    """
    chance = Random(seed)  # noqa: S311 (a rule set, no secret)
    if shape == "enterprise":
        rules = _enterprise(chance, count)
    else:
        rules = _nested(chance, count, shape, straddling)
    return Chain(id=shape, name=shape, rules=tuple(rules), hook="forward", policy="drop")


def _rule(number: int, conditions: list[Condition], action: Action) -> Rule:
    return Rule(number=number, text=f"rule {number}", conditions=tuple(conditions), action=action)


def _addresses(source: tuple[str, ...], destination: tuple[str, ...]) -> list[Condition]:
    """Return the conditions on both addresses; none for any."""
    sides: tuple[tuple[Literal["source", "destination"], tuple[str, ...]], ...] = (
        ("source", source),
        ("destination", destination),
    )
    return [AddressMatch(side=side, ranges=ranges) for side, ranges in sides if ranges != (ANY,)]


def _service(protocols: tuple[int, ...], *ports: tuple[int, int]) -> list[Condition]:
    ranges = tuple(NumberRange(first=first, last=last) for first, last in ports)
    destination: list[Condition] = [PortMatch(side="destination", ranges=ranges)] if ports else []
    return [*destination, ProtocolMatch(protocols=protocols)]


def _enterprise(chance: Random, count: int, zones: int = 40) -> list[Rule]:
    """Return rules in sections, one for each pair of zones, between objects of the two."""
    objects = [_objects(chance, zone, max(24, count // 60)) for zone in range(zones)]
    services = [_service(_TCP, (port, port)) for port in _PORTS]
    services += [_service(_UDP, (53, 53), (123, 123)), _service(_TCP, (80, 80), (443, 443))]
    services += [_service(_TCP, (first, first + 99)) for first in range(5000, 9000, 500)]
    rules: list[Rule] = []
    while len(rules) < count:
        one, two = chance.sample(range(zones), 2)
        for _ in range(chance.randint(4, 20)):
            source, destination = chance.choice(objects[one]), chance.choice(objects[two])
            refuses = chance.random() < 0.12
            service = [] if refuses and chance.random() < 0.5 else chance.choice(services)
            conditions = [*_addresses(source, destination), *service]
            rules.append(_rule(len(rules) + 1, conditions, "drop" if refuses else "accept"))
    return rules[:count]


def _objects(chance: Random, zone: int, count: int) -> list[tuple[str, ...]]:
    """Return servers, networks and groups of them in a zone's own /16."""
    found: list[tuple[str, ...]] = [(f"10.{zone}.0.0/16",)]
    for _ in range(count):
        network = f"10.{zone}.{chance.randrange(64)}"
        kind = chance.random()
        if kind < 0.55:
            found.append((f"{network}.{chance.randint(1, 254)}",))
        elif kind < 0.8:
            found.append((f"{network}.0/24",))
        else:
            hosts = sorted(chance.sample(range(1, 255), chance.randint(2, 6)))
            found.append(tuple(f"{network}.{host}" for host in hosts))
    return found


# How often each side is any address, how often a side is a single host, how often a service is
# any, one port or a range, by the shape of the set.
_HABITS: Final[dict[Shape, tuple[float, float, float, float, float]]] = {
    "access-list": (0.01, 0.02, 0.6, 0.15, 0.75),
    "firewall": (0.10, 0.06, 0.35, 0.10, 0.55),
    "chain": (0.04, 0.05, 0.4, 0.25, 0.55),
}


def _nested(chance: Random, count: int, shape: Shape, straddling: float) -> list[Rule]:
    """Return rules between prefixes that nest in each other, and ranges that straddle them."""
    any_source, any_destination, host, any_service, one_port = _HABITS[shape]
    prefixes = [_prefixes(chance, max(200, count // 16), host) for _ in range(2)]
    if straddling:
        prefixes = [[_moved(chance, one, straddling) for one in some] for some in prefixes]
    ranges = ((1024, 65535), (0, 1023), (5000, 5100), (6000, 6063), (137, 139), (2300, 2400))
    rules = []
    for number in range(1, count + 1):
        source = ANY if chance.random() < any_source else chance.choice(prefixes[0])
        destination = ANY if chance.random() < any_destination else chance.choice(prefixes[1])
        if source == destination:
            source, destination = chance.choice(prefixes[0]), chance.choice(prefixes[1])
        kind = chance.random()
        protocols = _TCP if chance.random() < 0.7 else _UDP
        if kind < any_service and ANY not in (source, destination):
            service: list[Condition] = []
        elif kind < any_service + one_port:
            port = chance.choice((*_PORTS, chance.randint(1024, 9999)))
            service = _service(protocols, (port, port))
        else:
            service = _service(protocols, chance.choice(ranges))
        action: Action = "accept" if chance.random() < 0.6 else "drop"
        rules.append(_rule(number, [*_addresses((source,), (destination,)), *service], action))
    return rules


def _moved(chance: Random, prefix: str, straddling: float) -> str:
    """Return a prefix or, by chance, a range as long that begins and ends in its neighbours."""
    if chance.random() >= straddling:
        return prefix
    network = IPv4Network(prefix)
    by = chance.randint(0, network.num_addresses)
    first, last = (min(int(end) + by, 2**32 - 1) for end in (network[0], network[-1]))
    return f"{IPv4Address(first)}-{IPv4Address(last)}"


def _prefixes(chance: Random, count: int, host: float) -> list[str]:
    """Return prefixes, many of them longer ones inside of others."""
    found: list[tuple[int, int]] = []
    while len(found) < count:
        if found and chance.random() < 0.7:
            address, length = chance.choice(found)
            longer = 32 if chance.random() < host else min(32, length + chance.randint(1, 8))
        else:
            address, length, longer = 0, 0, chance.randint(8, 20)
        if longer <= length:
            continue
        bits = chance.getrandbits(longer - length) << (32 - longer)
        found.append((address | bits, longer))
    return [f"{IPv4Address(address)}/{length}" for address, length in found]
