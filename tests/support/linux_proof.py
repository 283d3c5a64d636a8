"""What a policy's proof says of Linux hosts that were read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ringfence.foundation.progress import SilentProgress
from ringfence.model.inventory import Inventory
from ringfence.model.snapshot import Snapshot
from ringfence.operations.clock import today
from ringfence.operations.devices import with_devices
from ringfence.operations.prove import make_proof
from ringfence.operations.subject import Subject
from ringfence.policy.load import load_policy
from ringfence.policy.members import memberships
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.snapshot import snapshot_of

DATA = Path(__file__).parents[1] / "data" / "linux"
BOX = DATA / "box.yaml"


def subject_of(bundles: Iterable[Bundle], policy: Path = BOX) -> Subject:
    """Return what was read of hosts, with a policy."""
    loaded = load_policy(policy, today())
    snapshot: Snapshot = with_devices(snapshot_of(bundles), loaded)
    inventory = Inventory(snapshot)
    return Subject(inventory, loaded.policy, memberships(loaded.policy, inventory))


def verdicts(*bundles: Bundle, policy: Path = BOX) -> dict[tuple[str, str], str]:
    """Return the verdict of each pair of zones."""
    proof = make_proof(subject_of(bundles, policy), SilentProgress())
    return {(pair.source, pair.destination): pair.verdict for pair in proof.pairs}


def missing(*bundles: Bundle, policy: Path = BOX) -> str:
    """Return all that would settle what is not known, as one text."""
    proof = make_proof(subject_of(bundles, policy), SilentProgress())
    return "\n".join(str(pair) for pair in proof.pairs if pair.verdict == "UNKNOWN")
