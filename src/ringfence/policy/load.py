"""Load a policy: one file or a folder of files, laid over the policies that it extends.

Everything that is wrong is reported at once, each mistake with file, line and column.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from importlib import resources
from pathlib import Path
from typing import Final

from ringfence.foundation.errors import PolicyError
from ringfence.foundation.text import counted, for_terminal
from ringfence.policy.document import Policy
from ringfence.policy.meaning import mistakes, reminders
from ringfence.policy.meaning.parts import Part
from ringfence.policy.merge import joined, laid_over, without
from ringfence.policy.problems import Position, Problem, shown, unknown
from ringfence.policy.validation import locate, validated
from ringfence.policy.yaml_tree import MOST_BYTES, Node, read_tree

_SUFFIXES: Final = (".yaml", ".yml")
_MOST_BASES: Final = 20  # one above the other; more is a circle through links


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy without problems, and where each part of it stands.

    ``path`` is the file or folder it was loaded from, ``files`` everything that was read for it,
    ``warnings`` what is worth knowing, each with its position.
    """

    policy: Policy
    path: Path
    files: tuple[Path, ...]
    warnings: tuple[str, ...]
    tree: Node

    @property
    def folder(self) -> Path:
        """The folder that the policy is in."""
        return self.path if self.path.is_dir() else self.path.parent

    def position(self, *path: str | int) -> Position:
        """Return where a value stands (``"zones", "dmz", "trust"``; lists count from 0).

        For what the policy does not say, it is the nearest thing above that it does.
        """
        _, _, position = locate(self.tree, path)
        return position

    def config_paths(self, device: str) -> tuple[Path, ...]:
        """Return the saved configurations of a device, relative to the file that names them."""
        return tuple(
            Path(item.position.file).parent / word
            for word, item in Part.of(self.tree).child("devices", device, "config").words()
        )


def load_policy(path: Path, today: datetime.date | None = None) -> LoadedPolicy:
    """Return the policy in a file, or in all YAML files of a folder.

    Dates are compared with ``today``; without it, nothing is said of what is past. Raises
    ``PolicyError`` with every problem where there is one.
    """
    reading = _Reading()
    root = reading.policy(path, None)
    problems = reading.problems
    if root is None or reading.unreadable:
        raise _refused(path, problems)
    policy, mistaken = validated(root)
    problems += mistaken
    problems += mistakes(root)
    if policy is None or problems:
        raise _refused(path, problems)
    loaded = LoadedPolicy(policy, path, tuple(reading.files), (), root)
    warnings = list(_missing_configurations(loaded))
    if today is not None:
        warnings += reminders(root, today)
    texts = tuple(map(str, sorted(warnings)))
    return LoadedPolicy(policy, path, tuple(reading.files), texts, root)


def shipped_bases() -> dict[str, Path]:
    """Return the base policies that come with the package, by name."""
    folder = Path(str(resources.files("ringfence.policy") / "bases"))
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}


def _refused(path: Path, problems: list[Problem]) -> PolicyError:
    # Files that a folder or two bases share would repeat themselves.
    texts = tuple(dict.fromkeys(map(str, sorted(problems))))
    what = f"The policy {for_terminal(str(path))} has {counted(len(texts), 'problem')}:"
    return PolicyError(what, texts)


def _missing_configurations(loaded: LoadedPolicy) -> Iterator[Problem]:
    for name in loaded.policy.devices:
        for file in loaded.config_paths(name):
            if not _exists(file):
                sentence = (
                    f"devices.{name}.config names {for_terminal(str(file))}, which does not exist; "
                    "what the device lets through is not known."
                )
                yield Problem(loaded.position("devices", name, "config"), sentence)


def _whole(path: Path) -> str:
    """Return a path so that two names of one file are equal, links apart."""
    return os.path.normpath(path.absolute())


def _exists(path: Path) -> bool:
    """Tell whether a path from a policy exists; one that cannot exist (a null in it) does not."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _files(path: Path) -> list[Path]:
    """Return the YAML files of a folder, or the path itself where it is none."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES)


def _unreadable(path: Path, error: OSError | ValueError) -> str:
    # A path from a policy may hold what no path can (a null character): ValueError.
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"{for_terminal(str(path))} cannot be read: {reason}."


@dataclass(slots=True)
class _Reading:
    """Reads files into trees and puts them together; collects what is wrong on the way."""

    problems: list[Problem] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    unreadable: bool = False
    open: list[str] = field(default_factory=list)

    def policy(self, path: Path, named: Part | None) -> Node | None:
        """Return a policy laid over what it extends; ``named`` is where it is named, if it is."""
        own = self.own_tree(path, named)
        if own is None:
            return None
        self.open.append(_whole(path))
        bases = [self.base(word, item) for word, item in Part.of(own).child("extends").words()]
        self.open.pop()
        layers = [without(base, "extends") for base in bases if base is not None]
        return reduce(laid_over, [*layers, own])

    def base(self, word: str, named: Part) -> Node | None:
        shipped = shipped_bases()
        path = shipped.get(word) or Path(named.position.file).parent / word
        if _whole(path) in self.open or len(self.open) == _MOST_BASES:
            self.refuse(
                named, f"{named.name} names {shown(word)}, which leads back to this policy."
            )
            return None
        if not _exists(path) and "/" not in word and not word.endswith(_SUFFIXES):
            self.refuse(named, unknown("a base policy that is shipped", word, tuple(shipped)))
            return None
        return self.policy(path, named)

    def own_tree(self, path: Path, named: Part | None) -> Node | None:
        """Return the tree of a file, or of all files of a folder joined."""
        try:
            files = _files(path)
        except (OSError, ValueError) as error:
            self.refuse(named, _unreadable(path, error), path)
            return None
        if not files:
            self.refuse(named, f"the folder {for_terminal(str(path))} holds no YAML file.", path)
        trees = [tree for file in files if (tree := self.tree(file, named)) is not None]
        if not trees:
            return None
        whole, *others = trees
        for other in others:
            whole, contradictions = joined(whole, other)
            self.problems += contradictions
        return whole

    def tree(self, file: Path, named: Part | None) -> Node | None:
        try:
            with file.open("rb") as opened:
                content = opened.read(MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            self.refuse(named, _unreadable(file, error), file)
            return None
        self.files.append(file)
        tree, problems = read_tree(content, str(file))
        self.problems += problems
        self.unreadable = self.unreadable or tree is None
        return tree

    def refuse(self, named: Part | None, sentence: str, path: Path | None = None) -> None:
        position = named.position if named else Position(str(path), 1, 1)
        self.problems.append(Problem(position, sentence))
        self.unreadable = True
