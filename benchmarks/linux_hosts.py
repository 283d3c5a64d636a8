"""How long hosts take to be read: one that answers now, and many that were saved."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import Benchmark, Value, seconds
from ringfence.foundation.progress import SilentProgress
from ringfence.operations.linux_hosts import NamedHosts
from ringfence.sources.linux.bundle_folder import read_bundle, write_bundle
from ringfence.sources.linux.hosts_to_read import gather_hosts
from ringfence.sources.linux.snapshot import read_folder, snapshot_of

_SAVED = Path(__file__).parents[1] / "tests" / "data" / "linux" / "kvm1"
_HOSTS = 200


def _bundles() -> Sequence[Value]:
    """Read many saved hosts into one snapshot."""
    saved = read_bundle(_SAVED)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(_HOSTS):
            write_bundle(replace(saved, host=f"kvm{number}"), Path(folder) / f"kvm{number}")
        took = seconds(lambda: read_folder(Path(folder), SilentProgress()))
    return [Value("lab-bundles", took, "s", bar=10)]


def _collect() -> Sequence[Value]:
    """Read this machine into a snapshot."""
    wanted = NamedHosts(("local",)).to_read()
    took = seconds(lambda: snapshot_of(gather_hosts(wanted, SilentProgress())))
    return [Value("lab-collect", took, "s", bar=2)]


BENCHMARKS = (
    Benchmark("lab-bundles", f"{_HOSTS} saved Linux hosts to one snapshot", _bundles),
    Benchmark("lab-collect", "this machine to a snapshot", _collect),
)
