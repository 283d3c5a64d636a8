"""Which places a witness is looked for from."""

from dataclasses import replace

from ringfence.model.snapshot import Snapshot
from ringfence.reach.prove import prove
from support.small_networks import SOURCE, group, host, machine, members, policy, switch


def test_another_machine_sends_where_the_first_hears_only_itself() -> None:
    # a1 has a NIC in each zone on one VLAN: what it sends itself is no delivery, but a2 reaches it.
    snapshot = Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"),),
        switches=(switch("h1"),),
        port_groups=(group("h1", "low", 10), group("h1", "high", 10)),
        machines=(
            machine("a1", "h1", {"low": "10.0.0.1/24", "high": "10.0.0.3/24"}),
            machine("a2", "h1", {"low": "10.0.0.2/24"}),
        ),
    )
    standing = tuple(
        replace(one, zone="high") if one.attachment == "a1/1" else one
        for one in members(snapshot, {"a1": "low", "a2": "low"})
    )
    proof = prove(snapshot, policy(), standing)
    pairs = {(one.source, one.destination): one for one in proof.pairs}
    witness = pairs["low", "high"].obligations[0].witness
    assert pairs["low", "high"].verdict == "VIOLATED"
    assert witness is not None
    assert witness.source_place == "a2/0"
