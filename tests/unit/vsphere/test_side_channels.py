"""Disks that several machines write, and serial ports: what joins machines outside networks."""

import pytest

from ringfence.model.facts import NotRead
from ringfence.model.machines import SideChannel
from ringfence.sources.vsphere.machines import machine
from ringfence.sources.vsphere.names import Ids
from vsphere_objects import content, device, no_permission, virtual_machine


def read(*devices, **more):
    return machine(virtual_machine("vm-1", *devices, **more), Ids("s", {}), {}).side_channels


def backing(kind, inside):
    return f'<backing xsi:type="{kind}">{inside}</backing>'


def disk(inside, kind="VirtualDiskFlatVer2BackingInfo"):
    return device("VirtualDisk", 2001, backing(kind, inside))


def test_a_disk_that_several_write_is_known_by_its_file():
    inside = "<fileName>[ds] a/b.vmdk</fileName><sharing>sharingMultiWriter</sharing>"
    (found,) = read(disk(inside))
    assert (found.kind, found.medium) == ("shared-disk", "[ds] a/b.vmdk")


def test_a_raw_device_is_known_by_itself_whatever_file_names_it():
    inside = (
        "<fileName>[ds] a/b.vmdk</fileName><lunUuid>0200</lunUuid>"
        "<sharing>sharingMultiWriter</sharing>"
    )
    (found,) = read(disk(inside, kind="VirtualDiskRawDiskMappingVer1BackingInfo"))
    assert found.medium == "0200"


@pytest.mark.parametrize("bus", ["physicalSharing", "virtualSharing"])
def test_a_shared_bus_stands_for_its_disks(bus):
    controller = device("ParaVirtualSCSIController", 1000, f"<sharedBus>{bus}</sharedBus>")
    one = disk("<fileName>[ds] a/b.vmdk</fileName>")
    assert [(found.kind, found.medium) for found in read(controller, one)] == [("shared-bus", bus)]


def test_a_disk_of_one_machine_is_none():
    controller = device("ParaVirtualSCSIController", 1000, "<sharedBus>noSharing</sharedBus>")
    inside = "<fileName>[ds] a/b.vmdk</fileName><sharing>sharingNone</sharing>"
    assert read(controller, disk(inside)) == ()


def test_serial_ports_over_the_network_and_pipes_count_and_files_do_not():
    over = backing("VirtualSerialPortURIBackingInfo", "<serviceURI>telnet://:2000</serviceURI>")
    pipe = backing("VirtualSerialPortPipeBackingInfo", "<pipeName>com1</pipeName>")
    file = backing("VirtualSerialPortFileBackingInfo", "<fileName>[ds] log</fileName>")
    ports = [device("VirtualSerialPort", 9000 + n, one) for n, one in enumerate((over, pipe, file))]
    found = read(*ports)
    assert [(one.kind, one.medium) for one in found] == [
        ("serial-port", "telnet://:2000"),
        ("pipe", "com1"),
    ]
    assert all(isinstance(one, SideChannel) for one in found)


def test_devices_that_may_not_be_read_leave_it_open():
    hidden = content("VirtualMachine", "vm-1", {"name": "a"}, no_permission("config"))
    assert isinstance(machine(hidden, Ids("s", {}), {}).side_channels, NotRead)
