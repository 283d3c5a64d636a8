"""Files for other tools: JSON with its schema, CSV for spreadsheets, and how formats are found."""

import csv
import io
import json
import re
import sys
from pathlib import Path

import jsonschema
import msgspec
import pytest

from report_extremes import HOSTILE, hostile, nothing
from report_results import harbour
from ringfence import report
from ringfence.foundation.errors import UsageError
from ringfence.report.csv_file import COLUMNS
from ringfence.report.format import Format, format_named, formats, render
from ringfence.report.json_file import ReportDocument, schema_path, schema_text

STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def as_json(told) -> dict:
    """The report as a program reads it."""
    return json.loads(render(format_named("json"), told))


def as_rows(told) -> list[dict[str, str]]:
    """The findings as a spreadsheet reads them."""
    return list(csv.DictReader(io.StringIO(render(format_named("csv"), told), newline="")))


def test_the_published_schema_is_current() -> None:
    # To renew it: python -c "from ringfence.report.json_file import *;
    # schema_path().write_text(schema_text())"
    assert schema_path().read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize("told", [harbour, hostile, nothing], ids=["harbour", "hostile", "nothing"])
def test_what_is_written_satisfies_the_schema(told) -> None:
    schema = json.loads(schema_path().read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(as_json(told()))


def test_the_schema_refuses_a_verdict_of_its_own() -> None:
    written = as_json(harbour())
    written["proof"]["pairs"][0]["verdict"] = "FINE"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, json.loads(schema_path().read_text(encoding="utf-8")))


def test_json_has_its_format_version_and_counts() -> None:
    written = as_json(harbour())
    assert (written["format"], written["version"]) == ("ringfence-report", 1)
    assert written["pairs"] == {"total": 30, "violated": 3, "unknown": 2, "proved": 25}
    assert written["findings"] == {
        "critical": 2,
        "high": 5,
        "medium": 2,
        "low": 0,
        "accepted": 1,
        "undecided": 1,
    }


def test_json_reads_back_into_the_same_records() -> None:
    told = harbour()
    read = msgspec.json.decode(render(format_named("json"), told), type=ReportDocument)
    assert read.proof == told.proof
    assert read.unread == told.inventory.snapshot.unread


def test_json_keeps_hostile_names_and_steers_no_terminal() -> None:
    text = render(format_named("json"), hostile())
    assert not STEERING.search(text)
    assert json.loads(text)["policy"] == HOSTILE


def test_csv_has_a_row_for_each_finding_and_each_unknown() -> None:
    rows = as_rows(harbour())
    assert tuple(rows[0]) == COLUMNS
    assert [row["status"] for row in rows].count("failed") == 9
    assert [row["status"] for row in rows].count("accepted") == 1
    (unknown,) = [row for row in rows if row["status"] == "UNKNOWN"]
    assert unknown["check"] == "layer2.forged-transmits"
    assert "was not read: the account may not read it" in unknown["sentence"]


def test_csv_tells_the_fix_and_the_controls() -> None:
    (ssh,) = [row for row in as_rows(harbour()) if row["check"] == "management.ssh"]
    assert ssh["found"] == "true"
    assert ssh["controls"] == "ESXI-80-000193 CIS8 3.1"
    assert ssh["fix"].startswith("On host esx-3.harbour.example set")


def test_no_cell_of_csv_is_a_formula_or_steers_a_terminal() -> None:
    text = render(format_named("csv"), hostile())
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
            assert not STEERING.search(cell)


def test_csv_without_an_audit_is_refused_in_a_sentence() -> None:
    with pytest.raises(UsageError, match="no audit was made"):
        render(format_named("csv"), nothing())


def test_formats_are_found() -> None:
    assert {each.name: each.suffix for each in formats()} == {
        "csv": ".csv",
        "html": ".html",
        "json": ".json",
        "terminal": ".txt",
    }


def test_an_unknown_format_names_a_near_one() -> None:
    with pytest.raises(UsageError, match="Did you mean 'html'"):
        format_named("htm")
    with pytest.raises(UsageError, match="Choose csv, html"):
        format_named("zebra")


def test_a_format_that_is_dropped_in_is_found_and_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shouting"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from ringfence.report.format import Format\n"
        "def render(told): return told.policy.name.upper()\n"
        "render_from = 'ringfence.report.shouting:render'\n"
        "FORMAT = Format('shouting', 'the name, loud', render_from, '.txt')\n"
    )
    monkeypatch.setattr(report, "__path__", [*report.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "ringfence.report.shouting", raising=False)
    assert render(format_named("shouting"), harbour()) == "HARBOUR"
    monkeypatch.delitem(sys.modules, "ringfence.report.shouting")


def test_a_format_is_frozen() -> None:
    with pytest.raises(AttributeError):
        formats()[0].name = "other"  # type: ignore[misc]
    assert isinstance(formats()[0], Format)
