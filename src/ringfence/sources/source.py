"""What a source says of itself, so that it is found and not listed.

A source is a package below ``ringfence.sources`` (or an entry point of the group ``GROUP``) whose
constant ``SOURCE`` is a ``Source``. Implementations are named by import string: asking which
sources there are imports none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ringfence.foundation.discovery import load
from ringfence.foundation.errors import UsageError

if TYPE_CHECKING:
    from ringfence.foundation.progress import Progress
    from ringfence.model.snapshot import Snapshot

GROUP: Final = "ringfence.sources"


@dataclass(frozen=True)
class Source:
    """A system or a kind of saved file that can be turned into a snapshot.

    ``accepts`` says what it reads, as a phrase for help texts. The other fields are import
    strings: ``recogniser`` (path → bool) tells cheaply whether a saved file or folder is of this
    kind, ``reader`` (path, progress → snapshot) reads it; ``collector`` (connection, progress →
    snapshot) and ``checker`` (connection → report on the account's privileges) are there where the
    system can be read live.
    """

    name: str
    accepts: str
    recogniser: str = ""
    reader: str = ""
    collector: str = ""
    checker: str = ""

    def recognises(self, path: Path) -> bool:
        """Return whether ``path`` is a saved file or folder of this kind."""
        return bool(self.recogniser) and bool(load(self.recogniser)(path))

    def read_saved(self, path: Path, progress: Progress) -> Snapshot:
        """Return the snapshot of what was saved at ``path``.

        Raises ``SourceError`` where the file is damaged or holds nothing of this kind.
        """
        return self._part("reader", "has no saved form")(path, progress)  # type: ignore[no-any-return]

    def collect(self, connection: Any, progress: Progress) -> Snapshot:
        """Return the snapshot of a live system; raises ``SourceError`` where it cannot be read."""
        return self._part("collector", "cannot be read live")(connection, progress)  # type: ignore[no-any-return]

    def preflight(self, connection: Any) -> Any:
        """Return what the connection's account lacks; raises ``SourceError`` as ``collect``."""
        return self._part("checker", "has no privileges to compare")(connection)

    def _part(self, field: str, missing: str) -> Any:
        reference = getattr(self, field)
        if not reference:
            raise UsageError(f"The source {self.name} {missing}.", f"It reads {self.accepts}.")
        return load(reference)
