"""Counts the physical NICs behind management, and looks for what else they carry."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.kernel import (
    Serving,
    is_for_machines,
    serving_interfaces,
    unread_interfaces,
)
from ringfence.audit.wiring import carrying_nics, nic_names
from ringfence.foundation.text import counted, listed
from ringfence.model.facts import NotRead
from ringfence.model.network import PortGroup


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each switch that carries management, on each host."""
    yield from unread_interfaces(context)
    seen = set()
    for serving in serving_interfaces(context):
        place = (serving.host.id, serving.group.switch)
        if "management" not in serving.services or place in seen:
            continue
        if not is_for_machines(context, serving.group):
            seen.add(place)
            yield from _judged(context, serving)


def _judged(context: AuditContext, serving: Serving) -> Outcomes:
    inventory, host = context.inventory, serving.host
    switch = inventory.switches.get(serving.group.switch)
    whole = context.targets.host(host)
    target = whole if switch is None else context.targets.switch(switch, host.id)
    path = f"members[{host.id}].uplinks"
    nics = carrying_nics(inventory, serving.group, host.id)
    if isinstance(nics, NotRead):
        yield Unread(target, path, nics)
        return
    standard = context.policy.standards.nics.management
    names = nic_names(inventory, nics)
    only = f"{counted(len(nics), 'physical NIC')} ({listed(names)})" if names else "no physical NIC"
    if len(nics) < standard.at_least:
        yield Failed(
            target=target,
            property=path,
            found=names,
            expected=f"at least {standard.at_least}",
            sentence=f"Management of {whole.label} depends on {only}; the policy wants at least "
            f"{standard.at_least}.",
        )
    else:
        yield Passed(target)
    if standard.dedicated:
        yield from _shared(context, serving, target, set(nics))


def _shared(context: AuditContext, serving: Serving, target: Target, nics: set[str]) -> Outcomes:
    inventory, host = context.inventory, serving.host
    path = f"members[{host.id}].port_groups"
    strangers: list[PortGroup] = []
    for groups in context.attached.wired_alike.get(serving.group.switch, ()):
        carrying = carrying_nics(inventory, groups[0], host.id)
        if isinstance(carrying, NotRead):
            yield Unread(target, path, carrying)
            return
        if nics & set(carrying):
            strangers += (group for group in groups if _is_strange(context, group))
    if strangers:
        names = sorted(group.name for group in strangers)
        zones = (zone for group in strangers for zone in context.attached.zones_of(group))
        yield Failed(
            target=target.concerning(*zones),
            property=path,
            found=names,
            expected="networks of management and the infrastructure only",
            sentence=f"The physical NICs of management on host "
            f"{context.targets.short_names[host.id]} carry {listed(names)} too.",
        )


def _is_strange(context: AuditContext, group: PortGroup) -> bool:
    """Tell whether a port group is for machines of zones, or of no zone at all."""
    if context.attached.zones_of(group):
        return is_for_machines(context, group)
    return bool(context.attached.nics.get(group.id))
