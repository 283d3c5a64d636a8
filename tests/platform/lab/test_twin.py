"""One policy, unchanged, for vSphere and for its twin on Linux: the same result, cell for cell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from datacenter.scenario import Scenario, machine
from datacenter.simulator import serve
from datacenter.twin import NETWORKS, twin
from harbour_path import collected_from
from repository import ROOT
from ringfence.foundation.progress import SilentProgress
from ringfence.operations.assemble import subject
from ringfence.operations.lab_verify import SNAPSHOT
from ringfence.operations.prove import make_proof
from ringfence.reach.results import Proof
from running_lab import as_root
from standing_lab import StandingLab, standing

TWIN = ROOT / "examples" / "twin"
SILENT = SilentProgress()
pytestmark = pytest.mark.skipif(
    bool(as_root()), reason="enters namespaces in this process: needs root"
)


def cells(proof: Proof) -> dict[tuple[str, str], tuple[object, ...]]:
    """What is said of each pair of zones, but for the objects that witnesses name."""
    return {
        (pair.source, pair.destination): (
            *(pair.verdict, pair.declared, pair.reachable, pair.working, pair.flows_work),
            *(pair.chain, pair.fewest),
            tuple((each.kind, each.verdict) for each in pair.obligations),
        )
        for pair in proof.pairs
    }


def placed(folder: Path, devices: Path) -> Path:
    """The example's policy, as it is, beside a firewall's configuration."""
    shutil.copytree(devices, folder / "devices")
    return Path(shutil.copy(TWIN / "policy.yaml", folder))


def on_linux(lab: StandingLab, folder: Path) -> Proof:
    """The proof of the lab as it was read last, with the configuration that its firewall has."""
    policy = placed(folder, lab.place.folder / "devices")
    return make_proof(subject(lab.place.folder / SNAPSHOT, policy, SILENT), SILENT)


def on_vsphere(scenario: Scenario, folder: Path) -> Proof:
    """The proof of a scenario that a server serves over TLS."""
    policy = placed(folder, TWIN / "devices")
    with serve(scenario) as server:
        snapshot = collected_from(server, folder)
    return make_proof(subject(snapshot, policy, SILENT), SILENT)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A folder for each platform."""
    linux, vsphere = tmp_path / "linux", tmp_path / "vsphere"
    linux.mkdir()
    vsphere.mkdir()
    return linux, vsphere


def test_both_platforms_have_the_same_matrix(folders: tuple[Path, Path]) -> None:
    lab = standing("full-collapse")
    assert lab.verified().agrees
    linux, vsphere = on_linux(lab, folders[0]), on_vsphere(twin(), folders[1])
    assert cells(linux) == cells(vsphere)
    assert len(cells(linux)) == 12
    assert {pair.verdict for pair in linux.pairs} == {"PROVED"}
    assert linux.configurations == vsphere.configurations


def test_the_same_mistake_breaks_the_same_cells(folders: tuple[Path, Path]) -> None:
    lab, scenario = standing("full-collapse"), twin()
    machine(scenario, "dmz-1")["nics"][0]["network"] = NETWORKS["cardholder"]
    with lab.broken("wrong-vlan"):
        linux = on_linux(lab, folders[0])
    vsphere = on_vsphere(scenario, folders[1])
    broken = {(p.source, p.destination) for p in linux.pairs if p.verdict == "VIOLATED"}
    assert broken == {("dmz", "cardholder"), ("cardholder", "dmz"), ("application", "dmz")}
    assert {key: cell[0] for key, cell in cells(linux).items()} == {
        key: cell[0] for key, cell in cells(vsphere).items()
    }


def test_the_folder_that_is_shipped_is_proved_by_the_same_policy() -> None:
    proof = make_proof(subject(TWIN / "vsphere", TWIN / "policy.yaml", SILENT), SILENT)
    assert {pair.verdict for pair in proof.pairs} == {"PROVED"}
