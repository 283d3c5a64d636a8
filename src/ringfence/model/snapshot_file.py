"""The snapshot file: one line of JSON that describes it, then the compressed content.

The first line holds the format, its version, and the SHA-256 of the canonical content, so that a
file of another version or an altered one is refused by name before anything is believed. There is
no pickle and no credential in it.
"""

from __future__ import annotations

import gc
import gzip
import tempfile
import zlib
from pathlib import Path
from typing import Final

import msgspec

from ringfence.foundation.canonical import canonical_json, sha256_hex
from ringfence.foundation.errors import SnapshotFileError
from ringfence.model.facts import Record
from ringfence.model.snapshot import Snapshot
from ringfence.model.wellformed import first_malformed

FORMAT: Final = "ringfence-snapshot"
VERSION: Final = 1
_LONGEST_HEADER: Final = 4096
_MOST_CONTENT: Final = 4 * 1024**3  # bytes; a larger answer is a bomb, not a datacenter


class Header(Record, frozen=True):
    """The first line of a snapshot file."""

    format: str
    version: int
    sha256: str
    size: int


def snapshot_hash(snapshot: Snapshot) -> str:
    """Return the SHA-256 of the snapshot's canonical content."""
    return sha256_hex(canonical_json(snapshot))


def write_snapshot(snapshot: Snapshot, path: Path) -> str:
    """Write ``snapshot`` to ``path``, whole or not at all; return the hash of its content.

    Raises ``SnapshotFileError`` where the folder cannot be written.
    """
    content = canonical_json(snapshot)
    digest = sha256_hex(content)
    header = Header(format=FORMAT, version=VERSION, sha256=digest, size=len(content))
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
            temporary.write(canonical_json(header) + b"\n")
            temporary.write(gzip.compress(content, compresslevel=3, mtime=0))
        Path(temporary.name).replace(path)
    except OSError as error:
        message = f"The snapshot {path} cannot be written: {error.strerror}."
        raise SnapshotFileError(message, "Give a path in a folder that you may write.") from error
    return digest


def read_snapshot(path: Path) -> Snapshot:
    """Return the snapshot in the file ``path``.

    Raises ``SnapshotFileError`` where the file is missing, not a snapshot, of a version that this
    program does not know, damaged, or altered after it was written.
    """
    try:
        with path.open("rb") as file:
            first_line = file.readline(_LONGEST_HEADER)
            compressed = file.read()
    except OSError as error:
        message = f"The snapshot {path} cannot be read: {error.strerror}."
        raise SnapshotFileError(message, "Make one with 'ringfence collect'.") from error
    header = _header(first_line, path)
    snapshot = _decoded(_decompressed(compressed, header, path), path)
    malformed = first_malformed(snapshot)
    if malformed is not None:
        message = f"The snapshot {path} does not hold what version {VERSION} holds: {malformed}."
        raise SnapshotFileError(message, "Collect again with this version of Ringfence.")
    return snapshot


def _header(line: bytes, path: Path) -> Header:
    try:
        header = msgspec.json.decode(line, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"{path} is not a Ringfence snapshot: its first line is not the expected header."
        raise SnapshotFileError(message, "Make one with 'ringfence collect'.") from error
    if header.format != FORMAT:
        message = f"{path} has the format {header.format!r}, expected {FORMAT!r}."
        raise SnapshotFileError(message, "Make one with 'ringfence collect'.")
    if header.version != VERSION:
        message = f"{path} is a snapshot of version {header.version}, this program reads {VERSION}."
        advice = "Use the version of Ringfence that wrote it, or collect again."
        raise SnapshotFileError(message, advice)
    return header


def _decompressed(compressed: bytes, header: Header, path: Path) -> bytes:
    damaged = SnapshotFileError(
        f"The snapshot {path} is damaged or was altered: its content does not have the hash "
        f"{header.sha256[:16]}… that its first line names.",
        "Collect again, or take the file from where it was kept safe.",
    )
    if header.size > _MOST_CONTENT:
        raise damaged
    decompressor = zlib.decompressobj(wbits=31)
    try:
        content = decompressor.decompress(compressed, header.size + 1)
    except zlib.error as error:
        raise damaged from error
    if len(content) != header.size or not decompressor.eof or sha256_hex(content) != header.sha256:
        raise damaged
    return content


def _decoded(content: bytes, path: Path) -> Snapshot:
    # Millions of new objects trigger many full collections, none of which frees anything.
    enabled = gc.isenabled()
    gc.disable()
    try:
        return msgspec.json.decode(content, type=Snapshot)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The snapshot {path} does not hold what version {VERSION} holds: {error}."
        raise SnapshotFileError(message, "Collect again with this version of Ringfence.") from error
    finally:
        if enabled:
            gc.enable()
