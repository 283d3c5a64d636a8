"""Looks at the services of each management interface."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed
from ringfence.audit.context import AuditContext
from ringfence.audit.kernel import serving_interfaces, unread_interfaces
from ringfence.foundation.text import listed


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each kernel interface that answers management."""
    yield from unread_interfaces(context)
    for serving in serving_interfaces(context):
        if "management" not in serving.services:
            continue
        target = serving.target
        others = tuple(service for service in serving.services if service != "management")
        if not others:
            yield Passed(target)
            continue
        path = f"{serving.path}.services"
        yield Failed(
            target=target,
            property=path,
            found=serving.services,
            expected=("management",),
            sentence=f"{target.opening} answers management and carries {listed(others)} too.",
            fix=(target.change(path, before=list(serving.services), after=["management"]),),
            fix_risk=f"Give {listed(others)} another kernel interface first.",
        )
