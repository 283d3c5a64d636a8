"""The service matrices that a formally verified tool computed for a real rule set."""

import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Condition,
    InterfaceMatch,
    Rule,
    StateMatch,
    UnmodelledMatch,
)
from ringfence.reach.chains import ChainCompiler, add_chain_cuts
from ringfence.reach.conditions import Passage
from ringfence.reach.fields import (
    IPV4,
    WHOLE,
    Cuts,
    Field,
    Interval,
    address_number,
)
from ringfence.reach.headers import HeaderSet, HeaderSpace
from ringfence.sources.rule_syntax.iptables import SYNTAX

PUBLISHED = Path(__file__).parents[2] / "data" / "iptables" / "synology"
SERVICE = re.compile(r"=+ (?P<protocol>\w+) port (?P<source>\d+)->(?P<destination>\d+) =+")
CLASS = re.compile(r"(?P<name>\w+) \|-> (?P<ranges>.*)")
EDGE = re.compile(r"\((?P<source>\w+),(?P<destination>\w+)\)")
RANGE = re.compile(r"\{([\d.]+) \.\. ([\d.]+)\}")

Matrix = tuple[dict[str, frozenset[Interval]], frozenset[tuple[str, str]]]


def published() -> dict[int, Matrix]:
    """The expected matrix of each destination port."""
    found: dict[int, Matrix] = {}
    text = (PUBLISHED / "expected-service-matrices.txt").read_text()
    blocks = SERVICE.split(text)
    for port, block in zip(blocks[3::4], blocks[4::4], strict=True):
        classes = {
            one["name"]: frozenset(
                (address_number(first), address_number(last))
                for first, last in RANGE.findall(one["ranges"])
            )
            for one in CLASS.finditer(block)
        }
        edges = frozenset((one["source"], one["destination"]) for one in EDGE.finditer(block))
        found[int(port)] = classes, edges
    return found


def as_the_tool_reads(condition: Condition) -> Condition:
    """The published run took the loopback interface for its addresses, and knew no other."""
    match condition:
        case InterfaceMatch(names=("lo",), direction="in"):
            return AddressMatch(side="source", ranges=("127.0.0.0/8",))
        case InterfaceMatch():
            return UnmodelledMatch(text="an interface")
        case _:
            return condition


def chains() -> tuple[Chain, ...]:
    """The published rule set, new flows only, as the tool read it."""
    read = SYNTAX.read((PUBLISHED / "iptables-save").read_text(), "iptables-save")

    def rule(one: Rule) -> Rule:
        conditions = tuple(as_the_tool_reads(condition) for condition in one.conditions)
        return msgspec.structs.replace(one, conditions=conditions)

    return tuple(
        msgspec.structs.replace(chain, rules=tuple(map(rule, chain.rules))) for chain in read.chains
    )


def intervals(space: HeaderSpace, headers: HeaderSet, field: Field) -> frozenset[Interval]:
    """The IPv4 addresses of a set, as maximal intervals."""
    inside: list[Interval] = []
    for index in range(space.atoms.count(field)):
        first, last = space.atoms.interval(field, index)
        if last > IPV4[1] or headers & space.interval(field, (first, last)) == space.nothing:
            continue
        if inside and inside[-1][1] + 1 == first:
            inside[-1] = (inside[-1][0], last)
        else:
            inside.append((first, last))
    return frozenset(inside)


@pytest.fixture(scope="module")
def space_and_accepted() -> tuple[HeaderSpace, HeaderSet]:
    """What the INPUT chain may accept of TCP from port 10000."""
    cuts = Cuts()
    add_chain_cuts(cuts, chains())
    cuts.add(Field.SOURCE_PORT, (10000, 10000))
    cuts.add(Field.PROTOCOL, (6, 6))
    for port in published():
        cuts.add(Field.DESTINATION_PORT, (port, port))
    space = HeaderSpace(cuts)
    given = (
        space.interval(Field.SOURCE_PORT, (10000, 10000))
        & space.interval(Field.PROTOCOL, (6, 6))
        & space.interval(Field.DESTINATION, IPV4)
        & space.interval(Field.FRAGMENT, WHOLE)
    )
    outcome = ChainCompiler(space, chains()).outcome(("input",), Passage(None, None), given)
    return space, outcome.accepted


@pytest.mark.parametrize("port", sorted(published()))
def test_the_published_matrix_is_reproduced(
    port: int, space_and_accepted: tuple[HeaderSpace, HeaderSet]
) -> None:
    space, accepted = space_and_accepted
    classes, edges = published()[port]
    here = accepted & space.interval(Field.DESTINATION_PORT, (port, port))
    sources = intervals(space, here, Field.SOURCE)
    # No rule of the set looks at the destination: each accepted source reaches every class.
    assert intervals(space, here, Field.DESTINATION) == {IPV4}
    reaching = {source for source, _ in edges}
    assert edges == {(source, to) for source in reaching for to in classes}
    assert sources == merged(frozenset().union(*(classes[name] for name in reaching)))
    assert {one for ranges in classes.values() for one in ranges} == partition(sources)


def merged(ranges: frozenset[Interval]) -> frozenset[Interval]:
    """Intervals with neighbours joined."""
    result: list[Interval] = []
    for first, last in sorted(ranges):
        if result and result[-1][1] + 1 == first:
            result[-1] = (result[-1][0], last)
        else:
            result.append((first, last))
    return frozenset(result)


def partition(sources: frozenset[Interval]) -> frozenset[Interval]:
    """The intervals of all addresses, cut where the sources begin and end."""
    starts = {0, IPV4[1] + 1} | {first for first, _ in sources} | {last + 1 for _, last in sources}
    return frozenset((first, nxt - 1) for first, nxt in pairwise(sorted(starts)))


def test_the_rules_were_understood() -> None:
    texts = {
        condition.text
        for chain in chains()
        for rule in chain.rules
        for condition in rule.conditions
        if isinstance(condition, UnmodelledMatch)
    }
    assert all("limit" in text or text == "an interface" for text in texts)
    states = [
        condition
        for chain in chains()
        for rule in chain.rules
        for condition in rule.conditions
        if isinstance(condition, StateMatch)
    ]
    assert len(states) == 1
