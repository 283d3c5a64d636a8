"""The page: nothing from outside, nothing that runs, every section where it belongs."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import msgspec
import pytest

from report_extremes import hostile, many_zones, nothing, wide_host
from report_results import harbour
from ringfence.audit.finding import Audit
from ringfence.report.format import ReportInput, format_named, render
from ringfence.report.html import hosts

VOID = {"meta", "link", "br", "img", "input", "hr"}
REPORTS = {
    "faulty": harbour,
    "clean": lambda: harbour(faulty=False),
    "hostile": hostile,
    "many": lambda: many_zones(30),
    "folded": lambda: many_zones(64, 4),
    "wide": wide_host,
    "nothing": nothing,
}


def page(told: ReportInput) -> str:
    """The page of a report."""
    return render(format_named("html"), told)


class Reader(HTMLParser):
    """Collects what a browser would see of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["style"], ["script"]):
            self.words.append(data)

    @property
    def text(self) -> str:
        """All words of the page."""
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(params=REPORTS, scope="module")
def read(request: pytest.FixtureRequest) -> Reader:
    """Each page, read."""
    return Reader(page(REPORTS[request.param]()))


def test_tags_are_balanced(read: Reader) -> None:
    assert read.unbalanced == []
    assert read.open == []


def test_ids_are_unique_and_links_lead_somewhere(read: Reader) -> None:
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in read.tags:
        if tag == "a":
            assert (attributes["href"] or "").removeprefix("#") in ids


def test_nothing_is_loaded_and_nothing_runs_but_our_own_script(read: Reader) -> None:
    tags = [tag for tag, _ in read.tags]
    assert tags.count("script") == tags.count("style") == tags.count("link") == 1
    assert not {"img", "iframe", "object", "embed", "form", "base", "image"} & set(tags)
    for _, attributes in read.tags:
        assert not any(name.startswith("on") or name in {"style", "src"} for name in attributes)
        href = attributes.get("href") or "#"
        assert href == "data:," or href.startswith("#")


def test_style_and_script_are_admitted_by_their_hashes_alone() -> None:
    text = page(harbour())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    admitted = policy[1].replace("&#39;", "'")
    assert admitted.startswith("default-src 'none'; img-src data:; base-uri 'none'")
    assert "unsafe" not in admitted
    for tag in ("style", "script"):
        content = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in admitted


def test_every_drawing_has_a_title_and_a_description(read: Reader) -> None:
    tags = [tag for tag, _ in read.tags]
    assert tags.count("svg") == tags.count("desc") >= 3


def test_the_same_input_gives_the_same_page() -> None:
    assert page(harbour()) == page(harbour())


def test_sections_come_in_their_order() -> None:
    read = Reader(page(harbour()))
    sections = [attributes["id"] for tag, attributes in read.tags if tag == "section"]
    assert sections == [
        "summary",
        "configuration",
        "matrix",
        "pairs",
        "wiring",
        "findings",
        "unread",
        "basis",
    ]


def test_a_report_without_proof_says_so_and_has_no_matrix() -> None:
    read = Reader(page(nothing()))
    sections = {attributes["id"] for tag, attributes in read.tags if tag == "section"}
    assert sections == {"summary", "configuration", "wiring", "unread", "basis"}
    assert "No proof was made; this report says nothing about who can reach whom." in read.text
    assert "No audit was made." in read.text


def test_a_violation_has_its_path_its_header_and_what_closes_it() -> None:
    text = Reader(page(harbour())).text
    assert "port group, should have stopped it" in text
    assert "Set the VLAN of CDE-300 on esx-3 from 200 to 300." in text
    assert re.search(r"becomes\s+tcp SYN\s+10\.1\.200\.1:40000\s+→ 10\.1\.30\.11:1433", text)
    assert "ip saddr 10.1.100.0/24 tcp dport { 22, 1433 } accept" in text


def test_an_unknown_pair_says_what_would_settle_it() -> None:
    text = Reader(page(harbour())).text
    assert text.count("The security policy of vSwitch0 on esx-4 was not read: give the") == 3
    assert "2 zone pairs wait for it." in text


def test_findings_have_severity_found_expected_fix_and_controls() -> None:
    text = Reader(page(harbour())).text
    for word in ("critical", "Found", "Expected", "Fix", "ESXI-80-000193; CIS8 3.1"):
        assert word in text
    assert "On host esx-3.harbour.example set services[TSM-SSH].running from true to false." in text
    assert "by soc until 2027-01-31: sensor until the tap is built" in text


def test_many_findings_of_a_check_fold_and_none_is_lost() -> None:
    told = harbour()
    assert told.audit is not None
    first = told.audit.results[0]
    many = tuple(
        msgspec.structs.replace(first.findings[0], name=f"host-number-{number}")
        for number in range(40)
    )
    results = (msgspec.structs.replace(first, findings=many), *told.audit.results[1:])
    audit = Audit(policy="harbour", snapshot_hash="", results=results)
    text = Reader(
        page(
            ReportInput(told.inventory, told.policy, told.memberships, None, audit, told.generated)
        )
    ).text
    assert "30 more" in text
    assert all(f"host-number-{number} " in text for number in range(40))


def test_objects_with_the_same_gap_share_one_sentence() -> None:
    told = harbour()
    assert told.audit is not None
    results = tuple(
        msgspec.structs.replace(
            result,
            undecided=tuple(
                msgspec.structs.replace(each, name=f"vSwitch{number}", object=f"switch-{number}")
                for each in result.undecided
                for number in range(3)
            ),
        )
        for result in told.audit.results
    )
    audit = msgspec.structs.replace(told.audit, results=results)
    alone = ReportInput(told.inventory, told.policy, (), None, audit, told.generated)
    assert "Not read: security of vSwitch0, vSwitch1 and vSwitch2; the" in Reader(page(alone)).text


def test_a_fix_names_the_host_that_its_object_is_on() -> None:
    told = harbour()
    assert told.audit is not None
    first = told.audit.results[5]
    finding = msgspec.structs.replace(first.findings[0], name="CDE-300", host="esx-3")
    change = msgspec.structs.replace(finding.fix[0], name="CDE-300")
    finding = msgspec.structs.replace(finding, fix=(change,))
    results = (msgspec.structs.replace(first, findings=(finding,)),)
    audit = Audit(policy="harbour", snapshot_hash="", results=results)
    alone = ReportInput(told.inventory, told.policy, (), None, audit, told.generated)
    text = Reader(page(alone)).text
    assert "On port group CDE-300 on esx-3 set vlan.vlan from 200 to 300." in text


def test_names_stand_isolated_from_the_direction_around_them() -> None:
    assert "<bdi>web-01</bdi>" in page(harbour())


def test_every_machine_is_named_in_the_tables() -> None:
    told = harbour()
    text = Reader(page(told)).text
    for machine in told.inventory.snapshot.machines:
        assert machine.name in text


def test_a_page_with_enough_pictures_keeps_the_tables_of_the_other_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hosts, "MOST_PICTURES", 2)
    read = Reader(page(harbour()))
    drawn = [attributes for tag, attributes in read.tags if tag == "svg"]
    assert len([each for each in drawn if each["aria-labelledby"].startswith("wiring")]) == 2
    assert "Not drawn, since this page has many pictures already." in read.text
    assert all(machine.name in read.text for machine in harbour().inventory.snapshot.machines)


def test_a_clean_report_has_no_violated_form() -> None:
    text = page(harbour(faulty=False))
    body = text[text.index("<body>") : text.index("<script>")]
    assert 'class="verdict VIOLATED"' not in body
    assert 'class="verdict UNKNOWN"' not in body
    assert "d-VIOLATED" not in body
