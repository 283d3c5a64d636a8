"""What a firewall between two zones lets through, and the verdicts on it."""

import msgspec
import pytest

from ringfence.model.facts import NotRead
from ringfence.model.packet import Header
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Condition,
    NotUnderstood,
    Route,
    Rule,
    StateMatch,
    UnmodelledMatch,
)
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Policy
from ringfence.reach.prove import prove
from ringfence.reach.results import PairResult
from support.small_networks import (
    arriving,
    between,
    members,
    permit,
    policy,
    question,
    sources,
    tcp,
)

ZONES = {"a": "low", "b": "high"}
FLOW = {"from": "low", "to": "high", "services": ["tcp/443"], "through": "fw"}
DECLARED = {"fw": {"machine": "fw"}}
FROM_LOW = (arriving("eth0"), sources("10.0.1.0/24"))


def to_high(port: int, source: str = "10.0.1.5") -> Header:
    """A first packet from the low machine to the high one."""
    return Header(
        source=source,
        destination="10.0.2.5",
        protocol=6,
        source_port=40000,
        destination_port=port,
        tcp_flags=2,
    )


def pair(snapshot: Snapshot, declared: Policy, source: str, destination: str) -> PairResult:
    """The result of the proof for one pair of zones."""
    proof = prove(snapshot, declared, members(snapshot, ZONES))
    return next(
        one for one in proof.pairs if (one.source, one.destination) == (source, destination)
    )


def with_flow(**parts: object) -> Policy:
    """The policy that permits tcp/443 from low to high through the firewall."""
    return policy(flows=[FLOW], devices=DECLARED, **parts)


def test_only_what_a_rule_permits_is_delivered() -> None:
    asked = question(between(permit(1, *tcp(443))), ZONES, with_flow())
    assert asked.contains("low", "high", to_high(443), "lower")
    assert not asked.contains("low", "high", to_high(22), "upper")


def test_first_match_decides() -> None:
    rules = (permit(1, *tcp(22), action="drop"), permit(2, *tcp(22, 443)))
    asked = question(between(*rules), ZONES, with_flow())
    assert not asked.contains("low", "high", to_high(22), "upper")
    assert asked.contains("low", "high", to_high(443), "lower")


def test_a_declared_flow_through_its_device_is_proved() -> None:
    answers = permit(2, StateMatch(states=("established",)))
    result = pair(between(permit(1, *tcp(443), *FROM_LOW), answers), with_flow(), "low", "high")
    assert result.verdict == "PROVED"
    assert result.flows_work is True
    assert result.declared == result.reachable == ("tcp/443",)


def test_a_rule_that_permits_more_is_violated_with_a_replayed_witness() -> None:
    result = pair(between(permit(1, *tcp(22, 443))), with_flow(), "low", "high")
    assert result.verdict == "VIOLATED"
    isolation = result.obligations[0]
    witness = isolation.witness
    assert witness is not None
    assert witness.replayed
    assert witness.attacker == "honest"
    assert (witness.sent.source, witness.sent.destination) == ("10.0.1.5", "10.0.2.5")
    assert witness.sent.destination_port == 22
    decisive = [hop for hop in witness.hops if hop.decisive]
    assert [(hop.kind, hop.rule) for hop in decisive] == [("device", "rule 1")]
    assert "rule 1" in witness.closing
    assert isolation.sentence.startswith("Something in low can reach high on tcp/22")


def test_a_flow_that_nothing_lets_through_does_not_work() -> None:
    result = pair(between(permit(1, *tcp(80))), with_flow(), "low", "high")
    assert result.flows_work is False


def test_a_flow_whose_answers_are_not_let_back_does_not_work() -> None:
    result = pair(between(permit(1, *tcp(443), *FROM_LOW)), with_flow(), "low", "high")
    assert result.flows_work is False
    flow = next(one for one in result.obligations if one.kind == "flow")
    why = "the answer is stopped: fw refuses it by forward: policy drop."
    assert flow.sentence.endswith(f"cannot work: {why}")
    assert flow.stopped is not None
    assert flow.stopped.hops[-1].label == "fw"


def test_the_other_direction_stays_shut() -> None:
    snapshot = between(permit(1, *tcp(443), *FROM_LOW))
    assert pair(snapshot, with_flow(), "high", "low").verdict == "PROVED"


def test_a_firewall_whose_rules_were_not_read_is_unknown() -> None:
    snapshot = between(chains=NotRead(reason="not-collected"))
    result = pair(snapshot, with_flow(), "low", "high")
    assert result.verdict == "UNKNOWN"
    assert "rules of fw" in result.obligations[0].missing[0].what


def test_a_line_that_is_not_understood_is_unknown() -> None:
    line = NotUnderstood(line=7, text="dnat to 10.0.2.5", why="address translation")
    snapshot = between(permit(1, *tcp(443), *FROM_LOW), not_understood=(line,))
    result = pair(snapshot, with_flow(), "low", "high")
    assert result.verdict == "UNKNOWN"
    assert "line 7" in result.obligations[0].missing[0].what


@pytest.mark.parametrize(
    ("action", "surely", "perhaps"), [("accept", False, True), ("drop", False, True)]
)
def test_a_condition_that_is_not_modelled_is_bounded_from_both_sides(
    action: str, surely: bool, perhaps: bool
) -> None:
    unmodelled: tuple[Condition, ...] = (UnmodelledMatch(text="limit rate 1/second"),)
    rules: tuple[Rule, ...] = (permit(1, *unmodelled, *tcp(22), action=action),)
    if action == "drop":
        rules = (*rules, permit(2, *tcp(22)))
    asked = question(between(*rules), ZONES, with_flow())
    assert asked.contains("low", "high", to_high(22), "lower") is surely
    assert asked.contains("low", "high", to_high(22), "upper") is perhaps


def test_every_base_chain_has_to_accept() -> None:
    strict = Chain(id="late", name="late", hook="forward", priority=5, policy="drop", rules=())
    snapshot = between(permit(1, *tcp(443)))
    device = snapshot.devices[0]
    chains = (*device.chains, strict)  # type: ignore[misc]
    changed = msgspec.structs.replace(
        snapshot, devices=(msgspec.structs.replace(device, chains=chains),)
    )
    asked = question(changed, ZONES, with_flow())
    assert not asked.contains("low", "high", to_high(443), "upper")


def test_the_longest_prefix_decides_where_a_packet_leaves() -> None:
    snapshot = between(permit(1, *tcp(443)))
    device = snapshot.devices[0]
    routes = (*device.routes, Route(destination="10.0.2.5/32", interface=None))  # type: ignore[misc]
    changed = msgspec.structs.replace(
        snapshot, devices=(msgspec.structs.replace(device, routes=routes),)
    )
    asked = question(changed, ZONES, with_flow())
    assert not asked.contains("low", "high", to_high(443), "upper")


def test_answers_that_a_zone_can_plant_itself_are_not_called_isolated() -> None:
    # Seen with real packets: a permit without an interface lets the high machine spoof the low
    # one's address, and so install the state that then carries its own packet as an answer.
    established = permit(1, StateMatch(states=("established",)))
    to_high_only = AddressMatch(side="destination", ranges=("10.0.2.0/24",))
    loose = between(established, permit(2, *tcp(443), sources("10.0.1.0/24"), to_high_only))
    assert pair(loose, with_flow(), "high", "low").verdict == "UNKNOWN"
    filtered = msgspec.structs.replace(loose.devices[0], reverse_path=("eth0", "eth1"))
    filtering = msgspec.structs.replace(loose, devices=(filtered,))
    assert pair(filtering, with_flow(), "high", "low").verdict == "PROVED"
    bound = between(established, permit(2, *tcp(443), *FROM_LOW))
    assert pair(bound, with_flow(), "high", "low").verdict == "PROVED"


def test_a_device_of_which_nothing_was_read_may_join_anything() -> None:
    snapshot = msgspec.structs.replace(between(), devices=())
    assert pair(snapshot, with_flow(), "low", "high").verdict == "UNKNOWN"


def test_the_services_of_a_device_belong_to_management() -> None:
    open_input = Chain(id="input", name="input", hook="input", rules=())
    snapshot = between()
    device = snapshot.devices[0]
    chains = (device.chains[0], open_input)  # type: ignore[index]
    changed = msgspec.structs.replace(
        snapshot, devices=(msgspec.structs.replace(device, chains=chains),)
    )
    zones = {
        "low": {"trust": 10, "networks": ["low*"]},
        "high": {"trust": 90, "networks": ["high*"]},
        "management": {"trust": 100, "role": "management"},
    }
    result = pair(changed, with_flow(zones=zones), "low", "management")
    assert result.verdict == "VIOLATED"
    witness = result.obligations[0].witness
    assert witness is not None
    assert witness.destination_place == "device:fw"
    assert witness.sent.destination in {"10.0.1.1", "10.0.2.1"}
