"""Places: the zone of each virtual NIC and kernel interface, by the policy's two statements."""

from __future__ import annotations

from collections import Counter

from ringfence.foundation.text import counted, listed
from ringfence.model.inventory import Inventory
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table, TableKind


def _make(subject: Subject) -> Table:
    names = _names(subject.inventory)
    rows = tuple(
        sorted(
            (
                *names.get(member.attachment, (member.owner, member.attachment)),
                member.zone,
                member.standing,
                member.network_zones,
                member.machine_zones,
                member.device,
                member.reasons,
            )
            for member in subject.memberships.every
        )
    )
    standings = Counter(member.standing for member in subject.memberships.every)
    told = listed((f"{number} {standing}" for standing, number in standings.most_common()), most=9)
    return Table(
        name="places",
        columns={
            "owner": "Machine or host",
            "attachment": "Attachment",
            "zone": "Zone",
            "standing": "Standing",
            "network_zones": "By network",
            "machine_zones": "By machine",
            "device": "Device",
            "reasons": "Because",
        },
        rows=rows,
        note=f"{counted(len(rows), 'place')}: {told}." if rows else "No place was read.",
    )


def _names(inventory: Inventory) -> dict[str, tuple[str, str]]:
    nics = {nic.id: (machine.name, nic.label) for machine, nic in inventory.virtual_nics()}
    interfaces = {
        interface.id: (host.name, interface.name)
        for host, interface in inventory.kernel_interfaces()
    }
    return nics | interfaces


TABLE = TableKind(
    name="places",
    summary="the zone of each virtual NIC and kernel interface, and why it is that one",
    make=_make,
    needs_policy=True,
)
