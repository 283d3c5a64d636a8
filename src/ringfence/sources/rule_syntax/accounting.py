"""How each line of a file was read: exactly, bounded, irrelevant or not understood."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ringfence.model.rules import Chain, NotUnderstood, ReadFile, Rule, UnmodelledMatch


def comments(text: str, mark: str = "#") -> set[int]:
    """Return the numbers of lines that say nothing: blank ones, and those that begin by a mark."""
    lines = enumerate(map(str.strip, text.splitlines()), 1)
    return {number for number, line in lines if not line or line.startswith(mark)}


def accounted(
    name: str,
    text: str,
    met: Iterable[Chain],
    notes: Iterable[NotUnderstood],
    irrelevant: Collection[int],
) -> ReadFile:
    """Return how the lines of ``text`` were read, given the chains that packets may meet.

    ``irrelevant`` are numbers of lines, if nothing else is said of them. A line is not understood
    where ``notes`` say so, bounded where one of its rules has a condition or an action that is not
    modelled, and modelled otherwise.
    """
    count = len(text.splitlines())
    refused = {note.line: note for note in notes if note.line is not None}
    bounded: dict[int, NotUnderstood] = {}
    for chain in met:
        for rule in chain.rules:
            if rule.line is not None and rule.line not in refused and rule.line not in bounded:
                why = open_in(rule)
                if why:
                    bounded[rule.line] = NotUnderstood(line=rule.line, text=rule.text, why=why)
    idle = len(set(irrelevant) - refused.keys() - bounded.keys())
    return ReadFile(
        name=name,
        lines=count,
        modelled=count - idle - len(refused) - len(bounded),
        irrelevant=idle,
        bounded=tuple(bounded[number] for number in sorted(bounded)),
        not_understood=tuple(refused[number] for number in sorted(refused)),
    )


def accounted_entries(
    name: str,
    count: int,
    chains: Iterable[Chain],
    notes: Collection[NotUnderstood],
    irrelevant: int = 0,
) -> ReadFile:
    """Return how the ``count`` entries of a file that is no text were read, as ``accounted``."""
    bounded = {
        rule.line or (chain.id, rule.number): NotUnderstood(line=rule.line, text=rule.text, why=why)
        for chain in chains
        for rule in chain.rules
        if (why := open_in(rule))
    }
    refused = len(notes)
    return ReadFile(
        name=name,
        lines=count,
        modelled=count - len(bounded) - refused - irrelevant,
        irrelevant=irrelevant,
        bounded=tuple(bounded.values()),
        not_understood=tuple(notes),
    )


def open_in(rule: Rule) -> str:
    """Return what of a rule may hold or not, nothing where it is exact."""
    if rule.action == "unmodelled":
        return "it may accept, refuse or change packets"
    texts = dict.fromkeys(one.text for one in rule.conditions if isinstance(one, UnmodelledMatch))
    return f"it may match or not: {', '.join(texts)}" if texts else ""
