"""The service matrices of a verified tool, from the interpreter over elementary intervals.

The engine reproduces the same file with header sets, beside its own tests.
"""

import ipaddress
import re
from itertools import pairwise, product
from pathlib import Path

import msgspec
import pytest

from ringfence.model.packet import Header
from ringfence.model.rules import AddressMatch, Chain, Condition, InterfaceMatch, UnmodelledMatch
from ringfence.replay.packet import Spans, packet_of
from ringfence.replay.rules import ChainWalk, Passage
from ringfence.sources.rule_syntax.iptables import SYNTAX

FOLDER = Path(__file__).parents[2] / "data" / "iptables" / "synology"
SPANS = Spans()

Addresses = frozenset[str]
Matrix = frozenset[tuple[Addresses, Addresses]]


def as_published(condition: Condition) -> Condition:
    """The tool took the loopback interface for its addresses, and bounded what it did not know."""
    if condition == InterfaceMatch(direction="in", names=("lo",)):
        return AddressMatch(side="source", ranges=("127.0.0.0/8",))
    return UnmodelledMatch(text="in") if isinstance(condition, InterfaceMatch) else condition


def chains() -> dict[str, Chain]:
    read = SYNTAX.read((FOLDER / "iptables-save").read_text(), "iptables-save")
    return {
        chain.id: msgspec.structs.replace(
            chain,
            rules=tuple(
                msgspec.structs.replace(rule, conditions=tuple(map(as_published, rule.conditions)))
                for rule in chain.rules
            ),
        )
        for chain in read.chains
    }


def edges(found: dict[str, Chain]) -> list[int]:
    """The first addresses of the elementary intervals of all matches."""
    spans = [
        SPANS.of(text)
        for chain in found.values()
        for rule in chain.rules
        for condition in rule.conditions
        if isinstance(condition, AddressMatch)
        for text in condition.ranges
    ]
    return sorted({0, *(s.first for s in spans), *(s.last + 1 for s in spans)} - {2**32})


def text_of(intervals: list[tuple[int, int]]) -> Addresses:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(intervals):
        if joined and joined[-1][1] + 1 == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    shown = [tuple(str(ipaddress.ip_address(end)) for end in each) for each in joined]
    return frozenset(f"{{{first} .. {last}}}" for first, last in shown)


def computed(port: int) -> Matrix:
    """Which classes of addresses may start TCP from port 10000 with which, to a service."""
    found = chains()
    base = next(chain for chain in found.values() if chain.hook == "input")
    starts = edges(found)
    intervals = list(pairwise([*starts, 2**32]))

    def may(source: int, destination: int) -> bool:
        header = Header(
            source=str(ipaddress.ip_address(source)),
            destination=str(ipaddress.ip_address(destination)),
            protocol=6,
            source_port=10000,
            destination_port=port,
            tcp_flags=2,
        )
        walk = ChainWalk(found, Passage(packet_of(header), "eth0", None), SPANS)
        return "accept" in walk.base(base)

    allowed = {(s, d) for s, d in product(starts, starts) if may(s, d)}
    # Addresses that nothing tells apart, as a source or as a destination, are one class.
    kinds = {
        start: (
            frozenset(d for s, d in allowed if s == start),
            frozenset(s for s, d in allowed if d == start),
        )
        for start in starts
    }
    classes = {
        kind: text_of([(first, after - 1) for first, after in intervals if kinds[first] == kind])
        for kind in kinds.values()
    }
    return frozenset((classes[kinds[s]], classes[kinds[d]]) for s, d in allowed)


def published() -> dict[int, Matrix]:
    text = (FOLDER / "expected-service-matrices.txt").read_text()
    blocks = re.split(r"=+ TCP port 10000->(\d+) =+\n", text)[1:]
    found = {}
    for port, block in zip(blocks[::2], blocks[1::2], strict=True):
        classes = {
            name: frozenset(ranges.split(" u "))
            for name, ranges in re.findall(r"^(\w+) \|-> (.*)$", block, re.MULTILINE)
        }
        pairs = re.findall(r"^\((\w+),(\w+)\)$", block, re.MULTILINE)
        found[int(port)] = frozenset((classes[s], classes[d]) for s, d in pairs)
    return found


def test_three_matrices_were_published() -> None:
    assert sorted(published()) == [22, 80, 8080]


@pytest.mark.parametrize("port", [22, 80, 8080])
def test_the_matrix_is_reproduced(port: int) -> None:
    assert computed(port) == published()[port]
