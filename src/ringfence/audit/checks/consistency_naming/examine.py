"""Compares names of networks with the rule of the policy."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.clusters import usual
from ringfence.audit.context import AuditContext
from ringfence.audit.tagging import vlan_value
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.network import PortGroup

PLACEHOLDER = re.compile(r"\{(zone|vlan|switch|cluster)\}|\*")


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each machine network, once for all hosts that have it."""
    rule = context.policy.standards.naming
    if rule is None:
        return
    for groups in _networks(context):
        group = groups[0]
        target = context.targets.port_group(group)
        zones = [z for z in context.attached.zones_of(group) if not context.is_infrastructure(z)]
        vlans = {each.id: each.vlan for each in groups if not isinstance(each.vlan, NotRead)}
        if "{vlan}" in rule and not vlans:
            yield Unread(target, "vlan", _reason(group))
            continue
        number = str(vlan_value(usual(vlans))) if vlans else ""
        expected = [_written(context, rule, group, zone, number) for zone in zones]
        if any(_fits(pattern, group.name) for pattern in expected):
            yield Passed(target)
            continue
        yield Failed(
            target=target,
            property="name",
            found=group.name,
            expected=expected,
            sentence=f"Network {group.name} of zone {listed(zones)} should be called "
            f"{listed(expected)}.",
            fix_risk="Machines and scripts may know the network by its name.",
        )


def _networks(context: AuditContext) -> Iterator[list[PortGroup]]:
    """Yield the port groups of zones without a role, those of one name and cluster together."""
    found: dict[tuple[str, str], list[PortGroup]] = defaultdict(list)
    for group in context.port_groups:
        zones = context.attached.zones_of(group)
        if zones and not all(map(context.is_infrastructure, zones)):
            host = context.inventory.hosts.get(group.host or "")
            place = group.switch if host is None else host.cluster or host.id
            found[group.name, place].append(group)
    yield from (found[key] for key in sorted(found))


def _written(context: AuditContext, rule: str, group: PortGroup, zone: str, vlan: str) -> str:
    switch = context.inventory.switches.get(group.switch)
    host = context.inventory.hosts.get(group.host or "")
    cluster = context.inventory.clusters.get(host.cluster or "") if host else None
    words = {
        "zone": zone,
        "vlan": vlan,
        "switch": switch.name if switch else "*",
        "cluster": cluster.name if cluster else "*",
    }
    return PLACEHOLDER.sub(lambda match: words[match[1]] if match[1] else "*", rule)


def _fits(pattern: str, name: str) -> bool:
    """Compare without regard to case: a rule is about words, not letters."""
    parts = [re.escape(part) for part in pattern.split("*")]
    return re.fullmatch(".*".join(parts), name, re.IGNORECASE) is not None


def _reason(group: PortGroup) -> NotRead:
    return group.vlan if isinstance(group.vlan, NotRead) else NotRead(reason="not-collected")
