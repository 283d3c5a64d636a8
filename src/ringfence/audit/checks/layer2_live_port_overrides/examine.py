"""Asks live ports what they set for themselves."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.security import (
    SETTINGS,
    accepts,
    disagreements,
    distributed_ports,
    must_reject,
    unread_ports,
)
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.network import Port, TrunkVlan

WORDS: Final = {
    "vlan": "VLAN",
    "security": "security policy",
    "mac-management": "MAC policy",
    "filters": "traffic filter",
    "teaming": "teaming",
}


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each live port."""
    yield from unread_ports(context)
    for port in distributed_ports(context):
        target = context.targets.port(port)
        if isinstance(port.overridden, NotRead):
            yield Unread(target, "overridden", port.overridden)
            continue
        own = [name for name in port.overridden if name in WORDS]
        untold = [name for name in own if not _told_elsewhere(context, port, name)]
        if untold:
            words = listed([WORDS[name] for name in untold])
            yield Failed(
                target=target,
                property="overridden",
                found=own,
                expected=[],
                sentence=f"{target.opening} has a {words} of its own, not its port group's.",
                severity="medium" if untold == ["teaming"] else None,
                fix=(target.change("overridden", before=own, after=[]),),
                fix_risk="What is connected there gets the settings of its port group.",
            )
        elif not own:
            yield Passed(target)


def _told_elsewhere(context: AuditContext, port: Port, name: str) -> bool:
    """Tell whether the check of the value itself reports what this override does."""
    if name == "vlan":
        forbidden = context.policy.standards.vlans.trunk_to_machine == "forbidden"
        return forbidden and isinstance(port.vlan, TrunkVlan)
    if name in {"security", "mac-management"}:
        unsafe = any(
            must_reject(context, setting) and accepts(port.security, setting)
            for setting in SETTINGS
        )
        return unsafe or bool(disagreements(port.security, port.deprecated_security))
    return False
