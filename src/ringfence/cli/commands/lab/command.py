"""``ringfence lab``: a real small datacenter in network namespaces of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode, of_outcome
from ringfence.cli.options import JsonOption
from ringfence.cli.screen import process_screen, progress
from ringfence.foundation.errors import DefectError, UsageError
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import close_match, for_terminal, listed
from ringfence.operations import lab as operation
from ringfence.operations import lab_verify as verify


class Told(Protocol):
    """What a verb found, as sentences or as JSON."""

    def lines(self) -> Iterator[str]:
        """Yield sentences."""

    def as_plain(self) -> dict[str, Any]:
        """Return JSON."""


@dataclass(frozen=True, slots=True)
class _Verb:
    """What a verb does to the lab of a name; ``takes`` is what its argument is called, if any."""

    do: Callable[[str, str, Progress], Told]
    takes: str = ""


_VERBS: Final[Mapping[str, _Verb]] = {
    "up": _Verb(operation.up, "CONFIGURATION"),
    "status": _Verb(lambda name, _, __: operation.status(name)),
    "show": _Verb(lambda name, _, __: operation.status(name)),
    "probe": _Verb(lambda name, _, told: operation.probe_lab(name, told)),
    "verify": _Verb(lambda name, _, told: verify.verify_lab(name, told)),
    "break": _Verb(lambda name, what, _: operation.break_it(name, what), "FAULT"),
    "mend": _Verb(lambda name, _, __: operation.mend_it(name)),
    "down": _Verb(lambda name, _, __: operation.down(name)),
}


def lab(
    verb: Annotated[str, Parameter(help="up, status, show, probe, verify, break, mend or down.")],
    what: Annotated[
        str,
        Parameter(
            help="up: physical-separation, virtual-separation or full-collapse; break: a fault.",
        ),
    ] = "",
    /,
    *,
    name: Annotated[
        str, Parameter(help="The name of this lab, where several stand side by side.")
    ] = "",
    list_faults: Annotated[
        bool, Parameter(name="--list", help="break: show the faults that there are.")
    ] = False,
    json: JsonOption = False,
) -> ExitCode:
    """Build a real small datacenter on this machine, and send packets through it.

    Hosts, switches, machines and a firewall stand in network namespaces whose
    names begin with rflab-; nothing outside of them is touched, and no packet
    leaves this machine. It needs root.
    """
    chosen = _chosen(verb)
    if list_faults and verb != "break":
        raise UsageError(f"'ringfence lab {verb}' has no --list.")
    if list_faults:
        chosen = _Verb(lambda name, _, __: operation.faults(name))
    if chosen.takes and not what:
        raise UsageError(f"'ringfence lab {verb}' needs a {chosen.takes}.")
    if what and not chosen.takes:
        raise UsageError(f"'ringfence lab {verb}' takes no {what!r}.")
    screen = process_screen()
    with progress(screen) as told:
        found = chosen.do(name, what, told)
    if json:
        screen.write_json(found.as_plain())
    elif verb == "show" and isinstance(found, operation.LabStatus):
        # Drawing costs an import that sentences do not need.
        from ringfence.cli.commands.lab.drawing import LabDrawing  # noqa: PLC0415

        screen.draw(LabDrawing(found.picture()))
    else:
        for line in found.lines():
            screen.write(for_terminal(line))
    if isinstance(found, verify.LabVerified):
        if not found.agrees:
            raise DefectError("Proof and packets differ.", "Please report what is printed above.")
        return of_outcome(found.outcome)
    return ExitCode.CLEAN


def _chosen(verb: str) -> _Verb:
    if verb in _VERBS:
        return _VERBS[verb]
    near = close_match(verb, _VERBS)
    advice = f"Did you mean {near!r}?" if near else f"Choose one of {listed(_VERBS, most=9)}."
    raise UsageError(f"The lab has no verb {verb!r}.", advice)
