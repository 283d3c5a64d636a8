"""What is attached to the port groups of a host: machines, gates between port groups."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from ringfence.policy.membership import Membership

TabKey = tuple[str, str]
"""Switch name and port group name."""

MOST_CHIPS: Final = 6
_TROUBLED = ("misplaced", "ambiguous", "unread", "nowhere")


@dataclass(frozen=True, slots=True)
class Attached:
    """A machine with the tabs that its NICs use, and where each NIC stands.

    ``own`` is what the live port of a NIC sets for itself, unlike its port group.
    """

    machine: str
    host: str
    tabs: tuple[TabKey, ...]
    memberships: tuple[Membership, ...]
    own: str = ""

    @property
    def device(self) -> str | None:
        """The declared device that it is, if any."""
        return next((each.device for each in self.memberships if each.device), None)

    @property
    def zone(self) -> str | None:
        """Its zone; ``None`` where it is not decided or it stands in several."""
        zones = {each.zone for each in self.memberships}
        return zones.pop() if len(zones) == 1 else None

    @property
    def trouble(self) -> str:
        """What is wrong with its placement, in one word; empty where nothing is."""
        return next((each.standing for each in self.memberships if each.standing in _TROUBLED), "")

    @property
    def remark(self) -> str:
        """What stands after its name, since it is not as others are there; empty for most."""
        return (self.zone or self.trouble) if self.trouble else self.own


@dataclass(frozen=True, slots=True)
class Chip:
    """One or several machines of a zone on a tab, drawn as one; ``remark`` as in ``Attached``."""

    label: str
    zone: str | None
    count: int
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """A machine that joins tabs: a declared ``device``, or one with NICs in several places."""

    name: str
    kind: Literal["device", "joins"]
    device: str | None
    zone: str | None
    host: str
    tabs: tuple[TabKey, ...]


@dataclass(slots=True)
class Attachments:
    """Machines on the tabs of one drawing, as chips by tab, and gates across tabs."""

    on_tab: dict[TabKey, list[Attached]] = field(default_factory=dict)
    gates: list[Gate] = field(default_factory=list)


def attachments(machines: Iterable[Attached]) -> Attachments:
    """Return machines sorted into those on one tab and those that join several."""
    found = Attachments()
    for machine in sorted(machines, key=lambda each: (natural(each.machine), each.machine)):
        tabs = tuple(dict.fromkeys(machine.tabs))
        if machine.device is not None or len(tabs) > 1:
            found.gates.append(
                Gate(
                    name=machine.machine,
                    kind="device" if machine.device is not None else "joins",
                    device=machine.device,
                    zone=machine.zone,
                    host=machine.host,
                    tabs=tabs,
                )
            )
        elif tabs:
            found.on_tab.setdefault(tabs[0], []).append(machine)
    return found


def chips(machines: Iterable[Attached], most: int = MOST_CHIPS) -> tuple[Chip, ...]:
    """Return at most ``most`` chips that stand for all the machines; remarks stay visible.

    Machines with a remark come first and alone while there is room, the others are joined by zone
    and stem of their names as soon as they would not fit one by one.
    """
    listed = list(machines)
    marked = [_single(each) for each in listed if each.remark]
    calm = [each for each in listed if not each.remark]
    if len(marked) > most // 2:
        marked = [_merged(group) for group in _grouped(each for each in listed if each.remark)]
    if len(marked) + len(calm) <= most:
        return (*marked, *(_single(each) for each in calm))
    merged = [*marked, *(_merged(group) for group in _grouped(calm))]
    if len(merged) <= most:
        return tuple(merged)
    rest = merged[most - 1 :]
    zones = {chip.zone for chip in rest}
    more = Chip(
        label="others",
        zone=zones.pop() if len(zones) == 1 else None,
        count=sum(chip.count for chip in rest),
        remark=next((chip.remark for chip in rest if chip.remark), ""),
    )
    return (*merged[: most - 1], more)


def _single(machine: Attached) -> Chip:
    return Chip(machine.machine, machine.zone, 1, machine.remark)


def _grouped(machines: Iterable[Attached]) -> list[list[Attached]]:
    groups: dict[tuple[str | None, str, str], list[Attached]] = {}
    for machine in machines:
        stem = re.sub(r"\d+$", "", machine.machine)
        groups.setdefault((machine.zone, machine.remark, stem), []).append(machine)
    return sorted(groups.values(), key=lambda group: -len(group))


def _merged(group: list[Attached]) -> Chip:
    first, last = group[0], group[-1]
    if len(group) == 1:
        return _single(first)
    stem = re.sub(r"\d+$", "", first.machine)
    label = f"{first.machine}…{last.machine.removeprefix(stem)}" if stem else first.machine
    return Chip(label, first.zone, len(group), first.remark)


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts ``web-2`` before ``web-10``."""
    return tuple(
        (int(part) if part.isdecimal() and part.isascii() else -1, part)
        for part in re.findall(r"\d+|\D+", name)
    )
