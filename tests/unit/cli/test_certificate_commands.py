"""A certificate is written by one command and checked by another."""

import json
from pathlib import Path

import pytest

from command_line import ringfence
from repository import ROOT
from ringfence.cli.exit_codes import ExitCode

HARBOUR = ROOT / "examples" / "harbour"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("harbour") / "clean.ringfence"
    assert ringfence("collect", HARBOUR / "clean", "--output", path).returncode == 0
    return path


def test_a_certificate_is_written_and_holds(snapshot: Path) -> None:
    policy = HARBOUR / "policy.yaml"
    contents = set()
    paths = [snapshot.with_name(name) for name in ("one", "other")]
    for path in paths:
        proved = ringfence("prove", snapshot, "--policy", policy, "--certificate", path)
        assert proved.returncode == 0
        assert f"The certificate of 30 PROVED pairs is in {path}." in proved.stderr
        contents.add(path.read_bytes())
    assert len(contents) == 1
    checked = ringfence("check-certificate", paths[0], snapshot, "--policy", policy)
    assert checked.returncode == 0
    assert "The certificate holds: 30 pairs of zones" in checked.stdout


def test_a_certificate_of_something_else_is_refused(snapshot: Path) -> None:
    path = snapshot.with_name("certificate")
    ringfence("prove", snapshot, "--policy", HARBOUR / "policy.yaml", "--certificate", path)
    faulty = HARBOUR / "policy-faulty.yaml"
    checked = ringfence("check-certificate", path, snapshot, "--policy", faulty)
    assert checked.returncode == ExitCode.UNKNOWN
    assert "It does not hold: The certificate is for another" in checked.stdout
    asked = ringfence("check-certificate", path, snapshot, "--policy", faulty, "--json")
    assert json.loads(asked.stdout)["holds"] is False
    path.write_bytes(path.read_bytes().replace(b"10.1.30", b"10.1.31"))
    altered = ringfence("check-certificate", path, snapshot, "--policy", HARBOUR / "policy.yaml")
    assert altered.returncode == ExitCode.ERROR
    assert "is damaged or was altered" in altered.stderr
