"""The verbs on a small datacenter: what they find, and how bad they say it is."""

from pathlib import Path

import pytest

from ringfence.foundation.errors import PolicyError, SourceError, UsageError
from ringfence.foundation.progress import SilentProgress
from ringfence.model.snapshot_file import read_snapshot, write_snapshot
from ringfence.operations import assemble
from ringfence.operations.audit import audit, checks_table
from ringfence.operations.check import check
from ringfence.operations.diff import diff, told
from ringfence.operations.explain import Pair, finding, topic
from ringfence.operations.init import init
from ringfence.operations.outcome import worst
from ringfence.operations.prove import prove
from ringfence.operations.subject import Subject
from ringfence.policy.load import load_policy
from small_snapshot import SENSITIVE_POLICY, SMALL_POLICY, small_snapshot

SILENT = SilentProgress()


def subject_in(folder: Path, *, app_vlan: int = 200, policy: str = SMALL_POLICY) -> Subject:
    write_snapshot(small_snapshot(app_vlan), folder / "small.ringfence")
    (folder / "small.yaml").write_text(policy)
    return assemble.subject(folder / "small.ringfence", folder / "small.yaml", SILENT)


def test_separate_zones_are_proved(tmp_path: Path) -> None:
    result = prove(subject_in(tmp_path), SILENT)
    assert result.proof is not None
    assert {pair.verdict for pair in result.proof.pairs} == {"PROVED"}
    assert len(result.proof.pairs) == 6
    assert result.outcome == "clean"


@pytest.mark.parametrize(
    ("policy", "outcome"), [(SMALL_POLICY, "high"), (SENSITIVE_POLICY, "critical")]
)
def test_a_violated_pair_is_as_bad_as_its_zones_are_sensitive(
    tmp_path: Path, policy: str, outcome: str
) -> None:
    subject = subject_in(tmp_path, app_vlan=100, policy=policy)
    assert prove(subject, SILENT).outcome == outcome
    assert prove(subject, SILENT, source="management").outcome == "clean"
    assert check(subject, SILENT).outcome == outcome


def test_one_pair_is_all_that_is_kept_of_the_proof(tmp_path: Path) -> None:
    result = prove(subject_in(tmp_path), SILENT, source="dmz", destination="application")
    assert result.proof is not None
    assert [(pair.source, pair.destination) for pair in result.proof.pairs] == [
        ("dmz", "application")
    ]


@pytest.mark.parametrize(
    ("source", "destination", "sentence"),
    [
        ("dnz", None, "no zone 'dnz'. Did you mean 'dmz'?"),
        ("dmz", "zzz", "There are dmz, application and management."),
        ("dmz", "dmz", "both are 'dmz'"),
    ],
)
def test_a_pair_of_no_zones_is_refused(
    tmp_path: Path, source: str, destination: str | None, sentence: str
) -> None:
    with pytest.raises(UsageError, match=r"\w") as refused:
        prove(subject_in(tmp_path), SILENT, source=source, destination=destination)
    assert sentence in str(refused.value)


def test_facts_that_were_not_read_keep_an_audit_from_being_clean(tmp_path: Path) -> None:
    result = audit(subject_in(tmp_path), SILENT, only=["management.lockdown"])
    assert result.proof is None
    assert result.audit is not None
    assert [each.status for each in result.audit.results] == ["unknown"]
    assert result.outcome == "unknown"


def test_a_pattern_that_fits_no_check_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="management"):
        audit(subject_in(tmp_path), SILENT, only=["management.lockdwn"])


def test_the_checks_are_listed_without_a_snapshot() -> None:
    table = checks_table(only=["management-isolation"])
    assert {row[2] for row in table.rows} == {"management-isolation"}
    assert len(table.rows) < len(checks_table().rows)


def test_the_worst_outcome_wins() -> None:
    assert worst([]) == "clean"
    assert worst(["clean", "unknown"]) == "unknown"
    assert worst(["low", "critical", "unknown"]) == "critical"


def test_a_policy_is_needed_to_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_snapshot(small_snapshot(), Path("small.ringfence"))
    subject = assemble.subject(Path("small.ringfence"), None, SILENT)
    for verb in (prove, audit, check):
        with pytest.raises(UsageError, match="There is no policy here"):
            verb(subject, SILENT)


@pytest.mark.parametrize("name", ["ringfence.yaml", "policy.yaml"])
def test_the_policy_of_the_current_folder_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_snapshot(small_snapshot(), Path("small.ringfence"))
    Path(name).write_text(SMALL_POLICY)
    subject = assemble.subject(Path("small.ringfence"), None, SILENT)
    assert subject.required_policy().name == "small"


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="There is nothing at"):
        assemble.snapshot_at(tmp_path / "none", SILENT)


DEVICE = """
devices:
  inner-firewall: {{kind: firewall, machine: "{}"}}
"""


def test_a_device_that_could_be_several_machines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refused:
        subject_in(tmp_path, policy=SMALL_POLICY + DEVICE.format("web-*"))
    told = str(refused.value)
    assert "small.yaml:13:36:" in told
    assert "web-* is 2 machines (web-01 and web-02), expected one." in told


def test_a_device_without_a_machine_stands_nowhere(tmp_path: Path) -> None:
    subject = subject_in(tmp_path, policy=SMALL_POLICY + DEVICE.format("fw-1"))
    assert [device.machine for device in subject.snapshot.devices] == [None]
    assert "matches no machine; the device is not there" in subject.warnings[0]


def test_a_device_whose_configuration_is_not_given_was_not_read(tmp_path: Path) -> None:
    subject = subject_in(tmp_path, policy=SMALL_POLICY + DEVICE.format("web-01"))
    (device,) = subject.snapshot.devices
    assert device.machine == "vm-web-01"
    for fact in (device.chains, device.routes, device.interfaces, device.forwards):
        assert getattr(fact, "reason", None) == "not-collected"


def test_equal_snapshots_do_not_differ(tmp_path: Path) -> None:
    write_snapshot(small_snapshot(), tmp_path / "a")
    write_snapshot(small_snapshot(), tmp_path / "b")
    assert list(told(diff(tmp_path / "a", tmp_path / "b", SILENT))) == ["Nothing differs."]


def test_a_difference_names_object_and_property(tmp_path: Path) -> None:
    write_snapshot(small_snapshot(), tmp_path / "a")
    write_snapshot(small_snapshot(app_vlan=210), tmp_path / "b")
    assert list(told(diff(tmp_path / "a", tmp_path / "b", SILENT))) == [
        "1 difference in 1 object.",
        "",
        "port groups: APP-200",
        "  vlan.vlan: was 200, now 210",
    ]


def test_a_first_policy_can_be_loaded_and_proved(tmp_path: Path) -> None:
    snapshot, policy = tmp_path / "small.ringfence", tmp_path / "ringfence.yaml"
    write_snapshot(small_snapshot(), snapshot)
    schema = init(read_snapshot(snapshot), policy, SILENT, replace=False)
    assert schema.is_file()
    assert f"$schema={schema.name}" in policy.read_text()
    assert load_policy(policy).warnings == ()
    assert prove(assemble.subject(snapshot, policy, SILENT), SILENT).outcome == "clean"


def test_a_policy_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    policy = tmp_path / "ringfence.yaml"
    policy.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        init(small_snapshot(), policy, SILENT, replace=False)
    assert policy.read_text() == "mine"
    init(small_snapshot(), policy, SILENT, replace=True)
    assert policy.read_text() != "mine"


def test_what_can_be_explained() -> None:
    assert topic(["dmz", "application"]) == Pair("dmz", "application")
    assert getattr(topic(["layer2.promiscuous-mode"]), "id", None) == "layer2.promiscuous-mode"
    assert topic(["0123456789abcdef"]) == "0123456789abcdef"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "0 words"),
        (("a", "b", "c"), "3 words"),
        (("layer2.promiscuous",), "Did you mean 'layer2.promiscuous-mode'?"),
        (("xyzzy",), "audit --list"),
    ],
)
def test_what_cannot_be_explained(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        topic(words)
    assert sentence in str(refused.value)


def test_a_finding_is_found_again_by_its_fingerprint(tmp_path: Path) -> None:
    subject = subject_in(tmp_path)
    found = audit(subject, SILENT).audit
    assert found is not None
    one = next(each for result in found.results for each in result.findings)
    explained = finding(one.fingerprint, subject, SILENT)
    assert explained.audit is not None
    assert [each for result in explained.audit.results for each in result.findings] == [one]
    with pytest.raises(UsageError, match="There is no finding"):
        finding("0" * 16, subject, SILENT)
