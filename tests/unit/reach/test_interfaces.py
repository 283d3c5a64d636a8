"""A NIC of a device's machine that no interface is known to be may be one all the same."""

import msgspec
import pytest

from ringfence.model.facts import NOT_COLLECTED
from ringfence.model.packet import Header
from ringfence.model.rules import Route
from ringfence.reach.wiring import wiring
from small_networks import between, permit, policy, question

PACKET = Header(
    source="10.0.1.5",
    destination="10.0.2.5",
    protocol=6,
    source_port=1024,
    destination_port=443,
    tcp_flags=2,
)
DECLARED = policy(devices={"fw": {"machine": "fw", "interfaces": {"eth1": {"nic": "eth1"}}}})
ROUTES = (Route(destination="10.0.2.0/24", interface="eth1"),)


@pytest.mark.parametrize("routes", [ROUTES, (), NOT_COLLECTED])
def test_it_bounds_what_passes(routes: object) -> None:
    snapshot = between(permit(1), interfaces=NOT_COLLECTED, routes=routes)
    asked = question(snapshot, {"a": "low", "b": "high"}, DECLARED)
    assert not asked.contains("low", "high", PACKET, "lower")
    assert asked.contains("low", "high", PACKET, "upper")
    (device,) = asked.inventory.snapshot.devices
    assert [note.text for note in device.not_understood] == [
        "Network adapter 1 of its machine",
        "Network adapter 2 of its machine",
    ]
    wired = wiring(asked.inventory, asked.policy).interfaces
    assert {"fw/0", "fw/1"} <= {each.nic for each in wired}


def test_where_every_nic_is_an_interface_nothing_is_noted() -> None:
    asked = question(between(permit(1)), {"a": "low", "b": "high"})
    (device,) = asked.inventory.snapshot.devices
    assert device.not_understood == ()


def test_a_nic_without_a_network_is_no_interface() -> None:
    snapshot = between(permit(1))
    *others, gateway = snapshot.machines
    spare = msgspec.structs.replace(
        gateway.nics[0], id="fw/9", label="spare", mac="00:00:00:00:00:09", port_group=None
    )
    gateway = msgspec.structs.replace(gateway, nics=(*gateway.nics, spare))
    snapshot = msgspec.structs.replace(snapshot, machines=(*others, gateway))
    (device,) = question(snapshot, {"a": "low", "b": "high"}).inventory.snapshot.devices
    assert device.not_understood == ()
