"""What was not read, gathered so that a thousand objects with one reason are one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ringfence.audit.finding import Undecided
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead, Reason
from ringfence.report.format import ReportInput
from ringfence.report.view.wording import ended

REASONS: Final[dict[Reason, str]] = {
    "no-permission": "the account may not read it",
    "not-supported": "this system or version does not have it",
    "not-collected": "the source does not give it, or was told not to read it",
    "changed-while-reading": "it would not stand still while it was read",
    "fault": "the system answered with an error",
    "not-understood": "it was read, and what it means is not known here",
}


def why_text(why: NotRead) -> str:
    """Return why something was not read, with the detail where it says more."""
    if why.reason == "not-collected" and why.detail:
        return why.detail
    return f"{REASONS[why.reason]} ({why.detail})" if why.detail else REASONS[why.reason]


def undecided_sentences(undecided: Iterable[Undecided]) -> tuple[str, ...]:
    """Return what was not read as sentences, objects with the same gap joined."""
    groups: dict[tuple[str, NotRead], list[str]] = {}
    for each in undecided:
        groups.setdefault((each.property, each.why), []).append(each.name)
    return tuple(
        ended(f"Not read: {path} of {listed(names)}; {why_text(why)}")
        for (path, why), names in groups.items()
    )


@dataclass(frozen=True, slots=True)
class UnreadGroup:
    """Objects of which the same property was not read for the same reason.

    ``depends`` names the checks that are UNKNOWN for it.
    """

    property: str
    why: str
    names: tuple[str, ...]
    depends: tuple[str, ...]


def unread_groups(told: ReportInput) -> tuple[UnreadGroup, ...]:
    """Return what was asked for and not read, the widest gap first."""
    names: dict[tuple[str, NotRead], dict[str, str]] = {}
    depends: dict[tuple[str, NotRead], dict[str, None]] = {}
    for object_id, name, path, why, check in _unread(told):
        key = (path, why)
        names.setdefault(key, {})[object_id] = name
        if check:
            depends.setdefault(key, {})[check] = None
    groups = [
        UnreadGroup(
            property=path,
            why=why_text(why),
            names=tuple(sorted(objects.values())),
            depends=tuple(depends.get((path, why), ())),
        )
        for (path, why), objects in names.items()
    ]
    return tuple(sorted(groups, key=lambda group: (-len(group.names), group.property)))


def _unread(told: ReportInput) -> Iterator[tuple[str, str, str, NotRead, str]]:
    for entry in told.inventory.snapshot.unread:
        yield entry.object, entry.name, entry.property, entry.why, ""
    if told.audit is not None:
        for result in told.audit.results:
            for each in result.undecided:
                yield each.object, each.name, each.property, each.why, result.check
