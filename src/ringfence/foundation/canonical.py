"""Canonical JSON and hashes: the same content always gives the same bytes."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="deterministic")


def canonical_json(value: Any) -> bytes:
    """Return ``value`` as JSON in UTF-8 without white space, keys of mappings sorted.

    Fields of records keep the order of their declaration, which is part of their version.
    Raises ``TypeError`` for what JSON cannot hold.
    """
    return _ENCODER.encode(value)


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 of ``content`` as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def fingerprint(*parts: str) -> str:
    """Return a short stable name (16 hexadecimal digits) for a sequence of texts.

    Parts are length-prefixed, so that moving a character from one to the next changes the name.
    """
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return sha256_hex(joined.encode())[:16]
