"""Rules followed from the first down, for a region, against rules compiled from the last up."""

from random import Random

import pytest

from generated.rules import chains
from ringfence.reach.boxes import EVERYTHING
from ringfence.reach.chains import ChainCompiler, add_chain_cuts
from ringfence.reach.conditions import Passage
from ringfence.reach.fields import Cuts, Field
from ringfence.reach.headers import HeaderSpace
from ringfence.reach.regions import RegionCompiler
from ringfence.reach.rule_edits import ChainIndex

PASSAGES = [
    Passage(incoming, outgoing, state)
    for incoming in ("eth0", "eth1")
    for outgoing in ("eth1", None)
    for state in ("new", "established")
]


@pytest.mark.parametrize("seed", range(60))
def test_a_region_fares_as_compiled_rules_say(seed: int) -> None:
    chance = Random(seed)
    several = chains(chance, ["eth0", "eth1"], modelled=seed % 2 == 0)
    cuts = Cuts()
    add_chain_cuts(cuts, several)
    space = HeaderSpace(cuts)
    compiled = ChainCompiler(space, several)
    boxes = ChainIndex.of(several).boxes
    whole = RegionCompiler(space, several, compiled.matcher, boxes, EVERYTHING)
    port = chance.choice((22, 80))
    region = space.interval(Field.PROTOCOL, (6, 6)) if seed % 3 else space.everything
    narrow = (*EVERYTHING[:4], (port, port))
    exact = space.atoms.indexes(Field.DESTINATION_PORT, (port, port))
    values = space.atoms.interval(Field.DESTINATION_PORT, exact[0])
    for passage in PASSAGES:
        hooks = ("prerouting", "input") if passage.outgoing is None else ("prerouting", "forward")
        expected = compiled.outcome(hooks, passage, region)
        assert whole.outcome(hooks, passage, region) == expected
        if values == (port, port):
            there = region & space.interval(Field.DESTINATION_PORT, values)
            near = RegionCompiler(space, several, compiled.matcher, boxes, narrow)
            expected = compiled.outcome(hooks, passage, there)
            assert near.outcome(hooks, passage, there) == expected
