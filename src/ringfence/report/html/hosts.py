"""What the section on hosts is given: pictures of their wiring, and the same as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from markupsafe import Markup

from ringfence.foundation.text import counted, listed
from ringfence.model.facts import NotRead
from ringfence.report.format import ReportInput
from ringfence.report.pictures.wiring import wiring_picture
from ringfence.report.view.attached import Attached, TabKey
from ringfence.report.view.differences import MISSING, security_text
from ringfence.report.view.shape import KernelShape
from ringfence.report.view.wiring import ClusterWiring, Drawing, cluster_wirings
from ringfence.report.view.zones import ZoneLook

MOST_PICTURES: Final = 60
"""A page with more pictures than this helps nobody; the other hosts have their tables."""


def hosts_context(told: ReportInput, looks: Mapping[str, ZoneLook]) -> dict[str, Any]:
    """Return what the template of the hosts names."""
    clusters = cluster_wirings(told)
    return {
        "clusters": clusters,
        "cluster_sentence": cluster_sentence,
        "cluster_pictures": partial(_pictures, looks, _drawn(clusters)),
        "tab_rows": tab_rows,
        "nic_rows": nic_rows,
        "homeless": _homeless(told),
    }


def cluster_sentence(cluster: ClusterWiring) -> str:
    """Return how many hosts there are, and which are wired unlike the others."""
    hosts = counted(cluster.hosts, "host")
    if len(cluster.drawings) == 1:
        return hosts if cluster.hosts == 1 else f"{hosts}, all wired alike"
    unlike = [drawing for drawing in cluster.drawings if drawing.differs]
    names = [host for drawing in unlike for host in drawing.hosts]
    if not names:
        return f"{hosts}, wired in {len(cluster.drawings)} ways"
    verb = "differs" if len(names) == 1 else "differ"
    return f"{hosts}, of which {listed(names, most=8)} {verb} from the others"


def _drawn(clusters: tuple[ClusterWiring, ...]) -> frozenset[int]:
    """Return the identities of the drawings that get a picture, those that differ first."""
    drawings = [drawing for cluster in clusters for drawing in cluster.drawings]
    drawings.sort(key=lambda drawing: not drawing.differs)
    return frozenset(id(drawing) for drawing in drawings[:MOST_PICTURES])


def _pictures(
    looks: Mapping[str, ZoneLook], drawn: frozenset[int], cluster: ClusterWiring, number: int
) -> Iterator[tuple[Drawing, Markup | None]]:
    """Yield each drawing with its picture, ``None`` where the page has enough pictures."""
    for index, drawing in enumerate(cluster.drawings, start=1):
        if id(drawing) not in drawn:
            yield drawing, None
            continue
        picture = wiring_picture(drawing, looks, f"wiring-{number}-{index}")
        yield drawing, Markup(picture)  # noqa: S704 (the picture escapes what it is given)


def tab_rows(drawing: Drawing) -> Iterator[dict[str, str]]:
    """Yield each port group of a drawing as a row, what the other hosts have in brackets."""
    other = drawing.other
    for switch in drawing.shape.switches:
        for tab in switch.tabs:
            key = (switch.name, tab.name)
            yield {
                "switch": switch.name,
                "name": tab.name,
                "zones": ", ".join(drawing.zones.get(key, ())) or "none",
                "vlan": tab.vlan + _others(other.get(("vlan", *key))),
                "security": security_text(tab.security) + _others(other.get(("security", *key))),
                "teaming": tab.teaming + _others(other.get(("teaming", *key))),
                "kernels": "; ".join(_kernel(drawing, kernel) for kernel in tab.kernels) or "none",
                "machines": ", ".join(_machines(drawing, key)) or "none",
            }
        here = {tab.name for tab in switch.tabs}
        for aspect, value in other.items():
            if aspect[:2] == ("vlan", switch.name) and aspect[2] not in here and value != MISSING:
                empty = dict.fromkeys(("zones", "security", "teaming", "kernels", "machines"), "")
                missing = f"missing here (others: {value})"
                yield {"switch": switch.name, "name": aspect[2], "vlan": missing, **empty}


def nic_rows(drawing: Drawing) -> Iterator[dict[str, str]]:
    """Yield each physical NIC of a drawing as a row, what the other hosts have in brackets."""
    placed = [(switch.name, nic) for switch in drawing.shape.switches for nic in switch.nics] + [
        ("none", nic) for nic in drawing.shape.loose_nics
    ]
    for switch, nic in placed:
        values = {"switch": switch, "role": nic.role, "speed": nic.speed, "domain": nic.domain}
        yield {"name": nic.name} | {
            aspect: value + _others(drawing.other.get(("nic", nic.name, aspect)))
            for aspect, value in values.items()
        }


def _others(value: str | None) -> str:
    return "" if value is None else f" (others: {value})"


def _kernel(drawing: Drawing, kernel: KernelShape) -> str:
    words = [
        kernel.name,
        ", ".join(kernel.services),
        ", ".join(drawing.addresses.get(kernel.name, ())),
    ]
    return " ".join(filter(None, words)) + _others(drawing.other.get(("kernel", kernel.name)))


def _machines(drawing: Drawing, key: TabKey) -> Iterator[str]:
    for gate in drawing.attached.gates:
        if key in gate.tabs:
            yield f"{gate.name} ({gate.device or 'joins port groups'})"
    for machine in drawing.attached.on_tab.get(key, ()):
        yield _machine(machine)


def _machine(machine: Attached) -> str:
    if machine.trouble:
        return f"{machine.machine} ({machine.trouble}, {machine.zone or 'no zone'})"
    return f"{machine.machine} ({machine.own})" if machine.own else machine.machine


def _homeless(told: ReportInput) -> str:
    """Return how many machines stand on no host that is known, as a sentence."""
    hosts = told.inventory.hosts
    names = [
        machine.name
        for machine in told.inventory.snapshot.machines
        if isinstance(machine.host, NotRead) or (machine.host or "") not in hosts
    ]
    if not names:
        return ""
    return f"The host of {counted(len(names), 'machine')} is not known: {listed(names)}."
