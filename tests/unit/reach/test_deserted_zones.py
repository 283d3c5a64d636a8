"""Nothing is proved of a zone to which nothing belongs."""

import msgspec

from ringfence.reach.prove import prove
from small_networks import between, members, permit, policy, tcp


def test_a_zone_that_matches_nothing_is_never_proved() -> None:
    snapshot = between(permit(1, *tcp(443)))
    declared = policy(devices={"fw": {"machine": "fw"}})
    alone = msgspec.structs.replace(snapshot, machines=(snapshot.machines[0], snapshot.machines[2]))
    proof = prove(alone, declared, members(alone, {"a": "low"}))
    assert {pair.verdict for pair in proof.pairs} == {"UNKNOWN"}
    reasons = [one.what for pair in proof.pairs for one in pair.obligations[0].missing]
    assert set(reasons) == {"nothing that was read belongs to high"}
