"""A lab is read as any datacenter is: hosts by their own commands, its firewall from files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ringfence.foundation.progress import Progress
from ringfence.lab.layout import Layout, Node
from ringfence.lab.open_vswitch import environment, has_switch
from ringfence.lab.place import LabPlace
from ringfence.lab.programs import run_inside
from ringfence.model.snapshot import Snapshot
from ringfence.operations.clock import now
from ringfence.operations.lab_runner import NamespaceRunner
from ringfence.operations.linux_hosts import host_by
from ringfence.sources.linux.hosts_to_read import HostToRead, LinuxHosts
from ringfence.sources.linux.snapshot import collect

_CONFIGURATION: Final = {
    "addresses.json": ("ip", "-j", "-d", "addr"),
    "routes-4.json": ("ip", "-j", "route"),
    "routes-6.json": ("ip", "-j", "-6", "route"),
    "rules.json": ("ip", "-j", "rule"),
    "settings": ("sysctl", "-a", "-r", "ip_forward|all.forwarding|rp_filter"),
    "nft.json": ("nft", "-j", "list", "ruleset"),
}
"""What is saved of a firewall, by the name of the file."""


def read_lab(place: LabPlace, layout: Layout, progress: Progress) -> Snapshot:
    """Return what the hosts of a lab say, and save its firewalls' configurations beside its policy.

    Raises ``LabError`` or ``SourceError`` where nothing answers.
    """
    for node in layout.of_kind("firewall"):
        _save(place, node)
    return collect(LinuxHosts(tuple(_hosts(place, layout)), now), progress)


def _save(place: LabPlace, firewall: Node) -> None:
    folder = place.folder / "devices" / firewall.name
    folder.mkdir(parents=True, exist_ok=True)
    for name, command in _CONFIGURATION.items():
        saved = run_inside(place.namespace(firewall.name), *command)
        (folder / name).write_text(saved, encoding="utf-8")


def _hosts(place: LabPlace, layout: Layout) -> Iterator[HostToRead]:
    """Yield each host with the way into it; its machines go by their names in the lab."""
    for node in layout.of_kind("host"):
        settings = environment(place, node.name) if has_switch(node) else {}
        machines = {
            place.namespace(one.name): one.name for one in layout.nodes if one.host == node.name
        }
        runner = NamespaceRunner(place.namespace(node.name), settings)
        yield host_by(node.name, runner, machines)
