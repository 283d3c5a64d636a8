"""An Excel workbook (ECMA-376) read as a stream, so that no cell can ask for more than it is.

A reader that believes where cells say they are makes room for all before them, and may be made to
ask for more memory than there is. Here no tree is built, a row has no more cells than the sheet has
headings, texts are shared and not copied, and what is read is bounded before it is unpacked.
"""

from __future__ import annotations

import lzma
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lxml import etree

Cell = str | int | float | bool

MOST_UNPACKED: Final = 1024**3  # bytes of the parts that are read
MOST_CELLS: Final = 30_000_000
_MOST_COLUMNS: Final = 1000
_LONGEST_TEXT: Final = 32_767  # of a cell, as Excel has it
_CHUNK: Final = 1024**2
_PLACE: Final = re.compile(r"([A-Z]{1,3})[0-9]")
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    etree.XMLSyntaxError,
    KeyError,  # a part that another names is not there
    NotImplementedError,  # a way of packing that is not known
    RuntimeError,  # a password is needed
    ValueError,
    EOFError,
)
"""What reading a damaged workbook may raise."""


class TooLargeError(ValueError):
    """A workbook asks for more than an inventory can need; the text says for what."""


class _Listener:
    """Is told of the tags of a part as they are read; ``found`` is what it has finished.

    This one finds nothing. A document type, which a workbook never has, is refused.
    """

    def __init__(self) -> None:
        self.found: list[Any] = []

    def start(self, tag: str, _attributes: Mapping[str, str], /) -> None:
        """Hear that a tag begins."""

    def data(self, text: str) -> None:
        """Hear text between tags."""

    def end(self, tag: str) -> None:
        """Hear that a tag ends."""

    def close(self) -> None:
        """Hear that the part ends."""

    def doctype(self, name: str, _public: str | None, _system: str | None) -> None:
        """Refuse definitions: entities are all that they could be for."""
        raise ValueError(f"it has a document type, {name!r}")


class _Attributes(_Listener):
    """Finds the attributes of all tags of one name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def start(self, tag: str, attributes: Mapping[str, str], /) -> None:
        if _local(tag) == self._name:
            self.found.append(dict(attributes))


class _Texts(_Listener):
    """Finds the shared texts, the runs of each joined."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._inside = False

    def start(self, tag: str, _attributes: Mapping[str, str], /) -> None:
        self._inside = _local(tag) == "t"

    def data(self, text: str) -> None:
        if self._inside:
            self._parts.append(text)

    def end(self, tag: str) -> None:
        self._inside = False
        if _local(tag) == "si":
            self.found.append("".join(self._parts)[:_LONGEST_TEXT])
            self._parts = []


class _Rows(_Listener):
    """Finds the rows of a sheet that hold something; the first decides how many cells they have."""

    def __init__(self, shared: list[str]) -> None:
        super().__init__()
        self._shared = shared
        self._width = _MOST_COLUMNS
        self._row: list[Cell] = []
        self._column = -1
        self._kind = "n"
        self._parts: list[str] = []
        self._inside = False

    def start(self, tag: str, attributes: Mapping[str, str], /) -> None:
        name = _local(tag)
        if name == "c":
            place = _PLACE.match(attributes.get("r", ""))
            self._column = _column(place.group(1)) if place else self._column + 1
            self._kind = attributes.get("t", "n")
            self._parts = []
        self._inside = name in ("v", "t")

    def data(self, text: str) -> None:
        if self._inside:
            self._parts.append(text)

    def end(self, tag: str) -> None:
        self._inside = False
        name = _local(tag)
        if name == "c" and self._parts and self._column < self._width:
            self._row += [""] * (self._column + 1 - len(self._row))
            self._row[self._column] = _value(self._kind, "".join(self._parts), self._shared)
        elif name == "row":
            if any(value != "" for value in self._row):
                if self._width == _MOST_COLUMNS:
                    self._width = len(self._row)
                self.found.append(tuple(self._row))
            self._row, self._column = [], -1


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of each sheet by the sheet's name; raises one of ``DAMAGED``."""
    targets = {
        relation.get("Id", ""): relation.get("Target", "")
        for relation in _listen(archive, "xl/_rels/workbook.xml.rels", _Attributes("Relationship"))
    }
    return {
        sheet.get("name", ""): posixpath.normpath(
            posixpath.join("/xl", targets.get(sheet.get(_RELATION, ""), ""))
        ).lstrip("/")
        for sheet in _listen(archive, "xl/workbook.xml", _Attributes("sheet"))
    }


def read_sheets(
    archive: zipfile.ZipFile, parts: Mapping[str, str]
) -> dict[str, list[tuple[Cell, ...]]]:
    """Return the rows of sheets, without those that are empty; raises one of ``DAMAGED``."""
    texts = "xl/sharedStrings.xml"
    has_texts = texts in archive.NameToInfo
    names = {*parts.values(), *((texts,) if has_texts else ())}
    size = sum(archive.getinfo(name).file_size for name in names)
    if size > MOST_UNPACKED:
        raise TooLargeError(f"unpacks to {size:,} bytes")
    shared: list[str] = list(_listen(archive, texts, _Texts())) if has_texts else []
    room = MOST_CELLS
    sheets: dict[str, list[tuple[Cell, ...]]] = {}
    for name, part in parts.items():
        rows = sheets[name] = []
        for row in _listen(archive, part, _Rows(shared)):
            room -= len(row)
            if room < 0:
                raise TooLargeError(f"has more than {MOST_CELLS:,} cells")
            rows.append(row)
    return sheets


def _listen(archive: zipfile.ZipFile, part: str, target: _Listener) -> Iterator[Any]:
    """Yield what a target finds in a part, as it is read."""
    # The stubs ask for methods that a target need not have.
    listener: Any = target
    parser = etree.XMLParser(target=listener, resolve_entities=False, no_network=True)
    with archive.open(part) as opened:
        while piece := opened.read(_CHUNK):
            parser.feed(piece)
            yield from target.found
            target.found.clear()
    parser.close()
    yield from target.found


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _column(letters: str) -> int:
    """Return the index of a column: A is 0, Z 25, AA 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(kind: str, text: str, shared: list[str]) -> Cell:
    if kind == "s":
        index = int(text) if text.isdecimal() and len(text) <= 9 else -1
        return shared[index] if 0 <= index < len(shared) else ""
    if kind == "b":
        return text.strip() == "1"
    return _number(text) if kind == "n" else text[:_LONGEST_TEXT]


def _number(text: str) -> Cell:
    try:
        number = float(text[:30])
    except ValueError:
        return text[:_LONGEST_TEXT]
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
