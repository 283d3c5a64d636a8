"""Compares the members of each distributed switch, cluster by cluster."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.clusters import ClusterHosts, clusters_of_several, usual
from ringfence.audit.context import AuditContext
from ringfence.audit.wiring import switch_members
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.network import SwitchMember, VirtualSwitch


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each host of a cluster that a distributed switch spans."""
    clusters = list(clusters_of_several(context))
    for switch in context.distributed_switches:
        if isinstance(switch.members, NotRead):
            yield Unread(context.targets.switch(switch), "members", switch.members)
            continue
        for together in clusters:
            yield from _membership(context, switch, together)


def _membership(context: AuditContext, switch: VirtualSwitch, together: ClusterHosts) -> Outcomes:
    hosts = {host.id: host for host in together.hosts}
    members = {member.host: member for member in switch_members(switch) if member.host in hosts}
    if not members:
        return
    target = context.targets.switch(switch)
    for identity, host in hosts.items():
        if identity not in members:
            yield Failed(
                target=target,
                property=f"members[{identity}]",
                found=None,
                expected=host.name,
                sentence=f"{context.targets.host(host).opening} is no member of {target.label}, as "
                f"the others of cluster {together.cluster.name} are.",
            )
    yield from _uplinks(context, switch, members)
    yield from _mtu(context, switch, members)


def _uplinks(
    context: AuditContext, switch: VirtualSwitch, members: dict[str, SwitchMember]
) -> Outcomes:
    target = context.targets.switch(switch)
    wired: dict[str, tuple[str, ...]] = {}
    for identity, member in members.items():
        if isinstance(member.uplinks, NotRead):
            yield Unread(target, f"members[{identity}].uplinks", member.uplinks)
        else:
            bound = (uplink.name for uplink in member.uplinks if uplink.physical_nics)
            wired[identity] = tuple(sorted(bound))
    if not wired:
        return
    expected = usual(wired)
    for identity, used in wired.items():
        if used == expected:
            yield Passed(target)
            continue
        yield Failed(
            target=target,
            property=f"members[{identity}].uplinks",
            found=used,
            expected=expected,
            sentence=f"Host {context.targets.short_names[identity]} uses {_named(used)} of "
            f"{target.label}, most others {_named(expected)}.",
        )


def _mtu(
    context: AuditContext, switch: VirtualSwitch, members: dict[str, SwitchMember]
) -> Outcomes:
    """Compare what hosts tell; the switch sets one MTU, so that silence is no difference."""
    target = context.targets.switch(switch)
    told = {
        identity: member.mtu
        for identity, member in members.items()
        if not isinstance(member.mtu, NotRead)
    }
    if not told:
        return
    expected = usual(told)
    for identity, mtu in told.items():
        if mtu != expected:
            yield Failed(
                target=target,
                property=f"members[{identity}].mtu",
                found=mtu,
                expected=expected,
                sentence=f"{target.opening} has an MTU of {mtu} on host "
                f"{context.targets.short_names[identity]}, {expected} on the others.",
                severity="medium",
            )


def _named(uplinks: tuple[str, ...]) -> str:
    return listed(uplinks) or "no uplink"
