"""Every command that the README and the documentation show does what they say."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from console_blocks import Block, blocks_of, chains, missing_lines
from repository import ROOT

# What a page may run besides ringfence itself, to look at what was written.
HARMLESS = {"ringfence", "cat", "cd", "cp", "head", "ls", "mkdir", "sed"}


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def all_chains() -> list[list[Block]]:
    return [
        chain for page in pages() for chain in chains(blocks_of(page, str(page.relative_to(ROOT))))
    ]


def runnable() -> list[list[Block]]:
    """Chains whose blocks this test runs."""
    return [chain for chain in all_chains() if not any(block.run_by for block in chain)]


def name_of(chain: list[Block]) -> str:
    return f"{chain[0].page}:{chain[0].line}"


def test_there_are_commands_to_run() -> None:
    assert runnable()


@pytest.mark.parametrize("chain", runnable(), ids=name_of)
def test_the_commands_of_a_page_work(chain: list[Block], tmp_path: Path) -> None:
    if (ROOT / "examples").is_dir():
        shutil.copytree(ROOT / "examples", tmp_path / "examples")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
    }
    for block in chain:
        for command in block.commands:
            where = f"{block.page}:{command.line}: {command.text}"
            assert command.text.split()[0] in HARMLESS, f"{where}: say which test runs it (run-by)"
            done = subprocess.run(
                ["bash", "-c", command.text],
                cwd=tmp_path,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            printed = done.stdout + done.stderr
            assert done.returncode == command.exit_code, f"{where}\n{printed}"
            assert missing_lines(command.shown, printed) == [], f"{where}\n{printed}"
            assert "Traceback" not in printed, where


def test_a_block_run_elsewhere_names_a_test_that_exists() -> None:
    named = {block.run_by for chain in all_chains() for block in chain if block.run_by}
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_commands_stand_in_console_blocks_only() -> None:
    fences = ("```sh", "```bash", "```shell", "```shell-session")
    pages_with_others = [
        page.name
        for page in pages()
        if any(line.strip().startswith(fences) for line in page.read_text("utf-8").splitlines())
    ]
    assert pages_with_others == []


def test_shown_lines_must_be_printed_in_order() -> None:
    printed = "one\n  two 2026-11-23\nthree\n"
    assert missing_lines(("one", "two …", "…", "three"), printed) == []
    assert missing_lines(("three", "one"), printed) == ["one"]
    assert missing_lines(("two",), printed) == ["two"]


def test_an_exit_code_that_is_shown_belongs_to_the_command_above(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ ringfence a \\\n    b\nout\n$ echo $?\n14\n$ ringfence c\n```\n")
    (block,) = blocks_of(page, "page.md")
    assert [(c.line, c.text, c.shown, c.exit_code) for c in block.commands] == [
        (2, "ringfence a b", ("out",), 14),
        (7, "ringfence c", (), 0),
    ]


def test_markers_above_a_block_are_read(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- run-by: tests/x.py (needs a server) -->\n```console\n$ ringfence a\n```\n\n"
        "```console\n$ ringfence b\n```\n<!-- continues -->\n\n```console\n$ ringfence c\n```\n"
    )
    blocks = blocks_of(page, "page.md")
    assert [block.run_by for block in blocks] == ["tests/x.py", None, None]
    assert [[b.commands[0].text for b in chain] for chain in chains(blocks)] == [
        ["ringfence a"],
        ["ringfence b", "ringfence c"],
    ]
