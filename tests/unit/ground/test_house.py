"""The house table of docs/architecture/house.md stands in the contracts, and they bite."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from repository import ROOT

# Room: the rooms it may import, besides foundation and model.
TABLE = {
    "policy": "",
    "replay": "",
    "certificate": "policy",
    "reach": "policy replay",
    "rights": "reach policy",
    "audit": "rights reach policy",
    "plan": "rights reach policy",
    "flows": "reach policy",
    "ledger": "",
    "connections": "",
    "sources": "connections",
    "enforce": "connections policy",
    "report": "audit plan flows rights reach certificate policy",
    "lab": "policy",
    "operations": "policy replay certificate reach rights audit plan flows ledger connections"
    " sources enforce report lab",
    "cli": "operations",
    "console": "operations",
    "fleet": "operations",
}
EVERYONE_MAY = ("foundation", "model")


def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / ".importlinter")
    return parser


def layers() -> list[str]:
    """Every layer's name as it stands in the contract, brackets included."""
    text = contracts()["importlinter:contract:layers"]["layers"]
    return [name.strip() for name in text.replace("|", "\n").split("\n") if name.strip()]


def rooms_that_exist() -> set[str]:
    return {path.parent.name for path in (ROOT / "src" / "ringfence").glob("*/__init__.py")}


def test_every_room_of_the_table_is_a_layer() -> None:
    assert {name.strip("()") for name in layers()} == {*TABLE, *EVERYONE_MAY}


def test_brackets_are_for_rooms_that_do_not_exist() -> None:
    existing = rooms_that_exist()
    assert {name for name in layers() if not name.startswith("(")} == existing


def test_no_room_imports_a_higher_layer() -> None:
    order = [name.strip("()") for name in layers()]
    for room, may in TABLE.items():
        for imported in may.split():
            assert order.index(room) < order.index(imported), f"{room} may import {imported}"


def importers(room: str) -> set[str]:
    """The rooms that exist and may import this one."""
    return {name for name, may in TABLE.items() if room in may.split()} & rooms_that_exist()


@pytest.mark.parametrize(
    "room", sorted(room for room in {*TABLE} & rooms_that_exist() if importers(room))
)
def test_a_room_is_protected_from_all_but_those_of_the_table(room: str) -> None:
    contract = contracts()[f"importlinter:contract:{room}"]
    allowed = {name.removeprefix("ringfence.") for name in contract["allowed_importers"].split()}
    assert contract["protected_modules"].split() == [f"ringfence.{room}"]
    assert allowed == importers(room)


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("model/intruder.py", "import ringfence.policy"),
        ("policy/intruder.py", "import lxml.etree"),
        ("cli/intruder.py", "import ringfence.reach"),
        ("attic/__init__.py", "import ringfence.model"),
    ],
)
def test_an_import_against_the_table_is_refused(
    tmp_path: Path, module: str, statement: str
) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    intruder = tmp_path / "src" / "ringfence" / module
    intruder.parent.mkdir(exist_ok=True)
    intruder.write_text(f'"""Against the rules."""\n\n{statement}\n')
    linted = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 1, linted.stdout + linted.stderr
    assert "intruder" in linted.stdout or "attic" in linted.stdout + linted.stderr
