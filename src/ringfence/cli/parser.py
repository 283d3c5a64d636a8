"""Arguments in, a command called: the commands' manifests as one lazy cyclopts application."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from ringfence.cli.command import Command
from ringfence.cli.exit_codes import ExitCode
from ringfence.foundation.errors import UsageError

_EVERY_COMMAND = "Options of every command"


def call(commands: Iterable[Command], arguments: Sequence[str]) -> ExitCode:
    """Call the command that ``arguments`` name and return its exit code.

    Raises ``UsageError`` where they name none, or options that it does not have.
    """
    try:
        result = application(commands).meta(
            arguments, exit_on_error=False, print_error=False, result_action="return_value"
        )
    except CycloptsError as error:
        about = " ".join(error.command_chain or ())
        raise UsageError(f"{error}".rstrip(), f"See 'ringfence {about} --help'.") from error
    return ExitCode.CLEAN if result is None else result


def application(commands: Iterable[Command]) -> App:
    """Return the application; no command is imported before it is called or asked for help."""
    app = App(
        name="ringfence",
        help_format="plaintext",
        version_flags=(),
        default_parameter=Parameter(negative="", show_default=False),
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for command in commands:
        examples = "\n".join(f"  {example}" for example in command.examples)
        app.command(command.run, name=command.name, help_epilogue=f"Examples:\n\n{examples}")

    @app.meta.default
    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        debug: Annotated[
            bool,
            Parameter(
                negative="",
                group=_EVERY_COMMAND,
                help="Show where in the program an error came from.",
            ),
        ] = False,
        no_exit_codes: Annotated[
            bool,
            Parameter(
                name="--no-exit-codes",
                negative="",
                group=_EVERY_COMMAND,
                help="End with 0 whatever was found; errors still end with 1, 2 or 3.",
            ),
        ] = False,
    ) -> ExitCode:
        # main shows where an error came from; here the option is only told and accepted.
        del debug
        result = app(tokens, exit_on_error=False, print_error=False)
        code = ExitCode.CLEAN if result is None else ExitCode(result)
        is_verdict = ExitCode.UNKNOWN <= code <= ExitCode.CRITICAL
        return ExitCode.CLEAN if no_exit_codes and is_verdict else code

    return app
