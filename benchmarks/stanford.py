"""The Stanford backbone as others published it: forwarding rules and access lists as sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.measure import Benchmark, Value, seconds
from ringfence.reach.fields import Cuts, Field, Interval, address_number
from ringfence.reach.headers import HeaderSet, HeaderSpace
from ringfence.reach.orders import ADDRESSES_FIRST

UPDATES: Final = Path(__file__).resolve().parents[1] / "tests/data/stanford/updates"
ALL_ADDRESSES: Final = (0, (1 << 32) - 1)

Box = tuple[tuple[Field, tuple[Interval, ...]], ...]


@dataclass
class Backbone:
    """For each router its routes (longest prefix first), for each access list its rules.

    A route is its length, addresses and way out; a rule whether it permits, and the headers.
    """

    routes: dict[str, list[tuple[int, Interval, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    lists: dict[str, list[tuple[int, bool, Box]]] = field(default_factory=lambda: defaultdict(list))


def read_backbone(path: Path) -> Backbone:
    """Return what the file inserts (its lines that begin with a plus)."""
    found = Backbone()
    for line in path.read_text().splitlines():
        words = line.split()
        if words[:2] == ["+", "fwd"]:
            router, first, length, port = words[2], int(words[3]), int(words[4]), words[5]
            size = 1 << (32 - length)
            start = first & ~(size - 1)
            found.routes[router].append((length, (start, start + size - 1), port))
        elif words[:2] == ["+", "acl"]:
            found.lists[words[2]].append((int(words[-1]), words[5] == "permit", _box(words)))
    for routes in found.routes.values():
        routes.sort(key=lambda route: -route[0])
    for rules in found.lists.values():
        rules.sort(key=lambda rule: -rule[0])
    return found


def _box(words: list[str]) -> Box:
    protocols = (int(words[6]), int(words[7]))
    return (
        (Field.PROTOCOL, (protocols,)),
        (Field.SOURCE, _wildcard(words[8], words[9])),
        (Field.SOURCE_PORT, (_ports(words[10], words[11]),)),
        (Field.DESTINATION, _wildcard(words[12], words[13])),
        (Field.DESTINATION_PORT, (_ports(words[14], words[15]),)),
    )


def _ports(first: str, last: str) -> Interval:
    return (0 if first == "null" else int(first)), (65535 if last == "null" else int(last))


def _wildcard(address: str, mask: str) -> tuple[Interval, ...]:
    """Return the addresses that agree with one outside of a mask, which may have holes."""
    if address == "any":
        return (ALL_ADDRESSES,)
    number = address_number(address)
    free = 0 if mask == "null" else address_number(mask)
    low = (free ^ (free + 1)).bit_length() - 1
    high = free >> low << low
    start = number & ~free
    return tuple(
        (start | one, (start | one) + (1 << low) - 1) for one in sorted(_values_under(high))
    )


def _values_under(mask: int) -> Iterator[int]:
    value = mask
    while True:
        yield value
        if value == 0:
            return
        value = (value - 1) & mask


def backbone_space(backbone: Backbone) -> HeaderSpace:
    """Return a space that can tell apart all that the backbone's rules do."""
    cuts = Cuts()
    for routes in backbone.routes.values():
        for _, interval, _ in routes:
            cuts.add(Field.DESTINATION, interval)
    for rules in backbone.lists.values():
        for _, _, box in rules:
            for name, intervals in box:
                cuts.add_all(name, intervals)
    return HeaderSpace(cuts, order=ADDRESSES_FIRST)


def forwarding_predicates(space: HeaderSpace, backbone: Backbone) -> list[HeaderSet]:
    """Return for each router and way out the headers that leave by it."""
    found: dict[tuple[str, str], list[HeaderSet]] = defaultdict(list)
    for router, routes in backbone.routes.items():
        decided = space.nothing
        for _, interval, port in routes:
            here = space.interval(Field.DESTINATION, interval)
            found[router, port].append(space.without(here, decided))
            decided = space.union([decided, here])
    return [space.union(parts) for parts in found.values()]


def list_predicates(space: HeaderSpace, backbone: Backbone) -> list[HeaderSet]:
    """Return for each access list the headers that it permits."""
    found = []
    for rules in backbone.lists.values():
        permitted = space.nothing
        for _, permits, box in reversed(rules):
            headers = space.everything
            for name, intervals in box:
                headers &= space.intervals(name, intervals)
            if permits:
                permitted = space.union([permitted, headers])
            else:
                permitted = space.without(permitted, headers)
        found.append(permitted)
    return found


def atomic_predicates(space: HeaderSpace, predicates: Iterable[HeaderSet]) -> list[HeaderSet]:
    """Return the coarsest parts of all IPv4 headers of which every predicate is a union."""
    atoms = [space.interval(Field.DESTINATION, ALL_ADDRESSES)]
    for predicate in dict.fromkeys(predicates):
        parts: list[HeaderSet] = []
        for atom in atoms:
            inside, outside = atom & predicate, space.without(atom, predicate)
            parts.extend(part for part in (inside, outside) if part != space.nothing)
        atoms = parts
    return atoms


def _backbone() -> list[Value]:
    backbone = read_backbone(UPDATES)

    def work() -> None:
        space = backbone_space(backbone)
        atomic_predicates(space, forwarding_predicates(space, backbone))
        atomic_predicates(space, list_predicates(space, backbone))

    return [Value("reach-stanford", min(seconds(work) for _ in range(3)), "s", bar=1.0)]


BENCHMARKS = (
    Benchmark("reach-stanford", "the Stanford backbone's predicates and their atoms", _backbone),
)
