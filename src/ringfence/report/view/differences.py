"""Where a host is wired unlike the others of its cluster, and what the others have there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ringfence.report.view.shape import NOT_READ, HostShape, NicShape

Key = tuple[str, ...]
"""``("vlan", switch, port group)`` and the like: which aspect of which part of the wiring."""

MISSING = "missing"


def aspects(shape: HostShape) -> Mapping[Key, str]:
    """Return every comparable aspect of a wiring, under a key of its own."""
    found: dict[Key, str] = {}
    for switch in shape.switches:
        found["switch", switch.name] = switch.kind
        for tab in switch.tabs:
            found["vlan", switch.name, tab.name] = tab.vlan
            found["security", switch.name, tab.name] = security_text(tab.security)
            found["teaming", switch.name, tab.name] = tab.teaming
            for kernel in tab.kernels:
                found["kernel", kernel.name] = (
                    f"{tab.name}: {', '.join(kernel.services) or 'no service'}"
                )
        for nic in switch.nics:
            found |= _nic_aspects(nic, switch.name)
    for nic in shape.loose_nics:
        found |= _nic_aspects(nic, "no switch")
    return found


def _nic_aspects(nic: NicShape, switch: str) -> dict[Key, str]:
    values = {"switch": switch, "role": nic.role, "speed": nic.speed, "domain": nic.domain}
    return {("nic", nic.name, aspect): value for aspect, value in values.items()}


def security_text(marks: tuple[str, str, str]) -> str:
    """Return "all rejected", or what is accepted or not read."""
    names = ("promiscuous mode", "MAC changes", "forged transmits")
    parts = [
        f"{name} {'accepted' if mark == 'accept' else mark}"
        for name, mark in zip(names, marks, strict=True)
        if mark != "reject"
    ]
    return ", ".join(parts) or "all rejected"


def differences(
    shapes: Sequence[tuple[HostShape, int]],
) -> tuple[Mapping[Key, str], ...]:
    """Return for each shape what more than half of the other hosts have instead, by aspect.

    Each shape comes with the number of hosts that have it. ``MISSING`` is expected where the
    others do not have that part at all; what was not read is not known to differ.
    """
    tables = [aspects(shape) for shape, _ in shapes]
    hosts = sum(count for _, count in shapes)
    votes: dict[Key, Counter[str]] = {key: Counter() for table in tables for key in table}
    for table, (_, count) in zip(tables, shapes, strict=True):
        for key, vote in votes.items():
            vote[table.get(key, MISSING)] += count
    found = []
    for table in tables:
        other: dict[Key, str] = {}
        for key, vote in votes.items():
            mine = table.get(key, MISSING)
            value, count = vote.most_common(1)[0]
            # The host itself is not among "the others"; what was not read does not differ.
            if value != mine and 2 * count > hosts - 1 and NOT_READ not in mine:
                other[key] = value
        found.append(other)
    return tuple(found)
