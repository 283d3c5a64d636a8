"""One host's bundle as records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ringfence.model.facts import Fact, NotRead, Setting
from ringfence.model.hosts import Host
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.rules import Device
from ringfence.model.snapshot import ReadingSource, Unread
from ringfence.sources.linux.bridges import bridged, bridges
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.found_switches import ALL_TAGS, FoundPort, FoundSwitch
from ringfence.sources.linux.frame_filters import FrameFilters
from ringfence.sources.linux.hosts import host_record
from ringfence.sources.linux.hosts_to_read import UNREACHED
from ringfence.sources.linux.labels import Labels
from ringfence.sources.linux.libvirt_domains import domain_record, domains
from ringfence.sources.linux.libvirt_networks import Wanted, networks
from ringfence.sources.linux.libvirt_presence import libvirt_presence
from ringfence.sources.linux.links import Link
from ringfence.sources.linux.machines import (
    SpaceMachine,
    machine_record,
    running_machine,
    space_machines,
)
from ringfence.sources.linux.nic_filters import NicFilters
from ringfence.sources.linux.open_vswitch import OpenVswitch, open_vswitch
from ringfence.sources.linux.planning import Plan
from ringfence.sources.linux.routers import router
from ringfence.sources.linux.spaces import HOST, Spaces
from ringfence.sources.linux.stacked import redirected, stacked
from ringfence.sources.linux.switch_records import SwitchRecords
from ringfence.sources.linux.system_settings import SystemSettings

_NO_WAY: Final = frozenset(("loopback", "dummy", "ifb", "vrf", "nlmon", "bridge", "none"))
"""Kinds of interfaces by which no packet of others comes in."""
_VRF: Final = "vrf"
"""A master that only chooses routes: its interfaces are the host's own all the same."""


@dataclass(frozen=True)
class HostReading:
    """The records of one host.

    ``plan`` tells what machines of libvirt would be attached to here, ``None`` without libvirt;
    ``wants`` is what those that are here ask for. The machines of ``staying`` are others'.
    """

    source: ReadingSource
    host: Host
    records: SwitchRecords
    machines: tuple[Machine, ...] = ()
    devices: tuple[Device, ...] = ()
    unread: tuple[Unread, ...] = ()
    plan: Plan | None = None
    wants: frozenset[Wanted] = frozenset()
    staying: tuple[str, ...] = ()


def read_host(bundle: Bundle, labels: Labels) -> HostReading:
    """Return the records of a host; what was not read of it is ``NotRead``.

    ``labels`` name its port groups.
    """
    identity = f"linux:{bundle.host}"
    spaces = Spaces.of(bundle)
    if HOST in spaces.unread:
        return _unread_host(bundle, identity, spaces.unread[HOST], labels)
    settings = SystemSettings.of(bundle, HOST)
    nets = networks(bundle)
    guests, unread_guests = domains(bundle, nets)
    taps = frozenset(end for guest in guests for end in guest.ends)
    at_nics = NicFilters.of(bundle, taps, bridged(spaces.host))
    filters = FrameFilters(bundle, understood=at_nics.understood)
    ovs = open_vswitch(bundle, spaces.host)
    switches = (
        *ovs.switches,
        *_at_rules(bridges(bundle, spaces.host), filters, at_nics, settings),
    )
    if ovs.unread is not None:
        switches = (*switches, _not_read(ovs.unread, spaces, switches))
    inside = space_machines(spaces, bundle.machines, switches)
    ends = taps | {end for machine in inside for end in machine.ends.values()}
    own_stops = at_nics.stops or filters.on_input()
    records = SwitchRecords(identity, spaces.host, ends, own_stops, labels=labels)
    beside = filters.elsewhere() or redirected(spaces)
    for found in (*switches, *_alone(spaces, switches, settings, ends)):
        stops = filters.on_interfaces()
        elsewhere = beside or stacked(spaces.host, found, ends)
        records.add(
            replace(found, stops=found.stops or stops, elsewhere=found.elsewhere or elsewhere)
        )
    machines = [machine_record(one, spaces, records) for one in inside]
    devices = list(_routers(bundle, inside, machines, spaces))
    plan = Plan(records, nets)
    staying = [one.id for one in machines]
    machines += [domain_record(guest, plan, at_nics) for guest in guests]
    host = host_record(bundle, spaces.host, records, settings, _control(ovs))
    links = [spaces.host[name] for name in sorted(records.own_at) if name in spaces.host]
    links = [link for link in links if link.up and settings.takes_packets(link)]
    if settings.forwards() and len(links) > 1:
        machine, device = _host_as_router(bundle, records, links)
        machines.append(machine)
        staying.append(machine.id)
        devices.append(device)
    libvirt = libvirt_presence(bundle, spaces.host)
    gaps = (
        *_gaps(bundle, identity, spaces, ovs),
        *_unread_domains(bundle, identity, unread_guests),
        *_unread_libvirt(bundle, identity, libvirt),
    )
    return HostReading(
        _source(bundle),
        host,
        records,
        tuple(machines),
        tuple(devices),
        (*_unanswered(bundle, identity), *gaps),
        None if libvirt is False else plan,
        frozenset(each for guest in guests for each in guest.wants if each is not None),
        tuple(staying),
    )


def _at_rules(
    found: Iterable[FoundSwitch],
    filters: FrameFilters,
    at_nics: NicFilters,
    settings: SystemSettings,
) -> Iterator[FoundSwitch]:
    """Yield Linux bridges with what rules of the host may do to what they pass on."""
    packets_too = settings.filters_bridged()
    stops = at_nics.stops or filters.on_bridges(packets_too=packets_too)
    elsewhere = filters.elsewhere_from_bridges() if packets_too else None
    for bridge in found:
        yield replace(bridge, stops=stops, elsewhere=elsewhere)


def _control(ovs: OpenVswitch) -> tuple[Setting, ...]:
    """Return from where Open vSwitch takes its orders; nothing where there is none."""
    key = "open-vswitch.control"
    if ovs.unread is not None:
        return (Setting(key=key, value=ovs.unread),)
    known = bool(ovs.switches or ovs.controllers)
    return (Setting(key=key, value=" ".join(ovs.controllers)),) if known else ()


def _not_read(why: NotRead, spaces: Spaces, switches: Iterable[FoundSwitch]) -> FoundSwitch:
    """Return what stands for an Open vSwitch that was not read: it may join all that is free."""
    taken = {each for one in switches for port in one.ports for each in port.interfaces}
    free = (
        link.name
        for link in spaces.host.values()
        if link.name not in taken and link.kind not in _NO_WAY and link.enslaved != "bond"
    )
    return FoundSwitch(
        name="open-vswitch",
        kind="open-vswitch",
        ports=tuple(FoundPort(name=name, interfaces=(name,), carried=ALL_TAGS) for name in free),
        uncertain=why,
        flows=why,
    )


def _alone(
    spaces: Spaces,
    switches: Iterable[FoundSwitch],
    settings: SystemSettings,
    machines: frozenset[str],
) -> Iterator[FoundSwitch]:
    """Yield a switch for each interface at no switch by which the host itself takes packets.

    With its cable it is one: of a single port that leads out, or to a machine.
    """
    known = {name for switch in switches for name in switch.own}
    known |= {each for one in switches for port in one.ports for each in port.interfaces}
    for link in spaces.host.values():
        free = link.master is None or link.enslaved == _VRF
        outside = link.name not in known and free and link.kind not in _NO_WAY
        if outside and ((link.up and settings.takes_packets(link)) or link.name in machines):
            port = FoundPort(name=link.name, interfaces=(link.name,), carried=ALL_TAGS)
            yield FoundSwitch(
                name=link.name,
                kind="linux-bridge",
                ports=(port,),
                own={link.name: 0},
                knows_tags=False,
            )


def _routers(
    bundle: Bundle, inside: Iterable[SpaceMachine], machines: Iterable[Machine], spaces: Spaces
) -> Iterator[Device]:
    for one, machine in zip(inside, machines, strict=True):
        several = len(one.links) > 1
        if several and SystemSettings.of(bundle, one.space).forwards():
            yield router(machine, bundle, one.space, spaces.links[one.space].values())


def _host_as_router(
    bundle: Bundle, records: SwitchRecords, links: Iterable[Link]
) -> tuple[Machine, Device]:
    """Return a host that forwards between its own interfaces, as a machine that is a router."""
    identity = f"{records.host}/machine"
    nics = tuple(_own_nic(identity, link, records) for link in links)
    machine = running_machine(identity, bundle.host, records.host, nics)
    return machine, router(machine, bundle, HOST, links)


def _own_nic(machine: str, link: Link, records: SwitchRecords) -> VirtualNic:
    attached = records.own_at[link.name]
    return VirtualNic(
        id=f"{machine}/nic/{link.name}",
        label=link.name,
        mac=link.mac,
        port_group=attached.port_group,
        connected=True,
        start_connected=True,
        addresses=link.addresses,
    )


def _source(bundle: Bundle) -> ReadingSource:
    return ReadingSource(
        kind="linux",
        name=bundle.host,
        started=bundle.started,
        finished=bundle.finished,
        stable=not bundle.changed,
    )


def _unread_host(bundle: Bundle, identity: str, why: NotRead, labels: Labels) -> HostReading:
    """Return a host of which nothing is known but that it is there, and may take any machine."""
    host = Host(id=identity, name=bundle.host, connection=why)
    records = SwitchRecords(identity, {}, frozenset(), labels=labels)
    unread = tuple(_unanswered(bundle, identity))
    if UNREACHED not in bundle.answers:
        own = Unread(object=identity, name=bundle.host, property="interfaces", why=why)
        unread = (own, *unread)
    return HostReading(
        _source(bundle), host, records, unread=unread, plan=Plan(records, why, unread=why)
    )


def _unanswered(bundle: Bundle, identity: str) -> Iterator[Unread]:
    for name, answer in bundle.answers.items():
        failure = answer.failure()
        # What is not installed has nothing to tell.
        if failure is not None and failure.reason != "not-supported":
            yield Unread(object=identity, name=bundle.host, property=name, why=failure)
    for name in bundle.changed:
        detail = "it was another at the end of the reading than at its beginning"
        why = NotRead(reason="changed-while-reading", detail=detail)
        yield Unread(object=identity, name=bundle.host, property=name, why=why)


def _gaps(bundle: Bundle, identity: str, spaces: Spaces, ovs: OpenVswitch) -> Iterator[Unread]:
    if ovs.unread is not None and ovs.unread.reason != "not-supported":
        yield Unread(object=identity, name=bundle.host, property="Open vSwitch", why=ovs.unread)
    for space, why in spaces.unread.items():
        yield Unread(object=identity, name=bundle.host, property=f"namespace {space}", why=why)


def _unread_domains(
    bundle: Bundle, identity: str, unread: Mapping[str, NotRead]
) -> Iterator[Unread]:
    for name, why in unread.items():
        if bundle.answers[name].failure() is None:
            yield Unread(object=identity, name=bundle.host, property=name, why=why)


def _unread_libvirt(bundle: Bundle, identity: str, presence: Fact[bool]) -> Iterator[Unread]:
    if isinstance(presence, NotRead):
        yield Unread(object=identity, name=bundle.host, property="domains", why=presence)
