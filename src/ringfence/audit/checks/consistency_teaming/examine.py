"""Counts the physical NICs of each switch on each host, and of each port group."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.kernel import is_for_machines, serving_interfaces
from ringfence.audit.wiring import bound_nics, carrying_nics, nic_names, switch_members
from ringfence.foundation.text import counted, listed
from ringfence.model.facts import NotRead
from ringfence.model.network import PortGroup, SwitchMember, VirtualSwitch


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each switch on each host, and for each port group."""
    management = _of_management(context)
    for switch in context.vsphere_switches:
        if isinstance(switch.members, NotRead):
            yield Unread(context.targets.switch(switch), "members", switch.members)
        enough = []
        for member in switch_members(switch):
            for outcome in _member(context, switch, member, management):
                yield outcome
                if isinstance(outcome, Passed):
                    enough.append(member.host)
        for alike in context.attached.wired_alike.get(switch.id, ()):
            yield from _port_groups(context, alike, enough, management)


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
    elif not any(
        (group.id, member.host) in management
        for group in context.attached.port_groups.get(switch.id, ())
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
    context: AuditContext,
    alike: tuple[PortGroup, ...],
    hosts: list[str],
    management: set[tuple[str, str]],
) -> Outcomes:
    """Yield port groups that use the same uplinks, on hosts whose switch has NICs enough."""
    at_least = context.policy.standards.nics.teaming.at_least
    few: dict[str, tuple[str, ...]] = {}
    for host in hosts:
        nics = carrying_nics(context.inventory, alike[0], host)
        if isinstance(nics, NotRead):
            for group in alike:
                yield Unread(context.targets.port_group(group), "teaming", nics)
            return
        if len(nics) < at_least:
            few[host] = nic_names(context.inventory, nics)
    for group in alike:
        target = context.targets.port_group(group)
        told = {host: names for host, names in few.items() if (group.id, host) not in management}
        if told:
            yield _failed(context, group, told)
        elif hosts:
            yield Passed(target)


def _failed(context: AuditContext, group: PortGroup, few: dict[str, tuple[str, ...]]) -> Failed:
    target = context.targets.port_group(group)
    hosts = [context.targets.short_names.get(host, host) for host in few]
    names = next(iter(few.values()))
    on = "" if group.host else f" on {counted(len(hosts), 'host')} ({listed(hosts)})"
    return Failed(
        target=target,
        property="teaming",
        found=names,
        expected=f"at least {context.policy.standards.nics.teaming.at_least}",
        sentence=f"{target.opening} uses {counted(len(names), 'physical NIC')} "
        f"({listed(names) or 'none'}){on}, with no other in reserve.",
    )


def _of_management(context: AuditContext) -> set[tuple[str, str]]:
    """Return the port groups and hosts whose NICs `management.physical-nics` counts."""
    return {
        (serving.group.id, serving.host.id)
        for serving in serving_interfaces(context)
        if "management" in serving.services and not is_for_machines(context, serving.group)
    }
