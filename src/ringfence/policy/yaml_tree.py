"""YAML read into a tree in which every key and value knows its line and column.

The tree is built from the parser's events, so that its own limits apply before anything is
expanded: size, depth, and the number of values with aliases written out, against "billion laughs".
Scalars are resolved as YAML 1.2 does, and as editors do: ``no`` is text, ``010`` is ten.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from ringfence.foundation.text import for_terminal
from ringfence.policy.problems import Position, Problem, shown

MOST_BYTES: Final = 4 * 1024**2
MOST_VALUES: Final = 200_000
DEEPEST: Final = 40

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]{1,3})?")
_WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text, a number, true, false, or nothing."""

    value: str | int | float | bool | None
    position: Position


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping; keys are the text that was written, whatever it looks like."""

    entries: Mapping[str, Entry]
    position: Position


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's position and its value."""

    key: Position
    node: Node


Node = Scalar | Sequence | Table


def plain(node: Node) -> Any:
    """Return a tree as dictionaries, lists and scalars."""
    match node:
        case Table(entries=entries):
            return {key: plain(entry.node) for key, entry in entries.items()}
        case Sequence(items=items):
            return [plain(item) for item in items]
        case Scalar(value=value):
            return value


def read_tree(content: bytes, file: str) -> tuple[Node | None, list[Problem]]:
    """Return the tree of one YAML document, and every problem of its form.

    The tree is ``None`` where the text has no tree: empty, not UTF-8, a syntax error, or beyond
    the limits. ``file`` is the name that positions carry.
    """
    start = Position(file, 1, 1)
    if len(content) > MOST_BYTES:
        sentence = f"the file has {len(content):,} bytes, more than {MOST_BYTES:,} are refused."
        return None, [Problem(start, sentence)]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = error.start - before.rfind(b"\n")
        sentence = f"byte {content[error.start]:#04x} is not UTF-8; save the file as UTF-8."
        return None, [Problem(Position(file, before.count(b"\n") + 1, column), sentence)]
    builder = _Builder(file)
    problem = _built(builder, text)
    if problem is None and builder.root is None:
        problem = Problem(start, "the file is empty.")
    if problem is not None:
        return None, [*builder.problems, problem]
    return builder.root, builder.problems


def _built(builder: _Builder, text: str) -> Problem | None:
    """Build the tree of ``text``; return what stopped that, if anything did."""
    try:
        builder.read(text)
    except yaml.MarkedYAMLError as error:
        return _syntax_problem(error, builder.file)
    except yaml.reader.ReaderError as error:
        return _character_problem(error, text, builder.file)
    except _LimitReachedError as error:
        return error.problem
    return None


def _syntax_problem(error: yaml.MarkedYAMLError, file: str) -> Problem:
    position = _position(error.problem_mark or error.context_mark, file)
    said = ", ".join(part for part in (error.context, error.problem) if part)
    return Problem(position, f"this is not YAML: {for_terminal(said)}.")


def _character_problem(error: yaml.reader.ReaderError, text: str, file: str) -> Problem:
    before = text[: error.position]
    position = Position(file, before.count("\n") + 1, error.position - before.rfind("\n"))
    code = error.character if isinstance(error.character, int) else ord(error.character[0])
    return Problem(position, f"the character U+{code:04X} is not allowed in YAML.")


def _position(mark: Any, file: str) -> Position:
    """Return the position of a parser's mark; the first line where it has none."""
    return Position(file, 1, 1) if mark is None else Position(file, mark.line + 1, mark.column + 1)


class _LimitReachedError(Exception):
    """The document is larger than any policy; reading it stops."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end was not met yet."""

    position: Position
    anchor: str | None
    is_table: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    key: tuple[str, Position] | None = None
    dropping: bool = False
    is_key: bool = False
    size: int = 1


@dataclass(slots=True)
class _Builder:
    """Builds the tree from events, without recursion."""

    file: str
    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    documents: int = 0
    values: int = 0

    def read(self, text: str) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        events: Iterator[yaml.Event] = yaml.parse(text, Loader=loader)
        for event in events:
            self.take(event)

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents == 2:
                    sentence = "a second document begins here; one file holds one."
                    self.problem(event, sentence)
            case yaml.ScalarEvent():
                self.scalar(event)
            case yaml.AliasEvent():
                self.alias(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self.open(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.close()
            case _:
                pass  # the stream and the document end by themselves

    def problem(self, event: yaml.Event, sentence: str) -> None:
        self.problems.append(Problem(_position(event.start_mark, self.file), sentence))

    def grow(self, size: int, position: Position) -> None:
        self.values += size
        if self.values > MOST_VALUES:
            sentence = (
                f"the file has more than {MOST_VALUES:,} values once its aliases are written out; "
                "that is refused."
            )
            raise _LimitReachedError(Problem(position, sentence))

    def refuse_tag(self, event: yaml.NodeEvent, tag: str | None) -> None:
        # "!" only says that a scalar is not to be resolved.
        if tag not in (None, "!"):
            sentence = f"the tag {shown(tag)} is not allowed; a policy holds plain values only."
            self.problem(event, sentence)

    def scalar(self, event: yaml.ScalarEvent) -> None:
        self.refuse_tag(event, event.tag)
        position = _position(event.start_mark, self.file)
        if self.takes_key():
            self.key(event.value, position)
            return
        # A plain scalar may stand for a number or a word; a quoted one is always text.
        value = _resolved(event.value) if event.implicit[0] else event.value
        self.grow(1, position)
        self.add(Scalar(value, position), 1, event.anchor)

    def alias(self, event: yaml.AliasEvent) -> None:
        position = _position(event.start_mark, self.file)
        known = self.anchors.get(event.anchor or "")
        if known is None:
            sentence = (
                f"the alias {shown(event.anchor)} names nothing that is complete before it; "
                "define the anchor above, outside of itself."
            )
            self.problem(event, sentence)
            known = (Scalar(None, position), 1)
        node, size = known
        if self.takes_key():
            self.key(str(node.value) if isinstance(node, Scalar) else "", position)
            return
        self.grow(size, position)
        self.add(node, size, None)

    def takes_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].is_table and self.stack[-1].key is None

    def key(self, text: str, position: Position) -> None:
        top = self.stack[-1]
        top.key = (text, position)
        self.grow(1, position)
        if text == "<<":
            sentence = 'merge keys ("<<") are not supported; use extends, or write it out.'
            self.problems.append(Problem(position, sentence))
            top.dropping = True
        elif text in top.entries:
            first = top.entries[text].key
            sentence = f"{shown(text)} is given twice; the first time in line {first.line}."
            self.problems.append(Problem(position, sentence))
            top.dropping = True

    def open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        self.refuse_tag(event, event.tag)
        position = _position(event.start_mark, self.file)
        if len(self.stack) >= DEEPEST:
            sentence = f"values are nested more than {DEEPEST} deep here; that is refused."
            raise _LimitReachedError(Problem(position, sentence))
        self.grow(1, position)
        opened = _Open(position, event.anchor, isinstance(event, yaml.MappingStartEvent))
        if self.takes_key():
            self.problem(event, "a key must be text, not a list or mapping.")
            self.stack[-1].key, self.stack[-1].dropping = ("", position), True
            opened.is_key = True
        self.stack.append(opened)

    def close(self) -> None:
        done = self.stack.pop()
        if done.is_key:
            return
        node: Node
        if done.is_table:
            node = Table(done.entries, done.position)
        else:
            node = Sequence(tuple(done.items), done.position)
        self.add(node, done.size, done.anchor)

    def add(self, node: Node, size: int, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = (node, size)
        if not self.stack:
            self.root = self.root or node
            return
        top = self.stack[-1]
        top.size += size
        if not top.is_table:
            top.items.append(node)
            return
        if top.key is not None and not top.dropping:
            text, position = top.key
            top.entries[text] = Entry(position, node)
        top.key, top.dropping = None, False


def _resolved(text: str) -> str | int | float | bool | None:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
