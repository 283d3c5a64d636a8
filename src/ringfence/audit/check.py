"""What a check is, and what it may say of an object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ringfence.audit.finding import ChecklistItem, Confidence, Severity
from ringfence.model.change import Change
from ringfence.model.facts import NotRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The manifest of a check, the constant ``CHECK`` of its folder.

    ``controls`` are ids of published controls that ask for the same. ``asks`` is the question,
    ``matters`` why it is worth asking, ``remedy`` what to do about a finding, each a sentence or
    two; ``nothing`` says why the check does not apply where it met no object. ``examine`` is the
    import string of a function that takes an ``AuditContext`` and yields outcomes. The file
    ``page.md`` beside that function's module says the rest.
    """

    id: str
    title: str
    item: ChecklistItem
    severity: Severity
    controls: tuple[str, ...]
    asks: str
    matters: str
    remedy: str
    nothing: str
    examine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An object that a check looks at.

    ``label`` names it inside a sentence ("port group CDE-300 on host esx-2"), ``host`` is the name
    of the host it is on, ``zones`` are the zones that it concerns.
    """

    id: str
    name: str
    label: str
    table: str
    host: str = ""
    zones: tuple[str, ...] = ()

    @property
    def opening(self) -> str:
        """The label as the first words of a sentence; a bare name keeps its own letters."""
        if self.label.startswith(self.name):
            return self.label
        return self.label[:1].upper() + self.label[1:]

    def change(self, path: str, before: Any, after: Any) -> Change:
        """Return the change that sets the property ``path`` of this object."""
        return Change(
            object=self.id,
            name=self.name,
            kind="set",
            table=self.table,
            property=path,
            before=before,
            after=after,
        )

    def concerning(self, *zones: str) -> Target:
        """Return the same object, which concerns these zones too."""
        return replace(self, zones=tuple(dict.fromkeys((*self.zones, *zones))))


@dataclass(frozen=True, slots=True)
class Passed:
    """An object that satisfies the check."""

    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An object that does not satisfy the check; fields as those of ``Finding``.

    ``severity`` stands in for the check's own where one object is worse or better than another.
    """

    target: Target
    property: str
    found: Any
    expected: Any
    sentence: str
    severity: Severity | None = None
    confidence: Confidence = "certain"
    evidence: tuple[str, ...] = ()
    fix: tuple[Change, ...] = ()
    fix_risk: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """An object for which the check is UNKNOWN, and the property that was not read."""

    target: Target
    property: str
    why: NotRead


Outcome = Passed | Failed | Unread
Outcomes = Iterator[Outcome]
