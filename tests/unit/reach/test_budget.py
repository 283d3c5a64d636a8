"""Sets of headers that outgrow their memory: UNKNOWN, and never a crash or a pass."""

from ringfence.reach.fields import Cuts
from ringfence.reach.headers import HeaderSpace
from ringfence.reach.prove import prove
from support.small_networks import between, members, permit, question, tcp

ZONES = {"a": "low", "b": "high"}


def test_past_the_budget_a_pair_is_unknown_and_says_so() -> None:
    rules = [permit(number, *tcp(number * 7)) for number in range(1, 40)]
    network = between(*rules)
    asked = question(network, ZONES)
    cuts = Cuts()
    asked.add_cuts(cuts)
    asked.space = HeaderSpace(cuts, nodes=1 << 8)
    proof = prove(network, asked.policy, members(network, ZONES), question=asked)
    for pair in proof.pairs:
        assert pair.verdict == "UNKNOWN"
        assert pair.reachable == ("any",)
        reasons = {missing.what for one in pair.obligations for missing in one.missing}
        assert any("outgrew the memory" in reason for reason in reasons)
    assert all(one.deployed is None for one in proof.configurations)
