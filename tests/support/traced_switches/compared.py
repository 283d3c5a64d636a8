"""What the interpreter says of a switch that was read, held against ``ofproto/trace``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ringfence.lab.ovs_traces import Out
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.packet import UDP, Header
from ringfence.model.snapshot import Snapshot
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.places import interface_place
from ringfence.replay.wiring import Bound, WiredDomain, WiredInterface, Wiring
from ringfence.sources.linux.bundle import Answer, Bundle
from ringfence.sources.linux.commands import (
    HOST_COMMANDS,
    NAMESPACE_COMMANDS,
    Command,
    of_bridge,
    of_namespace,
)
from ringfence.sources.linux.snapshot import snapshot_of
from traced_switches.configured import VLANS, Configuration, configuration
from traced_switches.simulated import BRIDGE, SimulatedSwitch

_NATIVE = 3999
"""The VLAN of the physical network that frames without a tag are in; no switch names it."""
_STRANGE = 77
_TAGS = (None, 0, *VLANS, _STRANGE, _NATIVE)
"""With what tags frames are tried: those that some port names, one that none does."""
_ANY = Header(source="192.0.2.1", destination="192.0.2.2", protocol=UDP)
_HOST = "h"
_BOUNDS: tuple[Bound, Bound] = ("lower", "upper")
_LOOPBACK = {"ifindex": 1, "ifname": "lo", "flags": ["UP"], "link_type": "loopback"}
_ELSE = {"nftables": '{"nftables": []}', "settings": "ipv4/ip_forward:0\n", "listening": ""}
"""What a host says that neither routes nor filters nor serves anything."""


End = tuple[str, int | None]
"""A machine's port, or a port that leads out and a VLAN behind it."""


@dataclass(frozen=True)
class _Reached:
    """Ends that frames get to: by some tag that may be, and by one that surely is."""

    anyhow: frozenset[End]
    surely: frozenset[End]


@dataclass(frozen=True)
class Traced:
    """What was compared of one switch: traces, ordered pairs of ends, and what differs.

    ``exact`` counts the pairs of which the proof says one thing for certain.
    """

    traces: int
    pairs: int
    exact: int
    differences: tuple[str, ...]


def traced(switch: SimulatedSwitch, seed: int) -> Traced:
    """Hold what is said of a switch that is configured by a seed against its own traces."""
    return compared_with_traces(switch, configuration(seed))


def compared_with_traces(switch: SimulatedSwitch, wanted: Configuration) -> Traced:
    """Configure a switch, read it, and hold what is said of it against its own traces."""
    before = switch.traces
    switch.configure(wanted.words, wanted.flows)
    for name, nics in wanted.uplinks.items():
        if len(nics) > 1:
            switch.ready(name)
    snapshot = snapshot_of([_bundle(switch, wanted)])
    ends: tuple[End, ...] = (
        *((name, None) for name in wanted.machines),
        *((name, vlan) for name in wanted.uplinks for vlan in (*VLANS, _STRANGE, _NATIVE)),
    )
    lower, upper = (_Said(snapshot, wanted, bound) for bound in _BOUNDS)
    differences = []
    exact = pairs = 0
    for source in ends:
        really = _really(switch, wanted, source)
        surely, may = lower.reached(source), upper.reached(source)
        # What left by a port does not come back by it.
        others = [one for one in ends if one[0] != source[0]]
        pairs += len(others)
        exact += sum((one in surely) == (one in may) for one in others)
        differences += [
            f"{source} gets to {one}, and may not"
            for one in others
            if one in really.anyhow and one not in may
        ]
        differences += [
            f"{source} surely gets to {one}, and does not"
            for one in others
            if one in surely and one not in really.surely and not wanted.whole
        ]
    return Traced(switch.traces - before, pairs, exact, tuple(differences))


def _really(switch: SimulatedSwitch, wanted: Configuration, source: End) -> _Reached:
    """Return where frames get from an end, as the switch itself tells of each tag."""
    name, vlan = source

    def flooded(*tags: int | None) -> frozenset[End]:
        return frozenset(
            _end(wanted, out)
            for port in wanted.uplinks.get(name, (name,))
            for tag in tags
            for out in switch.floods(port, tag)
        )

    if vlan is None:
        every = flooded(*_TAGS)
        return _Reached(every, every)
    if vlan == _NATIVE:
        return _Reached(flooded(None, 0, _NATIVE), flooded(None))
    only = flooded(vlan)
    return _Reached(only, only)


def _end(wanted: Configuration, out: Out) -> End:
    port, vlan = out
    name = next((name for name, nics in wanted.uplinks.items() if port in nics), None)
    return (port, None) if name is None else (name, vlan or _NATIVE)


class _Said:
    """What the interpreter says of a snapshot, for one bound."""

    def __init__(self, snapshot: Snapshot, wanted: Configuration, bound: Bound) -> None:
        domains = tuple(
            WiredDomain(
                name=name,
                uplinks=tuple(f"{_HOST}/{nic}" for nic in nics),
                native=_NATIVE,
                double_tags=False,
            )
            for name, nics in wanted.uplinks.items()
        )
        interfaces = tuple(
            WiredInterface(device="outside", name=f"{name}-{vlan}", domain=name, vlan=vlan)
            for name in wanted.uplinks
            for vlan in (*VLANS, _STRANGE, _NATIVE)
        )
        self._ends: dict[str, End] = {
            nic.id: (machine.name, None)
            for machine in snapshot.machines
            for nic in (() if isinstance(machine.nics, NotRead) else machine.nics)
        }
        self._ends |= {interface_place(one): (one.domain or "", one.vlan) for one in interfaces}
        wiring = Wiring(domains=domains, interfaces=interfaces)
        self._interpreter = Interpreter(Inventory(snapshot), wiring, bound)

    def reached(self, source: End) -> frozenset[End]:
        """Return the ends that hear what an end sends."""
        places = self._interpreter.places
        return frozenset(
            self._ends[delivery.place]
            for identity, end in self._ends.items()
            if end == source and identity in places
            for delivery in self._interpreter.deliveries(identity, _ANY)
            if delivery.place in self._ends
        )


def _bundle(switch: SimulatedSwitch, wanted: Configuration) -> Bundle:
    """Return what a host would say that has this switch, and machines at its ports."""
    spaces = [f"space-{name}" for name in wanted.machines]
    nics = [nic for several in wanted.uplinks.values() for nic in several]
    inner = {
        f"netns-addresses.{space}": [_LOOPBACK, _link("eth0", 2, to=(10 + number, 0))]
        for number, space in enumerate(spaces)
    }
    made: dict[str, Any] = {
        "addresses": [
            _LOOPBACK,
            _link(BRIDGE, 2, kind="openvswitch", up=False),
            *(
                _link(name, 10 + number, to=(2, number + 1))
                for number, name in enumerate(wanted.machines)
            ),
            *(_link(name, 50 + number, kind="") for number, name in enumerate(nics)),
        ],
        "namespaces": [{"name": name, "id": number} for number, name in enumerate(spaces, 1)],
        **inner,
    }
    commands = [*HOST_COMMANDS, *NAMESPACE_COMMANDS, *of_bridge(BRIDGE)]
    commands += [command for space in spaces for command in of_namespace(space)]
    answers = {one.name: _answer(switch, one, made) for one in commands}
    machines = dict(zip(spaces, wanted.machines, strict=True))
    return Bundle(_HOST, answers, machines=machines)


def _answer(switch: SimulatedSwitch, command: Command, made: Mapping[str, Any]) -> Answer:
    if command.name in made:
        return Answer(command.argv, 0, json.dumps(made[command.name]).encode())
    if command.name.startswith("ovs-"):
        return Answer(command.argv, 0, switch.run(*command.argv).encode())
    if command.argv[0] == "virsh":
        return Answer(command.argv, None, b"", problem="virsh is not installed")
    kind = command.name.removeprefix("netns-").partition(".")[0]
    return Answer(command.argv, 0, _ELSE.get(kind, "[]").encode())


def _link(
    name: str, index: int, *, kind: str = "veth", up: bool = True, to: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Return an interface as ``ip`` tells it; ``to`` is the other end of its cable, and where."""
    other = {} if to is None else {"link_index": to[0], "link_netnsid": to[1]}
    return {
        "ifindex": index,
        "ifname": name,
        "flags": ["UP", "LOWER_UP"] if up else [],
        "link_type": "ether",
        "address": f"02:00:00:00:00:{index:02x}",
        "linkinfo": {"info_kind": kind} if kind else {},
        **other,
    }
