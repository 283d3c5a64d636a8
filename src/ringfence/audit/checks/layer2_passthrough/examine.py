"""Looks for physical NICs and virtual functions that were given to machines."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead
from ringfence.model.machines import Machine, PassthroughDevice, VirtualNic


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each machine that is no template."""
    for machine in context.inventory.machines.values():
        if machine.template is True:
            continue
        outcomes = [*_devices(context, machine), *_functions(context, machine)]
        yield from outcomes or [Passed(context.targets.machine(machine))]


def _devices(context: AuditContext, machine: Machine) -> Outcomes:
    target = context.targets.machine(machine)
    if isinstance(machine.passthrough, NotRead):
        yield Unread(target, "passthrough", machine.passthrough)
        return
    for device in machine.passthrough:
        path = f"passthrough[{device.id}]"
        if device.physical_nic is None:
            continue
        sure = not isinstance(device.physical_nic, NotRead)
        name = _nic_name(context, device)
        what = name if sure else f"{name} of its host, perhaps a NIC,"
        yield Failed(
            target=target,
            property=path,
            found=name,
            expected="no physical NIC",
            sentence=f"{machine.name} has {what} to itself: past the virtual switch it "
            "reaches every VLAN of that wire.",
            confidence="certain" if sure else "likely",
            fix_risk="The machine loses this connection.",
        )


def _functions(context: AuditContext, machine: Machine) -> Outcomes:
    target = context.targets.machine(machine)
    if isinstance(machine.nics, NotRead):
        yield Unread(target, "nics", machine.nics)
        return
    for nic in machine.nics:
        if nic.sriov:
            yield Failed(
                target=target,
                property=f"nics[{nic.id}].sriov",
                found=True,
                expected=False,
                sentence=f"{nic.label} of {machine.name} is a virtual function "
                f"{_of_which(context, nic)}: the filters of its port group do not hold it.",
                severity="medium",
                fix_risk="The machine loses this connection.",
            )


def _of_which(context: AuditContext, nic: VirtualNic) -> str:
    found = context.inventory.physical_nics.get(nic.physical_nic or "")
    return "of a physical NIC" if found is None else f"of {found[1].name} on host {found[0].name}"


def _nic_name(context: AuditContext, device: PassthroughDevice) -> str:
    nic = device.physical_nic
    found = None if isinstance(nic, NotRead) else context.inventory.physical_nics.get(nic or "")
    if found is None:
        return device.label
    return f"physical NIC {found[1].name} of host {context.targets.short_names[found[0].id]}"
