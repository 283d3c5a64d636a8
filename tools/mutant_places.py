"""Where a module can be changed, which places come first, and what a change comes to."""

from __future__ import annotations

import ast
import difflib
from random import Random
from typing import NamedTuple


class Place(NamedTuple):
    """Where a module can be changed: the how-manieth place of those for an operator."""

    module: str
    operator: str
    occurrence: int


def in_turn(every: dict[str, list[Place]], seed: int) -> list[Place]:
    """Return places by chance, one of every module first, then of each as its size asks."""
    chance = Random(seed)  # noqa: S311 (nothing is kept secret with it)
    ordered: list[tuple[float, float, Place]] = []
    for _, places in sorted(every.items()):
        shuffled = chance.sample(places, len(places))
        ordered.extend(
            (number / len(shuffled), chance.random(), place)
            for number, place in enumerate(shuffled)
        )
    return [place for _, _, place in sorted(ordered, key=lambda each: each[:2])]


def meaning(code: str) -> str | None:
    """Return the program without annotations and docstrings, ``None`` where it is none."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
    return ast.dump(tree)


def changed(before: str, after: str) -> tuple[int, str, str]:
    """Return the number of the first line that differs, and what differs there, was and is."""
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    _, first, last, start, end = next(one for one in matcher.get_opcodes() if one[0] != "equal")
    return first + 1, _joined(old[first:last]), _joined(new[start:end])


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)
