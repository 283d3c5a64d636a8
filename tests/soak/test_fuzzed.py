"""A slice of what `make soak` runs for long: changed files, facts and certificates, and corners."""

from collections.abc import Callable

import pytest

from generated import corners, fuzzed
from ringfence.foundation.errors import SnapshotFileError
from ringfence.model.rules import Device, Route
from ringfence.model.snapshot import Snapshot
from ringfence.model.snapshot_file import read_snapshot, write_snapshot


@pytest.mark.parametrize(
    "problem",
    [
        corners.problem,
        fuzzed.files_problem,
        fuzzed.facts_problem,
        fuzzed.certificates_problem,
    ],
)
def test_nothing_breaks_and_nothing_wrong_is_said(
    problem: Callable[[int], str | None], soak_count: int, soak_seed: int
) -> None:
    found = map(problem, range(soak_seed, soak_seed + soak_count))
    assert next((text for text in found if text is not None), None) is None


@pytest.mark.parametrize("text", ["wan", "10.0.0.9-10.0.0.1", "10.0.0.0/33", "eth0"])
def test_a_snapshot_with_a_text_that_is_no_address_is_refused_by_name(tmp_path, text) -> None:
    route = Route(destination=text, interface="eth0")
    device = Device(id="fw", name="fw", routes=(route,))
    write_snapshot(Snapshot(sources=(), devices=(device,)), tmp_path / "snapshot")
    with pytest.raises(SnapshotFileError, match="a route of fw"):
        read_snapshot(tmp_path / "snapshot")


@pytest.mark.parametrize("content", [b"\xef\xff{}", b"[" * 3000])
def test_a_first_line_that_is_no_header_is_told_as_such(tmp_path, content) -> None:
    (tmp_path / "snapshot").write_bytes(content)
    with pytest.raises(SnapshotFileError, match="not a Ringfence snapshot"):
        read_snapshot(tmp_path / "snapshot")
