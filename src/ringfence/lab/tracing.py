"""What the switches and the firewall themselves say about one packet."""

from __future__ import annotations

from ringfence.foundation.errors import LabError
from ringfence.lab import open_vswitch
from ringfence.lab.layout import Layout
from ringfence.lab.place import LabPlace
from ringfence.lab.probe import Probe
from ringfence.lab.programs import run_inside
from ringfence.model.packet import PROTOCOL_NAMES


def trace(place: LabPlace, layout: Layout, probe: Probe) -> str:
    """Return how the sender's switch would handle a packet, and the firewalls' rules with counters.

    ``ofproto/trace`` tells of the first switch; behind it the packet is in the next one's hands.
    """
    parts = [*_switches(place, layout, probe)]
    for node in layout.of_kind("firewall"):
        rules = run_inside(place.namespace(node.name), "nft", "list", "ruleset")
        parts += [f"rules of {node.name}:", rules]
    return "\n".join(parts)


def _switches(place: LabPlace, layout: Layout, probe: Probe) -> list[str]:
    end = layout.opposite(probe.source, probe.interface)
    if end is None:
        return []
    for switch in layout.node(end.node).switches:
        if switch.port(end.interface) is None:
            continue
        if switch.kind != "open-vswitch":
            return [f"{switch.name} on {end.node} is a Linux bridge, which tells no trace"]
        flow = _flow(layout, probe, end.interface)
        try:
            told = open_vswitch.ask(place, end.node, "ofproto/trace", switch.name, flow)
        except LabError as error:
            told = str(error)
        return [f"{switch.name} on {end.node}, {flow}:", told]
    return []


def _flow(layout: Layout, probe: Probe, port: str) -> str:
    """Return a packet as ``ovs-fields(7)`` writes it."""
    nics = layout.node(probe.source).interfaces
    mac = next(one.mac for one in nics if one.name == probe.interface)
    header = probe.header
    six = ":" in header.source
    name = PROTOCOL_NAMES.get(header.protocol, "")
    kind = {"tcp": "tcp", "udp": "udp", "icmp": "icmp", "icmpv6": "icmp"}.get(name, "ip")
    ends = ("ipv6_src", "ipv6_dst") if six else ("nw_src", "nw_dst")
    parts = [
        f"in_port={port}",
        f"{kind}{'6' if six and kind != 'ip' else ('v6' if six else '')}",
        f"dl_src={mac}",
        f"dl_dst={probe.next_hop}",
        f"{ends[0]}={header.source}",
        f"{ends[1]}={header.destination}",
    ]
    if probe.tags:
        parts.append(f"dl_vlan={probe.tags[0]}")
    if kind in {"tcp", "udp"} and header.destination_port is not None:
        parts.append(f"tp_src={header.source_port},tp_dst={header.destination_port}")
    return ",".join(parts)
