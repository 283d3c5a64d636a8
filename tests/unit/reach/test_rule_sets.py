"""Equality of whole rule sets: both libraries, every order, and z3."""

from random import Random

import pytest
import z3
from benchmarks.rule_sets import SHAPES, Shape, rule_set

from ringfence.model.packet import PROTOCOLS_WITH_PORTS, Header
from ringfence.model.rules import AddressMatch, Chain, Condition, PortMatch, ProtocolMatch, Rule
from ringfence.reach.chains import ChainCompiler, add_chain_cuts
from ringfence.reach.conditions import Passage
from ringfence.reach.diagrams import CuddDiagrams, OxiddDiagrams
from ringfence.reach.fields import (
    IPV4,
    Cuts,
    Field,
    address_interval,
    address_text,
    header_values,
)
from ringfence.reach.headers import HeaderSet, HeaderSpace
from ringfence.reach.orders import BLOCKS_THEN_ADDRESSES, BLOCKS_THEN_SERVICES, Order

VALUES = {
    "source": z3.BitVec("source", 32),
    "destination": z3.BitVec("destination", 32),
    "protocol": z3.BitVec("protocol", 8),
    "source-port": z3.BitVec("source-port", 16),
    "destination-port": z3.BitVec("destination-port", 16),
}


def between(name: str, first: int, last: int) -> z3.BoolRef:
    return z3.And(z3.ULE(first, VALUES[name]), z3.ULE(VALUES[name], last))


def formula(condition: Condition) -> z3.BoolRef:
    if isinstance(condition, AddressMatch):
        return z3.Or([between(condition.side, *address_interval(one)) for one in condition.ranges])
    if isinstance(condition, ProtocolMatch):
        return z3.Or([VALUES["protocol"] == one for one in condition.protocols])
    assert isinstance(condition, PortMatch)
    name = f"{condition.side}-port"
    has_ports = z3.Or([VALUES["protocol"] == one for one in sorted(PROTOCOLS_WITH_PORTS)])
    ports = z3.Or([between(name, one.first, one.last) for one in condition.ranges])
    return z3.And(has_ports, ports)


def accepted_by_z3(chain: Chain) -> z3.BoolRef:
    accepted = z3.BoolVal(chain.policy == "accept")
    for rule in reversed(chain.rules):
        matched = z3.And([formula(one) for one in rule.conditions])
        accepted = z3.If(matched, rule.action == "accept", accepted)
    return accepted


def accepted(chain: Chain, space: HeaderSpace) -> HeaderSet:
    given = space.interval(Field.DESTINATION, IPV4)
    return ChainCompiler(space, [chain]).outcome(("forward",), Passage(None, None), given).accepted


def space_of(*chains: Chain, order: Order, library: type = OxiddDiagrams) -> HeaderSpace:
    cuts = Cuts()
    add_chain_cuts(cuts, chains)
    return HeaderSpace(cuts, nodes=1 << 20, order=order, library=library)


def altered(chain: Chain) -> Chain:
    """The same chain with one rule of it turned around."""
    rules = list(chain.rules)
    old = rules[len(rules) // 2]
    other = "drop" if old.action == "accept" else "accept"
    rules[len(rules) // 2] = Rule(old.number, old.text, old.conditions, other)
    return Chain(chain.id, chain.name, tuple(rules), hook="forward", policy="drop")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("library", [OxiddDiagrams, CuddDiagrams])
def test_rule_sets_are_equal_exactly_when_z3_says_so(shape: Shape, library: type) -> None:
    one = rule_set(shape, 24, seed=3)
    two = altered(one)
    space = space_of(one, two, order=BLOCKS_THEN_ADDRESSES, library=library)
    for other in (one, two):
        solver = z3.Solver()
        solver.add(accepted_by_z3(one) != accepted_by_z3(other))
        same = solver.check() == z3.unsat
        assert (accepted(one, space) == accepted(other, space)) is same


def first_match(chain: Chain, header: Header) -> bool:
    """Whether the first rule that matches accepts, by comparing numbers."""
    values = header_values(header)
    sides = {"source": Field.SOURCE_PORT, "destination": Field.DESTINATION_PORT}
    for rule in chain.rules:
        for condition in rule.conditions:
            if isinstance(condition, AddressMatch):
                value = values[Field(condition.side)]
                ranges = [address_interval(one) for one in condition.ranges]
            elif isinstance(condition, PortMatch):
                value = values[sides[condition.side]]
                ranges = [(one.first, one.last) for one in condition.ranges]
            else:
                assert isinstance(condition, ProtocolMatch)
                value, ranges = header.protocol, [(one, one) for one in condition.protocols]
            if not any(first <= value <= last for first, last in ranges):
                break
        else:
            return rule.action == "accept"
    return False


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", [BLOCKS_THEN_ADDRESSES, BLOCKS_THEN_SERVICES])
def test_a_header_is_in_the_set_exactly_when_its_first_rule_accepts(
    shape: Shape, order: Order
) -> None:
    chain, chance = rule_set(shape, 300), Random(5)
    space = space_of(chain, order=order)
    headers = accepted(chain, space)
    for _ in range(300):
        rule = chance.choice(chain.rules)
        ends = {"source": "198.51.100.1", "destination": "198.51.100.2"}
        for condition in rule.conditions:
            if isinstance(condition, AddressMatch):
                first, last = address_interval(chance.choice(condition.ranges))
                ends[condition.side] = address_text(chance.randint(first, last))
        port = chance.choice((22, 53, 80, 443, 5050, 6000, 9999))
        protocol = chance.choice((6, 17))
        header = Header(**ends, protocol=protocol, source_port=9, destination_port=port)
        assert space.contains(headers, header) is first_match(chain, header)
