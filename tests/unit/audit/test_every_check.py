"""What is true of every check that is installed, and of the audit as a whole."""

import csv
import datetime
import functools
import importlib.util
import re
from pathlib import Path

import msgspec
import pytest

from audit_cases import CLEAN, STATUSES, Cases
from harbour_world.world import REFUSED, TODAY
from repository import ROOT
from ringfence.audit.check import Check
from ringfence.audit.discovery import ITEMS, all_checks, chosen_checks, find_check
from ringfence.audit.explain import explain, page
from ringfence.audit.finding import Audit
from ringfence.audit.run import SEVERITIES, has_unknown, run_audit, worst_severity
from ringfence.foundation.discovery import load
from ringfence.foundation.errors import DefectError, UsageError
from ringfence.model.facts import NotRead

HERE = Path(__file__).parent
CHECKS = all_checks()
IDS = [check.id for check in CHECKS]


@functools.cache
def all_cases() -> Cases:
    """The cases of every test module beside this one."""
    found: dict[str, object] = {}
    for path in sorted(HERE.glob("test_*.py")):
        if path != Path(__file__):
            spec = importlib.util.spec_from_file_location(f"cases_of_{path.stem}", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            cases = getattr(module, "CASES", {})
            assert not found.keys() & cases.keys()
            found.update(cases)
    return found


def published_controls() -> set[str]:
    """The ids of controls, as the table writes them."""
    path = ROOT / "tests/data/controls/controls.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {name.strip() for row in rows for name in row["source_ids"].split(";")}


def audited(world=CLEAN, **words: object) -> Audit:
    return run_audit(world.context(), **{"today": TODAY} | words)


def without_note(name: str) -> str:
    """A control's id without what the table adds in brackets."""
    return re.sub(r"\s*\([^)]*\)$", "", name)


def test_every_check_has_all_four_kinds() -> None:
    assert set(all_cases()) == set(IDS)
    assert set(STATUSES) == {"passes", "fails", "nothing", "unread"}


def test_each_checklist_item_has_four_checks_or_more() -> None:
    for item in ITEMS:
        assert sum(check.item == item for check in CHECKS) >= 4, item
    assert len(CHECKS) >= 26


def test_ids_are_unique_and_folders_are_named_after_them() -> None:
    assert len(set(IDS)) == len(IDS)
    for check in CHECKS:
        assert re.fullmatch(r"[a-z0-9]+\.[a-z0-9]+(-[a-z0-9]+)*", check.id)
        folder = check.examine.partition(":")[0].split(".")[-2]
        assert folder == re.sub(r"[.-]", "_", check.id), check.examine


@pytest.mark.parametrize("check", CHECKS, ids=IDS)
def test_a_manifest_is_whole(check: Check) -> None:
    assert check.item in ITEMS
    assert check.severity in SEVERITIES
    assert check.asks.endswith("?")
    for text in (check.matters, check.remedy, check.nothing):
        assert text.endswith(".")
    assert not check.title.endswith(".")
    assert callable(load(check.examine))
    known = {without_note(name) for name in published_controls()} | published_controls()
    assert set(check.controls) <= known
    assert page(check)
    assert explain(check).startswith(f"## {check.title}\n")


def test_the_clean_twin_has_no_finding_and_nothing_unknown() -> None:
    audit = audited()
    assert [each for result in audit.results for each in result.findings] == []
    assert [each for result in audit.results for each in result.undecided] == []
    assert {result.check for result in audit.results if result.status == "not-applicable"} == {
        "consistency.naming",  # the policy has no rule
        "layer2.mirror-sessions",  # there is none
        "layer2.switch-flows",  # there is no Open vSwitch
        "management.switch-control",
    }
    assert (worst_severity(audit), has_unknown(audit)) == (None, False)
    assert (audit.policy, len(audit.snapshot_hash)) == ("harbour", 64)


def test_nothing_passes_where_nothing_was_read() -> None:
    tables = [field.name for field in msgspec.structs.fields(type(CLEAN.snapshot))]
    audit = audited(CLEAN.without(*tables))
    assert {result.status for result in audit.results} <= {"not-applicable", "unknown"}
    assert all(result.reason for result in audit.results if result.status == "not-applicable")


def test_nothing_passes_where_every_fact_was_refused() -> None:
    def refused(record: object) -> object:
        kept = {"id", "name", "kind", "switch", "host", "cluster", "key"}
        fields = {
            field.name: REFUSED
            for field in msgspec.structs.fields(type(record))
            if "NotRead" in str(field.type) and field.name not in kept
        }
        return msgspec.structs.replace(record, **fields)

    world = CLEAN
    for table in ("hosts", "switches", "port_groups", "machines", "pools", "devices"):
        world = world.each(table, refused)
    audit = audited(world.unread("ports", "mirror_sessions", "permissions", "roles", "settings"))
    assert {result.check for result in audit.results if result.status == "passed"} == set()
    assert has_unknown(audit)


def test_fingerprints_are_stable_and_each_belongs_to_one_finding() -> None:
    for identity, kinds in all_cases().items():
        first, second = (audited(kinds.fails, only=[identity]) for _ in range(2))
        prints = [each.fingerprint for each in first.results[0].findings]
        assert prints == [each.fingerprint for each in second.results[0].findings]
        assert len(set(prints)) == len(prints)


def test_results_stand_in_the_order_of_the_checklist() -> None:
    assert [result.check for result in audited().results] == IDS
    places = [ITEMS.index(result.item) for result in audited().results]
    assert places == sorted(places)


def test_an_audit_is_json_and_comes_back() -> None:
    audit = audited(all_cases()["layer2.promiscuous-mode"].fails)
    assert msgspec.json.decode(msgspec.json.encode(audit), type=Audit) == audit


def test_checks_are_chosen_by_id_item_or_control() -> None:
    assert [check.id for check in chosen_checks(["layer2.mac-*"])] == [
        "layer2.mac-changes",
        "layer2.mac-learning",
        "layer2.mac-policy-agrees",
    ]
    assert {check.item for check in chosen_checks(["regular-audit"])} == {"regular-audit"}
    assert [check.id for check in chosen_checks(["CIS8 5.8"])] == ["layer2.promiscuous-mode"]
    assert "layer2.mac-changes" not in {check.id for check in chosen_checks((), ["layer2.*"])}


def test_a_pattern_without_a_check_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r'Did you mean "layer2[.]promiscuous-mode"'):
        chosen_checks(["layer2.promiscous-mode"])
    with pytest.raises(UsageError, match="No check is called"):
        chosen_checks((), ["zzz*"])
    assert find_check("layer2.passthrough").severity == "high"
    with pytest.raises(UsageError):
        find_check("layer2")


def test_a_check_without_a_page_is_a_defect() -> None:
    with pytest.raises(DefectError):
        page(_stranger("ringfence.audit.run:run_audit"))
    with pytest.raises(DefectError):
        page(_stranger("nowhere.at.all:examine"))


def _stranger(examine: str) -> Check:
    return Check(
        id="x.y",
        title="X",
        item="regular-audit",
        severity="low",
        controls=(),
        asks="?",
        matters=".",
        remedy=".",
        nothing=".",
        examine=examine,
    )


def exception(**words: object) -> dict[str, object]:
    return {
        "control": "management.lockdown",
        "object": "esx-2*",
        "owner": "platform",
        "reason": "being repaired",
        "expires": "2026-12-31",
    } | words


LOCKDOWN_OFF = CLEAN.one("hosts", "host-2", lockdown="disabled")


@pytest.mark.parametrize(
    "words",
    [{}, {"object": "host-2"}, {"control": "ESXI-80-000008"}, {"expires": "2026-11-23"}],
)
def test_an_exception_accepts_and_the_finding_stays(words: dict[str, object]) -> None:
    world = LOCKDOWN_OFF.declare("exceptions", [exception(**words)])
    audit = audited(world, only=["management.lockdown"])
    (finding,) = audit.results[0].findings
    assert finding.accepted is not None
    assert finding.accepted.owner == "platform"
    assert audit.results[0].status == "failed"
    assert worst_severity(audit) is None


@pytest.mark.parametrize(
    "words", [{"object": "esx-3*"}, {"control": "management.ssh"}, {"expires": "2026-11-22"}]
)
def test_an_exception_for_something_else_or_past_does_not(words: dict[str, object]) -> None:
    world = LOCKDOWN_OFF.declare("exceptions", [exception(**words)])
    audit = audited(world, only=["management.lockdown"])
    assert audit.results[0].findings[0].accepted is None
    assert worst_severity(audit) == "high"
    assert bool(audit.expired_exceptions) is ("expires" in words)


def test_an_expired_exception_is_told() -> None:
    world = LOCKDOWN_OFF.declare("exceptions", [exception()])
    audit = audited(world, today=datetime.date(2027, 1, 1), only=["management.lockdown"])
    (sentence,) = audit.expired_exceptions
    assert sentence == (
        "The exception of platform for management.lockdown on esx-2* expired on 2026-12-31 and no "
        "longer applies."
    )


def test_an_exception_may_name_the_host_of_an_object() -> None:
    cases = all_cases()["layer2.promiscuous-mode"]
    words = {"control": "layer2.*", "object": "esx-2.harbour.example/vSwitch1"}
    audit = audited(cases.fails.declare("exceptions", [exception(**words)]), only=["layer2.*"])
    accepted = [each for result in audit.results for each in result.findings if each.accepted]
    assert [each.object for each in accepted] == ["host-2/vSwitch1"]


def test_a_sensitive_zone_raises_the_severity() -> None:
    severities = {
        zone: audited(CLEAN.one("port_groups", group, vlan=trunk()), only=["layer2.trunk*"])
        .results[0]
        .findings[0]
        .severity
        for zone, group in (("dmz", "pg-DMZ-100"), ("cardholder", "host-1/CDE-300"))
    }
    assert severities == {"dmz": "high", "cardholder": "critical"}


def trunk() -> object:
    from ringfence.model.network import TrunkVlan, VlanRange

    return TrunkVlan(ranges=(VlanRange(101, 102),))


def test_a_failed_check_still_tells_what_was_not_read() -> None:
    world = LOCKDOWN_OFF.one("hosts", "host-3", lockdown=NotRead(reason="fault"))
    (result,) = audited(world, only=["management.lockdown"]).results
    assert (result.status, result.passed, len(result.undecided)) == ("failed", 2, 1)
