"""What NICs and kernel interfaces are attached to on distributed switches."""

from __future__ import annotations

from typing import Any

from ringfence.model.facts import Fact, NotRead
from ringfence.sources.vsphere.names import Ids
from ringfence.sources.vsphere.values import text


def distributed_attachment(connection: Any, ids: Ids) -> tuple[Fact[str | None], str | None]:
    """Return the ids of the port group and of the live port that a connection names.

    A port may stand alone, without a port group: what it carries is then not understood, which
    must not look as if there were no network.
    """
    uuid = text(connection, "switchUuid")
    group, key = text(connection, "portgroupKey"), text(connection, "portKey")
    live = ids.live_port(uuid, key) if key else None
    if group:
        return ids.of(group), live
    if uuid or key:
        detail = "attached to a distributed port that belongs to no port group"
        return NotRead(reason="not-understood", detail=detail), live
    return None, None
