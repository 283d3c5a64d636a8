"""Trees of policy files put together: files of one folder joined, a policy laid over its base."""

from __future__ import annotations

from typing import Final

from ringfence.policy.problems import Problem
from ringfence.policy.validation import Path, dotted
from ringfence.policy.yaml_tree import Entry, Node, Scalar, Sequence, Table

REMOVABLE: Final[frozenset[Path]] = frozenset({("zones",), ("devices",), ("fabric", "domains")})


def joined(first: Node, second: Node, path: Path = ()) -> tuple[Node, list[Problem]]:
    """Return two files of one folder as one tree, and where they contradict each other.

    Mappings are joined key by key, lists one after the other; a single value may be given in both
    only if it is the same.
    """
    if isinstance(first, Table) and isinstance(second, Table):
        entries, problems = dict(first.entries), []
        for key, entry in second.entries.items():
            if key not in entries:
                entries[key] = entry
                continue
            node, found = joined(entries[key].node, entry.node, (*path, key))
            entries[key] = Entry(entries[key].key, node)
            problems += found
        return Table(entries, first.position), problems
    if isinstance(first, Sequence) and isinstance(second, Sequence):
        return Sequence(first.items + second.items, first.position), []
    if isinstance(first, Scalar) and isinstance(second, Scalar) and first.value == second.value:
        return first, []
    sentence = f"{dotted(path)} is given here and at {first.position}, and the two differ."
    return first, [Problem(second.position, sentence)]


def laid_over(base: Node, over: Node, path: Path = ()) -> Node:
    """Return a base with a policy laid over it.

    Mappings are merged key by key; anything else in ``over`` takes the place of what the base
    has. ``null`` in the place of a zone, a device or a domain takes it away.
    """
    if not isinstance(base, Table) or not isinstance(over, Table):
        return over
    entries = dict(base.entries)
    for key, entry in over.entries.items():
        below = entries.get(key)
        if below is None:
            entries[key] = entry
        elif path in REMOVABLE and _is_nothing(entry.node):
            del entries[key]
        else:
            entries[key] = Entry(entry.key, laid_over(below.node, entry.node, (*path, key)))
    return Table(entries, over.position)


def without(node: Node, key: str) -> Node:
    """Return a mapping without one of its keys."""
    if not isinstance(node, Table):
        return node
    entries = {name: entry for name, entry in node.entries.items() if name != key}
    return Table(entries, node.position)


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None
