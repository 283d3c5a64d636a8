"""What the judging commands print, and what they end with, on a small datacenter."""

import csv
import io
import json
import os
import pty
import subprocess
from pathlib import Path

import jsonschema
import pytest

from command_line import RINGFENCE, environment, ringfence
from ringfence.cli.exit_codes import ExitCode
from ringfence.model.snapshot_file import write_snapshot
from ringfence.report.json_file import schema_path
from small_snapshot import SENSITIVE_POLICY, SMALL_POLICY, small_snapshot

CLEAN, OPEN = "clean.ringfence", "open.ringfence"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a clean and an open snapshot, and the policy they are held against."""
    write_snapshot(small_snapshot(), tmp_path / CLEAN)
    write_snapshot(small_snapshot(app_vlan=100), tmp_path / OPEN)
    (tmp_path / "ringfence.yaml").write_text(SMALL_POLICY)
    (tmp_path / "sensitive.yaml").write_text(SENSITIVE_POLICY)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("prove", CLEAN), ExitCode.CLEAN),
        (("prove", OPEN), ExitCode.HIGH),
        (("prove", OPEN, "--policy", "sensitive.yaml"), ExitCode.CRITICAL),
        (("prove", OPEN, "--no-exit-codes"), ExitCode.CLEAN),
        (("prove", OPEN, "--from", "management"), ExitCode.CLEAN),
        (("audit", CLEAN, "--only", "management.lockdown"), ExitCode.UNKNOWN),
        (("audit", CLEAN, "--only", "management.physical-nics"), ExitCode.MEDIUM),
        (("check", OPEN, "--only", "management.physical-nics"), ExitCode.HIGH),
        (("report", OPEN, "--format", "terminal"), ExitCode.HIGH),
        (("explain", "dmz", "application", "--snapshot", OPEN), ExitCode.CLEAN),
        (("audit", "--list"), ExitCode.CLEAN),
        (("audit",), ExitCode.USAGE),
        (("prove", CLEAN, "--from", "dnz"), ExitCode.USAGE),
        (("prove", CLEAN, "--policy", "none.yaml"), ExitCode.ERROR),
        (("report", CLEAN, "--format", "pdf"), ExitCode.USAGE),
        (("report", CLEAN, "--output", "no/such/folder.html"), ExitCode.ERROR),
        (("explain", "dmz", "application"), ExitCode.USAGE),
        (("collect", "saved", "--server", "vcenter.example"), ExitCode.USAGE),
    ],
)
def test_exit_codes(folder: Path, arguments: tuple[str, ...], code: ExitCode) -> None:
    done = ringfence(*arguments, cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr
    refused = code in {ExitCode.USAGE, ExitCode.ERROR}
    assert bool(done.stdout) is not refused
    assert done.stderr.startswith("ringfence: ") is refused


@pytest.mark.parametrize("command", ["prove", "audit", "check"])
def test_json_is_all_that_is_printed_and_fits_its_schema(folder: Path, command: str) -> None:
    done = ringfence(command, OPEN, "--json", cwd=folder)
    assert done.stderr == ""
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads(schema_path().read_text(encoding="utf-8")))
    assert (document.get("proof") is not None) is (command in {"prove", "check"})
    assert (document.get("audit") is not None) is (command in {"audit", "check"})


def test_json_is_utf_8_where_the_locale_is_not(folder: Path) -> None:
    policy = SMALL_POLICY.replace("name: small", 'name: "Zürich →"')
    (folder / "ringfence.yaml").write_text(policy, encoding="utf-8")
    done = ringfence("prove", CLEAN, "--json", cwd=folder, PYTHONUTF8="0", LC_ALL="C")
    assert json.loads(done.stdout)["policy"] == "Zürich →"


def test_a_violation_is_a_sentence_and_its_packet_is_shown_when_asked_for(folder: Path) -> None:
    brief = ringfence("prove", OPEN, cwd=folder).stdout
    assert "2 of 6 zone pairs violated, 0 unknown, 4 proved." in brief
    assert "\n✗ dmz → application\n" in brief
    assert "10.1.200.11" not in brief
    one_pair = ("prove", OPEN, "--from", "dmz", "--to", "application")
    asked = (("prove", OPEN, "--full"), one_pair, ("explain", "dmz", "application", "-s", OPEN))
    for arguments in asked:
        printed = ringfence(*arguments, cwd=folder).stdout
        assert "✗ VIOLATED  dmz → application" in printed
        assert "10.1.200.11" in printed
        assert "port group APP-200, VLAN 100" in printed
        assert max(map(len, printed.splitlines())) <= 100


def test_a_pipe_has_no_colour_and_a_terminal_has(folder: Path) -> None:
    assert "\x1b" not in ringfence("prove", OPEN, cwd=folder).stdout
    assert "\x1b[1;31m" in on_a_terminal(folder, "prove", OPEN)
    assert "\x1b[1;31m" not in on_a_terminal(folder, "prove", OPEN, NO_COLOR="1")


def test_without_unicode_the_matrix_is_drawn_in_ascii(folder: Path) -> None:
    done = ringfence("prove", OPEN, cwd=folder, PYTHONUTF8="0", LC_ALL="C")
    assert done.stdout.isascii()
    assert "x dmz -> application" in done.stdout


def on_a_terminal(folder: Path, *arguments: str, **settings: str) -> str:
    """What a command writes on a terminal of its own."""
    ours, theirs = pty.openpty()
    env = {name: value for name, value in environment().items() if name != "NO_COLOR"}
    with subprocess.Popen(
        [RINGFENCE, *arguments],
        cwd=folder,
        env=env | {"TERM": "xterm-256color"} | settings,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    ):
        os.close(theirs)
        chunks = []
        while chunk := _chunk(ours):
            chunks.append(chunk)
    os.close(ours)
    return b"".join(chunks).decode()


def _chunk(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when the last writer has gone.
        return b""


def test_a_report_is_written_where_it_was_asked_for(folder: Path) -> None:
    done = ringfence("report", OPEN, "--output", "report.html", cwd=folder)
    assert done.stdout == "The report is in report.html.\n"
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_findings_as_csv(folder: Path) -> None:
    printed = ringfence("report", OPEN, "--format", "csv", cwd=folder).stdout
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert {row["status"] for row in rows} == {"failed", "UNKNOWN"}


def test_a_policy_with_twelve_mistakes_has_all_of_them_named(folder: Path) -> None:
    (folder / "ringfence.yaml").write_text(
        """\
ringfence: 2
configuration: full-colapse
zones:
  dmz: {trust: 200, networks: ["DMZ-*"]}
  application: {trusty: 50, networks: ["APP-*"]}
  management: {trust: 100, role: managment}
services:
  web: tcp/99999
flows:
  - {from: dmz, to: aplication, services: [web]}
  - {from: dmz, to: application, services: []}
  - {from: dmz, to: application, services: [databse], through: nowhere}
fabric:
  domains:
    site: {uplinks: "*/*", vlans: 5000, native: 9999}
"""
    )
    done = ringfence("prove", CLEAN, cwd=folder)
    assert done.returncode == ExitCode.ERROR
    named = [line for line in done.stderr.splitlines() if line.startswith("ringfence.yaml:")]
    assert len(named) >= 12, done.stderr
    assert 'Did you mean "full-collapse"?' in done.stderr


def test_a_folder_that_may_not_be_read_is_told(folder: Path) -> None:
    (folder / "empty").mkdir()
    done = ringfence("prove", "empty", cwd=folder)
    assert done.returncode in {ExitCode.ERROR, ExitCode.NOTHING_COLLECTED}
    assert "empty" in done.stderr


def test_a_check_is_explained_without_a_snapshot(folder: Path) -> None:
    done = ringfence("explain", "layer2.promiscuous-mode", cwd=folder)
    assert done.returncode == ExitCode.CLEAN
    assert "### What to do" in done.stdout
    explained = ringfence("explain", "layer2.promiscuous-mode", "--json", cwd=folder).stdout
    assert json.loads(explained)["check"]["severity"] == "high"


def test_tables_are_json_for_machines(folder: Path) -> None:
    done = ringfence("show", "machines", CLEAN, "--json", cwd=folder)
    document = json.loads(done.stdout)
    assert [row["zone"] for row in document["rows"]] == ["application", "dmz", "dmz"]
    changes = json.loads(ringfence("diff", CLEAN, OPEN, "--json", cwd=folder).stdout)
    assert [change["property"] for change in changes["changes"]] == ["vlan.vlan"]


def test_a_first_policy_is_written_once(folder: Path) -> None:
    arguments = ("init", CLEAN, "--output", "first.yaml")
    assert ringfence(*arguments, cwd=folder).returncode == ExitCode.CLEAN
    assert ringfence(*arguments, cwd=folder).returncode == ExitCode.USAGE
    assert ringfence(*arguments, "--replace", cwd=folder).returncode == ExitCode.CLEAN
    assert ringfence("prove", CLEAN, "-p", "first.yaml", cwd=folder).returncode == ExitCode.CLEAN
