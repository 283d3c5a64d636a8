"""Asks the management server whether it sends its events away."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Outcomes
from ringfence.audit.context import AuditContext
from ringfence.audit.settings import CheckSetting, examine_server, is_true

SETTINGS: Final = (
    CheckSetting(
        key="vpxd.event.syslog.enabled",
        holds=is_true,
        expected=True,
        fault="keeps its events to itself",
        right=True,
    ),
)


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for the management server."""
    yield from examine_server(context.targets.server(), context.snapshot.settings, SETTINGS)
