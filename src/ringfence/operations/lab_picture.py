"""A lab as it is drawn: its hosts, the switches of each, what is at their ports, and the cables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.foundation.text import counted, listed
from ringfence.lab.layout import Bond, Layout, Node, Switch, SwitchPort


@dataclass(frozen=True, slots=True)
class PortLine:
    """What is at a port of a switch, in which VLANs; ``zone`` of a machine or the host itself.

    ``changed`` where a fault made it what it is.
    """

    vlans: str
    what: str
    zone: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class SwitchPicture:
    """A switch with the lines of its ports."""

    name: str
    kind: str
    lines: tuple[PortLine, ...]


@dataclass(frozen=True, slots=True)
class BoxPicture:
    """A host or the physical switches between hosts; ``physical`` tells which."""

    name: str
    physical: bool
    switches: tuple[SwitchPicture, ...]


@dataclass(frozen=True, slots=True)
class FirewallLine:
    """A sentence about a firewall; ``changed`` where a fault made its rules what they are."""

    sentence: str
    changed: bool


@dataclass(frozen=True, slots=True)
class LabPicture:
    """The boxes in order, then a sentence for each firewall."""

    boxes: tuple[BoxPicture, ...]
    firewalls: tuple[FirewallLine, ...]
    zones: tuple[str, ...]
    """Zones in order of their first machine."""

    def changed(self) -> tuple[str, ...]:
        """Return what a fault made what it is: each port and firewall by its name."""
        lines = (
            f"{box.name} {switch.name}: {line.vlans} {line.what}".replace(":  ", ": ")
            for box in self.boxes
            for switch in box.switches
            for line in switch.lines
            if line.changed
        )
        return (*lines, *(one.sentence for one in self.firewalls if one.changed))

    @property
    def is_broken(self) -> bool:
        """Whether a fault made anything what it is."""
        return bool(self.changed())


def picture(whole: Layout, now: Layout) -> LabPicture:
    """Return the lab as it is ``now``; what differs from ``whole`` is marked."""
    zones = dict.fromkeys(node.zone for node in whole.of_kind("machine"))
    return LabPicture(
        boxes=tuple(_boxes(whole, now)),
        firewalls=tuple(_firewall(whole.node(node.name), node) for node in now.of_kind("firewall")),
        zones=tuple(zones),
    )


def _boxes(whole: Layout, now: Layout) -> Iterator[BoxPicture]:
    before = {node.name: tuple(_switches(whole, node)) for node in whole.nodes}
    nodes = (*now.of_kind("host"), *now.of_kind("fabric"))
    for node in nodes:
        known = {(one.name, line) for one in before[node.name] for line in one.lines}
        switches = tuple(
            SwitchPicture(
                one.name,
                one.kind,
                tuple(
                    PortLine(line.vlans, line.what, line.zone, (one.name, line) not in known)
                    for line in one.lines
                ),
            )
            for one in _switches(now, node)
        )
        yield BoxPicture(node.name, node.kind == "fabric", switches)


def _switches(layout: Layout, node: Node) -> Iterator[SwitchPicture]:
    for switch in node.switches:
        kind = switch.kind.replace("-", " ")
        yield SwitchPicture(switch.name, kind, tuple(_lines(layout, node, switch)))


def _lines(layout: Layout, node: Node, switch: Switch) -> Iterator[PortLine]:
    for port in switch.ports:
        yield _line(layout, node, port.interface, _vlans(port))
        if port.interface in node.listens:
            yield PortLine("", f"{node.name} itself, by {port.interface}", node.zone)
    for bond in switch.bonds:
        names = "+".join(bond.interfaces)
        yield _line(layout, node, bond.interfaces[0], _bond_vlans(bond), called=names)
    if switch.addresses:
        yield PortLine(_number(switch.tag), f"{node.name} itself", node.zone)
    for own in switch.own:
        what = f"{node.name} itself, by {own.interface.name}"
        yield PortLine(_number(own.tag), what, node.zone)
    for mirror in switch.mirrors:
        of = "everything" if mirror.vlan is None else f"VLAN {mirror.vlan}"
        yield PortLine("", f"mirror {mirror.name}: copies {of} to {mirror.output}")
    for flow in switch.flows:
        yield PortLine("", f"flow {flow}")


def _line(layout: Layout, node: Node, interface: str, vlans: str, called: str = "") -> PortLine:
    name, end = called or interface, layout.opposite(node.name, interface)
    if end is None:
        return PortLine(vlans, f"{name}, without a cable")
    other = layout.node(end.node)
    if other.kind == "machine":
        nic = "" if len(other.interfaces) == 1 else f" ({end.interface})"
        return PortLine(vlans, f"{other.name}{nic}", other.zone)
    if other.kind == "firewall":
        return PortLine(vlans, f"{other.name} ({end.interface})", end.interface)
    there = "" if other.name == node.name else f"{other.name} "
    return PortLine(vlans, f"{name} ── {there}{end.interface}")


def _vlans(port: SwitchPort) -> str:
    if port.mode == "access":
        return _number(port.tag)
    tagged = ",".join(map(str, port.trunks)) or "every"
    native = "" if port.tag is None else f"{port.tag}, "
    return f"{native}{tagged} tagged"


def _bond_vlans(bond: Bond) -> str:
    return _number(bond.tag) if not bond.trunks else f"{','.join(map(str, bond.trunks))} tagged"


def _number(tag: int | None) -> str:
    return "" if tag is None else str(tag)


def _firewall(was: Node, node: Node) -> FirewallLine:
    lines = (line.strip() for line in node.ruleset.splitlines() if line.startswith("    "))
    rules = sum(not line.startswith("type ") for line in lines)
    where = f"is a machine on {node.host}" if node.host else "is a physical device"
    joins = listed(one.name for one in node.interfaces)
    sentence = f"{node.name} {where}, between {joins}: {counted(rules, 'rule')}."
    changed = (was.ruleset, was.reverse_path) != (node.ruleset, node.reverse_path)
    return FirewallLine(sentence, changed)
