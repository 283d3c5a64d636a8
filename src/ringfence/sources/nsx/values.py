"""Values of the manager's answers, each looked at before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from ringfence.foundation.errors import SourceError

Answer = Mapping[str, Any]
"""An object of the manager's answers, as JSON holds it."""

_ADVICE = "Save the answers of the manager again, unchanged."


def name_of(answer: Answer) -> str:
    """Return what an object is called, or else its path."""
    return str(answer.get("display_name") or path_of(answer))


def path_of(answer: Answer) -> str:
    """Return the path that others name an object by."""
    return str(answer.get("path") or answer.get("id") or "an object without a path")


def text(answer: Answer, key: str, default: str = "") -> str:
    """Return a text; raises ``SourceError`` where there is something else."""
    value = answer.get(key)
    if value is None:
        return default
    if not isinstance(value, str):
        raise _wrong(answer, key, "a text", value)
    return value


def number(answer: Answer, key: str) -> int:
    """Return a whole number, 0 where there is none; raises ``SourceError`` as ``text``."""
    value = answer.get(key)
    if value is None:
        return 0
    if not isinstance(value, int):
        raise _wrong(answer, key, "a whole number", value)
    return value


def flag(answer: Answer, key: str, *, default: bool) -> bool:
    """Return yes or no; raises ``SourceError`` as ``text``."""
    value = answer.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise _wrong(answer, key, "true or false", value)
    return value


def texts(answer: Answer, key: str) -> tuple[str, ...]:
    """Return a list of texts, empty where there is none; raises ``SourceError`` as ``text``."""
    value = answer.get(key)
    if value is None:
        return ()
    if not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise _wrong(answer, key, "a list of texts", value)
    return tuple(value)


def objects(answer: Answer, key: str) -> tuple[Answer, ...]:
    """Return a list of objects, empty where there is none; raises ``SourceError`` as ``text``."""
    value = answer.get(key)
    if value is None:
        return ()
    if not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
        raise _wrong(answer, key, "a list of objects", value)
    return tuple(value)


def is_address(text: str) -> bool:
    """Tell whether a text is an address, a network, or a range from one address to another."""
    try:
        if "-" in text:
            first, last = (ip_address(part.strip()) for part in text.split("-", 1))
            return first.version == last.version and int(first) <= int(last)
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _wrong(answer: Answer, key: str, expected: str, value: object) -> SourceError:
    found = repr(value)
    shown = found if len(found) < 60 else f"{found[:57]}..."
    return SourceError(f"{key} of {path_of(answer)} is {shown}, not {expected}.", _ADVICE)
