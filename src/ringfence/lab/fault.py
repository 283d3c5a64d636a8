"""What a fault is: a layout that differs from the lab's own, and what it must be found by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import close_match, listed
from ringfence.lab import faults
from ringfence.lab.layout import Layout, Node, Switch

PHYSICAL: Final = "physical-separation"
VIRTUAL: Final = "virtual-separation"
COLLAPSED: Final = "full-collapse"
SHARED: Final = (VIRTUAL, COLLAPSED)
EVERY: Final = (PHYSICAL, VIRTUAL, COLLAPSED)

FoundBy = Literal[
    "isolation",  # packets that no flow declares arrive
    "observation",  # somebody sees what is more trusted
    "flow",  # a service that was promised does not work
    "placement",  # a machine stands in a network that is not its zone's
    "unknown",  # what was found cannot be judged, and the pair is not proved
]


WORDS_OF: Final[Mapping[FoundBy, str]] = MappingProxyType(
    {
        "isolation": "packets that no flow declares arrive",
        "observation": "what is more trusted is seen",
        "flow": "a promised service does not work",
        "placement": "a machine stands in the other's network",
        "unknown": "not proved, because of something that cannot be judged",
    }
)


@dataclass(frozen=True, slots=True)
class Expected:
    """That a pair of zones is found broken, and by what."""

    source: str
    destination: str
    by: FoundBy = "isolation"


@dataclass(frozen=True, slots=True)
class Fault:
    """A misconfiguration. ``sentence`` says what was done, as one would admit it in a meeting.

    ``configurations`` are the labs that it fits, ``plant`` the layout that it makes of theirs.
    ``expected`` are the pairs of zones that a proof must find, and no others; there is none where
    hosts only differ. ``leaves_open`` tells that it can judge other pairs no more. ``named`` are
    words of which every violation and every finding says one: the very thing that was changed.
    ``findings`` are the checks that it fails.
    """

    name: str
    sentence: str
    configurations: tuple[str, ...]
    plant: Callable[[Layout], Layout]
    expected: tuple[Expected, ...]
    leaves_open: bool = False
    named: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


def all_faults() -> tuple[Fault, ...]:
    """Return every fault, by name."""
    found: list[Fault] = []
    for module in iter_modules(faults.__path__):
        found.extend(import_module(f"{faults.__name__}.{module.name}").FAULTS)
    return tuple(sorted(found, key=lambda fault: fault.name))


def fault_named(name: str, configuration: str) -> Fault:
    """Return a fault; raises ``UsageError`` where there is none of the name in the lab."""
    there = {fault.name: fault for fault in all_faults()}
    if name not in there:
        near = close_match(name, there)
        advice = f"Did you mean {near!r}?" if near else "See 'ringfence lab break --list'."
        raise UsageError(f"There is no fault {name!r}.", advice)
    fault = there[name]
    if configuration not in fault.configurations:
        message = f"The fault {name} does not fit the lab {configuration}."
        raise UsageError(message, f"It fits {listed(fault.configurations)}.")
    return fault


def pairs(*names: tuple[str, str], by: FoundBy = "isolation") -> tuple[Expected, ...]:
    """Return that some pairs of zones are found broken by the same."""
    return tuple(Expected(source, destination, by) for source, destination in names)


def both_ways(one: str, other: str, by: FoundBy = "isolation") -> tuple[Expected, ...]:
    """Return that two zones are found broken towards each other."""
    return pairs((one, other), (other, one), by=by)


def with_node(layout: Layout, node: Node) -> Layout:
    """Return a layout with a node in the place of the one of its name."""
    nodes = tuple(node if one.name == node.name else one for one in layout.nodes)
    return msgspec.structs.replace(layout, nodes=nodes)


def with_switch(layout: Layout, host: str, switch: Switch) -> Layout:
    """Return a layout with a switch in the place of the one of its name on a host."""
    node = layout.node(host)
    switches = tuple(switch if one.name == switch.name else one for one in node.switches)
    return with_node(layout, msgspec.structs.replace(node, switches=switches))


def switch_of(layout: Layout, host: str, name: str) -> Switch:
    """Return a switch; raises ``KeyError`` where there is none."""
    for switch in layout.node(host).switches:
        if switch.name == name:
            return switch
    raise KeyError(name)


def ports_of(layout: Layout, machine: str) -> Iterator[tuple[str, Switch, str]]:
    """Yield host, switch and port of each NIC of a machine."""
    for interface in layout.node(machine).interfaces:
        end = layout.opposite(machine, interface.name)
        for switch in layout.node(end.node).switches if end else ():
            if end is not None and switch.port(end.interface) is not None:
                yield end.node, switch, end.interface
