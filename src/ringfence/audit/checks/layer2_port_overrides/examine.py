"""Asks distributed port groups what their ports may set for themselves."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.network import PortOverrides

# What a port could change about who reaches whom, then what only changes how well.
DECISIVE: Final = {
    "vlan": "VLAN",
    "security": "security policy",
    "mac_management": "MAC policy",
    "filters": "traffic filter",
}
OTHER: Final = {
    "teaming": "teaming",
    "flow_monitoring": "flow monitoring",
    "live_moving": "moving while connected",
    "resource_pool": "network resource pool",
}


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each distributed port group."""
    for group in context.port_groups:
        if group.overrides is None:
            continue
        target = context.targets.port_group(group)
        if isinstance(group.overrides, NotRead):
            yield Unread(target, "overrides", group.overrides)
        else:
            yield _judged(target, group.overrides)


def _judged(target: Target, overrides: PortOverrides) -> Failed | Passed:
    allowed = [name for name in (*DECISIVE, *OTHER) if getattr(overrides, name)]
    if not allowed:
        return Passed(target)
    words = DECISIVE | OTHER
    return Failed(
        target=target,
        property="overrides",
        found=allowed,
        expected=[],
        sentence=f"{target.opening} lets single ports override "
        f"{listed([words[name] for name in allowed], most=8)}.",
        severity="high" if set(allowed) & set(DECISIVE) else "medium",
        fix=tuple(target.change(f"overrides.{name}", before=True, after=False) for name in allowed),
        fix_risk="Ports that override keep their settings until they are reset.",
    )
