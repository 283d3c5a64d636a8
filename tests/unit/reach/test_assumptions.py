"""What a proof says that it rests on besides what was read."""

from ringfence.policy.document import Flow, MachineSelector
from ringfence.reach.prove import prove
from support.small_networks import between, members, permit, policy

ZONES = {"a": "low", "b": "high"}


def assumptions(*flows: Flow) -> str:
    """The assumptions of a proof whose policy has some flows."""
    snapshot = between(permit(1))
    declared = policy(devices={"fw": {"machine": "fw"}}).model_copy(update={"flows": flows})
    return " ".join(prove(snapshot, declared, members(snapshot, ZONES)).assumptions)


def test_flows_that_name_machines_rest_on_the_addresses_that_these_report() -> None:
    by_name = Flow(from_="low", to="high", services=("any",), source=(MachineSelector(name="a"),))
    by_address = Flow(from_="low", to="high", services=("any",), source=("10.0.1.5",))
    assert "addresses that they report" in assumptions(by_name)
    assert "addresses that they report" not in assumptions(by_address)
    assert "addresses that they report" not in assumptions()
