"""Looks for machines on the networks of serving kernel interfaces."""

from __future__ import annotations

from collections import defaultdict

from ringfence.audit.attached import NicOfMachine, unread_nics
from ringfence.audit.check import Failed, Outcome, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.kernel import is_for_machines, serving_interfaces, unread_interfaces
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.network import PortGroup

UNDECIDED = NotRead(reason="not-collected", detail="the zone of the machine is not decided")


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each network of the infrastructure, and for each machine on one."""
    yield from unread_interfaces(context)
    services: dict[str, set[str]] = defaultdict(set)
    for serving in serving_interfaces(context):
        services[serving.group.id] |= set(serving.services)
    for identity, serves in sorted(services.items()):
        group = context.inventory.port_groups[identity]
        if is_for_machines(context, group):
            # The interface is the stranger there, and another check says so.
            continue
        outcomes = [
            _judged(context, group, each, listed(sorted(serves)))
            for each in context.attached.nics.get(identity, ())
            if not _belongs(context, group, each)
        ]
        yield from outcomes or [Passed(context.targets.port_group(group))]
    if services:
        for machine, why in unread_nics(context.inventory):
            yield Unread(context.targets.machine(machine), "nics", why)


def _belongs(context: AuditContext, group: PortGroup, attached: NicOfMachine) -> bool:
    """Tell whether the machine is declared to stand there: by its own zone, or as a device."""
    _, nic = attached
    member = context.attached.membership.get(nic.id)
    if member is None:
        return False
    if member.device is not None:
        return True
    return member.standing == "agreed" and member.zone in context.attached.zones_of(group)


def _judged(
    context: AuditContext, group: PortGroup, attached: NicOfMachine, serves: str
) -> Outcome:
    machine, nic = attached
    member = context.attached.membership.get(nic.id)
    target = context.targets.virtual_nic(machine, nic)
    if member is not None and member.standing in {"unread", "ambiguous"}:
        why = NotRead(reason="not-collected", detail="; ".join(member.reasons) or UNDECIDED.detail)
        return Unread(target, f"nics[{nic.id}].port_group", why)
    path = f"nics[{nic.id}].connected"
    return Failed(
        target=target,
        property=f"nics[{nic.id}].port_group",
        found=group.name,
        expected="a network of the zone of the machine",
        sentence=f"{target.label} is attached to port group {group.name}, which hosts use for "
        f"{serves}.",
        fix=(target.change(path, before=nic.connected is True, after=False),),
        fix_risk="The machine loses this connection; attach it to its own network instead.",
    )
