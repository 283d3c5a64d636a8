"""Compares each host's time servers with the declared ones, and with its neighbours'."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.clusters import usual
from ringfence.audit.context import AuditContext
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each host."""
    for host in context.inventory.hosts.values():
        target = context.targets.host(host)
        if isinstance(host.time_servers, NotRead):
            yield Unread(target, "time_servers", host.time_servers)
        else:
            yield _judged(context, target, host, host.time_servers)


def _judged(
    context: AuditContext, target: Target, host: Host, servers: tuple[str, ...]
) -> Failed | Passed:
    declared = context.policy.standards.logging.time_servers
    strangers = [name for name in servers if declared and name not in declared]
    expected = declared or _of_neighbours(context, host)
    if not servers:
        says = "takes its time from no server"
    elif strangers:
        says = f"takes its time from {listed(strangers)}, which the policy does not declare"
    elif set(servers) != set(_of_neighbours(context, host)):
        expected = _of_neighbours(context, host)
        says = f"takes its time from {listed(servers)}, most of its cluster from {listed(expected)}"
    else:
        return Passed(target)
    return Failed(
        target=target,
        property="time_servers",
        found=list(servers),
        expected=list(expected) or "a time server",
        sentence=f"{target.opening} {says}.",
        fix=(target.change("time_servers", before=list(servers), after=list(expected)),)
        if expected
        else (),
    )


def _of_neighbours(context: AuditContext, host: Host) -> tuple[str, ...]:
    """Return what most hosts of the cluster have; a host alone agrees with itself."""
    together = {
        each.id: each.time_servers
        for each in context.inventory.hosts.values()
        if (each.cluster == host.cluster and each.cluster is not None) or each.id == host.id
        if not isinstance(each.time_servers, NotRead)
    }
    return usual({identity: tuple(sorted(servers)) for identity, servers in together.items()})
