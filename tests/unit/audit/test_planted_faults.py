"""Each fault planted alone is found by its own check, and by no other."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from audit_cases import CLEAN, STATUSES, Cases
from harbour_world.machines import virtual_nic
from harbour_world.network import distributed_group, standard_group
from harbour_world.world import TODAY, World
from ringfence.audit.run import run_audit
from ringfence.model.network import AccessVlan, TrunkVlan, VlanRange

HERE = Path(__file__).parent


def cases(name: str) -> Cases:
    """The cases of a test module beside this one."""
    path = HERE / f"test_{name}.py"
    spec = importlib.util.spec_from_file_location(f"faults_of_{name}", path)
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


def moved(name: str, n: int, network: str) -> World:
    """A machine plugged into another network."""
    return CLEAN.one(
        "machines", name, nics=(virtual_nic(name, n, 0, network, "02:00:00:00:00:01"),)
    )


def both(network: str) -> World:
    """A machine with a second NIC."""
    nics = CLEAN.get("machines", "app-01").nics
    second = virtual_nic("app-01", 1, 1, network, "02:00:00:00:00:02")
    return CLEAN.one("machines", "app-01", nics=(*nics, second))


def trunk(*ranges: tuple[int, int]) -> TrunkVlan:
    return TrunkVlan(ranges=tuple(VlanRange(*each) for each in ranges))


def every_tag() -> World:
    """A port group of every host with VLAN 4095."""
    world = CLEAN
    for n in (1, 2, 3, 4):
        world = world.add("port_groups", standard_group(n, "CDE-ALL", "vSwitch1", 1)).one(
            "port_groups", f"host-{n}/CDE-ALL", vlan=trunk((0, 4094))
        )
    return world


def with_trunk() -> World:
    return CLEAN.add("port_groups", distributed_group("DMZ-TRUNK", 1)).one(
        "port_groups", "pg-DMZ-TRUNK", vlan=trunk((1, 4093))
    )


def apps_on_cardholder_wires() -> World:
    world = CLEAN
    for n in (1, 2, 3, 4):
        world = world.add("port_groups", standard_group(n, "APP-201", "vSwitch1", 201))
    return world


LAYER2, MANAGEMENT = cases("layer_2_security"), cases("management_isolation")
CONSISTENCY, DUTIES = cases("host_consistency"), cases("separation_of_duties")
RESOURCES, AUDIT = cases("resource_management"), cases("regular_audit")

# Where a machine stands in a zone that is not its own, the proof says so, with a packet.
FAULTS = {
    "wrong VLAN on one host": (
        CLEAN.one("port_groups", "host-3/CDE-300", vlan=AccessVlan(vlan=200)),
        "consistency.port-groups-agree",
    ),
    "second NIC in another zone": (both("CDE-300"), None),
    "machine on a network of the wrong zone": (moved("web-03", 3, "APP-200"), None),
    "trunk to a machine": (with_trunk(), "layer2.trunk-to-machine"),
    "VLAN 4095": (every_tag(), "layer2.trunk-to-machine"),
    "promiscuous mode inherited": (
        LAYER2["layer2.promiscuous-mode"].fails,
        "layer2.promiscuous-mode",
    ),
    "forged transmits on a live port": (
        LAYER2["layer2.forged-transmits"].fails,
        "layer2.forged-transmits",
    ),
    "MAC policy in two places": (
        LAYER2["layer2.mac-policy-agrees"].fails,
        "layer2.mac-policy-agrees",
    ),
    "mirror to less trusted": (LAYER2["layer2.mirror-sessions"].fails, "layer2.mirror-sessions"),
    "passthrough NIC": (LAYER2["layer2.passthrough"].fails, "layer2.passthrough"),
    "management on a machine network": (
        MANAGEMENT["management.interface-apart"].fails,
        "management.interface-apart",
    ),
    "machine on the migration network": (
        moved("app-03", 3, "Migration"),
        "management.machines-apart",
    ),
    "rule that shadows a deny": (
        AUDIT["firewall.shadowed-deny"].fails,
        "firewall.shadowed-deny",
    ),
    "any-any permit": (AUDIT["firewall.default-deny"].fails, "firewall.default-deny"),
    "port group missing on one host": (
        CLEAN.remove("port_groups", "host-4/MGMT-VMs-12"),
        "consistency.port-group-missing",
    ),
    "NIC with two zones": (apps_on_cardholder_wires(), "consistency.one-zone-per-nic"),
    "single management NIC": (
        MANAGEMENT["management.physical-nics"].fails,
        "management.physical-nics",
    ),
    "network and assignment rights": (
        DUTIES["duties.never-together"].fails,
        "duties.never-together",
    ),
    "Administrator for a group at the root": (
        DUTIES["duties.administrators"].fails,
        "duties.administrators",
    ),
    "lockdown off": (MANAGEMENT["management.lockdown"].fails, "management.lockdown"),
    "SSH running": (MANAGEMENT["management.ssh"].fails, "management.ssh"),
    "appliance without reservations": (
        RESOURCES["resources.appliance-reservations"].fails,
        "resources.appliance-reservations",
    ),
    "pool without a limit": (RESOURCES["resources.pool-limits"].fails, "resources.pool-limits"),
    "native VLAN": (
        CLEAN.add("port_groups", distributed_group("DMZ-1", 1)),
        "layer2.native-vlan",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_by_its_check_alone(name: str) -> None:
    world, expected = FAULTS[name]
    audit = run_audit(world.context(), today=TODAY)
    failed = {result.check for result in audit.results if result.findings}
    assert failed == ({expected} if expected else set())
    assert not any(result.undecided for result in audit.results)


def test_a_switch_that_cannot_be_read_is_unknown_and_no_finding() -> None:
    from harbour_world.world import REFUSED

    facts = ("security", "deprecated_security", "teaming", "health_check", "resource_control")
    world = CLEAN.one("switches", "zones", **dict.fromkeys(facts, REFUSED)).unread("ports")
    audit = run_audit(world.context(), today=TODAY)
    assert [result.check for result in audit.results if result.findings] == []
    unknown = {result.check for result in audit.results if result.status == "unknown"}
    assert {
        "layer2.promiscuous-mode",
        "layer2.live-port-overrides",
        "audit.health-check",
    } <= unknown
    assert set(STATUSES.values()) >= {result.status for result in audit.results}
