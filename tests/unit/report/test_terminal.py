"""The report on a terminal: narrow, wide, in ASCII, of hostile names."""

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from report_extremes import hostile, many_zones, nothing
from report_results import harbour
from ringfence.report.format import ReportInput, format_named, render
from ringfence.report.terminal.findings import FindingsView
from ringfence.report.terminal.marks import abbreviations
from ringfence.report.terminal.matrix import MatrixView
from ringfence.report.terminal.page import PairView, ReportView
from ringfence.report.terminal.witness import WitnessView

SHORTENED = re.compile(r"\b(?:PROV|VIOL|UNKN|PROVE|VIOLATE|UNKNOW)\b")


def drawn(view: RenderableType, width: int = 80, encoding: str = "utf-8") -> str:
    """What a console without colour shows."""
    buffer = io.BytesIO()
    file = io.TextIOWrapper(buffer, encoding=encoding, newline="")
    Console(file=file, width=width, color_system=None, legacy_windows=False).print(view)
    file.flush()
    return buffer.getvalue().decode(encoding)


def matrix(told: ReportInput, width: int = 80, encoding: str = "utf-8") -> str:
    """The matrix alone."""
    assert told.proof is not None
    return drawn(MatrixView(told.proof, told.policy), width, encoding)


@pytest.mark.parametrize("width", [40, 60, 80, 132])
@pytest.mark.parametrize("zones", [2, 6, 9, 30, 64])
def test_the_matrix_fits(width: int, zones: int) -> None:
    text = matrix(many_zones(zones, 4 if zones > 30 else 1), width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert not re.search("…", text)


def test_the_matrix_of_harbour_shows_services_in_eighty_columns() -> None:
    text = matrix(harbour())
    assert "│ ✓! 80, 443 │" in text
    assert "│ ✗ 1433  │" in text
    assert "applica=application" in text
    assert "✓ PROVED  ✗ VIOLATED  ? UNKNOWN" in text


def test_a_wide_terminal_needs_no_abbreviation() -> None:
    text = matrix(harbour(), 132)
    assert "=application" not in text
    assert "│ application │" in text


def test_many_zones_are_numbered_in_rows_and_columns() -> None:
    text = matrix(many_zones(30))
    assert "30 tenant-29-fr" in text
    assert "0 1 2 3 4 5 6 7 8 9 0" in text


def test_marks_and_boxes_are_ascii_where_the_locale_has_no_unicode() -> None:
    text = drawn(ReportView(harbour()), encoding="ascii")
    assert text.isascii()
    assert "| +! 80, 443 |" in text
    assert "+ PROVED  x VIOLATED  ? UNKNOWN" in text
    assert "dmz -> cardholder" in text


def test_the_whole_report_fits_in_eighty_columns() -> None:
    text = render(format_named("terminal"), harbour())
    assert max(map(cell_len, text.splitlines())) <= 80


def test_the_report_reads_in_the_order_of_urgency() -> None:
    text = render(format_named("terminal"), harbour())
    order = [
        "3 of 30 zone pairs violated, 2 unknown, 25 proved.",
        "✗ VIOLATED  dmz → cardholder",
        "✗ VIOLATED  cardholder → application",
        "? UNKNOWN  outside → management  Whether",
        "What would settle it",
        "9 of 17 checks failed",
        "1. Isolate the management network: 2 findings (4 checks)",
        "6. Audit regularly",
        "Not read; what depends on it is UNKNOWN",
    ]
    places = [text.index(each) for each in order]
    assert places == sorted(places)


def test_a_pipe_gets_no_colour_and_no_control() -> None:
    for told in (harbour(), hostile()):
        text = render(format_named("terminal"), told)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


def test_no_color_is_respected_by_the_callers_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    file = io.StringIO()
    Console(file=file, force_terminal=True, width=80).print(ReportView(harbour()))
    colours = re.findall(r"\x1b\[([\d;]*)m", file.getvalue())
    assert colours  # bold and dim are no colours
    assert not any(re.search(r"\b(3[0-7]|4[0-7]|9[0-7]|10[0-7]|38|48)\b", code) for code in colours)


def test_hostile_names_cannot_use_richs_markup() -> None:
    text = drawn(ReportView(hostile()), 200)
    assert "[bold]" in text
    assert "\\u{202e}" in text


def test_verdicts_are_never_shortened() -> None:
    for width in (40, 80, 200):
        assert not SHORTENED.search(drawn(ReportView(harbour()), width))


def test_a_witness_is_an_indented_path_with_what_would_close_it() -> None:
    told = harbour().proof
    assert told is not None
    pair = next(each for each in told.pairs if each.destination == "cardholder" and each.declared)
    witness = pair.obligations[0].witness
    assert witness is not None
    lines = drawn(WitnessView(witness), 120).splitlines()
    path = [
        line for line in lines if re.match(r" *(✗ )?(machine|port|switch|uplink|domain|re)", line)
    ]
    indents = [len(line) - len(line.lstrip()) for line in path]
    assert indents == [0, 2, 4, 6, 8, 10, 12, 14, 16]
    assert any("sends tcp SYN 10.1.200.12:40000 → 10.1.30.13:22" in line for line in lines)
    assert any("✗ port group CDE-300 on esx-3, VLAN 200" in line for line in lines)
    assert any(
        "would close it, not checked: Set the VLAN of CDE-300 on esx-3" in line for line in lines
    )


def test_a_pair_says_what_would_settle_it() -> None:
    told = harbour().proof
    assert told is not None
    pair = next(each for each in told.pairs if each.verdict == "UNKNOWN")
    text = drawn(PairView(pair), 200)
    assert "would settle it: The security policy of vSwitch0 on esx-4 was not read: give" in text


def test_findings_can_be_cut_with_the_rest_counted() -> None:
    told = harbour().audit
    assert told is not None
    text = drawn(FindingsView(told, most=1))
    assert "and 1 more finding" in text
    assert "accepted by soc until 2027-01-31" in text
    assert "? UNKNOWN  layer2.forged-transmits: Not read: security of vSwitch0 on esx-4;" in text


def test_a_report_without_proof_and_audit_says_so() -> None:
    text = render(format_named("terminal"), nothing())
    assert "No proof was made." in text
    assert "No audit was made." in text


def test_short_names_are_distinct_and_fit() -> None:
    names = ["tenant-01-front", "tenant-02-front", "tenant-01-back", "dmz", "日本語ゾーン", "t"]
    for width in (1, 2, 3, 5, 8, 20):
        short = abbreviations(names, [width] * len(names))
        assert len(set(short.values())) == len(names)
        assert list(short) == names
        assert all(cell_len(each) <= max(width, 1) for each in short.values())
