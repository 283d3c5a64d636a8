"""Asks each host for the service by its key."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Outcomes
from ringfence.audit.context import AuditContext
from ringfence.audit.services import ServiceQuestion, examine_service

QUESTION: Final = ServiceQuestion(
    key="TSM",
    words="The shell",
    consequence="whoever reaches the console can change the host unseen",
)


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each host that has the service."""
    yield from examine_service(context, QUESTION)
