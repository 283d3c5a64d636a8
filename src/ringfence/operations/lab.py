"""``lab``: a small datacenter is built, shown, probed with real packets, and removed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ringfence.foundation.errors import UsageError
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import close_match, counted, listed
from ringfence.lab import namespaces
from ringfence.lab.breaking import break_lab, mend
from ringfence.lab.building import build
from ringfence.lab.configurations import CONFIGURATIONS, layout
from ringfence.lab.fault import WORDS_OF, Fault, all_faults
from ringfence.lab.layout import Layout, Node
from ringfence.lab.matrix import TrueCell, true_matrix
from ringfence.lab.place import LabPlace, LabState, lab_place
from ringfence.lab.probing import Probed, probe
from ringfence.lab.removing import Removed, remove
from ringfence.model.facts import plain
from ringfence.operations.lab_picture import LabPicture, picture


@dataclass(frozen=True, slots=True)
class LabStatus:
    """A lab that is there, and which of its parts are."""

    place: LabPlace
    state: LabState
    seconds: float = 0.0

    @property
    def layout(self) -> Layout:
        """The layout that is in force."""
        return self.state.now

    def picture(self) -> LabPicture:
        """Return it as it is drawn."""
        return picture(self.state.layout, self.state.now)

    def missing(self) -> tuple[str, ...]:
        """Return the nodes whose namespace is gone."""
        names = (node.name for node in self.layout.nodes)
        return tuple(one for one in names if not namespaces.exists(self.place.namespace(one)))

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it."""
        return {
            "configuration": self.layout.configuration,
            "fault": self.state.fault or None,
            "folder": str(self.place.folder),
            "policy": str(self.place.policy),
            "nodes": [
                {
                    "name": node.name,
                    "kind": node.kind,
                    "zone": node.zone or None,
                    "host": node.host or None,
                    "namespace": self.place.namespace(node.name),
                    "addresses": list(_addresses(node)),
                }
                for node in self.layout.nodes
            ],
            "missing": self.missing(),
            "changed": self.picture().changed(),
            "seconds": round(self.seconds, 3),
        }

    def lines(self) -> Iterator[str]:
        """Yield it as sentences, then a line for each node."""
        hosts = tuple(self.layout.of_kind("host"))
        machines = tuple(self.layout.of_kind("machine"))
        took = f" It took {self.seconds:.2f} s." if self.seconds else ""
        yield (
            f"The lab {self.layout.configuration} is up: {counted(len(hosts), 'host')}, "
            f"{counted(len(machines), 'machine')}, in {self.place.folder}.{took}"
        )
        if self.state.fault:
            yield f"It is broken by {self.state.fault}; 'ringfence lab mend' mends it."
        if gone := self.missing():
            yield f"Gone: {listed(gone, most=40)}. 'ringfence lab down' removes the rest."
        yield ""
        for node in self.layout.nodes:
            where = f"on {node.host}" if node.host else ""
            addresses = ", ".join(text.partition("/")[0] for text in _addresses(node))
            parts = (f"{node.kind:<9}", f"{self.place.namespace(node.name):<24}", where, addresses)
            yield "  ".join(filter(None, parts))
        yield ""
        yield "'ringfence lab show' draws it. A shell in one of them: ip netns exec NAME bash."


def _addresses(node: Node) -> Iterator[str]:
    """Yield every address of a node, with its prefix length."""
    yield from (text for one in node.interfaces for text in one.addresses)
    yield from (text for switch in node.switches for text in switch.addresses)


@dataclass(frozen=True, slots=True)
class LabProbed:
    """What real packets did, and how long it took."""

    probed: Probed
    seconds: float

    def cells(self) -> tuple[TrueCell, ...]:
        """Return the true matrix."""
        return true_matrix(self.probed)

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it: the matrix, then every packet."""
        return {
            "configuration": self.probed.layout.configuration,
            "packets": len(self.probed.probes),
            "arrived": sum(map(self.probed.came_to, self.probed.probes)),
            "seconds": round(self.seconds, 3),
            "matrix": [plain(cell) for cell in self.cells()],
            "probes": [
                {
                    "kind": one.kind,
                    "from": one.source,
                    "to": one.destination,
                    "header": plain(one.header),
                    "tags": one.tags,
                    "arrived": self.probed.came_to(one),
                    "came-to": sorted(self.probed.arrived.get(one.number, ())),
                    "overheard": sorted(self.probed.overheard.get(one.number, ())),
                }
                for one in self.probed.probes
            ],
        }

    def lines(self) -> Iterator[str]:
        """Yield the matrix: what arrived from each zone, by where it was sent to."""
        came = sum(map(self.probed.came_to, self.probed.probes))
        yield (
            f"{came} of {len(self.probed.probes)} packets arrived where they were meant to "
            f"({self.seconds:.2f} s)."
        )
        source = ""
        for cell in self.cells():
            if cell.source != source:
                source = cell.source
                yield ""
                yield f"from {source}"
            yield f"  to {cell.destination:<14} {_told(cell)}"
            if cell.lying and cell.source != cell.destination:
                yield f"     {'':<14} also {listed(cell.lying, most=6)}"
            if cell.overheard:
                yield f"     {'':<14} overheard by {listed(cell.overheard)}"


def _told(cell: TrueCell) -> str:
    if not cell.arrived:
        return f"nothing of {cell.tried}"
    if cell.arrived == cell.tried:
        return f"everything ({cell.tried})"
    words = dict.fromkeys((*cell.services, *cell.services_6))
    return f"{cell.arrived} of {cell.tried}: {listed(words, most=8)}"


@dataclass(frozen=True, slots=True)
class LabRemoved:
    """What was removed; ``None`` where there was nothing."""

    removed: Removed | None

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it."""
        found = self.removed
        if found is None:
            return {"removed": False, "namespaces": 0, "daemons": 0}
        return {"removed": True, "namespaces": found.namespaces, "daemons": found.daemons}

    def lines(self) -> Iterator[str]:
        """Yield it as a sentence."""
        if self.removed is None:
            yield "There was no lab."
            return
        spaces = counted(self.removed.namespaces, "namespace")
        yield f"The lab is gone: {spaces} and {counted(self.removed.daemons, 'switch daemon')}."


@dataclass(frozen=True, slots=True)
class LabBroken:
    """The fault that was planted."""

    fault: Fault

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it."""
        return _plain_fault(self.fault)

    def lines(self) -> Iterator[str]:
        """Yield what was done, and what it must be found by."""
        yield f"{self.fault.name}: {self.fault.sentence}"
        yield "A proof must find:"
        for one in self.fault.expected:
            yield f"  {one.source} → {one.destination}: {WORDS_OF[one.by]}"
        if self.fault.findings:
            yield f"The checks that it fails: {listed(self.fault.findings)}."
        yield "'ringfence lab mend' takes it away."


@dataclass(frozen=True, slots=True)
class LabFaults:
    """The faults that there are."""

    faults: tuple[Fault, ...]

    def as_plain(self) -> dict[str, Any]:
        """Return them as JSON would hold them."""
        return {"faults": [_plain_fault(fault) for fault in self.faults]}

    def lines(self) -> Iterator[str]:
        """Yield a line for each."""
        for fault in self.faults:
            everywhere = len(fault.configurations) == len(CONFIGURATIONS)
            where = "" if everywhere else f" ({listed(fault.configurations)})"
            yield f"{fault.name:<22} {fault.sentence}{where}"


@dataclass(frozen=True, slots=True)
class LabMended:
    """The fault that was taken away; empty where there was none."""

    fault: str

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it."""
        return {"mended": self.fault or None}

    def lines(self) -> Iterator[str]:
        """Yield it as a sentence."""
        yield f"Mended: {self.fault}." if self.fault else "The lab was not broken."


def _plain_fault(fault: Fault) -> dict[str, Any]:
    return {
        "name": fault.name,
        "sentence": fault.sentence,
        "configurations": list(fault.configurations),
        "findings": list(fault.findings),
        "expected": [
            {"from": one.source, "to": one.destination, "by": one.by} for one in fault.expected
        ],
    }


def up(name: str, configuration: str, progress: Progress) -> LabStatus:
    """Build the lab of a configuration.

    Raises ``UsageError`` for another name, ``LabError`` where it cannot be built.
    """
    if configuration not in CONFIGURATIONS:
        near = close_match(configuration, CONFIGURATIONS)
        advice = f"Did you mean {near!r}?" if near else f"Choose one of {listed(CONFIGURATIONS)}."
        raise UsageError(f"There is no configuration {configuration!r}.", advice)
    place, started = lab_place(name), time.monotonic()
    whole = layout(configuration)
    build(place, whole, progress)
    return LabStatus(place, LabState(layout=whole), time.monotonic() - started)


def status(name: str) -> LabStatus:
    """Return the lab that is there; raises ``LabError`` where none is."""
    place = lab_place(name)
    return LabStatus(place, place.state())


def probe_lab(name: str, progress: Progress) -> LabProbed:
    """Send real packets for every pair of zones; raises ``LabError`` where there is no lab."""
    place, started = lab_place(name), time.monotonic()
    probed = probe(place, place.state().now, secrets.randbits(32), progress)
    return LabProbed(probed, time.monotonic() - started)


def down(name: str) -> LabRemoved:
    """Remove exactly what a lab made, also one that was never finished."""
    return LabRemoved(remove(lab_place(name)))


def faults(name: str) -> LabFaults:
    """Return the faults that fit the lab that is there; all of them where none is."""
    place = lab_place(name)
    if not place.exists():
        return LabFaults(all_faults())
    configuration = place.state().layout.configuration
    return LabFaults(
        tuple(fault for fault in all_faults() if configuration in fault.configurations)
    )


def break_it(name: str, fault: str) -> LabBroken:
    """Plant a fault; raises ``UsageError`` where there is none of that name for the lab."""
    return LabBroken(break_lab(lab_place(name), fault))


def mend_it(name: str) -> LabMended:
    """Take the fault away again."""
    return LabMended(mend(lab_place(name)))
