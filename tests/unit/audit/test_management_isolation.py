"""Checks of the isolation of management: each passes, fails, does not apply, or cannot tell."""

import msgspec
import pytest

from audit_cases import CLEAN, Kinds, findings_of, judge, pairs, result_of
from harbour_world.hosts import interface, ruleset
from harbour_world.machines import virtual_nic
from harbour_world.network import standard_group, teaming
from harbour_world.world import REFUSED, World
from ringfence.model.hosts import HostFirewall, HostService, KernelInterface
from ringfence.model.network import UplinkBinding


def interfaces(n: int, *more: KernelInterface) -> World:
    """A host with more kernel interfaces, or with others of the same name."""
    host = CLEAN.get("hosts", f"host-{n}")
    names = {each.name for each in more}
    kept = tuple(each for each in host.kernel_interfaces if each.name not in names)
    return CLEAN.one("hosts", host.id, kernel_interfaces=(*kept, *more))


def moved(name: str, n: int, network: str) -> World:
    nic = virtual_nic(name, n, 0, network, "00:50:56:80:99:01")
    return CLEAN.one("machines", name, nics=(nic,))


def service(n: int, key: str, *, running: bool, policy: str) -> World:
    host = CLEAN.get("hosts", f"host-{n}")
    kept = tuple(each for each in host.services if each.key != key)
    changed = HostService(key=key, label=key, running=running, policy=policy)
    return CLEAN.one("hosts", host.id, services=(*kept, changed))


def host_firewall(n: int, **fields: object) -> World:
    host = CLEAN.get("hosts", f"host-{n}")
    return CLEAN.one("hosts", host.id, firewall=msgspec.structs.replace(host.firewall, **fields))


def one_nic(n: int) -> World:
    """vSwitch0 with vmnic0 alone."""
    own = f"host-{n}/vSwitch0"
    uplinks = (UplinkBinding(name="vmnic0", physical_nics=(f"host-{n}/vmnic0",)),)
    member = msgspec.structs.replace(CLEAN.get("switches", own).members[0], uplinks=uplinks)
    return CLEAN.one("switches", own, members=(member,)).each(
        "port_groups",
        lambda group: (
            msgspec.structs.replace(group, teaming=teaming("vmnic0"))
            if group.switch == own
            else group
        ),
    )


NO_HOST = CLEAN.without("hosts")
HOST_UNREAD = CLEAN.one("hosts", "host-1", kernel_interfaces=REFUSED)
ON_DMZ = interfaces(4, interface(4, 2, "pg-DMZ-100", "10.1.100.204/24", "management"))

CASES = {
    "management.interface-alone": Kinds(
        fails=interfaces(
            2, interface(2, 0, "Management", "10.1.10.12/24", "management", "storage")
        ),
        found={("host-2", "kernel_interfaces[host-2/vmk0].services")},
        nothing=NO_HOST,
        unread=HOST_UNREAD,
    ),
    "management.machines-apart": Kinds(
        fails=moved("app-03", 3, "Migration"),
        found={("app-03", "nics[app-03/4000].port_group")},
        nothing=NO_HOST,
        unread=CLEAN.one("machines", "app-03", nics=REFUSED),
    ),
    "management.interface-apart": Kinds(
        fails=ON_DMZ,
        found={("host-4", "kernel_interfaces[host-4/vmk2].port_group")},
        nothing=NO_HOST,
        unread=HOST_UNREAD,
    ),
    "management.physical-nics": Kinds(
        fails=one_nic(1),
        found={("host-1/vSwitch0", "members[host-1].uplinks")},
        nothing=NO_HOST,
        unread=CLEAN.one("port_groups", "host-1/Management", teaming=REFUSED),
    ),
    "management.firewall-default": Kinds(
        fails=host_firewall(3, outgoing_blocked=False),
        found={("host-3", "firewall.outgoing_blocked")},
        nothing=NO_HOST,
        unread=host_firewall(3, incoming_blocked=REFUSED),
    ),
    "management.firewall-networks": Kinds(
        fails=host_firewall(3, rulesets=(ruleset("sshServer", "10.1.100.0/24"),)),
        found={("host-3", "firewall.rulesets")},
        nothing=CLEAN.declare("standards.management", {}),
        unread=CLEAN.one("hosts", "host-3", firewall=REFUSED),
    ),
    "management.lockdown": Kinds(
        fails=CLEAN.one("hosts", "host-2", lockdown="disabled"),
        found={("host-2", "lockdown")},
        nothing=NO_HOST,
        unread=CLEAN.one("hosts", "host-2", lockdown=REFUSED),
    ),
    "management.ssh": Kinds(
        fails=service(3, "TSM-SSH", running=True, policy="on"),
        found={("host-3", "services[TSM-SSH]")},
        nothing=CLEAN.every("hosts", services=()),
        unread=CLEAN.one("hosts", "host-3", services=REFUSED),
    ),
    "management.shell": Kinds(
        fails=service(3, "TSM", running=False, policy="automatic"),
        found={("host-3", "services[TSM]")},
        nothing=NO_HOST,
        unread=CLEAN.one("hosts", "host-3", services=REFUSED),
    ),
    "management.migration-encryption": Kinds(
        fails=CLEAN.one("machines", "web-01", migration_encryption="disabled"),
        found={("web-01", "migration_encryption")},
        nothing=CLEAN.without("machines"),
        unread=CLEAN.one("machines", "web-01", migration_encryption=REFUSED),
    ),
}


@pytest.mark.parametrize(("identity", "kind"), pairs(CASES))
def test_each_kind(identity: str, kind: str) -> None:
    judge(CASES, identity, kind)


def test_strict_lockdown_is_as_good() -> None:
    world = CLEAN.every("hosts", lockdown="strict")
    assert result_of("management.lockdown", world).status == "passed"


def test_a_stranger_is_told_from_one_side_only() -> None:
    for identity in CASES:
        told = findings_of(identity, ON_DMZ)
        assert bool(told) is (identity == "management.interface-apart"), told


def test_management_machines_may_stand_on_management_networks() -> None:
    world = moved("vcenter-1", 1, "Management")
    assert findings_of("management.machines-apart", world) == ()


def test_a_machine_that_no_statement_names_may_not() -> None:
    world = moved("web-01", 1, "Management").one("machines", "web-01", folder="f-vm")
    (finding,) = findings_of("management.machines-apart", world)
    assert "which hosts use for management" in finding.sentence


def test_a_declared_device_may_stand_there() -> None:
    assert findings_of("management.machines-apart", moved("fw-1", 1, "Management")) == ()


def test_a_machine_whose_folder_was_not_read_is_undecided() -> None:
    world = moved("web-01", 1, "Migration").one("machines", "web-01", folder=REFUSED)
    assert result_of("management.machines-apart", world).status == "unknown"


def test_both_halves_of_a_services_state_are_told() -> None:
    (finding,) = findings_of("management.ssh", CASES["management.ssh"].fails)
    assert finding.found == {"running": True, "policy": "on"}
    assert [change.property for change in finding.fix] == [
        "services[TSM-SSH].running",
        "services[TSM-SSH].policy",
    ]


def test_networks_are_compared_as_ranges() -> None:
    for network, told in (("10.1.12.0/25", False), ("10.1.12.7", False), ("10.1.0.0/16", True)):
        world = host_firewall(1, rulesets=(ruleset("webAccess", network),))
        assert bool(findings_of("management.firewall-networks", world)) is told, network


def test_a_ruleset_for_every_address_is_told_by_name() -> None:
    wide = msgspec.structs.replace(ruleset("nfsClient"), all_addresses=True)
    off = msgspec.structs.replace(wide, key="snmp", enabled=False)
    fixed = msgspec.structs.replace(wide, key="vSAN", configurable=False)
    world = host_firewall(1, rulesets=(wide, off, fixed))
    (finding,) = findings_of("management.firewall-networks", world)
    assert finding.found == {"nfsClient": ["every address"]}
    assert "opens nfsClient to every address" in finding.sentence


def test_a_host_firewall_that_told_nothing_is_undecided_in_both_directions() -> None:
    world = CLEAN.one("hosts", "host-1", firewall=HostFirewall())
    result = result_of("management.firewall-default", world)
    assert (result.status, len(result.undecided)) == ("unknown", 2)


def test_machine_networks_on_the_wires_of_management_are_told() -> None:
    world = CLEAN.add("port_groups", standard_group(2, "APP-201", "vSwitch0", 201))
    (finding,) = findings_of("management.physical-nics", world)
    assert finding.property == "members[host-2].port_groups"
    assert "carry APP-201 too" in finding.sentence
    world = world.declare("standards.nics", {"management": {"dedicated": False, "at-least": 2}})
    assert findings_of("management.physical-nics", world) == ()


def test_sensitive_machines_must_require_encryption() -> None:
    world = CLEAN.every("machines", migration_encryption="opportunistic")
    told = findings_of("management.migration-encryption", world)
    assert {each.name[:2] for each in told} == {"db", "fw"}
    assert {each.expected for each in told} == {"required"}


def test_addresses_that_are_none_are_no_networks_and_no_crash() -> None:
    world = interfaces(1, interface(1, 1, "Migration", "10.1.11.999/24", "migration"))
    host = world.get("hosts", "host-1")
    odd = msgspec.structs.replace(host.firewall, rulesets=(ruleset("vMotion", "everywhere"),))
    (finding,) = findings_of(
        "management.firewall-networks", world.one("hosts", host.id, firewall=odd)
    )
    assert finding.found == {"vMotion": ["everywhere"]}
