"""Real packets through the lab: what was sent, what came where, and the true matrix of zones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

import msgspec

from ringfence.foundation.progress import Progress, SilentProgress
from ringfence.lab import frames
from ringfence.lab.layout import Layout
from ringfence.lab.place import LabPlace
from ringfence.lab.probe import Probe
from ringfence.lab.probes import ProbePlan
from ringfence.lab.programs import run_inside
from ringfence.lab.wires import Seen, Sent, Wires
from ringfence.model.packet import Header

_MOST_ROUNDS: Final = 6
"""How often a packet is sent at most that did not come: a switch that is busy may lose some."""


@dataclass(frozen=True)
class Probed:
    """What really happened: every packet, and the nodes that each of them came to.

    ``overheard`` are nodes that saw a packet in a frame that was not meant for them. ``changed``
    are the headers with which packets came to machines, where these are others than were sent.
    """

    layout: Layout
    probes: tuple[Probe, ...]
    arrived: Mapping[int, frozenset[str]] = field(default_factory=dict)
    overheard: Mapping[int, frozenset[str]] = field(default_factory=dict)
    changed: Mapping[tuple[int, str], frozenset[Header]] = field(default_factory=dict)

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
        plain = [one for one in wanted if not one.poisoner]
        made = _frames(layout, plain, run)
        for _ in range(_MOST_ROUNDS):
            missing = [one for one in plain if one.number not in came]
            before = _before(layout, missing, run)
            if before:
                wires.exchange(before)
            found = wires.exchange(_in_turn(made[one.number] for one in missing))
            told.advance(len(missing) if not came else 0)
            seen |= found
            new = {one.number for one in found if one.addressed} - came
            if not new:
                break
            came |= new
        for poisoner in dict.fromkeys(one.poisoner for one in wanted if one.poisoner):
            these = [one for one in wanted if one.poisoner == poisoner]
            seen |= wires.exchange_poisoned(poisoner, _by_own_system(these, run))
            told.advance(len(these))
    return Probed(
        layout,
        tuple(wanted),
        _by_number(one for one in seen if one.addressed),
        _by_number(one for one in seen if not one.addressed),
        _changed({one.number: one.header for one in wanted}, seen),
    )


def _changed(
    sent: Mapping[int, Header], seen: Iterable[Seen]
) -> Mapping[tuple[int, str], frozenset[Header]]:
    found: dict[tuple[int, str], set[Header]] = defaultdict(set)
    for one in seen:
        header = sent.get(one.number)
        if one.ends is None or header is None:
            continue
        source, destination, source_port, destination_port = one.ends
        if source_port is None:
            source_port, destination_port = header.source_port, header.destination_port
        came = msgspec.structs.replace(
            header,
            source=source,
            destination=destination,
            source_port=source_port,
            destination_port=destination_port,
        )
        if came != header:
            found[one.number, one.node].add(came)
    return {key: frozenset(headers) for key, headers in found.items()}


def _by_number(seen: Iterable[Seen]) -> Mapping[int, frozenset[str]]:
    nodes: dict[int, set[str]] = defaultdict(set)
    for one in seen:
        nodes[one.number].add(one.node)
    return {number: frozenset(names) for number, names in nodes.items()}


def _frames(layout: Layout, probes: Iterable[Probe], run: int) -> Mapping[int, Sent]:
    """Return the frame of each packet, by its number."""
    macs = _macs(layout)
    found = {}
    for one in probes:
        ethertype, content = frames.packet(one.header, frames.payload(run, one.number))
        mac = macs[one.source, one.interface]
        frame = frames.ethernet(one.next_hop, mac, ethertype, content, one.tags)
        found[one.number] = Sent(one.source, one.interface, frame)
    return found


def _in_turn(sent: Iterable[Sent]) -> list[Sent]:
    """Return frames, senders in turn, so that no cable carries all of them at once."""
    of_sender: dict[str, list[Sent]] = defaultdict(list)
    for one in sent:
        of_sender[one.node].append(one)
    turns = zip_longest(*of_sender.values())
    return [one for turn in turns for one in turn if one is not None]


def _before(layout: Layout, probes: Iterable[Probe], run: int) -> list[Sent]:
    """Return the frames that go before those of packets, for these to be taken for answers."""
    macs = _macs(layout)
    found = []
    for one in probes:
        planted = one.planted
        if planted is not None:
            data = frames.payload(run, one.number, looked_for=False)
            ethertype, content = frames.packet(planted.header, data)
            mac = macs[planted.source, planted.interface]
            frame = frames.ethernet(planted.next_hop, mac, ethertype, content)
            found.append(Sent(planted.source, planted.interface, frame))
    return found


def _by_own_system(probes: Iterable[Probe], run: int) -> list[Sent]:
    """Return packets that their senders' own systems put into frames."""
    return [
        Sent(one.source, "", content, one.header.destination)
        for one in probes
        for _, content in (frames.packet(one.header, frames.payload(run, one.number)),)
    ]


def _macs(layout: Layout) -> Mapping[tuple[str, str], str]:
    return {
        (node.name, interface.name): interface.mac
        for node in layout.of_kind("machine")
        for interface in node.interfaces
    }
