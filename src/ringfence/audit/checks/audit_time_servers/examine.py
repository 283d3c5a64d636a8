"""Compares each host's time servers with the declared ones, and with its neighbours'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.clusters import usual
from ringfence.audit.context import AuditContext
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each host."""
    common = _of_clusters(context)
    for host in context.inventory.hosts.values():
        target = context.targets.host(host)
        if isinstance(host.time_servers, NotRead):
            yield Unread(target, "time_servers", host.time_servers)
        else:
            servers = host.time_servers
            yield _judged(context, target, servers, common.get(host.cluster or "", servers))


def _judged(
    context: AuditContext, target: Target, servers: tuple[str, ...], common: tuple[str, ...]
) -> Failed | Passed:
    """Judge the servers of a host; ``common`` are those of most hosts of its cluster."""
    declared = context.policy.standards.logging.time_servers
    strangers = [name for name in servers if declared and name not in declared]
    expected = declared or common
    if not servers:
        says = "takes its time from no server"
    elif strangers:
        says = f"takes its time from {listed(strangers)}, which the policy does not declare"
    elif set(servers) != set(common):
        expected = common
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


def _of_clusters(context: AuditContext) -> Mapping[str, tuple[str, ...]]:
    """Return the time servers that most hosts of each cluster have."""
    found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for host in context.inventory.hosts.values():
        if host.cluster is not None and not isinstance(host.time_servers, NotRead):
            found[host.cluster][host.id] = tuple(sorted(host.time_servers))
    return {cluster: usual(servers) for cluster, servers in found.items()}
