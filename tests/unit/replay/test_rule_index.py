"""Rules left out because of the interfaces that they name make no difference to any packet."""

from itertools import product
from random import Random

from generated.rules import chains
from generated.universe import headers
from ringfence.replay.packet import Spans, packet_of
from ringfence.replay.rule_index import RuleIndex
from ringfence.replay.rules import ChainWalk, Passage

INTERFACES = ["eth0", "eth1", "eth2"]


def test_an_index_never_changes_what_decides() -> None:
    spans, left_out = Spans(), 0
    for seed in range(60):
        chance = Random(seed)
        found = {one.id: one for one in chains(chance, INTERFACES, modelled=bool(seed % 2))}
        index = RuleIndex(found)
        packets = [packet_of(header) for header in headers(chance, devices=True)[:40]]
        for incoming, outgoing in product(INTERFACES, (*INTERFACES, None)):
            for chain in found.values():
                fitting = index.rules(chain.id, incoming, outgoing)
                left_out += len(chain.rules) - len(fitting)
            for packet in packets:
                passage = Passage(packet, incoming, outgoing)
                for chain in found.values():
                    plain = ChainWalk(found, passage, spans).base(chain)
                    assert ChainWalk(found, passage, spans, index).base(chain) == plain
    assert left_out > 0
