"""The generated networks: the same from the same seed, and proved to be as they were planned."""

from __future__ import annotations

from dataclasses import replace

import pytest
from benchmarks.generator.declared import make_policy
from benchmarks.generator.known import KnownPair, known_matrix
from benchmarks.generator.making import make_plan
from benchmarks.generator.plan import Entry, Plan
from benchmarks.generator.records import make_snapshot
from benchmarks.generator.size import Size

from ringfence.foundation.canonical import canonical_json
from ringfence.model.inventory import Inventory
from ringfence.policy.members import memberships
from ringfence.reach.fields import WHOLE, Field, address_interval
from ringfence.reach.headers import HeaderSet, HeaderSpace
from ringfence.reach.prove import prove
from ringfence.reach.question import Question

SMALL = Size()
SIZES = {
    "one firewall": Size(zones=4, devices=1, rules=40, port_groups=8),
    "tidy": Size(violations=4),
    "messy": Size(mess=1, violations=4, rules=300, seed=3),
    "larger": Size(
        hosts=20,
        machines=200,
        port_groups=40,
        zones=9,
        devices=3,
        rules=500,
        mess=0.4,
        violations=7,
        seed=7,
    ),
}


def _question(plan: Plan) -> Question:
    snapshot, policy = make_snapshot(plan), make_policy(plan)
    return Question(snapshot, policy, memberships(policy, Inventory(snapshot)).every)


def test_a_seed_always_gives_the_same_bytes():
    size = replace(SMALL, mess=0.5, violations=4)
    one, other = make_plan(size), make_plan(size)
    assert canonical_json(make_snapshot(one)) == canonical_json(make_snapshot(other))
    assert make_policy(one) == make_policy(other)
    assert canonical_json(make_snapshot(one)) != canonical_json(
        make_snapshot(make_plan(replace(size, seed=2)))
    )


def test_a_network_has_as_much_of_everything_as_was_asked_for():
    size = SIZES["larger"]
    snapshot = make_snapshot(make_plan(size))
    assert len(snapshot.hosts) == size.hosts
    assert len(snapshot.machines) == size.machines
    assert sum(group.host is None for group in snapshot.port_groups) == size.port_groups
    assert len(snapshot.devices) == size.devices
    forwarding = [
        rule
        for device in snapshot.devices
        for chain in device.chains
        if chain.hook == "forward"
        for rule in chain.rules[1:]
    ]
    undeclared = 2  # of seven violations: one rule each, or one on each of two firewalls
    assert size.rules - undeclared <= len(forwarding) <= size.rules


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"zones": 3}, "at least 4 zones"),
        ({"port_groups": 4}, "two port groups for each zone"),
        ({"machines": 5}, "a machine for each port group"),
        ({"devices": 9}, "at most one a zone"),
        ({"mess": 2.0}, "a mess from 0 to 1"),
        ({"port_groups": 9000, "machines": 9000}, "a device for each of 3 sites"),
    ],
)
def test_numbers_that_do_not_fit_together_are_refused(wrong, told):
    with pytest.raises(ValueError, match=told):
        replace(SMALL, **wrong)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_proof_finds_the_known_matrix(size):
    plan = make_plan(size)
    snapshot, policy = make_snapshot(plan), make_policy(plan)
    members = memberships(policy, Inventory(snapshot)).every
    known = known_matrix(plan)
    found = {
        (pair.source, pair.destination): pair.verdict
        for pair in prove(snapshot, policy, members).pairs
    }
    assert found == {pair: each.verdict for pair, each in known.items()}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_what_is_delivered_is_known_to_the_last_packet(size):
    plan = make_plan(size)
    question = _question(plan)
    for (source, destination), known in known_matrix(plan).items():
        expected = _delivered(question.space, plan, destination, known)
        for matrix in (question.lower, question.upper):
            assert matrix.delivered(source, destination) == expected, (source, destination)


def _delivered(space: HeaderSpace, plan: Plan, destination: str, known: KnownPair) -> HeaderSet:
    if known.joined:
        return space.everything
    delivered, undecided = space.nothing, space.everything
    for entry in known.entries:
        matched = undecided & _matched(space, entry)
        undecided = space.without(undecided, matched)
        if entry.permits:
            delivered |= matched
    if destination in plan.gateway_of:
        # What is sent to the firewall itself is not passed on.
        gateway = plan.gateway_of[destination]
        own = [address_interval(one) for one in (gateway.address(1), gateway.address6(1))]
        delivered = space.without(delivered, space.intervals(Field.DESTINATION, own))
    # Connections are tracked: what comes in fragments is put together first.
    return delivered & space.interval(Field.FRAGMENT, WHOLE)


def _matched(space: HeaderSpace, entry: Entry) -> HeaderSet:
    matched = space.interval(Field.SOURCE, address_interval(entry.source))
    matched &= space.interval(Field.DESTINATION, address_interval(entry.destination))
    if entry.ports is not None:
        matched &= space.interval(Field.PROTOCOL, (6, 6))
        matched &= space.interval(Field.DESTINATION_PORT, entry.ports)
    return matched


def test_every_planted_violation_is_shown_by_a_packet():
    plan = make_plan(SIZES["tidy"])
    snapshot, policy = make_snapshot(plan), make_policy(plan)
    proof = prove(snapshot, policy, memberships(policy, Inventory(snapshot)).every)
    opened = {pair for violation in plan.violations for pair in violation.pairs}
    assert {violation.kind for violation in plan.violations} == {
        "misplaced-machine",
        "vlan-clash",
        "trunk-to-machine",
        "undeclared-rule",
    }
    for pair in proof.pairs:
        if (pair.source, pair.destination) in opened:
            isolation = next(one for one in pair.obligations if one.kind == "isolation")
            assert isolation.witness is not None
            assert isolation.witness.replayed
