"""Fragments that come alone: what carries no port passes no rule on ports."""

from typing import Literal

import msgspec
import pytest

from ringfence.model.packet import Header
from ringfence.model.rules import Device, FragmentMatch, ProtocolMatch
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Policy
from ringfence.reach.prove import prove
from ringfence.reach.results import PairResult
from small_networks import between, members, permit, policy, question, tcp

ZONES = {"a": "low", "b": "high"}
FLOW = {"from": "low", "to": "high", "services": ["tcp/443"], "through": ["fw"]}
SSH = permit(1, *tcp(443))
LATER = permit(2, FragmentMatch(kinds=("later",)))
Families = tuple[Literal[4, 6], ...]


def firewall_with(*rules: object, reassembles: object = ()) -> Snapshot:
    snapshot = between(*rules, reassembles=reassembles)  # type: ignore[arg-type]
    return msgspec.structs.replace(snapshot, mirror_sessions=())


def declared(service: str = "tcp/443") -> Policy:
    return policy(flows=[{**FLOW, "services": [service]}], devices={"fw": {"machine": "fw"}})


def pair(snapshot: Snapshot, asked: Policy) -> PairResult:
    zones = members(snapshot, ZONES)
    proof = prove(snapshot, asked, zones, question=question(snapshot, ZONES, asked))
    return next(one for one in proof.pairs if (one.source, one.destination) == ("low", "high"))


def test_a_rule_on_ports_lets_no_later_fragment_by() -> None:
    assert pair(firewall_with(SSH), declared()).verdict == "PROVED"


def test_later_fragments_of_a_service_are_not_declared_by_it() -> None:
    found = pair(firewall_with(SSH, LATER), declared())
    witness = found.obligations[0].witness
    assert found.verdict == "VIOLATED"
    assert witness is not None
    assert witness.sent.fragment == "later"
    assert witness.sent.destination_port is None


def test_a_whole_protocol_declares_its_fragments() -> None:
    any_tcp = permit(1, ProtocolMatch(protocols=(6,)))
    assert pair(firewall_with(any_tcp), declared("tcp")).verdict == "PROVED"


def test_what_puts_fragments_together_lets_none_by_alone() -> None:
    assert pair(firewall_with(SSH, LATER, reassembles=(4, 6)), declared()).verdict == "PROVED"
    # Of one family only: those of the other pass.
    assert pair(firewall_with(SSH, LATER, reassembles=(6,)), declared()).verdict == "VIOLATED"


def test_where_it_is_not_known_nothing_is_claimed() -> None:
    unread = Device(id="x", name="x").reassembles
    assert pair(firewall_with(SSH, LATER, reassembles=unread), declared()).verdict == "UNKNOWN"


def test_a_witness_is_a_whole_packet_where_there_is_a_choice() -> None:
    found = pair(firewall_with(permit(1)), declared())
    witness = found.obligations[0].witness
    assert witness is not None
    assert witness.sent.fragment == "none"


@pytest.mark.parametrize(
    ("header", "passes"),
    [
        (Header(source="10.0.1.5", destination="10.0.2.5", protocol=6, destination_port=443), True),
        (Header(source="10.0.1.5", destination="10.0.2.5", protocol=6, fragment="later"), False),
        (
            Header(
                source="10.0.1.5",
                destination="10.0.2.5",
                protocol=6,
                destination_port=443,
                fragment="first",
            ),
            True,
        ),
    ],
)
def test_a_first_fragment_is_judged_by_its_ports(header: Header, *, passes: bool) -> None:
    asked = question(firewall_with(SSH), ZONES, declared())
    assert asked.contains("low", "high", header, "lower") is passes
