"""Whether objects stood still while they were read: cheap properties, compared before and after."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from ringfence.sources.vsphere.catalogue import properties
from ringfence.sources.vsphere.content import Content


class Markers:
    """A fingerprint of each object's markers as it was when the object was read."""

    def __init__(self) -> None:
        self._paths: dict[str, tuple[str, ...]] = {}
        self._before: dict[str, bytes] = {}

    def paths(self, kind: str) -> tuple[str, ...]:
        """Return the markers of a type: what is read again after everything else."""
        if kind not in self._paths:
            self._paths[kind] = properties(kind, markers_only=True)
        return self._paths[kind]

    def remember(self, content: Content) -> None:
        """Keep the fingerprint of an object that was just read."""
        self._before[content.id] = self._fingerprint(content)

    def moved(self, content: Content) -> bool:
        """Return whether an object is not as it was when it was read, or was never read."""
        return self._before.get(content.id) != self._fingerprint(content)

    def known(self) -> set[str]:
        """Return the ids of the objects that were read."""
        return set(self._before)

    def forget(self, moid: str) -> None:
        """Drop an object that is gone."""
        self._before.pop(moid, None)

    def _fingerprint(self, content: Content) -> bytes:
        values = [_lasting(content.at(path)) for path in self.paths(content.reference.type)]
        return hashlib.blake2b(msgspec.json.encode(values), digest_size=16).digest()


def _lasting(value: Any) -> Any:
    """Leave out which machines are attached to a standard port group now: they come and go."""
    if isinstance(value, dict):
        attached = "port" if "computedPolicy" in value else None
        return {name: _lasting(inner) for name, inner in value.items() if name != attached}
    if isinstance(value, list):
        return [_lasting(inner) for inner in value]
    return value
