"""A device as it was read, met by packets at the corners of its rules: two readings of it agree."""

from __future__ import annotations

from pathlib import Path
from random import Random

from generated.corners import corner_packets
from generated.network import Network
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.packet import Header
from ringfence.model.rules import Device
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.policy.document import DeclaredDevice, InterfaceAttachment, Policy, Zone
from ringfence.reach.question import Question
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.wiring import Bound, WiredInterface, Wiring
from ringfence.sources.devices.saved import read_device

BOUNDS: tuple[Bound, Bound] = ("lower", "upper")


def read(folder: Path, **files: str) -> Device:
    """The device whose saved files these are, read from a folder."""
    for name, content in files.items():
        (folder / name).write_text(content)
    return read_device("fw", [folder])


class Agreement:
    """The engine and the interpreter about one device, each of whose interfaces is a zone."""

    def __init__(self, device: Device) -> None:
        assert not isinstance(device.interfaces, NotRead)
        names = [one.name for one in device.interfaces if one.name != "lo"]
        self.zones = {name: f"at-{number}" for number, name in enumerate(names)}
        self.snapshot = Snapshot(
            sources=(ReadingSource(kind="saved", name="saved"),), devices=(device,)
        )
        self.policy = Policy(
            ringfence=1,
            name="read-back",
            configuration="physical-separation",
            zones={zone: Zone(trust=1, external=True) for zone in self.zones.values()},
            devices={
                "fw": DeclaredDevice(
                    kind="firewall",
                    physical=True,
                    interfaces={
                        name: InterfaceAttachment(zone=zone) for name, zone in self.zones.items()
                    },
                )
            },
        )
        self.wiring = Wiring(
            interfaces=tuple(
                WiredInterface("fw", name, zone=zone) for name, zone in self.zones.items()
            ),
            external_zones=tuple(self.zones.values()),
        )
        self.question = Question(self.snapshot, self.policy, ())

    def corners(self, seed: int = 1) -> tuple[Header, ...]:
        """Packets at the ends of what the device's rules and routes compare with."""
        case = Network(self.snapshot, self.policy, (), self.wiring, (), exact=False)
        return tuple(corner_packets(case, Random(f"read back {seed}")))

    def delivered(self, source: str, header: Header, bound: Bound) -> set[tuple[str, Header]]:
        """Where, and as what, the interpreter delivers a packet that an interface's zone sends."""
        interpreter = Interpreter(Inventory(self.snapshot), self.wiring, bound)
        zones = {f"external:{zone}": name for name, zone in self.zones.items()}
        return {
            (zones[one.place], one.header)
            for one in interpreter.deliveries(f"external:{self.zones[source]}", header)
            if one.place in zones and zones[one.place] != source
        }

    def arrives(self, source: str, destination: str, header: Header) -> tuple[bool, bool]:
        """Whether a packet surely gets from one interface to another, and whether it may."""
        lower, upper = (
            destination in {place for place, _ in self.delivered(source, header, bound)}
            for bound in BOUNDS
        )
        return lower, upper

    def hold(self, packets: tuple[Header, ...], *, translating: bool = False) -> int:
        """Compare engine and interpreter on packets; return how many of them arrived somewhere."""
        arrived = 0
        for bound in BOUNDS:
            matrix = self.question.matrix(bound)
            for source in self.zones:
                for header in packets:
                    found = self.delivered(source, header, bound)
                    arrived += bool(found)
                    for destination in self.zones.keys() - {source}:
                        told = matrix.delivered_with_local(
                            self.zones[source], self.zones[destination]
                        )
                        forms = {form for place, form in found if place == destination}
                        for form in forms:
                            assert self.question.space.contains(told, form), (bound, header, form)
                        # What is changed on the way may have been another packet before.
                        if not translating and header not in forms:
                            assert not self.question.space.contains(told, header), (bound, header)
        return arrived
