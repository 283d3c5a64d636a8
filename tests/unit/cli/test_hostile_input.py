"""Names in an inventory and saved files are hostile: whatever they hold, the output stays text."""

import csv
import io
import json
from pathlib import Path

import msgspec
import pytest

from command_line import ringfence
from ringfence.cli.exit_codes import ExitCode
from ringfence.model.snapshot_file import write_snapshot
from small_snapshot import SMALL_POLICY, small_snapshot

ESCAPE = "\x1b]0;owned\x07\x1b[2J"
MARKUP = "<script>alert(1)</script>[bold red]&\"'"
FORMULA = '=HYPERLINK("http://evil.example","click")'
REORDER = "\u202egnp.exe"
HOSTILE = f"DMZ-{ESCAPE}{MARKUP}{REORDER}\n"
JUDGED = {ExitCode.CLEAN, ExitCode.UNKNOWN, *range(ExitCode.LOW, ExitCode.CRITICAL + 1)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot in which everything that has a name has a hostile one, and a clean one."""
    folder = tmp_path_factory.mktemp("hostile")
    snapshot = small_snapshot(app_vlan=100)
    replace = msgspec.structs.replace
    hostile = replace(
        snapshot,
        hosts=tuple(replace(each, name=f"{FORMULA}{ESCAPE}") for each in snapshot.hosts),
        switches=tuple(replace(each, name=f"{MARKUP}{ESCAPE}") for each in snapshot.switches),
        port_groups=tuple(
            replace(each, name=HOSTILE if each.name == "DMZ-100" else each.name)
            for each in snapshot.port_groups
        ),
        machines=tuple(
            replace(each, name=f"{FORMULA}{MARKUP}{ESCAPE}{number}")
            for number, each in enumerate(snapshot.machines)
        ),
    )
    write_snapshot(hostile, folder / "hostile.ringfence")
    write_snapshot(small_snapshot(), folder / "clean.ringfence")
    (folder / "ringfence.yaml").write_text(SMALL_POLICY)
    return folder


COMMANDS = [
    *(("show", table, "hostile.ringfence") for table in ("hosts", "networks", "machines")),
    *(("show", table, "hostile.ringfence") for table in ("zones", "places", "unread")),
    ("prove", "hostile.ringfence"),
    ("prove", "hostile.ringfence", "--full"),
    ("audit", "hostile.ringfence"),
    ("check", "hostile.ringfence", "--full"),
    ("report", "hostile.ringfence", "--format", "terminal"),
    ("report", "hostile.ringfence", "--format", "html"),
    ("report", "hostile.ringfence", "--format", "csv"),
    ("diff", "clean.ringfence", "hostile.ringfence"),
    ("explain", "dmz", "application", "--snapshot", "hostile.ringfence"),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: " ".join(words[:2] + words[3:]))
def test_no_character_steers_the_reader(folder: Path, arguments: tuple[str, ...]) -> None:
    done = ringfence(*arguments, cwd=folder)
    assert done.returncode in JUDGED, done.stderr
    printed = done.stdout + done.stderr
    assert "\x1b" not in printed
    assert "\x07" not in printed
    assert "\u202e" not in printed
    assert "[bold red]" in printed or "script" not in printed, "markup was taken for style"


@pytest.mark.parametrize("command", ["prove", "audit", "check"])
def test_json_holds_hostile_names_as_escapes(folder: Path, command: str) -> None:
    printed = ringfence(command, "hostile.ringfence", "--json", cwd=folder).stdout
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert json.loads(printed)


def test_html_is_no_markup_of_theirs(folder: Path) -> None:
    printed = ringfence("report", "hostile.ringfence", cwd=folder).stdout
    assert "<script>alert" not in printed
    assert "&lt;script&gt;alert" in printed


def test_a_spreadsheet_takes_nothing_for_a_formula(folder: Path) -> None:
    printed = ringfence("report", "hostile.ringfence", "--format", "csv", cwd=folder).stdout
    cells = [cell for row in csv.reader(io.StringIO(printed)) for cell in row]
    assert [cell for cell in cells if FORMULA in cell]
    assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == []


def test_a_first_policy_of_hostile_names_can_be_loaded(folder: Path, tmp_path: Path) -> None:
    policy = tmp_path / "first.yaml"
    arguments = ("init", "hostile.ringfence", "--output", str(policy))
    assert ringfence(*arguments, cwd=folder).returncode == ExitCode.CLEAN
    done = ringfence("prove", "hostile.ringfence", "--policy", str(policy), cwd=folder)
    assert done.returncode in JUDGED, done.stderr


BOMB = """<?xml version="1.0"?>
<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
<obj type="HostSystem">&d;</obj>
"""
THEFT = """<?xml version="1.0"?>
<!DOCTYPE theft [<!ENTITY file SYSTEM "file:///etc/passwd">]>
<obj type="HostSystem">&file;</obj>
"""


@pytest.mark.parametrize(
    "content", [BOMB, THEFT, "<obj", "", "\0\0"], ids=["bomb", "theft", "cut", "empty", "binary"]
)
def test_a_saved_folder_that_is_no_datacenter_is_refused(tmp_path: Path, content: str) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "0000-HostSystem-host-1.xml").write_text(content)
    done = ringfence("collect", "saved", cwd=tmp_path)
    assert done.returncode in {ExitCode.ERROR, ExitCode.NOTHING_COLLECTED}, done.stdout
    assert done.stderr.startswith("ringfence: ")
    assert "root:" not in done.stderr
    assert not (tmp_path / "snapshot.ringfence").exists()
