"""Machines with their NICs, folders and resources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, Literal

from ringfence.model.facts import NOT_COLLECTED, Fact, NotRead
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.places import Allocation, Folder
from ringfence.sources.rvtools.addresses import addresses_of
from ringfence.sources.rvtools.names import Key
from ringfence.sources.rvtools.networks import Networks, id_of, port_of
from ringfence.sources.rvtools.rows import Row
from ringfence.sources.rvtools.workbook import Workbook

_POWER: Final[Mapping[str, Literal["on", "off", "suspended"]]] = {
    "poweredon": "on",
    "poweredoff": "off",
    "suspended": "suspended",
}
_ASSIGNMENTS: Final[Mapping[str, Literal["generated", "assigned", "manual"]]] = {
    "generated": "generated",
    "assigned": "assigned",
    "manual": "manual",
}


def machine_id(row: Row) -> str:
    """Return the id of the machine that a row of any sheet is about."""
    key = Key.of(row, "VM")
    return key.id("vm", row.text("VM ID") or row.text("VM UUID"))


def machines(
    workbook: Workbook, hosts: Mapping[Key, str], pools: Mapping[Key, str], networks: Networks
) -> tuple[Machine, ...]:
    """Return every machine and template of the sheet ``vInfo``."""
    nics: dict[str, list[Row]] = defaultdict(list)
    for row in workbook.rows("vNetwork"):
        nics[machine_id(row)].append(row)
    cpu, memory, tools = (
        {machine_id(row): row for row in workbook.rows(sheet)}
        for sheet in ("vCPU", "vMemory", "vTools")
    )
    has_nics = workbook.has("vNetwork")
    found = {}
    for row in workbook.rows("vInfo"):
        own = machine_id(row)
        host = hosts.get(Key.of(row, "Host"))
        found[own] = Machine(
            id=own,
            name=row.text("VM"),
            instance_uuid=row.fact("VM UUID"),
            host=host if host is not None else _absent(row, "Host", "vHost"),
            folder=folder_id(row),
            pool=_pool(row, pools),
            power=_power(row),
            template=row.truth("Template"),
            nics=_nics(own, nics[own], host, networks) if has_nics else NOT_COLLECTED,
            cpu=allocation(cpu.get(own), ""),
            memory=allocation(memory.get(own), ""),
            cpu_count=row.number("CPUs"),
            memory_mib=row.number("Memory"),
            guest_tools=tools[own].fact("Tools") if own in tools else NOT_COLLECTED,
        )
    return tuple(found.values())


def folders(workbook: Workbook) -> tuple[Folder, ...]:
    """Return the folders that machines are in, and those above them, by their paths."""
    paths: dict[str, Folder] = {}
    for row in workbook.rows("vInfo"):
        own, path = folder_id(row), _folder_path(row)
        if isinstance(own, NotRead) or isinstance(path, NotRead):
            continue
        server = Key.of(row, "VM").server
        while path and f"{server}/folder{path}" not in paths:
            above, _, name = path.rpartition("/")
            own = f"{server}/folder{path}"
            parent = f"{server}/folder{above}" if above else None
            paths[own] = Folder(id=own, name=name, path=path, parent=parent)
            path = above
    return tuple(paths.values())


def folder_id(row: Row) -> Fact[str | None]:
    """Return the id of the folder that a machine is in; folders are known by their paths."""
    path = _folder_path(row)
    return path if isinstance(path, NotRead) else f"{Key.of(row, 'VM').server}/folder{path}"


def _folder_path(row: Row) -> Fact[str]:
    """Return the path of a machine's folder; a name alone does not say which folder it is."""
    text = row.fact("Folder")
    if isinstance(text, NotRead):
        return text
    datacenter = row.text("Datacenter")
    if not text.startswith("/") and datacenter and text.startswith(f"{datacenter}/"):
        text = f"/{text}"
    if not text.startswith("/") or not text.strip("/"):
        detail = f"the workbook gives the folder {text[:60]} without its path"
        return NotRead(reason="not-collected", detail=detail)
    return "/" + "/".join(part for part in text.split("/") if part)


def _power(row: Row) -> Fact[Literal["on", "off", "suspended"]]:
    text = row.fact("Powerstate")
    if isinstance(text, NotRead):
        return text
    unknown = NotRead(reason="not-understood", detail=f"the workbook's Powerstate is {text[:40]}")
    return _POWER.get(text.casefold(), unknown)


def _pool(row: Row, pools: Mapping[Key, str]) -> Fact[str | None]:
    key = Key.of(row, "Resource pool")
    return pools.get(key) or _absent(row, "Resource pool", "vRP")


def _absent(row: Row, column: str, sheet: str) -> NotRead:
    """Return why what a cell names has no record."""
    text = row.fact(column)
    if isinstance(text, NotRead):
        return text
    return NotRead(reason="not-collected", detail=f"{column} {text[:60]} is not in {sheet}")


def _nics(
    machine: str, rows: list[Row], host: str | None, networks: Networks
) -> tuple[VirtualNic, ...]:
    # The label is the only thing in a workbook that keeps to a NIC; two alike are told apart.
    seen: dict[str, int] = {}
    nics = []
    for row in rows:
        label = row.text("NIC label") or row.text("Mac Address")
        seen[label] = seen.get(label, 0) + 1
        again = f" ({seen[label]})" if seen[label] > 1 else ""
        nics.append(_nic(f"{machine}/{label}{again}", row, host, networks))
    return tuple(nics)


def _nic(own: str, row: Row, host: str | None, networks: Networks) -> VirtualNic:
    group = networks.find(Key.of(row, "Network"), host, row.text("Switch"))
    return VirtualNic(
        id=own,
        label=row.text("NIC label"),
        mac=row.fact("Mac Address"),
        mac_assignment=_ASSIGNMENTS.get(row.text("Type").casefold()),
        port_group=id_of(group),
        port=port_of(group),
        connected=row.truth("Connected"),
        start_connected=row.truth("Starts Connected"),
        addresses=_addresses(row),
        sriov="sriov" in row.text("Adapter").casefold(),
    )


def _addresses(row: Row) -> Fact[tuple[str, ...]]:
    """Return what the guest reports, which a workbook gives without prefix lengths."""
    found = [row.words(column) for column in ("IPv4 Address", "IPv6 Address")]
    known = [words for words in found if not isinstance(words, NotRead)]
    if not known:
        return found[0]
    return addresses_of([word for words in known for word in words])


def allocation(row: Row | None, prefix: str) -> Fact[Allocation]:
    """Return shares, reservation and limit; ``prefix`` is ``CPU `` or ``Mem `` in pools."""
    if row is None:
        return NOT_COLLECTED
    reservation, limit = row.number(f"{prefix}Reservation"), row.number(f"{prefix}Limit")
    shares = row.number(f"{prefix}Shares")
    expandable = row.truth(f"{prefix}expandableReservation") if prefix else False
    for fact in (reservation, limit, shares, expandable):
        if isinstance(fact, NotRead):
            return fact
    return Allocation(
        reservation=_number(reservation),
        expandable=expandable is True,
        limit=None if _number(limit) < 0 else _number(limit),
        shares=_number(shares),
        level=row.text(f"{prefix}Level") or "custom",
    )


def _number(fact: Fact[int]) -> int:
    return 0 if isinstance(fact, NotRead) else fact
