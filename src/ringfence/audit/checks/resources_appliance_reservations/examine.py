"""Compares the reservations of declared devices with what they are given."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.resources import RESOURCES, UNITS, WORDS, Resource, given, share
from ringfence.model.facts import NotRead
from ringfence.model.machines import Machine
from ringfence.policy.members import device_of


def examine(context: AuditContext) -> Outcomes:
    """Yield outcomes for CPU and memory of each machine that is a declared device."""
    standard = context.policy.standards.resources.security_appliances
    for machine in _appliances(context):
        for resource in RESOURCES:
            wanted = standard.cpu_reservation if resource == "cpu" else standard.memory_reservation
            if wanted is not None:
                yield from _judged(context, machine, resource, wanted)


def _judged(context: AuditContext, machine: Machine, resource: Resource, wanted: str) -> Outcomes:
    target = context.targets.machine(machine)
    allocation = machine.cpu if resource == "cpu" else machine.memory
    whole = given(context, machine, resource)
    if isinstance(allocation, NotRead):
        yield Unread(target, resource, allocation)
        return
    if isinstance(whole, NotRead):
        yield Unread(target, f"{resource}_given", whole)
        return
    enough = share(wanted, whole)
    if allocation.reservation >= enough:
        yield Passed(target)
        return
    path, unit = f"{resource}.reservation", UNITS[resource]
    found = f"{allocation.reservation:,} {unit}" if allocation.reservation else "nothing"
    yield Failed(
        target=target,
        property=path,
        found=allocation.reservation,
        expected=enough,
        sentence=f"Security appliance {machine.name} has {found} of {WORDS[resource]} reserved, "
        f"expected {enough:,} {unit} ({wanted} of what it is given).",
        fix=(target.change(path, before=allocation.reservation, after=enough),),
        fix_risk="The cluster must have that much left.",
    )


def _appliances(context: AuditContext) -> Iterator[Machine]:
    names = device_of(context.policy).values()
    read = {device.machine for device in context.inventory.devices.values()}
    for machine in context.inventory.machines.values():
        named = any(matches(machine.name) for matches in names)
        if machine.template is not True and (named or machine.id in read):
            yield machine
