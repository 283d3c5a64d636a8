"""A planted connection is answered with other TCP flags and ICMP types than it began with."""

from ringfence.model.packet import ICMP, TCP, Header
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    IcmpMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Rule,
    StateMatch,
    TcpFlagsMatch,
)
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Policy
from ringfence.reach.prove import prove
from support.small_networks import between, members, permit, policy, question, sources

ZONES = {"a": "low", "b": "high"}
TO_HIGH = AddressMatch(side="destination", ranges=("10.0.2.0/24",))
SYN = TcpFlagsMatch(mask=0x17, value=0x02)
ESTABLISHED = permit(2, StateMatch(states=("established",)))


def refuse(*conditions: Condition) -> Rule:
    return Rule(number=1, text="refused", conditions=conditions, action="drop")


def declared(service: str) -> Policy:
    flow = {"from": "low", "to": "high", "services": [service], "through": "fw"}
    return policy(flows=[flow], devices={"fw": {"machine": "fw"}})


def verdict(snapshot: Snapshot, service: str) -> str:
    """The verdict of the pair from high to low, where only an answer may pass."""
    proof = prove(snapshot, declared(service), members(snapshot, ZONES))
    return next(one.verdict for one in proof.pairs if one.source == "high")


def test_a_beginning_alone_plants_what_its_answer_passes_by() -> None:
    # Seen with real packets: only SYN passes to high, and only SYN is stopped on the way back.
    tcp = ProtocolMatch(protocols=(TCP,))
    port = (NumberRange(443, 443),)
    from_server = PortMatch(side="source", ranges=port)
    to_server = PortMatch(side="destination", ranges=port)
    snapshot = between(
        refuse(tcp, from_server, SYN),
        ESTABLISHED,
        permit(3, tcp, to_server, SYN, sources("10.0.1.0/24"), TO_HIGH),
    )
    assert verdict(snapshot, "tcp/443") == "UNKNOWN"
    asked = question(snapshot, ZONES, declared("tcp/443"))
    answer = Header(
        source="10.0.2.5",
        destination="10.0.1.5",
        protocol=TCP,
        source_port=443,
        destination_port=40000,
        tcp_flags=0x12,
    )
    assert asked.space.contains(asked.upper.answered("high", "low"), answer)


def test_an_echo_request_plants_what_a_reply_passes_by() -> None:
    request = IcmpMatch(family=4, types=(NumberRange(8, 8),))
    snapshot = between(
        refuse(request, sources("10.0.2.0/24")),
        ESTABLISHED,
        permit(3, request, sources("10.0.1.0/24"), TO_HIGH),
    )
    assert verdict(snapshot, "icmp/8") == "UNKNOWN"
    asked = question(snapshot, ZONES, declared("icmp/8"))
    reply = Header(
        source="10.0.2.5", destination="10.0.1.5", protocol=ICMP, icmp_type=0, icmp_code=0
    )
    assert asked.space.contains(asked.upper.answered("high", "low"), reply)
