"""Names read from an inventory are hostile: text made safe for a terminal, HTML and CSV."""

from __future__ import annotations

import html
import unicodedata
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Bidirectional overrides reorder what a reader sees; they are category Cf, like other
# invisible characters, and are shown as escapes together with all controls.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def for_terminal(text: str) -> str:
    """Return ``text`` with every control, format or unassigned character as a visible escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE_CATEGORIES:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def for_html(text: str) -> str:
    """Return ``text`` escaped for HTML content and quoted attributes, controls made visible."""
    return html.escape(for_terminal(text), quote=True)


def for_csv(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula (OWASP CSV injection)."""
    safe = for_terminal(text)
    return f"'{safe}" if text.startswith(_FORMULA_STARTS) else safe


def close_match(word: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed word most like ``word``, or ``None`` where none is near."""
    matches = get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return matches[0] if matches else None


def listed(words: Iterable[str], most: int = 5) -> str:
    """Return words as "a, b and c", the rest counted once there are more than ``most``."""
    items = list(words)
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return "1 machine" or "2 machines"; thousands are separated by commas."""
    word = singular if number == 1 else (plural or f"{singular}s")
    return f"{number:,} {word}"
