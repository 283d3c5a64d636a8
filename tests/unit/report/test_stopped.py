"""How a promised service that cannot work now is shown on a terminal."""

import io

from rich.console import Console

from ringfence.reach.prove import prove
from ringfence.report.terminal.page import StoppedPromises
from support.small_networks import between, members, permit, policy, tcp

ZONES = {"a": "low", "b": "high"}


def shown(*services: str) -> str:
    """What is drawn where the flow from low to high promises some services."""
    flow = {"from": "low", "to": "high", "services": list(services)}
    snapshot = between(permit(1, *tcp(443)), permit(2, *tcp(40000)))
    declared = policy(flows=[flow], devices={"fw": {"machine": "fw"}})
    proof = prove(snapshot, declared, members(snapshot, ZONES))
    text = io.StringIO()
    Console(file=text, width=200, color_system=None).print(StoppedPromises(proof))
    return text.getvalue()


def test_the_way_up_to_where_it_ends_is_drawn() -> None:
    told = shown("tcp/22", "tcp/443", "tcp/40000")
    assert "Promised services that cannot work now" in told
    assert "fw refuses it by forward: policy drop." in told
    assert "tried with tcp SYN 10.0.1.5:49152 → 10.0.2.5:22" in told
    assert "device fw, in by eth0, and no further" in told
