"""Asking a host: every command that concerns it, several at a time, and again what may move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from ringfence.connections.commands import Output, Runner
from ringfence.model.facts import NotRead
from ringfence.sources.linux.bundle import Answer, Bundle
from ringfence.sources.linux.commands import (
    FRAME_RULES,
    HOST_COMMANDS,
    NAMESPACE_COMMANDS,
    Command,
    of_bridge,
    of_domain,
    of_namespace,
    of_network,
)

_AT_ONCE: Final = 8
_AGAIN: Final = ("ovs-bridge", "ovs-port", "ovs-mirror", "bridge-vlans", "namespaces", "domains")
"""What is asked again at the end: small, without counters, and decisive."""


async def gather(
    host: str, runner: Runner, clock: Callable[[], str], machines: Mapping[str, str] | None = None
) -> Bundle:
    """Return what a host answers to every command that concerns it.

    ``machines`` are the names of machines by namespace, ``None`` looks into every namespace.
    Nothing is raised for what a command could not do: its answer says so.
    """
    bundle = await _once(host, runner, clock, machines)
    # What moved may have come to rest.
    return await _once(host, runner, clock, machines) if bundle.changed else bundle


async def _once(
    host: str, runner: Runner, clock: Callable[[], str], machines: Mapping[str, str] | None
) -> Bundle:
    started = clock()
    asking = _Asking(runner)
    answers = await asking.all((*HOST_COMMANDS, *NAMESPACE_COMMANDS))
    found = Bundle(host, answers)
    answers |= await asking.all(tuple(_following(found, machines)))
    again = await asking.all(
        command
        for command in HOST_COMMANDS
        if command.name in _AGAIN
        and _is_read(found, command)
        # Namespaces that may come and go are no machines where these were named.
        and not (command.name == "namespaces" and machines is not None)
    )
    changed = tuple(name for name, answer in again.items() if answer.stdout != answers[name].stdout)
    return Bundle(host, answers, started, clock(), changed, machines)


class _Asking:
    """Asks several commands at a time, until the way to the host is lost."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._lost: Output | None = None

    async def all(self, commands: Iterable[Command]) -> dict[str, Answer]:
        wanted = tuple(commands)
        answers = await asyncio.gather(*map(self._answer, wanted))
        return {command.name: answer for command, answer in zip(wanted, answers, strict=True)}

    async def _answer(self, command: Command) -> Answer:
        async with self._turns:
            # Once the way is gone, each further try would only wait as long.
            output = self._lost or await self._runner.run(command.argv, command.seconds)
        if output.lost:
            self._lost = output
        return Answer(command.argv, output.status, output.stdout, output.stderr, output.problem)


def _is_read(bundle: Bundle, command: Command) -> bool:
    return not isinstance(bundle.text(command.name), NotRead)


def _following(bundle: Bundle, machines: Mapping[str, str] | None) -> Iterator[Command]:
    """Yield the commands about each thing that the first answers named."""
    for name in namespace_names(bundle):
        if machines is None or name in machines:
            yield from of_namespace(name)
    for name in ovs_bridge_names(bundle):
        yield from of_bridge(name)
    for name in _listed(bundle, "domains"):
        yield from of_domain(name)
    for name in _listed(bundle, "networks"):
        yield from of_network(name)
    if _listed(bundle, "filter-bindings"):
        yield FRAME_RULES


def namespace_names(bundle: Bundle) -> tuple[str, ...]:
    """Return the named network namespaces of a host; none where they were not read."""
    found = bundle.json("namespaces")
    items: list[Any] = found if isinstance(found, list) else []
    names = (item.get("name") for item in items if isinstance(item, dict))
    return tuple(name for name in names if isinstance(name, str))


def ovs_bridge_names(bundle: Bundle) -> tuple[str, ...]:
    """Return the bridges of Open vSwitch of a host; none where they were not read."""
    table = bundle.json("ovs-bridge")
    if not isinstance(table, dict) or "name" not in table.get("headings", ()):
        return ()
    column = table["headings"].index("name")
    rows = (row for row in table.get("data", ()) if isinstance(row, list) and len(row) > column)
    return tuple(row[column] for row in rows if isinstance(row[column], str))


def _listed(bundle: Bundle, name: str) -> tuple[str, ...]:
    lines = bundle.lines(name)
    return () if isinstance(lines, NotRead) else lines
