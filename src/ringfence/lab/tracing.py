"""What the switches and the firewalls on the way of one packet say themselves about it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_interface
from typing import Final

from ringfence.foundation.errors import LabError
from ringfence.lab import open_vswitch
from ringfence.lab.layout import End, Layout, Node, Switch
from ringfence.lab.ovs_traces import outputs, ports_told
from ringfence.lab.place import LabPlace
from ringfence.lab.probe import Probe
from ringfence.lab.rule_traces import followed_by_rules
from ringfence.model.packet import PROTOCOL_NAMES

_STOPPED: Final = re.compile(r"policy drop\s*$|\(verdict (?:drop|reject)", re.MULTILINE)
_LEFT_BY: Final = re.compile(r'oif "([^"]+)"')


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a frame comes into a switch, with which tag and to which MAC address."""

    end: End
    vlan: int | None
    to: str


def trace(place: LabPlace, layout: Layout, probe: Probe) -> str:
    """Return how every switch on the way would handle a packet, and what the firewalls' rules did.

    Switches tell by ``ofproto/trace``, of the packet as it was sent; behind a firewall, as it comes
    out of there if nothing is translated. Firewalls tell by nftables' own trace of the packet,
    which is sent once more for it.
    """
    nics = layout.node(probe.source).interfaces
    mac = next((one.mac for one in nics if one.name == probe.interface), "")
    tag = probe.tags[0] if probe.tags else None
    tracer = _Tracer(place, layout, probe)
    start = layout.opposite(probe.source, probe.interface)
    parts = list(tracer.through_switches(start, mac, tag, probe.next_hop))
    for node in layout.of_kind("firewall"):
        told = followed_by_rules(place, layout, node, probe)
        parts += [f"rules of {node.name}:", told or "  no such packet came to them"]
        for name in () if _STOPPED.search(told) else dict.fromkeys(_LEFT_BY.findall(told)):
            out = next((one for one in node.interfaces if one.name == name), None)
            if out is not None:
                onward = layout.opposite(node.name, name)
                parts.append(f"behind {node.name}, {name}:")
                parts += tracer.through_switches(onward, out.mac, None, tracer.destination())
    return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class _Tracer:
    place: LabPlace
    layout: Layout
    probe: Probe

    def destination(self) -> str:
        """Return the MAC address of whoever has the packet's destination, else everybody's."""
        for node in self.layout.nodes:
            for one in node.interfaces:
                if self.probe.header.destination in (
                    str(ip_interface(a).ip) for a in one.addresses
                ):
                    return one.mac
        return "ff:ff:ff:ff:ff:ff"

    def through_switches(
        self, start: End | None, mac: str, vlan: int | None, to: str
    ) -> Iterator[str]:
        """Yield what each switch tells that a frame gets to, from an end of a cable on."""
        waiting = deque([] if start is None else [_Frame(start, vlan, to)])
        met = set(waiting)
        while waiting:
            frame = waiting.popleft()
            node = self.layout.node(frame.end.node)
            switch = next((one for one in node.switches if _has_port(one, frame.end)), None)
            if switch is None:
                yield f"{node.name} gets it by {frame.end.interface}, {_tagged(frame.vlan)}"
                continue
            told, left = self._handled(node, switch, frame, mac)
            yield told
            for interface, tag in left:
                far = self.layout.opposite(node.name, interface)
                onward = None if far is None else _Frame(far, tag, to)
                if onward is not None and onward not in met:
                    met.add(onward)
                    waiting.append(onward)

    def _handled(
        self, node: Node, switch: Switch, frame: _Frame, mac: str
    ) -> tuple[str, list[tuple[str, int | None]]]:
        where = f"{switch.name} on {node.name}, by {frame.end.interface}"
        if switch.kind == "linux-bridge":
            others = [one.interface for one in switch.ports if one.interface != frame.end.interface]
            told = f"{where}: a Linux bridge, which tells no trace; it may send it to any port"
            return told, [(name, frame.vlan) for name in others]
        flow = self._flow(frame, mac)
        try:
            told = open_vswitch.ask(self.place, node.name, "ofproto/trace", switch.name, flow)
            ports = ports_told(open_vswitch.ask(self.place, node.name, "dpif/show"))
        except LabError as error:
            return f"{where}, {flow}:\n{error}", []
        left = [one for one in outputs(told, ports, frame.vlan) if one[0] != switch.name]
        return f"{where}, {flow}:\n{told}", left

    def _flow(self, frame: _Frame, mac: str) -> str:
        """Return a packet as ``ovs-fields(7)`` writes it."""
        header = self.probe.header
        six = ":" in header.source
        name = PROTOCOL_NAMES.get(header.protocol, "")
        kind = {"tcp": "tcp", "udp": "udp", "icmp": "icmp", "icmpv6": "icmp"}.get(name, "ip")
        ends = ("ipv6_src", "ipv6_dst") if six else ("nw_src", "nw_dst")
        parts = [
            f"in_port={frame.end.interface}",
            f"{kind}{'6' if six and kind != 'ip' else ('v6' if six else '')}",
            f"dl_src={mac}",
            f"dl_dst={frame.to}",
            f"{ends[0]}={header.source}",
            f"{ends[1]}={header.destination}",
        ]
        if frame.vlan is not None:
            parts.append(f"dl_vlan={frame.vlan}")
        if kind in {"tcp", "udp"} and header.destination_port is not None:
            ports = (("src", header.source_port), ("dst", header.destination_port))
            parts += [f"{kind}_{end}={number}" for end, number in ports]
        return ",".join(parts)


def _has_port(switch: Switch, end: End) -> bool:
    bonded = (name for bond in switch.bonds for name in bond.interfaces)
    return switch.port(end.interface) is not None or end.interface in bonded


def _tagged(vlan: int | None) -> str:
    return "untagged" if vlan is None else f"with the tag {vlan}"
