"""The findings on rules against every header of a small universe, one after the other."""

from random import Random

import pytest

from ringfence.model.rules import AddressMatch, Chain, Device, NumberRange, PortMatch, Rule
from ringfence.reach.hygiene import rule_findings

ADDRESSES = [f"10.0.0.{number}" for number in range(4)]
RANGES = (*ADDRESSES, "10.0.0.0/31", "10.0.0.2/31", "10.0.0.0/30")
PORTS = ((1, 1), (2, 2), (3, 3), (1, 2), (1, 3))
UNIVERSE = [(source, port) for source in (*range(4), 99) for port in (1, 2, 3, 9)]
Packet = tuple[int, int]


def chain_by_chance(chance: Random) -> Chain:
    rules = []
    for number in range(1, chance.randint(2, 6)):
        conditions: list[AddressMatch | PortMatch] = []
        if chance.random() < 0.8:
            conditions.append(AddressMatch(side="source", ranges=(chance.choice(RANGES),)))
        first, last = chance.choice(PORTS)
        ports = (NumberRange(first=first, last=last),)
        conditions.append(PortMatch(side="destination", ranges=ports))
        action = chance.choice(("accept", "drop", "reject"))
        rules.append(Rule(number=number, text="", conditions=tuple(conditions), action=action))
    policy = chance.choice(("accept", "drop"))
    return Chain(id="c", name="c", rules=tuple(rules), hook="forward", policy=policy)


def matches(rule: Rule, packet: Packet) -> bool:
    source, port = packet
    for condition in rule.conditions:
        if isinstance(condition, PortMatch):
            if not any(one.first <= port <= one.last for one in condition.ranges):
                return False
        elif isinstance(condition, AddressMatch):
            base, _, length = condition.ranges[0].rpartition(".")[2].partition("/")
            size = 1 << (32 - int(length or 32))
            if not int(base) <= source < int(base) + size:
                return False
    return True


def decided(chain: Chain, packet: Packet, leaving_out: int = 0) -> tuple[bool, int]:
    """What is decided, and by which rule."""
    for rule in chain.rules:
        if rule.number != leaving_out and matches(rule, packet):
            return rule.action == "accept", rule.number
    return chain.policy == "accept", 0


def expected(chain: Chain, rule: Rule) -> str | None:
    mine = {packet for packet in UNIVERSE if matches(rule, packet)}
    hit = {packet for packet in mine if decided(chain, packet)[1] == rule.number}
    fate = rule.action == "accept"
    if not hit:
        same = all(decided(chain, packet)[0] == fate for packet in mine)
        return "redundant" if same else "shadowed"
    if all(decided(chain, packet, rule.number)[0] == fate for packet in hit):
        return "redundant"
    for earlier in chain.rules[: rule.number - 1]:
        theirs = {packet for packet in UNIVERSE if matches(earlier, packet)}
        first = {packet for packet in theirs if decided(chain, packet)[1] == earlier.number}
        if (
            (earlier.action == "accept") != fate
            and first & mine
            and theirs - mine
            and mine - theirs
        ):
            return "contradictory"
    return None


@pytest.mark.parametrize("part", range(4))
def test_findings_equal_brute_force(part: int, soak_count: int, soak_seed: int) -> None:
    for seed in range(soak_seed + part * soak_count, soak_seed + (part + 1) * soak_count):
        chain = chain_by_chance(Random(seed))
        device = Device(id="fw", name="fw", chains=(chain,), interfaces=())
        found = {one.rule.number: one.fault for one in rule_findings(device)}
        wanted = {
            rule.number: fault
            for rule in chain.rules
            if (fault := expected(chain, rule)) is not None
        }
        assert found == wanted, f"seed {seed}"
