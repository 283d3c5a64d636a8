"""The rules for frames on bridges, as ``ebtables-save`` writes them (ebtables(8)).

libvirt's network filters become such rules. They are read from the kernel, not worked out from the
filters: what is in force counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ringfence.model.facts import NotRead

ACCEPT: Final = "ACCEPT"
DROP: Final = "DROP"
RETURN: Final = "RETURN"
CONTINUE: Final = "CONTINUE"
NEGATED: Final = "!"
_WHOLE: Final = "# Completed"
_BUILT_IN: Final = frozenset(
    ("PREROUTING", "OUTPUT", "POSTROUTING", "INPUT", "FORWARD", "BROUTING")
)
MOST_DEEP: Final = 8
"""Chains below each other that are followed."""

Matches = Callable[["FrameRule"], bool | None]
"""Whether a rule matches a frame; ``None`` where it may or may not."""


@dataclass(frozen=True, slots=True)
class FrameRule:
    """A rule: its conditions by option (``--ip-src``), and where its frames go.

    ``open`` are conditions that are not understood, ``changes`` tells that more may happen to the
    frame than ``target`` says.
    """

    text: str
    options: Mapping[str, str]
    target: str
    open: tuple[str, ...] = ()
    changes: bool = False


@dataclass(frozen=True, slots=True)
class FrameChain:
    """A chain: its rules in order, and what becomes of frames that none of them decides on."""

    name: str
    policy: str
    rules: tuple[FrameRule, ...]


Chains = Mapping[str, FrameChain]


def frame_tables(text: str) -> Mapping[str, Chains] | NotRead:
    """Return the chains of each table by name; ``NotRead`` for what was cut off or is odd."""
    tables: dict[str, dict[str, FrameChain]] = {}
    chains: dict[str, FrameChain] = {}
    whole = True
    for line in filter(None, map(str.strip, text.splitlines())):
        words = line.split()
        if line.startswith("*"):
            chains, whole = tables.setdefault(line[1:], {}), False
        elif line.startswith(_WHOLE):
            whole = True
        elif line.startswith(":") and len(words) == 2:
            chains[words[0][1:]] = FrameChain(words[0][1:], words[1], ())
        elif words[0] == "-A" and len(words) > 1 and words[1] in chains:
            known = chains[words[1]]
            rules = (*known.rules, _rule(line, words[2:]))
            chains[known.name] = FrameChain(known.name, known.policy, rules)
        elif not line.startswith("#"):
            detail = f"ebtables-save: {line[:80]!r} is not understood"
            return NotRead(reason="not-understood", detail=detail)
        elif "incompatible" in line:
            return NotRead(reason="not-understood", detail=f"ebtables-save: {line[1:].strip()}")
    if not whole:
        return NotRead(reason="not-understood", detail="the output of ebtables-save is cut off")
    return tables


def _rule(text: str, words: list[str]) -> FrameRule:
    end = words.index("-j") if "-j" in words else len(words)
    asked, then = words[:end], words[end + 1 :]
    options: dict[str, str] = {}
    opened: tuple[str, ...] = ()
    for place in range(0, len(asked), 2):
        option, *value = asked[place : place + 2]
        plain = option.startswith("-") and value and not value[0].startswith(("-", NEGATED))
        if not plain or option in options:
            # What is negated, or stands alone, shifts all that follows.
            opened = (" ".join(asked[place:]),)
            break
        options[option] = value[0]
    # What follows a target are its own words, as for a mark or another address.
    return FrameRule(text, options, then[0] if then else CONTINUE, opened, changes=len(then) > 1)


def outcomes(chains: Chains, name: str, matches: Matches, depth: int = 0) -> frozenset[str]:
    """Return what may become of a frame in a chain: ``ACCEPT``, ``DROP``, or ``RETURN``."""
    chain = chains.get(name)
    if chain is None or depth > MOST_DEEP:
        return frozenset((ACCEPT, DROP))
    found: set[str] = set()
    for rule in chain.rules:
        matched = False if rule.target == CONTINUE and not rule.changes else matches(rule)
        if matched is False:
            continue
        if rule.changes:
            return frozenset((ACCEPT, DROP))
        if rule.target in {ACCEPT, DROP, RETURN}:
            ends = {rule.target}
        else:
            ends = set(outcomes(chains, rule.target, matches, depth + 1))
            matched = matched if RETURN not in ends else None
            ends.discard(RETURN)
        found |= ends
        if matched:
            return frozenset(found)
    return frozenset({*found, chain.policy})


def by_port(chains: Chains, hook: str, option: str) -> Mapping[str, str] | None:
    """Return the chain that all frames of each interface go through at a hook.

    ``None`` where rules there do anything else.
    """
    base = chains.get(hook)
    found: dict[str, str] = {}
    for rule in () if base is None else base.rules:
        port = rule.options.get(option)
        only = set(rule.options) == {option} and not rule.open and not rule.changes
        if port is None or not only or port in found or rule.target not in chains:
            return None
        found[port] = rule.target
    return found if base is None or base.policy == ACCEPT else None


def is_idle(chains: Chains) -> bool:
    """Tell whether the hooks of a table let everything by."""
    hooks = (chain for name, chain in chains.items() if name in _BUILT_IN)
    return all(not chain.rules and chain.policy == ACCEPT for chain in hooks)
