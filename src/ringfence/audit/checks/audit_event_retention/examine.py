"""Asks the management server how long it keeps events and tasks."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Outcomes
from ringfence.audit.context import AuditContext
from ringfence.audit.settings import CheckSetting, Value, examine_server

DAYS: Final = 30


def _long_enough(value: Value) -> bool:
    if isinstance(value, str):
        return value.isdecimal() and int(value) >= DAYS
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= DAYS


SETTINGS: Final = (
    CheckSetting(
        key="event.maxAge",
        holds=_long_enough,
        expected=f"at least {DAYS}",
        fault=f"keeps events for less than {DAYS} days",
        right=DAYS,
    ),
    CheckSetting(
        key="task.maxAge",
        holds=_long_enough,
        expected=f"at least {DAYS}",
        fault=f"keeps tasks for less than {DAYS} days",
        right=DAYS,
    ),
)


def examine(context: AuditContext) -> Outcomes:
    """Yield outcomes for both settings of the management server."""
    yield from examine_server(context.targets.server(), context.snapshot.settings, SETTINGS)
