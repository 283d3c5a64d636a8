"""Long sequences of edits, some taken back: after each step the same as asked from nothing.

What a session knows after a step is compared with a question that was never edited, in a header
space of its own: every verdict, and every set by its form over raw values, as certificates hold it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import msgspec

from generated.certified import certified_case
from generated.edits import edited
from generated.network import Network
from ringfence.foundation.errors import UsageError
from ringfence.model.inventory import Inventory
from ringfence.model.snapshot import Snapshot
from ringfence.policy.members import memberships
from ringfence.policy.membership import Membership
from ringfence.reach.field_diagrams import FieldDiagrams
from ringfence.reach.freezing import frozen
from ringfence.reach.question import Question
from ringfence.reach.session import Session

STEPS = 8
BACK = 0.25


def sequence_problem(seed: int) -> str | None:
    """Return where a session over the network of a seed differs from a fresh question."""
    case = certified_case(seed)
    if seed % 2:
        case = replace(case, snapshot=_observed(case.snapshot))
    chance = Random(f"sequence {seed}")
    session = Session(Question(case.snapshot, case.policy, case.memberships), most_undone=3)
    past = [case]
    for step in range(STEPS):
        kind = _step(session, past, chance)
        after = past[-1]
        if session.snapshot != after.snapshot:
            return f"seed {seed}, step {step}, {kind}: the snapshot is another"
        fresh = Question(after.snapshot, after.policy, after.memberships)
        for difference in differences(session.question, fresh):
            return f"seed {seed}, step {step}, {kind}: {difference}"
    return None


def _observed(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of which it is not known who observes whom."""
    return msgspec.structs.replace(snapshot, mirror_sessions=Snapshot(sources=()).mirror_sessions)


def _step(session: Session, past: list[Network], chance: Random) -> str:
    """Make an edit, or take one back; ``past`` ends with the network as it is now."""
    if len(past) > 1 and chance.random() < BACK:
        try:
            session.undo()
        except UsageError:
            return "nothing left to undo"
        past.pop()
        return "undo"
    kind, after = edited(past[-1], chance)
    members = session_members(session, after)
    comparison = session.edit(after.snapshot)
    comparison.effect()
    past.append(replace(after, memberships=members))
    return kind


def session_members(session: Session, after: Network) -> tuple[Membership, ...]:
    """Return the zones after an edit, frozen, told by the policy for what had none."""
    told = memberships(after.policy, Inventory(after.snapshot)).every
    return frozen(session.question.memberships.values(), told)


def differences(edited_question: Question, fresh: Question) -> Iterator[str]:
    """Yield what an edited question says otherwise than one that was never edited."""
    mine, theirs = edited_question.verdicts.every(), fresh.verdicts.every()
    yield from (
        f"{pair} is {mine[pair]}, and from nothing {theirs[pair]}"
        for pair in theirs
        if mine.get(pair) != theirs[pair]
    )
    ours, others = (_form(one) for one in (edited_question, fresh))
    if ours != others:
        names = [name for name in others[0] if ours[0].get(name) != others[0][name]]
        yield f"the sets of {names[:3]} are others"


def _form(question: Question) -> tuple[dict[tuple[str, ...], int], object]:
    """Return every set that verdicts rest on, by its node over raw values, and the nodes."""
    diagrams = FieldDiagrams(question.space)
    found: dict[tuple[str, ...], int] = {}
    for bound in ("lower", "upper"):
        for source, destination in question.verdicts.pairs:
            pair, leaks = (source, destination), question.leaks
            delivered = question.matrix(bound).delivered_with_local(*pair)
            found[(bound, "delivered", *pair)] = diagrams.node(delivered)
            found[(bound, "undeclared", *pair)] = diagrams.node(leaks.undeclared(*pair, bound))
            found[(bound, "uncrossed", *pair)] = diagrams.node(leaks.uncrossed(*pair, bound))
            if bound == "upper":
                found[("answered", *pair)] = diagrams.node(leaks.answered(*pair))
    return found, diagrams.nodes
