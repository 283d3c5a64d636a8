"""The certificate of a proof: sets of headers that somebody else can check, and their file.

The first line of the file holds format, version and the SHA-256 of the rest, so that a damaged
file is refused by name. The rest is one canonical JSON document (``Certificate``), not
compressed: the same proof gives the same bytes, whatever wrote them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import msgspec

from ringfence.foundation.canonical import canonical_json, sha256_hex
from ringfence.foundation.errors import CertificateFileError
from ringfence.model.facts import Record

FORMAT: Final = "ringfence-certificate"
VERSION: Final = 2
FIELDS: Final = (
    "destination",
    "source",
    "protocol",
    "destination-port",
    "source-port",
    "icmp",  # type * 256 + code
    "tcp-flags",
    "fragment",  # 0 a whole packet, 1 a first fragment alone, 2 a later one
)
"""The fields of a header in the order in which diagrams ask for them."""
NOTHING: Final = 0
ANYTHING: Final = 1
_LONGEST_HEADER: Final = 4096
_ADVICE: Final = "Make it again with 'ringfence prove --certificate'."


class Edge(Record, frozen=True, array_like=True):
    """Values ``first`` to ``last`` of a field, both included, lead to the node ``child``.

    Addresses are texts as RFC 5952 writes them, all other values numbers.
    """

    first: int | str
    last: int | str
    child: int


class Node(Record, frozen=True, array_like=True):
    """A node of a field diagram: the field that it asks for (an index of ``FIELDS``) and edges.

    Values that no edge names lead to ``NOTHING``. Nodes are numbered from 2 in the order of the
    list; a child comes before its parents.
    """

    field: int
    edges: tuple[Edge, ...]


class Sent(Record, frozen=True, array_like=True):
    """What an interface of a device may send: the node where the diagram of the set begins."""

    device: str
    interface: str
    headers: int


class Spread(Record, frozen=True):
    """How far packets of a zone get: a set for each interface of a device that sends any.

    ``closed`` are devices taken to forward nothing. ``answering`` is the zone for whose packets
    others may have planted connection entries, ``None`` where no entries are counted. ``sources``
    are the addresses that its packets are sent from, as first and last of each range, ``None``
    where from any.
    """

    zone: str
    sent: tuple[Sent, ...]
    closed: tuple[str, ...] = ()
    answering: str | None = None
    sources: tuple[tuple[str, str], ...] | None = None


class CoreFact(Record, frozen=True):
    """Properties of one object that the claims rest on; ``rules`` where only some rules count."""

    table: str
    id: str
    properties: tuple[str, ...]


class Certificate(Record, frozen=True):
    """What is claimed of a snapshot and a policy, each named by its hash, and why it holds.

    ``pairs`` are the ordered pairs of zones (from, to) that are PROVED. ``core`` are the facts of
    the snapshot that the claims rest on.
    """

    snapshot: str
    policy: str
    pairs: tuple[tuple[str, str], ...]
    nodes: tuple[Node, ...]
    spreads: tuple[Spread, ...]
    core: tuple[CoreFact, ...] = ()


class _Header(Record, frozen=True):
    format: str
    version: int
    sha256: str


def certificate_bytes(certificate: Certificate) -> bytes:
    """Return the whole content of a certificate's file."""
    content = canonical_json(certificate)
    header = _Header(format=FORMAT, version=VERSION, sha256=sha256_hex(content))
    return canonical_json(header) + b"\n" + content + b"\n"


def write_certificate(certificate: Certificate, path: Path) -> None:
    """Write a certificate, whole or not at all; raises ``CertificateFileError`` where it cannot."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
            temporary.write(certificate_bytes(certificate))
        Path(temporary.name).replace(path)
    except OSError as error:
        message = f"The certificate {path} cannot be written: {error.strerror}."
        advice = "Give a path in a folder that you may write."
        raise CertificateFileError(message, advice) from error


def read_certificate(path: Path) -> Certificate:
    """Return the certificate in a file.

    Raises ``CertificateFileError`` where the file is missing, not a certificate, of another
    version, damaged, or not of the documented form.
    """
    try:
        with path.open("rb") as file:
            first_line = file.readline(_LONGEST_HEADER)
            content = file.read().removesuffix(b"\n")
    except OSError as error:
        message = f"The certificate {path} cannot be read: {error.strerror}."
        raise CertificateFileError(message, _ADVICE) from error
    try:
        header = msgspec.json.decode(first_line, type=_Header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"{path} is not a certificate: its first line is not the expected header."
        raise CertificateFileError(message, _ADVICE) from error
    if (header.format, header.version) != (FORMAT, VERSION):
        message = (
            f"{path} is {header.format!r} of version {header.version}; this program reads "
            f"{FORMAT!r} of version {VERSION}."
        )
        raise CertificateFileError(message, _ADVICE)
    if sha256_hex(content) != header.sha256:
        message = f"The certificate {path} is damaged or was altered: its hash does not fit."
        raise CertificateFileError(message, "Take the file from where it was kept safe.")
    try:
        return msgspec.json.decode(content, type=Certificate)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The certificate {path} does not hold what version {VERSION} holds: {error}."
        raise CertificateFileError(message, _ADVICE) from error
