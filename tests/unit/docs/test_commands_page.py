"""The reference of the commands names every command, and every option that its help shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from repository import ROOT
from ringfence.cli import commands
from ringfence.cli.command import Command
from ringfence.foundation.discovery import find_parts

COMMANDS = [
    command.name for command in find_parts(commands, "COMMAND", Command, "ringfence.commands")
]
# Said once for all commands, at the head of the page.
OF_EVERY_COMMAND = {"--help", "--debug", "--no-exit-codes"}


def sections() -> dict[str, str]:
    """The text of the page by command."""
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    parts = re.split(r"^## `?ringfence ([\w-]+)`?$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_has_its_section_and_no_other() -> None:
    assert set(sections()) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command: str) -> None:
    script = Path(sys.executable).parent / "ringfence"
    shown = subprocess.check_output([script, command, "--help"], text=True)
    # Negative forms (--no-json) and examples' values are not options of their own.
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", shown)) - OF_EVERY_COMMAND
    text = sections()[command]
    assert {option for option in options if f"`{option}" not in text} == set()
