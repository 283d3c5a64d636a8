"""A change made in a running datacenter changes the verdict, and the witness names it."""

from __future__ import annotations

import gc
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyVim.connect import Disconnect, SmartConnect
from pyVim.task import WaitForTask
from pyVmomi import vim

from datacenter.harbour import harbour
from datacenter.simulator import Server, serve
from harbour_path import checked, collected_from, put_policy
from looking import found

GROUP = vim.dvs.DistributedVirtualPortgroup
SWITCH = vim.dvs.VmwareDistributedVirtualSwitch


@contextmanager
def administrator(server: Server) -> Iterator[Any]:
    """The content of a server, for whoever changes it: pyvmomi, which is not ours."""
    context = ssl.create_default_context(cafile=str(server.certificate))
    instance = SmartConnect(
        host=server.host,
        port=server.port,
        user=server.user,
        pwd=server.password,
        sslContext=context,
    )
    yield instance.content
    Disconnect(instance)
    with warnings.catch_warnings():
        # pyvmomi leaves its socket to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_another_vlan_of_a_standard_port_group_is_a_violation(tmp_path: Path) -> None:
    scenario = harbour()
    policy = put_policy(scenario, tmp_path)
    with serve(scenario) as server:
        before = checked(collected_from(server, tmp_path, "before"), policy)
        with administrator(server) as content:
            host = found(content, vim.HostSystem, "esx-3.harbour.example")
            (group,) = (g for g in host.config.network.portgroup if g.spec.name == "CDE-300")
            group.spec.vlanId = 200
            host.configManager.networkSystem.UpdatePortGroup("CDE-300", group.spec)
        after = checked(collected_from(server, tmp_path, "after"), policy)
    assert before.pair("application", "cardholder").verdict == "PROVED"
    assert {("application", "cardholder"), ("cardholder", "application")} <= after.pairs("VIOLATED")
    witness = after.witness("application", "cardholder")
    assert witness.replayed
    (decisive,) = (hop for hop in witness.hops if hop.decisive)
    assert (decisive.kind, decisive.label, decisive.detail) == ("port-group", "CDE-300", "VLAN 200")


def test_another_vlan_of_a_distributed_port_group_is_a_violation(tmp_path: Path) -> None:
    scenario = harbour()
    policy = put_policy(scenario, tmp_path)
    with serve(scenario) as server:
        before = checked(collected_from(server, tmp_path, "before"), policy)
        with administrator(server) as content:
            group = found(content, GROUP, "APP-200")
            policy_of_ports = SWITCH.VmwarePortConfigPolicy(
                vlan=SWITCH.VlanIdSpec(vlanId=100, inherited=False)
            )
            spec = GROUP.ConfigSpec(
                configVersion=group.config.configVersion, defaultPortConfig=policy_of_ports
            )
            WaitForTask(group.ReconfigureDVPortgroup_Task(spec))
        after = checked(collected_from(server, tmp_path, "after"), policy)
    assert before.pair("dmz", "application").verdict == "PROVED"
    assert {("dmz", "application"), ("application", "dmz")} <= after.pairs("VIOLATED")
    witness = after.witness("dmz", "application")
    assert witness.replayed
    assert "APP-200" in {hop.label for hop in witness.hops if hop.kind == "port-group"}
