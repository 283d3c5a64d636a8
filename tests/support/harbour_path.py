"""The whole path on Harbour: a scenario served over TLS, collected, held against its policy."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from datacenter.devices import write_devices
from datacenter.scenario import Scenario
from datacenter.simulator import Server, serve
from repository import ROOT
from ringfence.audit.finding import Audit, Finding
from ringfence.connections.settings import VsphereSettings
from ringfence.foundation.progress import SilentProgress
from ringfence.operations import assemble
from ringfence.operations import collect as collecting
from ringfence.operations.check import check
from ringfence.policy.members import Memberships
from ringfence.reach.results import PairResult, Proof, Witness

SILENT = SilentProgress()
HARBOUR = ROOT / "examples" / "harbour"


@dataclass(frozen=True)
class Checked:
    """What a check of Harbour said, and short ways to ask for it."""

    proof: Proof
    audit: Audit
    memberships: Memberships

    def pairs(self, verdict: str) -> set[tuple[str, str]]:
        """The ordered pairs of zones with this verdict."""
        return {(p.source, p.destination) for p in self.proof.pairs if p.verdict == verdict}

    def violated_by_delivery(self) -> set[tuple[str, str]]:
        """Pairs of which something is delivered that must not be, not only observed."""
        return {
            (pair.source, pair.destination)
            for pair in self.proof.pairs
            for each in pair.obligations
            if each.kind == "isolation" and each.verdict == "VIOLATED"
        }

    def pair(self, source: str, destination: str) -> PairResult:
        """One pair of zones."""
        return next(
            p for p in self.proof.pairs if (p.source, p.destination) == (source, destination)
        )

    def witness(self, source: str, destination: str) -> Witness:
        """The first witness of a violated pair."""
        obligations = self.pair(source, destination).obligations
        return next(each.witness for each in obligations if each.witness is not None)

    def findings(self) -> tuple[Finding, ...]:
        """Every finding."""
        return tuple(each for result in self.audit.results for each in result.findings)

    def found(self) -> set[tuple[str, str]]:
        """Every finding as its check and the name of its object."""
        return {(each.check, each.name) for each in self.findings()}

    def undecided(self) -> set[tuple[str, str]]:
        """Every check that is UNKNOWN, with the name of its object."""
        return {
            (each.check, each.name) for result in self.audit.results for each in result.undecided
        }

    def misplaced(self) -> set[tuple[str, str]]:
        """Places that are not where they belong: name and standing."""
        return {(each.name, each.standing) for each in self.proof.misplacements}


def settings_of(server: Server) -> VsphereSettings:
    """How to connect to a test server, its certificate verified."""
    environment = {"GOVC_USERNAME": server.user, "GOVC_PASSWORD": server.password}
    asked = collecting.Server(url=server.url, ca_file=server.certificate)
    return asked.settings(environment, None)


def put_policy(scenario: Scenario, folder: Path) -> Path:
    """Put Harbour's policy and the scenario's device files into a folder."""
    policy = folder / "ringfence.yaml"
    shutil.copy(HARBOUR / "policy.yaml", policy)
    write_devices(scenario, folder / "devices")
    return policy


def collected_from(server: Server, folder: Path, name: str = "harbour.ringfence") -> Path:
    """Collect a running server into a folder."""
    snapshot = folder / name
    collecting.collect_live(settings_of(server), snapshot, None, SILENT)
    return snapshot


def checked(snapshot: Path, policy: Path) -> Checked:
    """Prove and audit a snapshot, or what was saved."""
    result = check(assemble.subject(snapshot, policy, SILENT), SILENT)
    assert result.proof is not None
    assert result.audit is not None
    return Checked(result.proof, result.audit, result.subject.memberships)


def served_and_checked(scenario: Scenario, folder: Path) -> Checked:
    """Take a scenario through the whole path."""
    policy = put_policy(scenario, folder)
    with serve(scenario) as server:
        snapshot = collected_from(server, folder)
    return checked(snapshot, policy)
