"""Compares which standard port groups the hosts of a cluster have."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.clusters import (
    ClusterHosts,
    clusters_of_several,
    networks_unread,
    standard_groups,
    usual,
)
from ringfence.audit.context import AuditContext
from ringfence.foundation.text import counted
from ringfence.model.change import Change
from ringfence.model.facts import plain
from ringfence.model.hosts import Host
from ringfence.model.network import PortGroup


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each host that lacks a port group, and for each odd port group."""
    unread = networks_unread(context)
    for together in clusters_of_several(context):
        by_name = standard_groups(context, together)
        read = []
        for host in together.hosts:
            why = unread.get(host.id)
            if why is None:
                read.append(host)
            elif by_name:
                yield Unread(context.targets.host(host), "port_groups", why)
        for name, groups in sorted(by_name.items()):
            yield from _judged(context, together, read, name, groups)


def _judged(
    context: AuditContext,
    together: ClusterHosts,
    read: list[Host],
    name: str,
    groups: Mapping[str, PortGroup],
) -> Outcomes:
    lacking = [host for host in read if host.id not in groups]
    having = len(groups)
    if not lacking:
        for host in read:
            yield Passed(context.targets.host(host))
    elif having >= len(lacking):
        for host in lacking:
            yield _missing(context, together, host, groups)
    else:
        for group in groups.values():
            target = context.targets.port_group(group)
            yield Failed(
                target=target,
                property="name",
                found=name,
                expected="a port group that the other hosts have",
                sentence=f"{target.opening} is missing on {counted(len(lacking), 'other host')} of "
                f"cluster {together.cluster.name}.",
            )


def _missing(
    context: AuditContext, together: ClusterHosts, host: Host, groups: Mapping[str, PortGroup]
) -> Failed:
    model = next(iter(groups.values()))
    zones = context.attached.zones_of(model)
    target = context.targets.host(host).concerning(*zones)
    return Failed(
        target=target,
        property=f"port_groups[{model.name}]",
        found=None,
        expected=model.name,
        sentence=f"{target.opening} lacks port group {model.name}, which "
        f"{counted(len(groups), 'other host')} of cluster {together.cluster.name} "
        f"{'has' if len(groups) == 1 else 'have'}.",
        fix=tuple(_addition(context, host, groups)),
    )


def _addition(
    context: AuditContext, host: Host, groups: Mapping[str, PortGroup]
) -> tuple[Change, ...]:
    """Return the addition of the usual port group, where the host has the usual switch."""
    switches = context.inventory.switches
    names = {each: switches[group.switch].name for each, group in groups.items()}
    name = usual(names)
    here = [switches[each].id for each, on in context.inventory.members if on == host.id]
    same = [each for each in here if switches[each].name == name]
    if len(same) != 1:
        return ()
    model = next(group for each, group in groups.items() if names[each] == name)
    identity = model.id.replace(model.host or "", host.id)
    record = msgspec.structs.replace(model, id=identity, host=host.id, switch=same[0])
    return (
        Change(
            object=identity, name=model.name, kind="add", table="port_groups", after=plain(record)
        ),
    )
