"""A report format, found by discovery, and what every format is made from."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence import report
from ringfence.audit.finding import Audit
from ringfence.foundation import discovery
from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import close_match, listed
from ringfence.model.inventory import Inventory
from ringfence.policy.document import Policy
from ringfence.policy.membership import Membership
from ringfence.reach.results import Proof

GROUP = "ringfence.report"
"""The entry-point group in which another distribution offers formats."""


@dataclass(frozen=True, slots=True)
class Format:
    """A form in which a report can be told.

    ``render`` is the import string of a function from ``ReportInput`` to text, so that asking
    for the list of formats imports none of their libraries. ``suffix`` ends the name of a file.
    """

    name: str
    description: str
    render: str
    suffix: str


@dataclass(frozen=True)
class ReportInput:
    """Everything that a report tells, read from one snapshot.

    ``proof`` or ``audit`` is ``None`` where it was not asked for, and the report says so.
    ``generated`` is the moment of writing, UTC in ISO 8601.
    """

    inventory: Inventory
    policy: Policy
    memberships: tuple[Membership, ...]
    proof: Proof | None
    audit: Audit | None
    generated: str


def formats() -> tuple[Format, ...]:
    """Return every format that is installed, in order of module name."""
    return tuple(discovery.find_parts(report, "FORMAT", Format, GROUP))


def format_named(name: str) -> Format:
    """Return the format called ``name``.

    Raises ``UsageError`` where there is none.
    """
    found = {each.name: each for each in formats()}
    if name in found:
        return found[name]
    near = close_match(name, found)
    advice = f"Did you mean {near!r}?" if near else f"Choose {listed(found)}."
    raise UsageError(f"There is no report format {name!r}.", advice)


def render(chosen: Format, told: ReportInput) -> str:
    """Return the report in the format ``chosen``, the same text for the same input."""
    text = discovery.load(chosen.render)(told)
    return str(text)
