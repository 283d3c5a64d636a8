"""Counts the physical NICs of each switch on each host, and of each port group."""

from __future__ import annotations

from ringfence.audit.attached import port_groups_on
from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.kernel import is_for_machines, serving_interfaces
from ringfence.audit.wiring import bound_nics, carrying_nics, nic_names, switch_members
from ringfence.foundation.text import counted, listed
from ringfence.model.facts import NotRead
from ringfence.model.network import SwitchMember, VirtualSwitch


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each switch on each host, and for each port group that narrows it."""
    management = _of_management(context)
    for switch in context.vsphere_switches:
        if isinstance(switch.members, NotRead):
            yield Unread(context.targets.switch(switch), "members", switch.members)
        for member in switch_members(switch):
            yield from _member(context, switch, member, management)


def _member(
    context: AuditContext,
    switch: VirtualSwitch,
    member: SwitchMember,
    management: set[tuple[str, str]],
) -> Outcomes:
    target = context.targets.switch(switch, member.host)
    path = f"members[{member.host}].uplinks"
    nics = bound_nics(member)
    if isinstance(nics, NotRead):
        yield Unread(target, path, nics)
    elif not nics:
        return
    elif len(nics) >= context.policy.standards.nics.teaming.at_least:
        yield Passed(target)
        yield from _port_groups(context, switch, member.host, management)
    elif not any(
        (group.id, member.host) in management
        for group in port_groups_on(context.inventory, switch.id, member.host)
    ):
        names = nic_names(context.inventory, nics)
        yield Failed(
            target=target,
            property=path,
            found=names,
            expected=f"at least {context.policy.standards.nics.teaming.at_least}",
            sentence=f"{target.opening} depends on {counted(len(nics), 'physical NIC')} "
            f"({listed(names)}).",
        )


def _port_groups(
    context: AuditContext, switch: VirtualSwitch, host: str, management: set[tuple[str, str]]
) -> Outcomes:
    """Yield the port groups whose own teaming leaves fewer NICs than the switch has."""
    at_least = context.policy.standards.nics.teaming.at_least
    for group in port_groups_on(context.inventory, switch.id, host):
        target = context.targets.port_group(group)
        nics = carrying_nics(context.inventory, group, host)
        if (group.id, host) in management:
            continue
        if isinstance(nics, NotRead):
            yield Unread(target, "teaming", nics)
        elif len(nics) >= at_least:
            yield Passed(target)
        else:
            names = nic_names(context.inventory, nics)
            on = "" if group.host else f" on host {context.targets.short_names.get(host, host)}"
            yield Failed(
                target=target,
                property=f"teaming[{host}]",
                found=names,
                expected=f"at least {at_least}",
                sentence=f"{target.opening} uses {counted(len(nics), 'physical NIC')} "
                f"({listed(names) or 'none'}){on}, with no other in reserve.",
            )


def _of_management(context: AuditContext) -> set[tuple[str, str]]:
    """Return the port groups and hosts whose NICs `management.physical-nics` counts."""
    return {
        (serving.group.id, serving.host.id)
        for serving in serving_interfaces(context)
        if "management" in serving.services and not is_for_machines(context, serving.group)
    }
