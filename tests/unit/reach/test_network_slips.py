"""Slips of networks: machines that are alike count as one, and one with several NICs as itself."""

from ringfence.model.inventory import Inventory
from ringfence.model.snapshot import Snapshot
from ringfence.reach.network_slips import nic_slips
from small_networks import SOURCE, group, host, machine, switch


def test_a_machine_with_several_nics_is_like_no_other() -> None:
    snapshot = Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"),),
        switches=(switch("h1"),),
        port_groups=tuple(group("h1", name, vlan) for vlan, name in enumerate("abc", start=10)),
        machines=(
            machine("first", "h1", "a"),
            machine("second", "h1", "a"),
            machine("dual", "h1", {"a": "10.0.0.1/24", "b": "10.0.1.1/24"}),
        ),
        devices=(),
    )
    attached = [
        (slip.object, slip.count)
        for slip in nic_slips(Inventory(snapshot), {})
        if slip.kind == "network"
    ]
    # Each NIC may get to the two networks that it is not attached to.
    assert attached == [("first", 2)] * 2 + [("dual", 1)] * 4
