"""Compares VLAN numbers with the reserved ranges."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.tagging import numbers_of, range_text, vlan_value
from ringfence.model.facts import NotRead
from ringfence.model.network import NoVlan, TrunkVlan
from ringfence.policy.selectors import in_ranges, vlan_ranges


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each port group with a VLAN number."""
    reserved = tuple(
        part for text in context.policy.standards.vlans.reserved for part in vlan_ranges(text)
    )
    for group in context.port_groups:
        if group.backing != "vlan" or isinstance(group.vlan, NoVlan | TrunkVlan):
            continue
        target = context.targets.port_group(group)
        if isinstance(group.vlan, NotRead):
            yield Unread(target, "vlan", group.vlan)
            continue
        used = [number for number in numbers_of(group.vlan) if in_ranges(number, reserved)]
        if not used:
            yield Passed(target)
            continue
        inside = next(part for part in reserved if in_ranges(used[0], (part,)))
        yield Failed(
            target=target,
            property="vlan",
            found=vlan_value(group.vlan),
            expected=f"a VLAN outside {range_text(reserved)}",
            sentence=f"{target.opening} uses VLAN {used[0]}, which lies in the reserved range "
            f"{range_text((inside,))}.",
        )
