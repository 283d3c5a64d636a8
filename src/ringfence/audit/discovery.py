"""The checks that are installed, found and not listed."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final, get_args

from ringfence.audit import checks
from ringfence.audit.check import Check
from ringfence.audit.finding import ChecklistItem
from ringfence.foundation.discovery import find_parts
from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import close_match

GROUP: Final = "ringfence.checks"
"""The entry-point group by which another distribution adds checks."""

ITEMS: Final[tuple[ChecklistItem, ...]] = get_args(ChecklistItem)
"""The checklist items in their order."""


def all_checks() -> tuple[Check, ...]:
    """Return every installed check, in order of checklist item and id."""
    found = find_parts(checks, "CHECK", Check, GROUP)
    return tuple(sorted(found, key=lambda check: (ITEMS.index(check.item), check.id)))


def find_check(identity: str) -> Check:
    """Return the check with this id. Raises ``UsageError`` where there is none."""
    for check in all_checks():
        if check.id == identity:
            return check
    raise _no_such_check(identity)


def chosen_checks(only: Sequence[str] = (), exclude: Sequence[str] = ()) -> tuple[Check, ...]:
    """Return the checks that match a pattern of ``only`` (all without) and none of ``exclude``.

    Patterns are check ids, checklist items or control ids, with ``*`` for any text. Raises
    ``UsageError`` for one that matches no check, since it would silently choose nothing.
    """
    found = all_checks()
    for pattern in (*only, *exclude):
        if not any(is_named(check, pattern) for check in found):
            raise _no_such_check(pattern)
    return tuple(
        check
        for check in found
        if (not only or any(is_named(check, pattern) for pattern in only))
        and not any(is_named(check, pattern) for pattern in exclude)
    )


def is_named(check: Check, pattern: str) -> bool:
    """Tell whether ``pattern`` is the check's id, its checklist item, or one of its controls."""
    return any(fnmatchcase(name, pattern) for name in (check.id, check.item, *check.controls))


def _no_such_check(name: str) -> UsageError:
    near = close_match(name, [check.id for check in all_checks()] + list(ITEMS))
    advice = f'Did you mean "{near}"?' if near else "'ringfence audit --list' lists them."
    return UsageError(f'No check is called "{name}".', advice)
