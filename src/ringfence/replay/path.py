"""The way of a packet as stations that can be drawn, from the sender to the place reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from ringfence.model.facts import NotRead
from ringfence.model.network import PortGroup, vlan_of
from ringfence.model.packet import Header
from ringfence.replay.fabric import Fabric, Medium, domain_medium
from ringfence.replay.places import Place
from ringfence.replay.rules import Decision

StepKind = Literal[
    "machine",
    "kernel-interface",
    "port-group",
    "switch",
    "uplink",
    "domain",
    "device",
    "place",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One station: ``label`` names the object, ``detail`` says what it did with the packet.

    ``rule`` is the text of the rule that let it through, ``left`` the header that the packet left
    with where it was translated. ``decisive`` marks the last station that
    could have stopped the packet: the last device, or where there is none the port group reached.
    """

    kind: StepKind
    object: str
    label: str
    detail: str = ""
    rule: str | None = None
    decisive: bool = False
    left: Header | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """From a sender to a receiver over one medium, in one VLAN.

    ``let_out`` is what the filters at the sender decided, ``let_in`` those at the receiver.
    """

    sender: Place
    medium: Medium
    vlan: int
    receiver: Place
    let_out: tuple[Decision, ...] = ()
    let_in: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Crossing:
    """Through a device, by what its chains decided; ``outgoing`` is ``None`` where it ends.

    What is ``stopped`` there goes no further. ``left`` is the header that the packet was given,
    ``None`` where it kept its own.
    """

    device: str
    name: str
    incoming: str
    outgoing: str | None
    decisions: tuple[Decision, ...]
    stopped: bool = False
    left: Header | None = None


Trail = tuple[Leg | Crossing, ...]


def draw(fabric: Fabric, trail: Trail) -> tuple[Step, ...]:
    """Return the stations of a trail, the decisive one marked."""
    steps: list[Step] = []
    for number, part in enumerate(trail):
        if isinstance(part, Crossing):
            steps.append(_device(part))
            continue
        if number == 0:
            steps.append(_sender(part.sender))
        steps.extend(_leg(fabric, part))
        if number == len(trail) - 1:
            detail = "receives it"
            steps.append(Step("place", part.receiver.id, part.receiver.label, detail))
    stopping = [number for number, step in enumerate(steps) if step.kind == "device"]
    if not stopping:
        stopping = [number for number, step in enumerate(steps) if step.kind == "port-group"]
    if stopping:
        steps[stopping[-1]] = replace(steps[stopping[-1]], decisive=True)
    return tuple(steps)


def _sender(place: Place) -> Step:
    kind: StepKind = "place"
    if place.kind in {"virtual-nic", "passthrough"}:
        kind = "machine"
    elif place.kind == "kernel-interface":
        kind = "kernel-interface"
    return Step(kind, place.id, place.label, "sends it")


def _leg(fabric: Fabric, leg: Leg) -> Iterator[Step]:
    """Yield what stands between a sender and a receiver."""
    yield from _switching(fabric, leg.sender, leg, out=True)
    if leg.medium[0] == "domain":
        yield Step("domain", leg.medium[1], leg.medium[1], f"VLAN {leg.vlan}")
    elif leg.medium[0] == "undeclared":
        yield Step("domain", "", "a physical network that is not declared", f"VLAN {leg.vlan}")
    yield from reversed(tuple(_switching(fabric, leg.receiver, leg, out=False)))


def _switching(fabric: Fabric, place: Place, leg: Leg, *, out: bool) -> Iterator[Step]:
    """Yield what stands between a place and the medium, seen from the place."""
    inventory = fabric.inventory
    group = None if place.group is None else inventory.port_groups.get(place.group)
    if group is None:
        return
    decided = _deciding(leg.let_out if out else leg.let_in)
    detail = _vlan_detail(group)
    if decided is not None:
        number = f" {decided.number}" if decided.number else ""
        way = "out" if out else "in"
        detail = (
            f"{detail}, its filter {decided.chain} lets it {way}{number and ' by rule'}{number}"
        )
    rule = None if decided is None else decided.text
    yield Step("port-group", group.id, group.name, detail, rule=rule)
    inside = leg.medium[0] == "node"
    host = leg.medium[1] if inside else group.host or place.host
    switch = inventory.switches.get(group.switch)
    host_record = None if host is None else inventory.hosts.get(host)
    where = "" if host_record is None else host_record.name
    # Where both ends are on one switch of one host, it is drawn once, on the sender's side.
    if out or not inside:
        yield Step("switch", group.switch, group.switch if switch is None else switch.name, where)
    if not inside and host is not None:
        nic = _uplink(fabric, group, host, leg.medium)
        if nic is not None:
            yield Step("uplink", nic[0], nic[1], "leaves by it" if out else "comes in by it")


def _vlan_detail(group: PortGroup) -> str:
    text = vlan_of(group.vlan)
    return text if isinstance(group.vlan, NotRead) else f"VLAN {text}"


def _uplink(fabric: Fabric, group: PortGroup, host: str, medium: Medium) -> tuple[str, str] | None:
    """Return id and name of a physical NIC that carries frames to the medium; any of them does."""
    teaming = None if isinstance(group.teaming, NotRead) else group.teaming
    for binding in fabric.bindings(group.switch, host) or ():
        if teaming is not None and binding.name not in (*teaming.active, *teaming.standby):
            continue
        for nic in binding.physical_nics:
            known = fabric.inventory.physical_nics.get(nic)
            domain = fabric.domain_of(nic)
            if known is not None and (domain is None or domain_medium(domain) == medium):
                return nic, f"{known[0].name}/{known[1].name}"
    return None


def _device(crossing: Crossing) -> Step:
    way = f"out by {crossing.outgoing}"
    if crossing.outgoing is None:
        way = "and no further" if crossing.stopped else "to itself"
    decided = _deciding(crossing.decisions)
    by = ""
    if decided is not None:
        number = f" {decided.number}" if decided.number else ""
        by = f", {decided.chain}{number}" if decided.chain else ""
    return Step(
        "device",
        crossing.device,
        crossing.name,
        f"in by {crossing.incoming}, {way}{by}",
        rule=None if decided is None else decided.text,
        left=crossing.left,
    )


def _deciding(decisions: tuple[Decision, ...]) -> Decision | None:
    """Return the last decision that a rule took, else the last one, if there is any.

    What let a packet through says more than what translated it.
    """
    ruled = [each for each in decisions if each.number]
    ruled.sort(key=lambda each: not each.translates)
    return next(iter((*reversed(ruled), *reversed(decisions))), None)
