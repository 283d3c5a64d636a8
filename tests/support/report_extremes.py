"""Reports at the edge: hostile names everywhere, many zones, wide hosts, nothing at all."""

from typing import Any, TypeVar

import msgspec

from report_inventory import machine, policy
from report_results import GENERATED, harbour
from ringfence.audit.finding import Audit
from ringfence.model.inventory import Inventory
from ringfence.model.network import AccessVlan, PortGroup
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.policy.document import Policy
from ringfence.policy.membership import Membership
from ringfence.reach.results import Obligation, PairResult, Proof
from ringfence.report.format import ReportInput

HOSTILE = (
    '=1+1<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
    "\"'&amp;</title></style></svg>]]>{{7*7}}[bold]\u202ereversed\x1b[2J\x9b31m\x07\n"
)
_NAMES = {
    "name",
    "label",
    "detail",
    "rule",
    "sentence",
    "what",
    "how",
    "closing",
    "title",
    "found",
    "expected",
    "after",
    "before",
    "scope",
    "account",
    "product",
    "owner",
    "property",
    "fix_risk",
}
_LISTS = {"notes", "assumptions", "bypasses", "controls", "evidence", "reachable", "declared"}

T = TypeVar("T", Snapshot, Proof, Audit)


def hostile() -> ReportInput:
    """Harbour where every name and text carries markup, escapes, overrides and a formula."""
    told = harbour()
    return ReportInput(
        inventory=Inventory(_poisoned(told.inventory.snapshot)),
        policy=told.policy.model_copy(update={"name": HOSTILE}),
        memberships=told.memberships,
        proof=None if told.proof is None else _poisoned(told.proof),
        audit=None if told.audit is None else _poisoned(told.audit),
        generated=GENERATED,
    )


def _poisoned(record: T) -> T:
    return msgspec.convert(_poison(msgspec.to_builtins(record)), type(record))


def _poison(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _poison(each, name) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [
            HOSTILE + each if key in _LISTS and isinstance(each, str) else _poison(each)
            for each in value
        ]
    if isinstance(value, str) and key in _NAMES:
        return HOSTILE + value
    return value


def many_zones(count: int, step: int = 1) -> ReportInput:
    """A proof of ``count`` zones, ``step`` of them with the same trust."""
    declared = Policy.model_validate(
        {
            "ringfence": 1,
            "name": "tenants",
            "configuration": "virtual-separation",
            "zones": {
                f"tenant-{index:02}-{'front' if index % 2 else 'back'}": {
                    "trust": index // step,
                    "external": index == 0,
                }
                for index in range(count)
            },
        }
    )
    zones = declared.by_trust()
    pairs = tuple(
        PairResult(
            source=source,
            destination=destination,
            verdict=_verdict(row * 7 + column * 3),
            obligations=(
                Obligation(
                    kind="isolation",
                    verdict=_verdict(row * 7 + column * 3),
                    sentence=f"What {source} may send to {destination}.",
                ),
            ),
            declared=("tcp/443", "udp/53", "tcp/8443") if row == column - 1 else (),
        )
        for row, source in enumerate(zones)
        for column, destination in enumerate(zones)
        if source != destination
    )
    proof = Proof(
        policy=declared.name,
        snapshot_hash="0" * 64,
        taken="2026-11-23T09:14:02Z",
        zones=zones,
        pairs=pairs,
        misplacements=(),
        configurations=(),
        facts=1,
    )
    empty = Inventory(Snapshot(sources=()))
    return ReportInput(empty, declared, (), proof, None, GENERATED)


def _verdict(number: int) -> Any:
    return "VIOLATED" if number % 53 == 0 else "UNKNOWN" if number % 41 == 0 else "PROVED"


def wide_host(port_groups: int = 40, used: int = 5, machines: int = 60) -> ReportInput:
    """Harbour with one more distributed port groups than fit, few of them used by many."""
    told = harbour(faulty=False)
    snapshot = told.inventory.snapshot
    groups = tuple(
        PortGroup(
            id=f"dvpg-{number}",
            name=f"TENANT-{number}",
            switch="dvs-1",
            vlan=AccessVlan(vlan=number),
        )
        for number in range(1000, 1000 + port_groups)
    )
    more = tuple(
        machine(
            f"tenant-vm-{number:03}", 1, [(f"dvpg-{1000 + number % used}", "10.9.0.9/16")], None
        )
        for number in range(machines)
    )
    memberships = tuple(
        Membership(
            attachment=f"{each.id}/4000",
            owner=each.id,
            kind="virtual-nic",
            standing="nowhere" if number % 7 == 0 else "agreed",
            zone=None if number % 7 == 0 else "dmz",
            network_zones=("dmz",),
            machine_zones=("dmz",),
        )
        for number, each in enumerate(more)
    )
    wide = msgspec.structs.replace(
        snapshot,
        port_groups=(*snapshot.port_groups, *groups),
        machines=(*snapshot.machines, *more),
    )
    return ReportInput(
        Inventory(wide), told.policy, (*told.memberships, *memberships), None, None, GENERATED
    )


def nothing() -> ReportInput:
    """A report without proof, audit or a single host."""
    source = ReadingSource(kind="saved-folder", name="empty")
    return ReportInput(Inventory(Snapshot(sources=(source,))), policy(), (), None, None, GENERATED)
