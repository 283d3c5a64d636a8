"""What every syntax is: a name, how its text is recognised, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from ringfence.foundation.errors import SourceError
from ringfence.model.rules import Chain, DeviceInterface, NotUnderstood, ReadFile, Route

if TYPE_CHECKING:
    from ringfence.sources.rule_syntax.ipsets import Sets

Family = Literal[4, 6]
BOTH: frozenset[Family] = frozenset((4, 6))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file says of a device; ``None`` or empty where it is about something else.

    ``filtered`` are the address families whose rules the file holds completely, ``routed`` those
    whose routes it holds, ``forwards`` whether packets of a family are passed on at all,
    ``reverse_path`` the interfaces with a strict reverse-path filter, ``sets`` what rules in other
    files name, ``file`` how each of its lines was read.
    """

    chains: tuple[Chain, ...] = ()
    filtered: frozenset[Family] = frozenset()
    interfaces: tuple[DeviceInterface, ...] | None = None
    routes: tuple[Route, ...] = ()
    routed: frozenset[Family] = frozenset()
    forwards: Mapping[Family, bool] = field(default_factory=dict)
    reverse_path: tuple[str, ...] | None = None
    not_understood: tuple[NotUnderstood, ...] = ()
    sets: Sets = field(default_factory=dict)
    file: ReadFile | None = None


@dataclass(frozen=True, slots=True)
class RuleSyntax:
    """A syntax; ``made_by`` is the command that writes it.

    ``recognises`` looks at a text without raising; ``read`` takes text and file name, and raises
    ``SourceError`` where the text is damaged. ``read_with`` is given the sets of other files, too;
    ``changes`` tells which of these its rules change as packets pass.
    """

    name: str
    made_by: str
    recognises: Callable[[str], bool]
    read: Callable[[str, str], Reading]
    read_with: Callable[[str, str, Sets], Reading] | None = None
    changes: Callable[[str], frozenset[str]] | None = None


def json_of(text: str, name: str, made_by: str) -> Any:
    """Return the JSON in ``text``; raises ``SourceError`` with the line where it is damaged."""
    try:
        return msgspec.json.decode(text.encode(errors="replace"))
    except RecursionError as error:
        message = f"{name} is nested deeper than any output of '{made_by}'."
        raise SourceError(message, f"Save the output of '{made_by}' again.") from error
    except msgspec.DecodeError as error:
        offset = str(error).rpartition("(byte ")[2].rstrip(")")
        content = text.encode(errors="replace")
        end = int(offset) if offset.isdigit() else len(content)
        line = content.count(b"\n", 0, end) + 1
        message = f"{name}, line {line}: not the JSON of '{made_by}': {error}."
        raise SourceError(message, f"Save the output of '{made_by}' again.") from error


def is_json(text: str, opening: str) -> bool:
    """Tell whether ``text`` looks like JSON that begins with a character of ``opening``."""
    return text.lstrip("\ufeff \t\r\n")[:1] in tuple(opening)
