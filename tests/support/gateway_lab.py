"""The lab of the full collapse, read, with a gateway to be made of its firewall."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from command_line import ringfence
from ringfence.foundation.progress import SilentProgress
from ringfence.lab.building import build
from ringfence.lab.configurations import layout
from ringfence.lab.layout import Layout
from ringfence.lab.place import LabPlace, lab_place
from ringfence.lab.programs import run_inside
from ringfence.lab.removing import remove
from ringfence.model.snapshot_file import write_snapshot
from ringfence.operations.assemble import subject
from ringfence.operations.gateway_loading import Applied, Where, apply
from ringfence.operations.lab_reading import read_lab
from ringfence.operations.subject import Subject
from running_lab import NAME


@dataclass(frozen=True)
class GatewayLab:
    """A lab that stands, what was read of it, and the folder for rules from before."""

    place: LabPlace
    layout: Layout
    saved: Path

    @property
    def namespace(self) -> str:
        """The namespace of the firewall."""
        return self.place.namespace("firewall")

    @property
    def snapshot(self) -> Path:
        """What was read of the lab, its firewall included."""
        return self.place.folder / "lab.ringfence"

    @property
    def where(self) -> Where:
        """The firewall, as rules are loaded into it."""
        return Where(self.namespace, self.saved)

    @cached_property
    def subject(self) -> Subject:
        """What was read of the lab, and its policy."""
        return subject(self.snapshot, self.place.policy, SilentProgress())

    def apply(self, *, dry_run: bool = False) -> Applied:
        """Put the gateway's rules in force."""
        return apply(self.subject, "", self.where, SilentProgress(), dry_run=dry_run)

    def command(self, verb: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run ``ringfence gateway`` on the lab's firewall."""
        read = () if verb == "rollback" else (self.snapshot, "--policy", self.place.policy)
        at = ("--namespace", self.namespace, "--saved", self.saved)
        return ringfence("gateway", verb, *read, *at, *words)

    def rules(self) -> str:
        """Everything that nft has in force on the firewall, without what was counted."""
        return run_inside(self.namespace, "nft", "--stateless", "list", "ruleset")


@contextmanager
def gateway_lab(saved: Path) -> Iterator[GatewayLab]:
    """Build the lab and read it; it is gone in the end."""
    place, wanted = lab_place(f"{NAME}g"), layout("full-collapse")
    remove(place)
    build(place, wanted)
    try:
        made = GatewayLab(place, wanted, saved)
        write_snapshot(read_lab(place, wanted, SilentProgress()), made.snapshot)
        whole = subject(made.snapshot, place.policy, SilentProgress()).snapshot
        write_snapshot(whole, made.snapshot)
        yield made
    finally:
        remove(place)
