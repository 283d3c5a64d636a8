"""A part of a policy's tree as the checks of meaning walk it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ringfence.foundation.errors import PolicyError
from ringfence.policy.document import VLANS
from ringfence.policy.problems import Position, Problem, shown, unknown
from ringfence.policy.selectors import vlan_ranges
from ringfence.policy.validation import Path, dotted
from ringfence.policy.yaml_tree import Node, Scalar, Sequence, Table

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]*")


@dataclass(frozen=True, slots=True)
class Part:
    """A value with its path and the position to blame; ``node`` is ``None`` where it is absent."""

    node: Node | None
    position: Position
    path: Path

    @classmethod
    def of(cls, root: Node) -> Part:
        """Return the whole tree as a part."""
        return cls(root, root.position, ())

    def child(self, *keys: str) -> Part:
        """Return the part below, absent where one of the keys is."""
        part = self
        for key in keys:
            if isinstance(part.node, Table) and key in part.node.entries:
                entry = part.node.entries[key]
                position = entry.node.position if isinstance(entry.node, Scalar) else entry.key
                part = Part(entry.node, position, (*part.path, key))
            else:
                part = Part(None, part.position, (*part.path, key))
        return part

    def named(self) -> Iterator[tuple[str, Part]]:
        """Yield the entries of a mapping, each blamed on its key."""
        if isinstance(self.node, Table):
            for name, entry in self.node.entries.items():
                yield name, Part(entry.node, entry.key, (*self.path, name))

    def items(self) -> Iterator[Part]:
        """Yield the entries of a list; a word alone is a list of one."""
        if isinstance(self.node, Sequence):
            for index, item in enumerate(self.node.items):
                yield Part(item, item.position, (*self.path, index))
        elif isinstance(self.node, Scalar) and self.node.value is not None:
            yield self

    def words(self) -> Iterator[tuple[str, Part]]:
        """Yield the entries of a list that are text."""
        for item in self.items():
            if (text := item.text) is not None:
                yield text, item

    @property
    def given(self) -> bool:
        """Whether it is there and holds something."""
        match self.node:
            case None:
                return False
            case Scalar(value=value):
                return value is not None
            case Sequence(items=items):
                return bool(items)
            case Table(entries=entries):
                return bool(entries)

    @property
    def is_true(self) -> bool:
        """Whether it is there and true."""
        return isinstance(self.node, Scalar) and self.node.value is True

    @property
    def text(self) -> str | None:
        """The text that it holds; ``None`` for anything else."""
        if isinstance(self.node, Scalar) and isinstance(self.node.value, str):
            return self.node.value
        return None

    @property
    def day(self) -> datetime.date | None:
        """The date that it holds, ``None`` for anything else."""
        try:
            return datetime.date.fromisoformat(self.text or "")
        except ValueError:
            return None

    @property
    def name(self) -> str:
        """The path as an operator reads it."""
        return dotted(self.path)

    def problem(self, sentence: str) -> Problem:
        """Return a problem that stands here; the sentence goes on after the path."""
        return Problem(self.position, f"{self.name} {sentence}")


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a policy declares, in the order in which they are written."""

    zones: tuple[str, ...]
    services: tuple[str, ...]
    devices: tuple[str, ...]
    domains: tuple[str, ...]


def names_of(policy: Part) -> Names:
    """Return the names that a policy declares."""
    return Names(
        zones=_names(policy.child("zones")),
        services=_names(policy.child("services")),
        devices=_names(policy.child("devices")),
        domains=_names(policy.child("fabric", "domains")),
    )


def _names(part: Part) -> tuple[str, ...]:
    return tuple(name for name, _ in part.named())


def references(part: Part, what: str, declared: tuple[str, ...]) -> Iterator[Problem]:
    """Yield a problem for each word of a part that is not among the declared names."""
    for word, item in part.words():
        if word not in declared:
            kind = f"a declared {what} (in {item.name})"
            nothing = f"the policy declares no {what}"
            yield Problem(item.position, unknown(kind, word, declared, nothing))


def well_formed(part: Part, parse: Callable[[str], object]) -> Iterator[Problem]:
    """Yield a problem for each word of a part that ``parse`` refuses."""
    for word, item in part.words():
        try:
            parse(word)
        except PolicyError as error:
            yield Problem(item.position, f"{error.what} (in {item.name}).")


def vlan_mistakes(part: Part) -> Iterator[Problem]:
    """Yield a problem for each text of VLANs that has the right form and means none."""
    for item in part.items():
        text = str(item.node.value) if isinstance(item.node, Scalar) else ""
        if re.match(VLANS, text):
            try:
                vlan_ranges(text)
            except PolicyError as error:
                yield Problem(item.position, f"{error.what} (in {item.name}).")


def name_mistakes(part: Part) -> Iterator[Problem]:
    """Yield a problem for each key of a mapping that cannot serve as a name."""
    for name, item in part.named():
        if not _NAME.fullmatch(name):
            sentence = (
                f"{shown(name)} cannot be a name; use letters, digits, spaces and . _ - and begin "
                "with a letter or digit."
            )
            yield Problem(item.position, sentence)
