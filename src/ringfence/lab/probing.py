"""Real packets through the lab: what was sent, what came where, and the true matrix of zones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ringfence.foundation.progress import Progress, SilentProgress
from ringfence.lab import frames
from ringfence.lab.layout import Layout
from ringfence.lab.place import LabPlace
from ringfence.lab.probes import Probe, ProbePlan
from ringfence.lab.programs import run_inside
from ringfence.lab.wires import Seen, Sent, Wires

_MOST_ROUNDS: Final = 6
"""How often a packet is sent at most that did not come: a switch that is busy may lose some."""


@dataclass(frozen=True)
class Probed:
    """What really happened: every packet, and the nodes that each of them came to.

    ``overheard`` are nodes that saw a packet in a frame that was not meant for them.
    """

    layout: Layout
    probes: tuple[Probe, ...]
    arrived: Mapping[int, frozenset[str]] = field(default_factory=dict)
    overheard: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def came_to(self, probe: Probe) -> bool:
        """Tell whether a packet came to where it was meant to."""
        return probe.destination in self.arrived.get(probe.number, frozenset())


def firewall_rules(place: LabPlace, layout: Layout) -> str:
    """Return the rules that are in force on the lab's firewalls."""
    return "".join(
        run_inside(place.namespace(node.name), "nft", "list", "ruleset")
        for node in layout.of_kind("firewall")
    )


def probe(
    place: LabPlace,
    layout: Layout,
    run: int,
    progress: Progress | None = None,
    probes: Sequence[Probe] | None = None,
) -> Probed:
    """Send every packet of the lab, or these, and tell which came where.

    ``run`` is a number that no other run has. Raises ``LabError`` where a node is gone.
    """
    told = progress or SilentProgress()
    wanted = probes or ProbePlan(layout, firewall_rules(place, layout)).probes()
    told.step("Sending packets", len(wanted))
    seen: set[Seen] = set()
    with Wires(place, layout, run) as wires:
        wires.forget_connections()
        wires.meet()
        came: set[int] = set()
        for _ in range(_MOST_ROUNDS):
            missing = [one for one in wanted if one.number not in came]
            found = wires.exchange(_sent(layout, missing, run))
            told.advance(len(missing) if not came else 0)
            seen |= found
            new = {one.number for one in found if one.addressed} - came
            if not new:
                break
            came |= new
    return Probed(
        layout,
        tuple(wanted),
        _by_number(one for one in seen if one.addressed),
        _by_number(one for one in seen if not one.addressed),
    )


def _by_number(seen: Iterable[Seen]) -> Mapping[int, frozenset[str]]:
    nodes: dict[int, set[str]] = defaultdict(set)
    for one in seen:
        nodes[one.number].add(one.node)
    return {number: frozenset(names) for number, names in nodes.items()}


def _sent(layout: Layout, probes: Iterable[Probe], run: int) -> list[Sent]:
    """Return frames, senders in turn, so that no cable carries all of them at once."""
    macs = {
        (node.name, interface.name): interface.mac
        for node in layout.of_kind("machine")
        for interface in node.interfaces
    }
    of_sender: dict[str, list[Sent]] = defaultdict(list)
    for one in probes:
        ethertype, content = frames.packet(one.header, frames.payload(run, one.number))
        frame = frames.ethernet(
            one.next_hop, macs[one.source, one.interface], ethertype, content, one.tags
        )
        of_sender[one.source].append(Sent(one.number, one.source, one.interface, frame))
    longest = max(map(len, of_sender.values()), default=0)
    return [
        each[place] for place in range(longest) for each in of_sender.values() if place < len(each)
    ]
