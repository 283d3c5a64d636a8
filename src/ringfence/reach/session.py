"""A question that is edited again and again: each edit is answered from what was known before.

Every verdict is known after each step, and equal to what a proof from nothing would say. A step
shares with the one before it all that the edit does not touch, and holds no reference to it: steps
that can be undone are kept here, a bounded number of them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from ringfence.foundation.errors import UsageError
from ringfence.model.change import apply
from ringfence.reach.comparing import Comparison
from ringfence.reach.freezing import frozen_after
from ringfence.reach.question import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ringfence.model.change import Change
    from ringfence.model.snapshot import Snapshot
    from ringfence.reach.results import Verdict
    from ringfence.reach.verdicts import Pair

_MOST_UNDONE: Final = 32


class Session:
    """Holds a question, edits it, tells what each edit does, and can take edits back.

    ``most_undone`` edits can be taken back at most. Raises ``BudgetExceededError`` where the sets
    of headers outgrow their memory.
    """

    def __init__(self, question: Question, most_undone: int = _MOST_UNDONE) -> None:
        self.question = question
        self._earlier: deque[Question] = deque(maxlen=most_undone)
        question.verdicts.every()

    @property
    def verdicts(self) -> Mapping[Pair, Verdict]:
        """The verdict of every ordered pair of zones now."""
        return self.question.verdicts.every()

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot with all edits made."""
        return self.question.snapshot

    def apply(self, changes: Iterable[Change]) -> Comparison:
        """Make changes, and return the comparison with before: ``Comparison.effect`` tells all.

        Raises ``ChangeRefusedError`` where they do not fit the snapshot, and nothing is changed.
        """
        return self.edit(apply(self.snapshot, changes))

    def edit(self, snapshot: Snapshot) -> Comparison:
        """Put a snapshot in the place of the one that it was made from, zones as they were."""
        comparison = Comparison(self.question, edited(self.question, snapshot))
        after = comparison.after
        after.verdicts.every()
        self._earlier.append(self.question)
        self.question = after
        return comparison

    def undo(self) -> None:
        """Take the last edit back; raises ``UsageError`` where none is left that can be."""
        if not self._earlier:
            message = "No edit is left that could be taken back."
            raise UsageError(message, "Start again from the snapshot.")
        self.question = self._earlier.pop()


def edited(question: Question, snapshot: Snapshot) -> Question:
    """Return the same question of an edited snapshot, zones as they were."""
    known = question.inventory
    after = Question(snapshot, question.policy, question.memberships, known)
    after.memberships = frozen_after(question.memberships, known, after.inventory, question.policy)
    return after
