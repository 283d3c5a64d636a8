"""A saved folder is what it was made from, byte for byte each time, and can be served again."""

from __future__ import annotations

import filecmp
from pathlib import Path

from pyVmomi import vim

from datacenter.harbour import harbour
from datacenter.simulator import save, serve
from looking import found, view_of


def files_of(folder: Path) -> list[Path]:
    return sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())


def test_saving_twice_gives_the_same_bytes(tmp_path):
    one, two = save(harbour(), tmp_path / "one"), save(harbour(), tmp_path / "two")
    names = files_of(one)
    assert files_of(two) == names
    assert filecmp.cmpfiles(one, two, [str(n) for n in names], shallow=False)[1:] == ([], [])


def test_a_saved_folder_is_served_again(tmp_path, login):
    folder = save(harbour(), tmp_path / "harbour")
    with serve(load=folder) as server:
        content = login(server).content
        assert len(view_of(content, vim.VirtualMachine)) == 62
        host = found(content, vim.HostSystem, "esx-1.harbour.example")
        groups = {g.spec.name: g.spec.vlanId for g in host.config.network.portgroup}
        assert groups == {"Management": 10, "Migration": 11, "MGMT-VMs-12": 12, "CDE-300": 300}
        switch = found(content, vim.dvs.VmwareDistributedVirtualSwitch, "Zones")
        ports = switch.FetchDVPorts(vim.dvs.PortCriteria(connected=True, uplinkPort=False))
        assert len(ports) == 46
        assert len(content.authorizationManager.RetrieveAllPermissions()) == 11
        spec = next(g.spec for g in host.config.network.portgroup if g.spec.name == "CDE-300")
        spec.vlanId = 200
        host.configManager.networkSystem.UpdatePortGroup("CDE-300", spec)
        groups = {g.spec.name: g.spec.vlanId for g in host.config.network.portgroup}
        assert groups["CDE-300"] == 200


def test_what_cannot_be_read_is_not_saved(tmp_path):
    scenario = harbour()
    scenario["unreadable"] = [
        {"type": "DistributedVirtualSwitch", "name": "Zones", "path": "config"},
        {"type": "DistributedVirtualSwitch", "name": "Zones", "path": "FetchDVPorts"},
    ]
    folder = save(scenario, tmp_path / "harbour")
    (file,) = folder.glob("*-VmwareDistributedVirtualSwitch-*.xml")
    text = file.read_text()
    assert "<name>name</name>" in text
    assert "<name>config</name>" not in text
    assert not list(folder.glob("VmwareDistributedVirtualSwitch-*"))
