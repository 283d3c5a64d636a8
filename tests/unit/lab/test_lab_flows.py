"""What flows permit of single packets, as the comparison with the lab asks it."""

from pathlib import Path

import msgspec
import pytest

from ringfence.model.inventory import Inventory
from ringfence.model.packet import ICMP, TCP, Header
from ringfence.operations.lab_flows import PermittedPackets
from ringfence.policy.load import load_policy
from small_snapshot import small_snapshot

POLICY = """
ringfence: 1
name: two
configuration: virtual-separation
zones:
  a: {trust: 10, networks: [{vlan: "1"}]}
  b: {trust: 20, networks: [{vlan: "2"}]}
flows:
  - {from: a, to: b, services: [tcp/440-443, icmp/8], source: [10.1.0.0/24]}
  - {from: b, to: a, services: tcp}
"""
WEB = Header(
    source="10.1.0.1", destination="10.2.0.1", protocol=TCP, source_port=9, destination_port=443
)
PING = Header(source="10.1.0.1", destination="10.2.0.1", protocol=ICMP, icmp_type=8, icmp_code=0)


@pytest.fixture(name="flows")
def _flows(tmp_path: Path) -> PermittedPackets:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return PermittedPackets(load_policy(path).policy, Inventory(small_snapshot()))


def test_service_and_direction(flows: PermittedPackets) -> None:
    beside = msgspec.structs.replace(WEB, destination_port=444)
    reply = msgspec.structs.replace(PING, icmp_type=0)
    assert flows.permits("a", "b", WEB, WEB)
    assert flows.permits("a", "b", PING, PING)
    assert not flows.permits("a", "b", beside, beside)
    assert not flows.permits("a", "b", reply, reply)
    assert not flows.permits("b", "a", PING, PING)
    assert flows.permits("b", "a", beside, beside)


def test_the_source_is_that_which_was_sent(flows: PermittedPackets) -> None:
    hidden = msgspec.structs.replace(WEB, source="10.2.0.254")
    assert flows.permits("a", "b", WEB, hidden)
    assert not flows.permits("a", "b", hidden, WEB)


def test_a_later_fragment_is_permitted_by_a_whole_protocol_only(flows: PermittedPackets) -> None:
    later = Header(source="10.1.0.1", destination="10.2.0.1", protocol=TCP, fragment="later")
    assert not flows.permits("a", "b", later, later)
    assert flows.permits("b", "a", later, later)
