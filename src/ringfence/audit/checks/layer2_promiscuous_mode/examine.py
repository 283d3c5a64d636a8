"""Asks every switch, port group and live port for promiscuous mode."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Outcomes
from ringfence.audit.context import AuditContext
from ringfence.audit.security import SecurityQuestion, examine_setting

QUESTION: Final = SecurityQuestion(
    setting="promiscuous",
    words="promiscuous mode",
    consequence="a machine there sees the frames of all others of its VLAN on that host",
    risk="A network sensor or a nested hypervisor there stops seeing the frames of others.",
    bridging_device=True,
)


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each switch, port group and live port."""
    yield from examine_setting(context, QUESTION)
