"""Asks every switch, port group and live port for changed MAC addresses."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Outcomes
from ringfence.audit.context import AuditContext
from ringfence.audit.security import SecurityQuestion, examine_setting

QUESTION: Final = SecurityQuestion(
    setting="mac_changes",
    words="changed MAC addresses",
    consequence="a machine there can take the address of another and receive what is sent to it",
    risk="A cluster that moves a MAC address between machines stops working there.",
    bridging_device=False,
)


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each switch, port group and live port."""
    yield from examine_setting(context, QUESTION)
