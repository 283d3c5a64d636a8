"""Decision diagrams as header sets need them: one small interface, with two libraries behind it.

`HeaderSpace` asks for nothing else. oxidd is what the proof uses; CUDD (extra ``cross-check``)
answers the same questions with code of other authors, so that tests can compare the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeVar

from oxidd.bcdd import BCDDFunction, BCDDManager, BCDDSubstitution
from oxidd.util import DDMemoryError

from ringfence.foundation.errors import BudgetExceededError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CACHE: Final = 1 << 20


class HeaderSet(Protocol):
    """A set of headers: sets of one space are equal exactly when they hold the same headers.

    A complement with ``~`` may hold codes that no packet has: ``HeaderSpace.complement`` does not.
    """

    def __and__(self, other: Self, /) -> Self: ...
    def __or__(self, other: Self, /) -> Self: ...
    def __invert__(self) -> Self: ...


Node = TypeVar("Node", bound=HeaderSet)


class Diagrams(Protocol[Node]):
    """A library of decision diagrams; variables are numbered from 0, which is on top."""

    false: Node
    true: Node

    def variables(self, count: int) -> list[Node]:
        """Return the ``count`` variables of a new manager, from the top."""

    def choose(self, variable: Node, yes: Node, no: Node) -> Node:
        """Return ``yes`` where ``variable`` is 1 and ``no`` where it is 0."""

    def exists(self, one: Node, numbers: Sequence[int]) -> Node:
        """Return where ``one`` holds for some values of the variables called ``numbers``."""

    def exchange(self, one: Node, pairs: Mapping[int, int]) -> Node:
        """Return ``one`` with each variable of ``pairs`` replaced by its partner, all at once."""

    def holds(self, one: Node, values: Mapping[int, bool]) -> bool:
        """Tell whether ``one`` holds where every variable has its value."""

    def pick(self, one: Node) -> Mapping[int, bool] | None:
        """Return values for which ``one`` holds (what is left out is free), or ``None``."""

    def size(self, one: Node) -> int:
        """Return how many nodes ``one`` has."""


class _Budgeted:
    """Tells a diagram that outgrows its memory as a ``BudgetExceededError``."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DDMemoryError):
            raise budget_exceeded() from error


_BUDGETED: Final = _Budgeted()


def budgeted() -> _Budgeted:
    """Return what is entered to tell a diagram that outgrows its memory as such."""
    return _BUDGETED


def budget_exceeded() -> BudgetExceededError:
    """Return the error that says that the sets outgrew their memory."""
    message = "The sets of packet headers outgrew the memory that they were given."
    return BudgetExceededError(message, "Prove fewer zone pairs at a time, or give more memory.")


class OxiddDiagrams:
    """Diagrams with complement edges by oxidd, in one thread, with room for ``nodes`` nodes.

    ``cache`` is how many results of operations are remembered.
    """

    def __init__(self, nodes: int, cache: int = _CACHE) -> None:
        self._manager = BCDDManager(nodes, min(cache, nodes), 1)
        self._variables: list[BCDDFunction] = []
        self._exchanges: dict[tuple[tuple[int, int], ...], BCDDSubstitution] = {}
        self.false: BCDDFunction = self._manager.false()
        self.true: BCDDFunction = self._manager.true()

    def variables(self, count: int) -> list[BCDDFunction]:
        """Return the variables."""
        self._variables = [self._manager.var(one) for one in self._manager.add_vars(count)]
        return self._variables

    def choose(self, variable: BCDDFunction, yes: BCDDFunction, no: BCDDFunction) -> BCDDFunction:
        """Return one or the other, by a variable."""
        return variable.ite(yes, no)

    def exists(self, one: BCDDFunction, numbers: Sequence[int]) -> BCDDFunction:
        """Return where some values make it hold."""
        cube = self.true
        for number in sorted(numbers, reverse=True):
            cube = self._variables[number] & cube
        return one.exists(cube)

    def exchange(self, one: BCDDFunction, pairs: Mapping[int, int]) -> BCDDFunction:
        """Return it with variables replaced."""
        key = tuple(pairs.items())
        exchange = self._exchanges.get(key)
        if exchange is None:
            partners = [(number, self._variables[partner]) for number, partner in key]
            # Results are remembered for each substitution: one that is made anew knows of none.
            exchange = self._exchanges[key] = BCDDFunction.make_substitution(partners)
        return one.substitute(exchange)

    def holds(self, one: BCDDFunction, values: Mapping[int, bool]) -> bool:
        """Tell whether it holds."""
        return one.eval(list(values.items()))

    def pick(self, one: BCDDFunction) -> Mapping[int, bool] | None:
        """Return values for which it holds."""
        cube = one.pick_cube()
        if cube is None:
            return None
        return {number: bool(bit) for number, bit in enumerate(cube) if bit is not None}

    def size(self, one: BCDDFunction) -> int:
        """Return the count of its nodes."""
        return one.node_count()


class CuddDiagrams:
    """Diagrams by CUDD, through dd; raises ``MissingExtraError`` where dd is not installed."""

    def __init__(self, nodes: int) -> None:
        try:
            from dd.cudd import BDD  # noqa: PLC0415 (an extra, only asked for by who compares)
        except ImportError as error:
            message = "Comparing with CUDD needs the package dd."
            raise MissingExtraError(message, "Install ringfence[cross-check].") from error
        self._nodes = nodes
        # The library's nodes have no types.
        self._manager: Any = BDD()
        self._manager.configure(reordering=False)
        self.false: Any = self._manager.false
        self.true: Any = self._manager.true

    def variables(self, count: int) -> list[Any]:
        """Return the variables."""
        names = [str(number) for number in range(count)]
        self._manager.declare(*names)
        return [self._manager.var(name) for name in names]

    def choose(self, variable: Any, yes: Any, no: Any) -> Any:
        """Return one or the other; raises ``BudgetExceededError`` past the nodes allowed."""
        if len(self._manager) > self._nodes:
            raise budget_exceeded()
        return self._manager.ite(variable, yes, no)

    def exists(self, one: Any, numbers: Sequence[int]) -> Any:
        """Return where some values make it hold."""
        return self._manager.exist([str(number) for number in numbers], one)

    def exchange(self, one: Any, pairs: Mapping[int, int]) -> Any:
        """Return it with variables replaced."""
        partners = {str(old): self._manager.var(str(new)) for old, new in pairs.items()}
        return self._manager.let(partners, one)

    def holds(self, one: Any, values: Mapping[int, bool]) -> bool:
        """Tell whether it holds."""
        held = self._manager.let({str(number): bit for number, bit in values.items()}, one)
        return bool(held == self.true)

    def pick(self, one: Any) -> Mapping[int, bool] | None:
        """Return values for which it holds."""
        picked = self._manager.pick(one)
        return None if picked is None else {int(name): bool(bit) for name, bit in picked.items()}

    def size(self, one: Any) -> int:
        """Return the count of its nodes."""
        return int(one.dag_size)
