"""Ids of records: what the server calls stable where the workbook has it, else names."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.sources.rvtools.rows import Row

_SERVER = "VI SDK UUID"


def server_of(row: Row) -> str:
    """Return the server that a row is from: the start of its UUID, else its name."""
    uuid = row.text(_SERVER).replace("-", "").lower()
    return uuid[:8] or row.text("VI SDK Server")


@dataclass(frozen=True, slots=True)
class Key:
    """A name on one server: what rows of different sheets are joined by."""

    server: str
    name: str

    @classmethod
    def of(cls, row: Row, column: str) -> Key:
        """Return the key that a row's cell gives."""
        return cls(server_of(row), row.text(column))

    def id(self, kind: str, stable: str = "") -> str:
        """Return the id of the object: by the server's own id for it, else by kind and name."""
        return f"{self.server}/{stable}" if stable else f"{self.server}/{kind}/{self.name}"
