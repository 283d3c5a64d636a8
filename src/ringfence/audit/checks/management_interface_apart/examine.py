"""Compares the network of each serving kernel interface with the roles of zones."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.kernel import is_for_machines, serving_interfaces, unread_interfaces
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each kernel interface that serves something."""
    yield from unread_interfaces(context)
    for serving in serving_interfaces(context):
        path = f"{serving.path}.port_group"
        zones = context.attached.zones_of(serving.group)
        perhaps = [
            zone
            for zone in context.attached.may_be_of(serving.group)
            if not context.is_infrastructure(zone)
        ]
        if is_for_machines(context, serving.group):
            yield Failed(
                target=serving.target,
                property=path,
                found=serving.group.name,
                expected="a network of a zone with a role",
                sentence=f"{serving.target.opening} serves {listed(serving.services)} on "
                f"port group {serving.group.name}, a network of zone {listed(zones)}.",
                fix_risk="Make sure that the host stays reachable by another interface.",
            )
        elif perhaps:
            detail = f"port group {serving.group.name} may be a network of {listed(perhaps)}"
            yield Unread(serving.target, path, NotRead(reason="not-collected", detail=detail))
        else:
            yield Passed(serving.target)
