"""The core of a proof: the facts of a snapshot that PROVED verdicts rest on.

An object that is not named may change without touching the verdicts. An object that appears (a
machine, a NIC, an interface, a device) is new: it needs a new proof.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from ringfence.model.certificate import CoreFact
from ringfence.model.facts import NotRead
from ringfence.model.rules import Device, StateMatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ringfence.model.machines import Machine, VirtualNic
    from ringfence.reach.question import Question

_GROUP = (
    "backing",
    "blocked",
    "filters",
    "host",
    "logical_switch",
    "overrides",
    "switch",
    "teaming",
    "vlan",
)
_PORT = ("blocked", "connectee", "filters", "overridden", "vlan")
_NIC = (
    "addresses",
    "connected",
    "mac",
    "port",
    "port_filters",
    "port_group",
    "sriov",
    "start_connected",
)
_FILTER = ("hosts", "other_frames", "reassembles", "receiving", "rules", "sending", "stateful")
_MACHINE = ("folder", "host", "name", "pool", "tags", "template")
_SWITCH = ("forwards_between_uplinks", "members", "private_vlans")
_DEVICE = tuple(
    field.name
    for field in msgspec.structs.fields(Device)
    if field.name not in {"id", "kind", "name", "physical"}  # the policy declares the kind
)


def core_facts(question: Question, pairs: Iterable[tuple[str, str]]) -> tuple[CoreFact, ...]:
    """Return the facts that the claims for some pairs rest on, by table and id.

    A fact that is left out may become any other. A rule may become one that permits everything, so
    that the rules of a device are named together.

    These are: the places of the zones named (of all zones, where others may plant state), and of
    everything that shares a machine with them or is not surely elsewhere; the port groups, ports,
    switches and physical NICs that carry their frames; the devices with what is attached to them.
    """
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for table, identity, properties in _facts(question, _zones(question, pairs)):
        found[table, identity].update(properties)
    return tuple(
        CoreFact(table=table, id=identity, properties=tuple(sorted(properties)))
        for (table, identity), properties in sorted(found.items())
    )


_Fact = tuple[str, str, tuple[str, ...]]


def _zones(question: Question, pairs: Iterable[tuple[str, str]]) -> set[str]:
    """Return the zones of some pairs; all of them, where anyone may plant state in a device."""
    keeps_state = any(
        isinstance(condition, StateMatch)
        for device in question.inventory.snapshot.devices
        for chain in (() if isinstance(device.chains, NotRead) else device.chains)
        for rule in chain.rules
        for condition in rule.conditions
    )
    return set(question.policy.zones) if keeps_state else {zone for pair in pairs for zone in pair}


def _facts(question: Question, zones: set[str]) -> Iterator[_Fact]:
    snapshot = question.inventory.snapshot
    upper = question.standings("upper")
    places = {one for zone in zones for one in upper.senders.get(zone, ())}
    for device in snapshot.devices:
        yield "devices", device.id, _DEVICE
        if device.machine is not None:
            yield "machines", device.machine, _MACHINE
    devices = {device.machine for device in snapshot.devices}
    switches: set[tuple[str, str | None]] = set()
    for machine, nic in question.inventory.virtual_nics():
        # What was plugged in is remembered too: a NIC that is apart stays apart.
        if nic.id in places or machine.id in devices or nic.id not in question.places.by_id:
            on = machine.host if isinstance(machine.host, str) else None
            yield "machines", machine.id, _MACHINE
            yield from _of_nic(nic, machine.id)
            yield from _attached(question, nic.port_group, nic.port, on, switches)
        else:
            # It is of another zone; what says so is all that counts.
            yield "machines", machine.id, ("folder", "name", "pool", "tags")
            yield "virtual_nics", nic.id, ("addresses", "port", "port_group")
            if isinstance(nic.port, str):
                yield "ports", nic.port, ("overridden", "vlan")
    for machine in snapshot.machines:
        yield from _of_machine(machine)
    for host, interface in question.inventory.kernel_interfaces():
        yield "kernel_interfaces", interface.id, ("port", "port_group", "services")
        yield from _attached(question, interface.port_group, interface.port, host.id, switches)
    for host in snapshot.hosts:
        yield "hosts", host.id, ("kernel_interfaces", "name", "physical_nics")
    yield from _of_switches(question, switches)
    # Names and VLANs say which zone a network is; folders, pools and tags which a machine is in.
    yield from (("port_groups", one.id, ("name", "switch", "vlan")) for one in snapshot.port_groups)
    yield from (("switches", one.id, ("name",)) for one in snapshot.switches)
    yield from (("folders", one.id, ("path",)) for one in snapshot.folders)
    yield from (("pools", one.id, ("name", "parent")) for one in snapshot.pools)
    yield "snapshot", "", ("mirror_sessions",)


def _of_machine(machine: Machine) -> Iterator[_Fact]:
    yield "machines", machine.id, ("nics", "passthrough")
    for one in () if isinstance(machine.passthrough, NotRead) else machine.passthrough:
        if isinstance(one.physical_nic, str):
            yield "physical_nics", one.physical_nic, ("name",)


def _of_nic(nic: VirtualNic, machine: str) -> Iterator[_Fact]:
    yield "virtual_nics", nic.id, _NIC
    yield "machines", machine, ("nics", "passthrough")
    for one in () if isinstance(nic.port_filters, NotRead) else nic.port_filters:
        yield "port_filters", one, _FILTER


def _attached(
    question: Question,
    port_group: object,
    port: object,
    host: str | None,
    switches: set[tuple[str, str | None]],
) -> Iterator[_Fact]:
    """Yield the port group and live port of a place; note its switch."""
    group = question.inventory.port_groups.get(port_group) if isinstance(port_group, str) else None
    if group is not None:
        yield "port_groups", group.id, (*_GROUP, "name")
        switches.add((group.switch, group.host or host))
    if isinstance(port, str):
        yield "ports", port, _PORT


def _of_switches(question: Question, used: set[tuple[str, str | None]]) -> Iterator[_Fact]:
    inventory = question.inventory
    names = {switch for switch, _ in used}
    for switch in inventory.snapshot.switches:
        if switch.id not in names and not switch.forwards_between_uplinks:
            continue
        yield "switches", switch.id, _SWITCH
        anywhere = switch.forwards_between_uplinks or (switch.id, None) in used
        for member in () if isinstance(switch.members, NotRead) else switch.members:
            if not anywhere and (switch.id, member.host) not in used:
                continue  # nobody's frames leave the host by this switch
            for uplink in () if isinstance(member.uplinks, NotRead) else member.uplinks:
                yield from (("physical_nics", nic, ("name",)) for nic in uplink.physical_nics)
