"""Commands are found, say what they do with examples, and are documented option by option."""

import inspect
import shlex
from pathlib import Path

import pytest
from cyclopts import App

from command_line import ringfence
from repository import ROOT
from ringfence.cli import commands
from ringfence.cli.command import Command
from ringfence.cli.exit_codes import ExitCode
from ringfence.cli.main import run
from ringfence.cli.parser import application
from ringfence.foundation.discovery import find_parts, load

COMMANDS = find_parts(commands, "COMMAND", Command, "ringfence.commands")
IDS = [command.name for command in COMMANDS]


def app_of(command: Command) -> App:
    return application([command])[command.name]


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_a_command_is_a_folder_of_its_name(command: Command) -> None:
    folder = command.name.replace("-", "_")
    assert command.run.startswith(f"ringfence.cli.commands.{folder}.command:")
    assert load(command.run).__doc__


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_help_says_what_it_does_with_examples(command: Command) -> None:
    done = ringfence(command.name, "--help", COLUMNS="80")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: ringfence {command.name}")
    lines = [line.strip() for line in done.stdout.splitlines()]
    described = inspect.getdoc(load(command.run)) or ""
    assert command.examples
    # Nothing is wrapped anew on a terminal of the usual width.
    assert {*described.splitlines(), *command.examples} <= {*lines}
    assert "--no-exit-codes" in done.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_every_option_says_what_it_does(command: Command) -> None:
    arguments = app_of(command).assemble_argument_collection()
    for argument in (each for each in arguments if not each.children):
        assert argument.parameter.help, f"{command.name} {argument.name}"


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_examples_use_arguments_and_options_that_exist(command: Command) -> None:
    for example in command.examples:
        program, name, *words = shlex.split(example)
        assert (program, name) == ("ringfence", command.name)
        app_of(command).parse_args(words, exit_on_error=False, print_error=False)


def test_every_exit_code_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    assert {code for code in ExitCode if f"\n| {code.value} | " not in page} == set()


def test_commands_need_no_file_outside_their_folder() -> None:
    folders = {path.parent.name for path in Path(commands.__path__[0]).glob("*/__init__.py")}
    assert folders == {name.replace("-", "_") for name in IDS}


def test_a_command_that_is_dropped_in_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "greet"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from ringfence.cli.command import Command\n"
        "COMMAND = Command(name='greet', summary='greet a zone',"
        " run='ringfence.cli.commands.greet.command:greet',"
        " examples=('ringfence greet dmz',), order=1)\n"
    )
    (folder / "command.py").write_text(
        "from ringfence.cli.exit_codes import ExitCode\n"
        "def greet(zone: str, /) -> ExitCode:\n"
        "    '''Greet a zone.'''\n"
        "    print('Hello,', zone)\n"
        "    return ExitCode.LOW\n"
    )
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    assert run(["greet", "dmz"]) == ExitCode.LOW
    assert run(["greet", "dmz", "--no-exit-codes"]) == ExitCode.CLEAN
    assert capsys.readouterr().out == "Hello, dmz\nHello, dmz\n"
    assert run(["--help"]) == ExitCode.CLEAN
    listed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["greet", "greet", "a", "zone"] in listed
