"""``ringfence gateway``: the nftables rules of a Linux system between zones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Protocol

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode, of_outcome
from ringfence.cli.options import FullOption, JsonOption, PolicyOption
from ringfence.cli.results import write_result
from ringfence.cli.screen import Screen, process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import close_match, for_terminal, listed
from ringfence.operations import gateway as operation
from ringfence.operations import gateway_loading as loading


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for."""

    snapshot: Path | None
    policy: Path | None
    device: str
    where: loading.Where
    output: Path | None
    dry_run: bool
    full: bool
    json: bool


class _Told(Protocol):
    """What was done, as sentences or as JSON."""

    def lines(self) -> Iterator[str]:
        """Yield sentences."""

    def as_plain(self) -> dict[str, Any]:
        """Return JSON."""


def gateway(  # noqa: PLR0913 (an argument for each option)
    verb: Annotated[str, Parameter(help="build, check, apply or rollback.")],
    snapshot: Annotated[Path | None, Parameter(help="What was read, for all but rollback.")] = None,
    /,
    *,
    policy: PolicyOption = None,
    device: Annotated[
        str, Parameter(help="The firewall of the policy; may be left out where it has only one.")
    ] = "",
    namespace: Annotated[
        str,
        Parameter(help="apply, rollback: in this network namespace, and not on this machine."),
    ] = "",
    output: Annotated[
        Path | None,
        Parameter(name=("--output", "-o"), help="build: write the rules to this file."),
    ] = None,
    dry_run: Annotated[
        bool, Parameter(name="--dry-run", negative="", help="apply: all but loading them.")
    ] = False,
    saved: Annotated[
        Path, Parameter(help="apply, rollback: the folder that keeps the rules from before.")
    ] = loading.SAVED,
    full: FullOption = False,
    json: JsonOption = False,
) -> ExitCode:
    """Make a zone gateway's rules from the policy, prove and load them.

    'build' writes the nftables rules that let pass what the policy's flows
    permit, and nothing else. 'check' lets nft and the kernel try them in a
    namespace of their own, and proves the snapshot with them in force: it
    ends as 'prove' does. 'apply' does the same with what the gateway is now,
    and loads them where every pair of zones is PROVED; 'rollback' loads what
    was there before. Both need root.
    """
    chosen = _chosen(verb)
    where = loading.Where(namespace, saved)
    asked = _Asked(snapshot, policy, device, where, output, dry_run, full, json)
    if (snapshot is None) != (verb == "rollback"):
        needs = "takes no" if snapshot else "needs a"
        raise UsageError(f"'ringfence gateway {verb}' {needs} SNAPSHOT.")
    if output is not None and verb != "build":
        raise UsageError(f"'ringfence gateway {verb}' writes no file.")
    if dry_run and verb != "apply":
        raise UsageError(f"'ringfence gateway {verb}' has no dry run.")
    return chosen(asked, process_screen())


def _chosen(verb: str) -> Callable[[_Asked, Screen], ExitCode]:
    if verb in _VERBS:
        return _VERBS[verb]
    near = close_match(verb, _VERBS)
    advice = f"Did you mean {near!r}?" if near else f"Choose one of {listed(_VERBS)}."
    raise UsageError(f"A gateway has no verb {verb!r}.", advice)


def _build(asked: _Asked, screen: Screen) -> ExitCode:
    with progress(screen) as told:
        subject = open_subject(_snapshot(asked), asked.policy, screen, told)
        made = operation.meant(subject, asked.device)
    if asked.output is not None:
        operation.write(made.ruleset, asked.output)
    if asked.json or asked.output is not None:
        _tell(made, screen, json=asked.json)
    else:
        screen.write_document(made.ruleset)
    if asked.output is not None and not asked.json:
        screen.write(f"The rules are in {for_terminal(str(asked.output))}.")
    return ExitCode.CLEAN


def _check(asked: _Asked, screen: Screen) -> ExitCode:
    with progress(screen) as told:
        subject = open_subject(_snapshot(asked), asked.policy, screen, told)
        result = operation.check(subject, operation.meant(subject, asked.device), told)
    write_result(result, screen, full=asked.full, json=asked.json)
    return of_outcome(result.outcome)


def _apply(asked: _Asked, screen: Screen) -> ExitCode:
    with progress(screen) as told:
        subject = open_subject(_snapshot(asked), asked.policy, screen, told)
        applied = loading.apply(subject, asked.device, asked.where, told, dry_run=asked.dry_run)
    if not asked.json:
        write_result(applied.result, screen, full=asked.full, json=False)
        screen.write("")
    _tell(applied, screen, json=asked.json)
    return of_outcome(applied.result.outcome)


def _rollback(asked: _Asked, screen: Screen) -> ExitCode:
    _tell(loading.rollback(asked.where), screen, json=asked.json)
    return ExitCode.CLEAN


_VERBS: Final[Mapping[str, Callable[[_Asked, Screen], ExitCode]]] = {
    "build": _build,
    "check": _check,
    "apply": _apply,
    "rollback": _rollback,
}


def _snapshot(asked: _Asked) -> Path:
    if asked.snapshot is None:
        raise UsageError("No SNAPSHOT was named.")
    return asked.snapshot


def _tell(told: _Told, screen: Screen, *, json: bool) -> None:
    if json:
        screen.write_json(told.as_plain())
    else:
        for line in told.lines():
            screen.write(for_terminal(line))
