"""A snapshot and a policy together, and edits of both that give a new one."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from harbour_world.hosts import folders, hardened_host
from harbour_world.machines import machines, pools
from harbour_world.names import HOSTS
from harbour_world.network import (
    NICS,
    distributed_groups,
    live_port,
    standard_groups,
    standard_switch,
    zones_switch,
)
from harbour_world.policy import POLICY
from harbour_world.rights import GROUPS, ROLES, permissions
from harbour_world.rules import firewall
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead, Setting
from ringfence.model.inventory import Inventory
from ringfence.model.places import Cluster, Datacenter
from ringfence.model.rights import PrincipalGroup
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.policy.document import Policy
from ringfence.policy.members import memberships

TODAY = datetime.date(2026, 11, 23)
REFUSED = NotRead(reason="no-permission", detail="the account may not read it")


def snapshot() -> Snapshot:
    """The whole clean datacenter."""
    hosts = tuple(f"host-{n}" for n in HOSTS)
    source = ReadingSource(
        kind="vsphere", name="vcenter.harbour.example", finished="2026-11-23T09:14:00Z"
    )
    return Snapshot(
        sources=(source,),
        datacenters=(Datacenter(id="dc", name="Harbour", path="/Harbour", folder="root"),),
        folders=folders(),
        clusters=(
            Cluster(id="compute", name="compute", parent="f-host", datacenter="dc", hosts=hosts),
        ),
        hosts=tuple(hardened_host(n) for n in HOSTS),
        switches=(zones_switch(), *(standard_switch(n, name) for n in HOSTS for name in NICS)),
        port_groups=(*distributed_groups(), *(g for n in HOSTS for g in standard_groups(n))),
        ports=tuple(live_port(zone, n) for zone in ("dmz", "application") for n in HOSTS),
        mirror_sessions=(),
        machines=machines(),
        pools=pools(),
        devices=(firewall(),),
        roles=ROLES,
        permissions=permissions(),
        global_permissions=(),
        groups=tuple(PrincipalGroup(name=name, members=()) for name in GROUPS),
        settings=(
            Setting(key="event.maxAge", value=90),
            Setting(key="task.maxAge", value=90),
            Setting(key="vpxd.event.syslog.enabled", value=True),
        ),
    )


@dataclass(frozen=True)
class World:
    """A snapshot and a policy; every edit returns another world."""

    snapshot: Snapshot
    policy: dict[str, Any]

    def context(self) -> AuditContext:
        """What a check is given."""
        policy = Policy.model_validate(self.policy)
        inventory = Inventory(self.snapshot)
        return AuditContext(inventory, policy, memberships(policy, inventory))

    def table(self, name: str, value: Any) -> World:
        """Replace a whole table."""
        return World(msgspec.structs.replace(self.snapshot, **{name: value}), self.policy)

    def without(self, *tables: str) -> World:
        """Empty tables."""
        return World(
            msgspec.structs.replace(self.snapshot, **dict.fromkeys(tables, ())), self.policy
        )

    def unread(self, *tables: str) -> World:
        """Tables that could not be listed."""
        return World(
            msgspec.structs.replace(self.snapshot, **dict.fromkeys(tables, REFUSED)), self.policy
        )

    def add(self, table: str, *records: Any) -> World:
        """Add records to a table."""
        return self.table(table, (*getattr(self.snapshot, table), *records))

    def each(self, table: str, edit: Callable[[Any], Any]) -> World:
        """Edit every record of a table; one for which the edit returns ``None`` goes."""
        edited = (edit(record) for record in getattr(self.snapshot, table))
        return self.table(table, tuple(record for record in edited if record is not None))

    def one(self, table: str, identity: str, **fields: Any) -> World:
        """Set fields of one record, which has to exist."""
        assert any(record.id == identity for record in getattr(self.snapshot, table)), identity

        def edit(record: Any) -> Any:
            if record.id != identity:
                return record
            return msgspec.structs.replace(record, **fields)

        return self.each(table, edit)

    def every(self, table: str, **fields: Any) -> World:
        """Set fields of all records of a table."""
        return self.each(table, lambda record: msgspec.structs.replace(record, **fields))

    def remove(self, table: str, identity: str) -> World:
        """Remove one record."""
        return self.each(table, lambda record: None if record.id == identity else record)

    def get(self, table: str, identity: str) -> Any:
        """Return one record."""
        return next(record for record in getattr(self.snapshot, table) if record.id == identity)

    def declare(self, path: str, value: Any) -> World:
        """Set one word of the policy, by its path with dots."""
        *above, last = path.split(".")
        policy = dict(self.policy)
        inner = policy
        for word in above:
            inner[word] = dict(inner.get(word, {}))
            inner = inner[word]
        inner[last] = value
        return World(self.snapshot, policy)


def clean() -> World:
    """The clean Harbour, which satisfies every check."""
    return World(snapshot(), POLICY)
