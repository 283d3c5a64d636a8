"""Configurations of a switch made by chance: ports of machines, ports that lead out, flows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

VLANS = (10, 20, 30, 4094)
_MODES = ("trunk", "native-tagged", "native-untagged", "access")


@dataclass(frozen=True)
class Configuration:
    """What ``ovs-vsctl`` and ``ovs-ofctl`` are given, and which ports there are.

    ``uplinks`` are the NICs of each port that leads out; several are a bond. ``whole`` tells
    whether a port that leads out carries every VLAN.
    """

    machines: tuple[str, ...]
    uplinks: dict[str, tuple[str, ...]]
    words: tuple[str, ...]
    flows: tuple[str, ...]
    whole: bool


def configuration(seed: int) -> Configuration:
    """Return the configuration of a seed."""
    chance = Random(seed)
    machines = tuple(f"m{number}" for number in range(1, chance.randint(2, 6) + 1))
    words = [word for name in machines for word in ("--", "add-port", "br0", name, *_port(chance))]
    uplinks: dict[str, tuple[str, ...]] = {}
    whole = False
    for number in range(chance.randint(0, 3)):
        bonded = chance.random() < 0.3
        nics = (f"nic{2 * number}", f"nic{2 * number + 1}") if bonded else (f"nic{2 * number}",)
        name = f"team{number}" if bonded else nics[0]
        uplinks[name] = nics
        settings = _port(chance) if chance.random() < 0.5 else [_trunks(chance)]
        whole = whole or not any("trunks=" in one or "tag=" in one for one in settings)
        verb = "add-bond" if bonded else "add-port"
        words += ["--", verb, "br0", name, *(nics if bonded else ()), *settings]
    flows = tuple(_flows(chance, machines)) if chance.random() < 0.3 else ()
    return Configuration(machines, uplinks, tuple(words), flows, whole)


def _port(chance: Random) -> list[str]:
    """Return the columns of a port."""
    mode = chance.random()
    tag = f"tag={chance.choice((0, *VLANS))}"
    if mode < 0.5:
        return [tag]
    if mode < 0.6:
        return [] if chance.random() < 0.5 else [_trunks(chance)]
    settings = [f"vlan_mode={chance.choice(_MODES)}"]
    if chance.random() < 0.9 or settings == ["vlan_mode=access"]:
        settings.append(tag if chance.random() < 0.2 else f"tag={chance.choice(VLANS)}")
    if chance.random() < 0.7:
        settings.append(_trunks(chance))
    return settings


def _trunks(chance: Random) -> str:
    chosen = chance.sample((0, *VLANS), chance.randint(1, 4))
    return f"trunks={','.join(map(str, sorted(chosen)))}"


def _flows(chance: Random, machines: tuple[str, ...]) -> Iterator[str]:
    if chance.random() < 0.8:
        yield "priority=0,actions=NORMAL"
    for _ in range(chance.randint(0, 3)):
        match = chance.choice(
            (
                f"in_port={chance.choice(machines)}",
                f"dl_vlan={chance.choice(VLANS)}",
                "dl_dst=ff:ff:ff:ff:ff:ff",
                "dl_type=0x0806",
            )
        )
        action = chance.choice(
            (
                "drop",
                "drop",
                f"output:{chance.choice(machines)}",
                "flood",
                f"mod_vlan_vid:{chance.choice(VLANS)},NORMAL",
                f"strip_vlan,output:{chance.choice(machines)}",
            )
        )
        yield f"priority={chance.randint(1, 9)},{match},actions={action}"
