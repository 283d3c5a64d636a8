"""Asks every switch, port group and live port for forged transmits."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Outcomes
from ringfence.audit.context import AuditContext
from ringfence.audit.security import SecurityQuestion, examine_setting

QUESTION: Final = SecurityQuestion(
    setting="forged_transmits",
    words="forged transmits",
    consequence="a machine there can send frames in the name of another",
    risk="A nested hypervisor or a bridging device there loses the frames of what is behind it.",
    bridging_device=True,
)


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each switch, port group and live port."""
    yield from examine_setting(context, QUESTION)
