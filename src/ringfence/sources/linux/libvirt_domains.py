"""Machines of libvirt, from the XML of each (libvirt's formatdomain.html, formatnetwork.html)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from lxml import etree

from ringfence.connections.hardened_xml import parse_xml
from ringfence.foundation.errors import SourceError
from ringfence.model.facts import Fact, NotRead
from ringfence.model.machines import Machine, PassthroughDevice, VirtualNic
from ringfence.model.places import Allocation
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.commands import part_name
from ringfence.sources.linux.libvirt_networks import Networks, Wanted, wanted
from ringfence.sources.linux.nic_filters import NicFilters
from ringfence.sources.linux.planning import Plan
from ringfence.sources.linux.switch_records import SwitchRecords

_MIB: Final = {"b": 1 / 2**20, "bytes": 1 / 2**20, "KiB": 1 / 1024, "k": 1 / 1024, "MiB": 1.0}
_MIB_OF_LARGE: Final = {"M": 1.0, "GiB": 1024.0, "G": 1024.0, "TiB": 1024.0**2, "T": 1024.0**2}
_USUAL_SHARES: Final = 1024
_NO_NICS: Final = frozenset(("scsi", "scsi_host", "storage"))
"""Kinds of devices of the host that are no NICs; one on a bus of USB may be (``<hostdev>``)."""
_MAKE_NICS: Final = ("net", "nic", "device", "usbdevice", "readconfig")
"""How options of qemu begin that may make a NIC, or give the machine a device of its host."""
_NETDEV: Final = "netdev"
"""What any other option says that changes to what a NIC is attached (``-set``, ``-global``)."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A machine of libvirt; ``ends`` are the host's interfaces behind which its NICs are.

    ``wants`` is what its description asks for, for each NIC in order: what it would be attached to
    on any host. ``None`` where that is not modelled.
    """

    name: str
    uuid: str
    runs: bool
    root: etree._Element
    ends: tuple[str, ...]
    wants: tuple[Wanted | None, ...]


def domains(
    bundle: Bundle, nets: Networks | NotRead
) -> tuple[tuple[Domain, ...], dict[str, NotRead]]:
    """Return the machines that were read, and why others were not, by the name of their answer."""
    found: dict[str, Domain] = {}
    unread: dict[str, NotRead] = {}
    for name, uuid in bundle.about("domain"):
        text = bundle.text(name)
        if isinstance(text, NotRead):
            unread[name] = text
            continue
        try:
            domain = _domain(parse_xml(text.encode(), name), uuid, _elsewhere(bundle, uuid), nets)
        except SourceError as error:
            unread[name] = NotRead(reason="not-understood", detail=str(error))
            continue
        if found.setdefault(domain.uuid, domain) is not domain:
            detail = f"another machine of this host is {domain.uuid} too"
            unread[name] = NotRead(reason="not-understood", detail=detail)
    return tuple(found.values()), unread


def _elsewhere(bundle: Bundle, uuid: str) -> list[etree._Element] | None:
    """Return the NICs as another host would be told of them; ``None`` where that was not saved."""
    name = part_name("migratable", uuid)
    if name not in bundle.answers:
        return None
    text = bundle.text(name)
    if isinstance(text, NotRead):
        return []
    try:
        return _interfaces(parse_xml(text.encode(), name))
    except SourceError:
        return []


def _described(
    interface: etree._Element, nics: list[etree._Element], elsewhere: list[etree._Element]
) -> etree._Element | None:
    """Return how another host would be told of a NIC; ``None`` where that may be any of several.

    Nothing but its MAC address names it in both descriptions.
    """
    mac = _mac(interface)
    found = [one for one in elsewhere if _mac(one) == mac]
    alone = mac and len(found) == 1 and sum(_mac(one) == mac for one in nics) == 1
    return found[0] if alone else None


def _mac(interface: etree._Element) -> str:
    return _attribute(interface, "mac", "address").lower()


def _interfaces(root: etree._Element) -> list[etree._Element]:
    given = root.iterfind("devices/interface")
    return [one for one in given if one.get("type") != "hostdev"]


def _domain(
    root: etree._Element,
    uuid: str,
    elsewhere: list[etree._Element] | None,
    nets: Networks | NotRead,
) -> Domain:
    tag = etree.QName(root).localname
    if tag != "domain":
        message = f"The machine {uuid} is described by <{tag}>, expected <domain>."
        raise SourceError(message, "Save it with 'virsh dumpxml' again.")
    targets = (one.get("dev") for one in root.iterfind("devices/interface/target"))
    runs = root.get("id") is not None
    nics = _interfaces(root)
    described: list[etree._Element | None] = [*nics]
    if runs and elsewhere is not None:
        described = [_described(one, nics, elsewhere) for one in nics]
    return Domain(
        name=root.findtext("name", uuid),
        uuid=root.findtext("uuid", uuid),
        runs=runs,
        root=root,
        ends=tuple(target for target in targets if target) if runs else (),
        wants=tuple(None if one is None else wanted(one, nets) for one in described),
    )


def domain_record(domain: Domain, plan: Plan, filters: NicFilters) -> Machine:
    """Return a machine of libvirt, its NICs attached as they are, or as they would be."""
    root, records = domain.root, plan.records
    identity = f"{records.host}/machine/{domain.uuid}"
    return Machine(
        id=identity,
        name=domain.name,
        instance_uuid=domain.uuid,
        host=records.host,
        folder=None,
        pool=None,
        power="on" if domain.runs else "off",
        template=False,
        tags=(),
        nics=(
            *(
                _nic(identity, number, one, domain, plan, filters)
                for number, one in enumerate(_interfaces(root))
            ),
            *_by_command_line(identity, root),
        ),
        passthrough=tuple(_passthrough(identity, root)),
        cpu=_cpu(root),
        memory=_memory(root),
        cpu_count=_number(root.findtext("vcpu")),
        memory_mib=_amount(root.find("memory")),
        extra=(),
    )


def _nic(
    machine: str,
    number: int,
    interface: etree._Element,
    domain: Domain,
    plan: Plan,
    filters: NicFilters,
) -> VirtualNic:
    records = plan.records
    mac = _mac(interface)
    alone = sum(_mac(one) == mac for one in _interfaces(domain.root)) == 1
    identity = f"{machine}/nic/{mac if mac and alone else number}"
    end = _attribute(interface, "target", "dev")
    attached = records.at.get(end) if domain.runs else None
    wants = domain.wants[number]
    ambiguous = wants is None and wanted(interface, {}) is not None
    group = _planned(interface, plan.group(wants), ambiguous=ambiguous)
    if attached is not None:
        # The group of its description's words is what it has on another host too.
        attached = records.regrouped(end, group)
        if group != attached.port_group:
            plan.unsettled[identity] = _not_as_described(end, group)
        group = attached.port_group
    elif domain.runs and end and isinstance(group, str):
        detail = f"{end} is on no switch that was read, other than its description says"
        group = NotRead(reason="not-understood", detail=detail)
    named = _attribute(interface, "filterref", "filter")
    down = _attribute(interface, "link", "state") == "down"
    return VirtualNic(
        id=identity,
        label=end or f"interface {number}",
        mac=mac or None,
        mac_assignment="manual",
        port_group=group,
        port=None if attached is None else attached.port,
        connected=domain.runs and not down,
        start_connected=not down,
        addresses=NotRead(reason="not-collected", detail="the guest is not asked"),
        port_filters=_filters(domain, end, mac, named, records, filters),
    )


def _filters(
    domain: Domain,
    end: str,
    mac: str,
    named: str,
    records: SwitchRecords,
    filters: NicFilters,
) -> Fact[tuple[str, ...]]:
    """Return the filter at a NIC: what is in force now, where that was read."""
    name = f"{named or 'frame rules'} at {end}"
    found = filters.at(end, mac, name, records.host) if domain.runs else None
    if found is not None:
        records.filters.append(found)
        return (found.id,)
    if not named:
        return ()
    detail = f"what the network filter {named} stops is not modelled"
    return NotRead(reason="not-understood", detail=detail)


def _not_as_described(end: str, group: Fact[str | None]) -> NotRead:
    detail = f"{end} is not attached to what its description asks for"
    if isinstance(group, NotRead):
        detail = f"{end} is attached, and on another host may be otherwise: {group.detail}"
    return NotRead(reason="not-understood", detail=detail)


def _planned(interface: etree._Element, group: str | None, *, ambiguous: bool) -> Fact[str | None]:
    """Return the port group that a NIC is on once its machine starts."""
    if group is not None:
        return group
    source = interface.find("source")
    kind, said = interface.get("type", ""), {} if source is None else dict(source.attrib)
    where = ", ".join(f"{key} {value}" for key, value in sorted(said.items())) or "nothing"
    detail = f"what a NIC of the type {kind} on {where} is attached to is not modelled"
    if ambiguous:
        detail = "its MAC address leads to no one NIC of what another host would be told"
    return NotRead(reason="not-understood", detail=detail)


def _by_command_line(machine: str, root: etree._Element) -> Iterator[VirtualNic]:
    """Yield what stands for the NICs that options of qemu itself make, which libvirt passes on."""
    said = (one.get("value", "") for one in root.iterfind("{*}commandline/{*}arg"))
    if not any(word.lstrip("-").startswith(_MAKE_NICS) or _NETDEV in word for word in said):
        return
    why = NotRead(reason="not-understood", detail="NICs by options of qemu are not modelled")
    yield VirtualNic(
        id=f"{machine}/nic/options",
        label="options of qemu",
        mac=None,
        mac_assignment="manual",
        port_group=why,
        connected=why,
        start_connected=why,
        addresses=why,
    )


def _passthrough(machine: str, root: etree._Element) -> Iterator[PassthroughDevice]:
    """Yield what may be physical NICs: which ones is not told."""
    unknown = NotRead(reason="not-collected", detail="which device it is was not asked for")
    given = [one for one in root.iterfind("devices/hostdev") if one.get("type") not in _NO_NICS]
    given += [one for one in root.iterfind("devices/interface") if one.get("type") == "hostdev"]
    for number, _ in enumerate(given):
        label = f"host device {number}"
        yield PassthroughDevice(id=f"{machine}/device/{number}", label=label, physical_nic=unknown)


def _attribute(parent: etree._Element, path: str, name: str) -> str:
    found = parent.find(path)
    return "" if found is None else found.get(name, "")


def _number(text: str | None) -> Fact[int]:
    if text is not None and text.strip().isdecimal():
        return int(text)
    return NotRead(reason="not-understood", detail=f"{text!r} is no number")


def _amount(element: etree._Element | None) -> Fact[int]:
    """Return an amount of memory in MiB."""
    if element is None:
        return NotRead(reason="not-collected", detail="its description does not tell it")
    factor = {**_MIB, **_MIB_OF_LARGE}.get(element.get("unit", "KiB"))
    number = _number(element.text)
    if factor is None or isinstance(number, NotRead):
        detail = f"{element.text} {element.get('unit')} is no amount of memory"
        return NotRead(reason="not-understood", detail=detail)
    return round(number * factor)


def _cpu(root: etree._Element) -> Fact[Allocation]:
    shares = root.findtext("cputune/shares")
    quota = root.findtext("cputune/quota") or root.findtext("cputune/global_quota")
    if quota is not None and not quota.strip().startswith("-"):
        detail = f"a quota of {quota} µs is no limit in MHz"
        return NotRead(reason="not-understood", detail=detail)
    given = _number(shares) if shares is not None else _USUAL_SHARES
    return given if isinstance(given, NotRead) else _allocation(given)


def _memory(root: etree._Element) -> Fact[Allocation]:
    limit, least = root.find("memtune/hard_limit"), root.find("memtune/min_guarantee")
    most = None if limit is None else _amount(limit)
    reserved = 0 if least is None else _amount(least)
    if isinstance(most, NotRead):
        return most
    if isinstance(reserved, NotRead):
        return reserved
    return _allocation(0, reserved, most)


def _allocation(shares: int, reserved: int = 0, limit: int | None = None) -> Allocation:
    level: Literal["custom", "normal"] = "custom" if shares != _USUAL_SHARES else "normal"
    return Allocation(
        reservation=reserved, expandable=False, limit=limit, shares=shares, level=level
    )
