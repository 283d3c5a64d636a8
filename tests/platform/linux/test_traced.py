"""What the proof says of an Open vSwitch is what the switch itself says, by its own traces."""

from collections.abc import Iterator

import pytest

from traced_switches.compared import compared_with_traces, traced
from traced_switches.configured import Configuration
from traced_switches.simulated import SimulatedSwitch, simulated_switch

SWITCHES = 25
PLAIN = "-- add-port br0 m1 tag=20 -- add-port br0 m2 tag=0 -- add-port br0 nic0 trunks=0,10,20"
ODD = {
    # Each was read as something else than the switch made of it, until a trace showed it.
    "a native VLAN that is the only one": "vlan_mode=native-untagged tag=20 trunks=20",
    "a native VLAN beside 0": "vlan_mode=native-untagged tag=20 trunks=0",
    "a tagged native VLAN with every trunk": "vlan_mode=native-tagged tag=20",
    "a native VLAN that is 0 and not trunked": "vlan_mode=native-untagged tag=0 trunks=20",
}


@pytest.fixture(scope="module", name="switch")
def _switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedSwitch]:
    with simulated_switch(tmp_path_factory.mktemp("switch")) as switch:
        yield switch


def test_switches_made_by_chance(switch: SimulatedSwitch) -> None:
    found = [traced(switch, seed) for seed in range(1, SWITCHES + 1)]
    assert [one for each in found for one in each.differences] == []
    pairs = sum(each.pairs for each in found)
    assert sum(each.exact for each in found) > pairs // 2


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("port", ["m3", "nic1"])
def test_what_was_read_wrongly_once(switch: SimulatedSwitch, name: str, port: str) -> None:
    machines = ("m1", "m2", *((port,) if port == "m3" else ()))
    uplinks = {one: (one,) for one in ("nic0", *((port,) if port == "nic1" else ()))}
    words = f"{PLAIN} -- add-port br0 {port} {ODD[name]}".split()
    wanted = Configuration(machines, uplinks, tuple(words), flows=(), whole=False)
    assert compared_with_traces(switch, wanted).differences == ()
