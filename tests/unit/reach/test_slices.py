"""Slices of the header space: together they are the whole, and past every budget is UNKNOWN."""

from collections.abc import Callable
from random import Random

import pytest
from benchmarks.rule_sets import SHAPES, Shape, rule_set

from ringfence.foundation.errors import BudgetExceededError
from ringfence.model.packet import Header
from ringfence.model.rules import AddressMatch, Chain
from ringfence.reach.chains import ChainCompiler, add_chain_cuts
from ringfence.reach.conditions import Passage
from ringfence.reach.diagrams import CuddDiagrams, OxiddDiagrams, budget_exceeded
from ringfence.reach.fields import Cuts, Field, address_text
from ringfence.reach.headers import HeaderSet, HeaderSpace
from ringfence.reach.obligations import Obligations
from ringfence.reach.orders import BLOCKS_THEN_SERVICES
from ringfence.reach.prove import prove
from ringfence.reach.question import Question
from ringfence.reach.results import Proof
from ringfence.reach.slices import Slice, destination_slices, in_slices
from support.small_networks import between, members, permit, policy, question, sources, tcp

ZONES = {"a": "low", "b": "high"}
FLOW = {"from": "low", "to": "high", "services": ["tcp/1-300"], "through": "fw"}
CHANCE = Random(11)
WIDE = tuple(
    permit(
        number,
        sources(f"10.0.1.{CHANCE.randint(1, 254)}"),
        AddressMatch("destination", (f"10.0.2.{CHANCE.randint(1, 254)}",)),
        *tcp(CHANCE.randint(1, 290)),
    )
    for number in range(1, 200)
)
TIGHT = 1 << 14


def accepted(space: HeaderSpace, chain: Chain) -> HeaderSet:
    rules = ChainCompiler(space, [chain])
    return rules.outcome(("forward",), Passage(None, None), space.everything).accepted


def space_of(chain: Chain, library: type = OxiddDiagrams) -> HeaderSpace:
    cuts = Cuts()
    add_chain_cuts(cuts, [chain])
    return HeaderSpace(cuts, 1 << 18, BLOCKS_THEN_SERVICES, library)


def some_header(chance: Random, space: HeaderSpace) -> Header:
    """A header from the first address of some atom to that of another, of one family."""
    atoms = space.atoms
    while True:
        ends = [
            address_text(atoms.starts[Field.DESTINATION][chance.randrange(count)])
            for count in [atoms.count(Field.DESTINATION)] * 2
        ]
        if len({":" in end for end in ends}) == 1:
            port = chance.choice(atoms.starts[Field.DESTINATION_PORT])
            protocol = chance.choice((6, 17))
            return Header(*ends, protocol, source_port=9, destination_port=port)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("library", [OxiddDiagrams, CuddDiagrams])
def test_slices_are_apart_and_hold_the_whole_together(
    shape: Shape, both_ways: bool, library: type
) -> None:
    chain, chance = rule_set(shape, 200, seed=4, straddling=0.3), Random(7)
    space = space_of(chain, library)
    whole = accepted(space, chain)
    slices = [
        quarter
        for half in Slice(both_ways=both_ways).halves(space.atoms)
        for quarter in half.halves(space.atoms)
    ]
    parts = [space.part(one.boxes) for one in slices]
    found = [(part, accepted(part, chain)) for part in parts]
    for _ in range(200):
        header = some_header(chance, space)
        (one,) = [pair for pair in found if pair[0].contains(pair[0].everything, header)]
        assert one[0].contains(one[1], header) is space.contains(whole, header)
    for part, headers in found:
        assert part.without(headers, part.everything) == part.nothing
        if both_ways:
            assert part.replies(part.everything) == part.everything


def within(most: int) -> Callable[[HeaderSpace], int]:
    """Return what has room for so many atoms of destinations, and outgrows its budget in more."""

    def work(part: HeaderSpace) -> int:
        ((_, destinations),) = part.between
        first, last = part.atoms.indexes(Field.DESTINATION, destinations)
        if last - first >= most:
            raise budget_exceeded()
        return last - first + 1

    return work


def test_what_does_not_fit_is_halved_until_it_does() -> None:
    space = space_of(rule_set("firewall", 100))
    count = space.atoms.count(Field.DESTINATION)
    assert list(dict(in_slices(space, [Slice()], within(count)))) == [Slice()]
    found = dict(in_slices(space, [Slice()], within(count // 3)))
    assert [one.halvings for one in found] == [2] * 4
    assert sum(found.values()) == count


def test_what_never_fits_is_told() -> None:
    space = space_of(rule_set("firewall", 100))
    with pytest.raises(BudgetExceededError):
        dict(in_slices(space, [Slice()], within(1)))


def test_many_nodes_are_expected_in_many_slices() -> None:
    atoms = space_of(rule_set("firewall", 100)).atoms
    assert destination_slices(atoms, 1000) == (Slice(),)
    assert len(destination_slices(atoms, 1 << 24)) == 16


def asked(nodes: int, **parts: object) -> Question:
    """A question about rules between many addresses, with room for so many nodes in each space."""
    network = between(*WIDE, **parts)
    declared = policy(flows=[FLOW], devices={"fw": {"machine": "fw"}})
    made = question(network, ZONES, declared)
    cuts = Cuts()
    made.add_cuts(cuts)
    made.space = HeaderSpace(cuts, nodes)
    return made


def fits(made: Question) -> bool:
    """Whether a question can be answered of all headers at once."""
    try:
        list(Obligations(made).of_pair("low", "high"))
    except BudgetExceededError:
        return False
    return True


def proof_of(made: Question) -> Proof:
    snapshot = made.inventory.snapshot
    return prove(snapshot, made.policy, members(snapshot, ZONES), question=made)


def verdicts(proof: Proof) -> list[object]:
    return [
        (pair.source, pair.destination, pair.declared, one.kind, one.verdict)
        for pair in proof.pairs
        for one in pair.obligations
    ]


def test_a_proof_that_outgrows_its_memory_is_made_in_slices_or_unknown() -> None:
    whole = verdicts(proof_of(asked(1 << 18)))
    assert not fits(asked(TIGHT))
    assert verdicts(proof_of(asked(TIGHT))) == whole
    told = {one.verdict for pair in proof_of(asked(1 << 8)).pairs for one in pair.obligations}
    assert told == {"UNKNOWN"}


def test_where_headers_may_change_on_the_way_nothing_is_sliced() -> None:
    rules = (*WIDE, permit(900, *tcp(1), action="unmodelled"))
    chain = Chain("forward", "forward", rules, hook="forward", policy="drop")
    proof = proof_of(asked(TIGHT, chains=(chain,)))
    assert {pair.verdict for pair in proof.pairs} == {"UNKNOWN"}
