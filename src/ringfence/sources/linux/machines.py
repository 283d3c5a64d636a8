"""Machines of a host: named network namespaces on its switches, and the NICs of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ringfence.model.facts import Fact, NotRead
from ringfence.model.machines import Machine, VirtualNic
from ringfence.sources.linux.found_switches import FoundPort, FoundSwitch
from ringfence.sources.linux.links import Link
from ringfence.sources.linux.spaces import HOST, Spaces
from ringfence.sources.linux.switch_records import SwitchRecords

_NAMED_BY: Final = ("vm-name", "vm-id")
"""What management software writes on a port of Open vSwitch, the name before the identifier."""
_NO_END: Final = "the other end of its cable is in no namespace that was read"


@dataclass(frozen=True, slots=True)
class SpaceMachine:
    """A namespace that is a machine: its interfaces, and the host's end of the cable of each."""

    space: str
    name: str
    links: tuple[Link, ...]
    ends: Mapping[str, str]


def space_machines(
    spaces: Spaces, named: Mapping[str, str] | None, switches: tuple[FoundSwitch, ...]
) -> tuple[SpaceMachine, ...]:
    """Return the namespaces that are machines.

    ``named`` gives the names of those that are, ``None`` takes every namespace. One whose end of
    a cable is itself part of a bridge, or listens to frames for others, may hand on what it gets:
    it is none, and its cables lead out of the host, unless it is named.
    """
    said = dict(_said_names(switches))
    moved = {each for switch in switches for port in switch.ports for each in port.interfaces}
    moved -= spaces.host.keys()
    found = []
    for space, links in spaces.links.items():
        if space == HOST or (named is not None and space not in named):
            continue
        inside = tuple(link for link in links.values() if link.kind != "loopback")
        ends = {
            link.name: end.link.name
            for link in inside
            if (end := spaces.cables.get((space, link.name))) is not None
        }
        # A switch's own port that was moved into the namespace keeps its name.
        ends |= {link.name: link.name for link in inside if link.name in moved}
        if named is None and any(link.promiscuous or link.master for link in inside):
            continue
        names = [said[end] for end in ends.values() if end in said]
        name = named[space] if named is not None else (names[0] if names else space)
        found.append(SpaceMachine(space, name, inside, ends))
    return tuple(found)


_STAYS: Final = NotRead(reason="not-supported", detail="it never moves to another host")


def _said_names(switches: tuple[FoundSwitch, ...]) -> Iterator[tuple[str, str]]:
    """Yield the interface and the machine's name of every port that says it."""
    for switch in switches:
        for port in switch.ports:
            name = _said_name(port)
            if name:
                yield from ((interface, name) for interface in port.interfaces)


def _said_name(port: FoundPort) -> str:
    return next((port.words[word] for word in _NAMED_BY if port.words.get(word)), "")


def machine_record(machine: SpaceMachine, spaces: Spaces, records: SwitchRecords) -> Machine:
    """Return a namespace as a machine, its NICs attached as its cables are."""
    identity = f"{records.host}/machine/{machine.space}"
    nics = tuple(_nic(identity, link, machine, spaces, records) for link in machine.links)
    return running_machine(identity, machine.name, records.host, nics)


def running_machine(identity: str, name: str, host: str, nics: tuple[VirtualNic, ...]) -> Machine:
    """Return a part of a host that runs as a machine of its own, and that nothing manages."""
    return Machine(
        id=identity,
        name=name,
        host=host,
        folder=None,
        pool=None,
        power="on",
        template=False,
        tags=(),
        nics=nics,
        passthrough=(),
        migration_encryption=_STAYS,
        extra=(),
    )


def _nic(
    machine: str, link: Link, of: SpaceMachine, spaces: Spaces, records: SwitchRecords
) -> VirtualNic:
    end = of.ends.get(link.name)
    attached = None if end is None else records.at.get(end)
    group: Fact[str | None] = NotRead(reason="not-collected", detail=_NO_END)
    port: Fact[str | None] = None
    up = link.up
    if end is not None:
        up = up and (end not in spaces.host or spaces.host[end].up)
        detail = f"what {end} is part of is not modelled"
        group = NotRead(reason="not-understood", detail=detail)
    if attached is not None:
        group, port = attached.port_group, attached.port
    return VirtualNic(
        id=f"{machine}/nic/{link.name}",
        label=link.name,
        mac=link.mac,
        mac_assignment="assigned",
        port_group=group,
        port=port,
        # Whoever may bring it up may be inside: only what is up now is certain.
        connected=True if up else NotRead(reason="not-collected", detail="it is down now"),
        start_connected=True if up else NotRead(reason="not-collected", detail="it is down now"),
        addresses=link.addresses,
    )
