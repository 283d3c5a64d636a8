"""What a verb found, ready to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ringfence.audit.finding import Audit
from ringfence.operations.outcome import Outcome
from ringfence.operations.subject import Subject
from ringfence.reach.results import Proof


@dataclass(frozen=True)
class Result:
    """A proof, an audit or both, and how bad the worst in it is.

    ``proof`` or ``audit`` is ``None`` where it was not asked for.
    """

    subject: Subject
    outcome: Outcome
    proof: Proof | None = None
    audit: Audit | None = None

    def verdicts(self) -> list[dict[str, Any]]:
        """Return the verdict of each pair of zones, as JSON would hold it."""
        pairs = () if self.proof is None else self.proof.pairs
        return [
            {"from": one.source, "to": one.destination, "verdict": one.verdict} for one in pairs
        ]
