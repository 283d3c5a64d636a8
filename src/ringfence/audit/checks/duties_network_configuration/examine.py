"""Compares the holders of the right to change networks with the declared ones."""

from __future__ import annotations

from ringfence.audit.check import Outcomes
from ringfence.audit.context import AuditContext
from ringfence.audit.undeclared import examine_capability


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each principal that is no administrator."""
    yield from examine_capability(context, "configure-networks", "change networks")
