"""Compares each standard port group with those of its name on the other hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.clusters import ClusterHosts, clusters_of_several, standard_groups, usual
from ringfence.audit.context import AuditContext
from ringfence.audit.security import SETTINGS, SettingName, must_reject, setting_of
from ringfence.audit.tagging import vlan_value
from ringfence.foundation.text import counted
from ringfence.model.facts import NotRead, plain
from ringfence.model.network import PortGroup, Vlan


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each standard port group on several hosts."""
    for together in clusters_of_several(context):
        for groups in standard_groups(context, together).values():
            if len(groups) > 1:
                yield from _vlans(context, together, groups)
                for setting in SETTINGS:
                    # Where the standard says reject, every difference is an unsafe value
                    # somewhere, and the check of the setting reports it.
                    if not must_reject(context, setting):
                        yield from _security(context, together, groups, setting)


def _vlans(
    context: AuditContext, together: ClusterHosts, groups: Mapping[str, PortGroup]
) -> Outcomes:
    known: dict[str, Vlan] = {}
    for host, group in groups.items():
        if isinstance(group.vlan, NotRead):
            yield Unread(context.targets.port_group(group), "vlan", group.vlan)
        else:
            known[host] = group.vlan
    if not known:
        return
    expected = usual(known)
    agreeing = sum(vlan == expected for vlan in known.values())
    for host, vlan in known.items():
        target = context.targets.port_group(groups[host])
        if vlan == expected:
            yield Passed(target)
            continue
        yield Failed(
            target=target,
            property="vlan",
            found=vlan_value(vlan),
            expected=vlan_value(expected),
            sentence=f"{target.opening} has VLAN {vlan_value(vlan)}, but {vlan_value(expected)} on "
            f"{counted(agreeing, 'other host')} of cluster {together.cluster.name}.",
            fix=(target.change("vlan", before=plain(vlan), after=plain(expected)),),
            fix_risk="What is attached there changes its network.",
        )


def _security(
    context: AuditContext,
    together: ClusterHosts,
    groups: Mapping[str, PortGroup],
    setting: SettingName,
) -> Outcomes:
    known = dict(_accepting(groups, setting))
    if len(known) < 2:
        return
    expected = usual(known)
    for host, accept in known.items():
        if accept != expected:
            target = context.targets.port_group(groups[host])
            path = f"security.{setting}.accept"
            yield Failed(
                target=target,
                property=path,
                found=accept,
                expected=expected,
                sentence=f"{target.opening} {'accepts' if accept else 'rejects'} "
                f"{setting.replace('_', ' ')}, unlike most hosts of cluster "
                f"{together.cluster.name}.",
                fix=(target.change(path, before=accept, after=expected),),
            )


def _accepting(groups: Mapping[str, PortGroup], setting: SettingName) -> Iterator[tuple[str, bool]]:
    for host, group in groups.items():
        fact = setting_of(group.security, setting)
        if not isinstance(fact, NotRead):
            yield host, fact.accept
