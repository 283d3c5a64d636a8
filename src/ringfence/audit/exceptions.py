"""Exceptions: findings that a person accepted, for a time."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec

from ringfence.audit.check import Check
from ringfence.audit.discovery import is_named
from ringfence.audit.finding import Accepted, Finding
from ringfence.policy.document import DeclaredException, Policy


def with_acceptance(
    finding: Finding, check: Check, exceptions: Sequence[DeclaredException]
) -> Finding:
    """Return the finding, accepted by the first exception that fits it.

    ``control`` of an exception is a check's id or one of its controls; ``object`` is a pattern for
    the object's name, its id, or ``host/name``.
    """
    for exception in exceptions:
        if is_named(check, exception.control) and _is_object(finding, exception.object):
            accepted = Accepted(
                owner=exception.owner,
                reason=exception.reason,
                expires=exception.expires.isoformat(),
            )
            return msgspec.structs.replace(finding, accepted=accepted)
    return finding


def valid_on(policy: Policy, today: datetime.date) -> tuple[DeclaredException, ...]:
    """Return the exceptions that still apply on that day; the last day is included."""
    return tuple(each for each in policy.exceptions if each.expires >= today)


def expired_on(policy: Policy, today: datetime.date) -> tuple[str, ...]:
    """Return a sentence for each exception that no longer applies on that day."""
    return tuple(
        f"The exception of {each.owner} for {each.control} on {each.object} "
        f"expired on {each.expires.isoformat()} and no longer applies."
        for each in policy.exceptions
        if each.expires < today
    )


def _is_object(finding: Finding, pattern: str) -> bool:
    names = (finding.name, finding.object, f"{finding.host}/{finding.name}")
    return any(fnmatchcase(name, pattern) for name in names)
