"""The sum of what was asked for and not read, for the coverage of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ringfence.connections.soap import Reference
from ringfence.model.facts import NotRead
from ringfence.model.snapshot import Unread
from ringfence.sources.vsphere.catalogue import properties
from ringfence.sources.vsphere.names import Ids, unescaped


def unread_properties(
    missing: Iterable[tuple[Reference, str, Mapping[str, NotRead]]], ids: Ids
) -> tuple[Unread, ...]:
    """Return what was not read, in order; an object of which nothing was read is one entry.

    What a version of the server does not have is one entry for each type of objects.
    """
    found: dict[tuple[str, str], Unread] = {}
    asked: dict[str, int] = {}
    for reference, name, paths in missing:
        identity = ids.of(reference.value)
        reasons = set(paths.values())
        if reference.type not in asked:
            asked[reference.type] = len(properties(reference.type))
        if len(reasons) == 1 and len(paths) >= asked[reference.type]:
            paths = {"everything": next(iter(reasons))}  # noqa: PLW2901 (the shorter account of it)
        for path, why in paths.items():
            if why.reason == "not-supported":
                entry = Unread(object=ids.server, name=reference.type, property=path, why=why)
            else:
                shown = unescaped(name) or reference.value
                entry = Unread(object=identity, name=shown, property=path, why=why)
            found[entry.object, f"{entry.name} {path}"] = entry
    return tuple(found[key] for key in sorted(found))
