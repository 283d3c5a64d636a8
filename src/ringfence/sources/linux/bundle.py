"""What one host answered, command by command: the same live and saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ringfence.model.facts import NotRead, Reason
from ringfence.sources.linux.commands import parts

_REFUSED: Final = ("permission denied", "not permitted", "must be root", "access denied")
_NOT_RUNNING: Final = ("failed to connect socket", "no such file")
"""What virsh says where no libvirt runs; Debian installs the one without the other."""
_MOST_SAID: Final = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered; ``problem`` says why it is not to be believed, else it is empty."""

    argv: tuple[str, ...]
    status: int | None
    stdout: bytes
    stderr: str = ""
    problem: str = ""

    def failure(self) -> NotRead | None:
        """Return why the answer is none; ``None`` where the command did what it was asked."""
        program = self.argv[0] if self.argv else "the command"
        said = " ".join(self.stderr.split())[:_MOST_SAID]
        if self.problem:
            missing = self.problem.endswith("is not installed")
            return _why("not-supported" if missing else "fault", program, self.problem)
        if self.status == 0:
            return None
        reason: Reason = "fault"
        if any(word in said.lower() for word in _REFUSED):
            reason = "no-permission"
        elif self.status == 127 or all(word in said.lower() for word in _NOT_RUNNING):
            reason = "not-supported"
        return _why(reason, program, f"ended with {self.status}: {said or 'it said nothing'}")


def _why(reason: Reason, program: str, text: str) -> NotRead:
    detail = text if text.startswith(program) else f"{program} {text}"
    return NotRead(reason=reason, detail=detail)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A host's name and the answers of its commands by name.

    ``started`` and ``finished`` are UTC in ISO 8601. ``changed`` names commands whose answer was
    another at the end of the reading than at its beginning. ``machines`` are the names of machines
    by their network namespace; ``None`` where every namespace may be one.
    """

    host: str
    answers: Mapping[str, Answer]
    started: str = ""
    finished: str = ""
    changed: tuple[str, ...] = ()
    machines: Mapping[str, str] | None = None

    def text(self, name: str) -> str | NotRead:
        """Return the whole text that a command wrote, or why there is none."""
        answer = self.answers.get(name)
        if answer is None:
            detail = f"the output of {name!r} was not saved"
            return NotRead(reason="not-collected", detail=detail)
        failure = answer.failure()
        if failure is not None:
            return failure
        if name in self.changed:
            detail = f"the output of {name!r} was another at the end of the reading"
            return NotRead(reason="changed-while-reading", detail=detail)
        try:
            return answer.stdout.decode()
        except UnicodeDecodeError:
            detail = f"the output of {' '.join(answer.argv)} is not UTF-8 text"
            return NotRead(reason="not-understood", detail=detail)

    def json(self, name: str) -> Any:
        """Return the JSON that a command wrote, or ``NotRead``: also where it was cut off."""
        text = self.text(name)
        if isinstance(text, NotRead):
            return text
        # iproute2 writes nothing at all where there is nothing to list.
        if not text.strip():
            return []
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError) as error:
            shown = " ".join(self.answers[name].argv) or name
            detail = f"the output of {shown} is cut off or no JSON: {error}"
            return NotRead(reason="not-understood", detail=detail)

    def lines(self, name: str) -> tuple[str, ...] | NotRead:
        """Return the lines that a command wrote, empty ones left out."""
        text = self.text(name)
        if isinstance(text, NotRead):
            return text
        return tuple(line.strip() for line in text.splitlines() if line.strip())

    def about(self, kind: str) -> Iterator[tuple[str, str]]:
        """Yield name and thing of every command of a kind that is asked for each thing."""
        yield from parts(tuple(self.answers), kind)
