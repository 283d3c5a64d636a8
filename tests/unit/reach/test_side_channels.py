"""Disks and serial lines that join zones: told beside the verdict, whatever the networks say."""

import msgspec
import pytest

from ringfence.model.facts import NotRead
from ringfence.model.machines import SideChannel
from ringfence.model.snapshot import Snapshot
from ringfence.reach.prove import prove
from ringfence.reach.results import Proof
from support.small_networks import SOURCE, group, host, machine, members, policy, switch

DISK = SideChannel(kind="shared-disk", label="Hard disk 2", medium="[ds] shared/data.vmdk")
PIPE = SideChannel(kind="pipe", label="Serial port 1", medium="com1")


def line(address: str) -> SideChannel:
    return SideChannel(kind="serial-port", label="Serial port 1", medium=address)


def proved(*channels: tuple[SideChannel, ...] | NotRead) -> Proof:
    """Two zones apart by VLAN, each with a machine that has these channels."""
    low, high = (
        msgspec.structs.replace(machine(name, "h1", network), side_channels=found)
        for name, network, found in zip("ab", ("low", "high"), channels, strict=True)
    )
    snapshot = Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"),),
        switches=(switch("h1"),),
        port_groups=(group("h1", "low", 100), group("h1", "high", 200)),
        machines=(low, high),
    )
    return prove(snapshot, policy(), members(snapshot, {"a": "low", "b": "high"}))


def notes(found: Proof) -> set[str]:
    return {note for pair in found.pairs for note in pair.notes}


def test_a_disk_that_two_zones_share_stands_beside_both_directions() -> None:
    found = proved((DISK,), (DISK,))
    joined = [(one.source, one.destination) for one in found.pairs if one.notes]
    assert sorted(joined) == [("high", "low"), ("low", "high")]
    assert (
        "a and b have the shared disk [ds] shared/data.vmdk in common, which no network shows"
        in notes(found)
    )


@pytest.mark.parametrize("other", [(), (PIPE,), (msgspec.structs.replace(DISK, medium="[ds] b"),)])
def test_what_the_other_zone_does_not_have_joins_nothing(other: tuple[SideChannel, ...]) -> None:
    assert notes(proved((DISK,), other)) == set()


def test_two_serial_lines_may_be_one_under_other_addresses() -> None:
    found = notes(proved((line("telnet://:2000"),), (line("telnet://h1:2000"),)))
    assert any(one.startswith("serial lines over the network may join a") for one in found)


def test_each_is_listed_beside_the_proof() -> None:
    assert proved((DISK,), ()).bypasses == (
        "a has the shared disk Hard disk 2: [ds] shared/data.vmdk",
    )


def test_what_was_not_read_is_said() -> None:
    found = proved(NotRead(reason="no-permission"), ())
    assert found.bypasses == ("shared disks and serial lines of 1 machine were not read",)
