"""A slice of what `make soak` runs for long: changed files, facts and certificates, and corners."""

from collections.abc import Callable

import pytest

from generated import corners, fuzzed, fuzzed_questions
from generated.guarded import guarded
from ringfence.foundation.errors import SnapshotFileError
from ringfence.model.rules import Chain, Device, Route, Rule, Translation
from ringfence.model.snapshot import Snapshot
from ringfence.model.snapshot_file import read_snapshot, write_snapshot


@pytest.mark.parametrize(
    "problem",
    [
        corners.problem,
        fuzzed.files_problem,
        fuzzed.facts_problem,
        fuzzed.certificates_problem,
        fuzzed_questions.problem,
    ],
)
def test_nothing_breaks_and_nothing_wrong_is_said(
    problem: Callable[[int], str | None], soak_count: int, soak_seed: int
) -> None:
    found = (guarded(problem, seed) for seed in range(soak_seed, soak_seed + soak_count))
    assert next((text for text in found if text is not None), None) is None


def test_what_hangs_or_raises_is_told_with_its_seed() -> None:
    def hangs(_seed: int) -> str | None:
        while True:
            pass

    def raises(_seed: int) -> str | None:
        raise KeyError("port")

    assert "seed 7: does not end, and was seen in" in (guarded(hangs, 7, 0.05) or "")
    assert "seed 8: KeyError ('port') in" in (guarded(raises, 8) or "")
    assert guarded(lambda _seed: None, 9) is None


@pytest.mark.parametrize("text", ["wan", "10.0.0.9-10.0.0.1", "10.0.0.0/33", "eth0"])
def test_a_snapshot_with_a_text_that_is_no_address_is_refused_by_name(tmp_path, text) -> None:
    route = Route(destination=text, interface="eth0")
    device = Device(id="fw", name="fw", routes=(route,))
    write_snapshot(Snapshot(sources=(), devices=(device,)), tmp_path / "snapshot")
    with pytest.raises(SnapshotFileError, match="a route of fw"):
        read_snapshot(tmp_path / "snapshot")


@pytest.mark.parametrize(
    "translation",
    [
        Translation(side="source", addresses=("cluster",)),
        Translation(side="source", addresses=("10.0.0.9-10.0.0.1",)),
        Translation(side="destination", addresses=("10.0.0.0-10.0.0.9",), prefix="10.1.0.0/24"),
        Translation(side="destination", addresses=("10.0.0.0/24",), prefix="lan"),
    ],
)
def test_a_translation_into_what_is_no_address_is_refused_by_name(tmp_path, translation) -> None:
    rule = Rule(number=1, text="", conditions=(), action="translate", translation=translation)
    chain = Chain(id="nat", name="nat", rules=(rule,), translates=True)
    device = Device(id="fw", name="fw", chains=(chain,))
    write_snapshot(Snapshot(sources=(), devices=(device,)), tmp_path / "snapshot")
    with pytest.raises(SnapshotFileError, match="rule 1 of nat on fw"):
        read_snapshot(tmp_path / "snapshot")


@pytest.mark.parametrize("content", [b"\xef\xff{}", b"[" * 3000])
def test_a_first_line_that_is_no_header_is_told_as_such(tmp_path, content) -> None:
    (tmp_path / "snapshot").write_bytes(content)
    with pytest.raises(SnapshotFileError, match="not a Ringfence snapshot"):
        read_snapshot(tmp_path / "snapshot")
