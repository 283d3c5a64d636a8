"""A gateway's rules, loaded at once, read again, and taken back where they are not as meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Final

from ringfence.connections.commands import Output, Runner
from ringfence.enforce.gateway.ruleset import TABLE
from ringfence.enforce.gateway.trial import SECONDS, why
from ringfence.foundation.errors import EnforceError

_LIST: Final = ("nft", "--stateless", "list", "table", "inet", TABLE)
_LOAD: Final = ("nft", "--file", "-")
_ABSENT: Final = "Error: No such file or directory"
_INSTEAD: Final = f"table inet {TABLE}\ndelete table inet {TABLE}\n"
_SET: Final = re.compile(r"\{ ([^{}]*?) \}")


@dataclass(frozen=True, slots=True)
class Target:
    """A system that is a gateway: the way to it, and a phrase for where it is."""

    runner: Runner
    where: str

    async def listed(self) -> str:
        """Return the gateway's table as it is now, empty where there is none.

        Raises ``EnforceError`` where nft cannot tell.
        """
        output = await self.runner.run(_LIST, SECONDS)
        if output.status == 0:
            return output.stdout.decode(errors="replace")
        if output.status is not None and output.stderr.startswith(_ABSENT):
            return ""
        message = f"The rules {self.where} cannot be read: {why(output)}."
        raise EnforceError(message, "It needs nft, and to be root. Nothing was changed.")

    async def load(self, ruleset: str, before: str, meant: str, saved: Path) -> None:
        """Load rules in one step, and see that the table is as ``meant`` then.

        ``before`` is the table as it is, which ``saved`` holds for nft. Where anything else is
        there afterwards, it is put back. Raises ``EnforceError`` then.
        """
        done = await self.runner.run(_LOAD, SECONDS, ruleset.encode())
        now = await self._after(saved)
        if same(now, meant):
            return
        if same(now, before):
            message = f"The rules could not be loaded {self.where}: {why(done)}."
            raise EnforceError(message, "Those from before are still in force.")
        await self._put_back(done, now, before, meant, saved)

    async def _put_back(self, done: Output, now: str, before: str, meant: str, saved: Path) -> None:
        other = next(difference(meant, now), "") or why(done)
        await self.runner.run(_LOAD, SECONDS, instead(before).encode())
        if same(await self._after(saved), before):
            message = f"What was loaded {self.where} is not what was meant ({other})."
            raise EnforceError(message, "The rules from before are in force again.")
        raise _lost(self.where, f"they are not what was meant ({other})", saved)

    async def _after(self, saved: Path) -> str:
        try:
            return await self.listed()
        except EnforceError as error:
            raise _lost(
                self.where, f"they cannot be read any more ({error.what})", saved
            ) from error


def _lost(where: str, what: str, saved: Path) -> EnforceError:
    message = f"It is not certain which rules are in force {where}: {what}."
    return EnforceError(message, f"'nft -f {saved}' puts those from before in force.")


def instead(listing: str) -> str:
    """Return what nft loads to have a table as it was listed, or none, in place of the present."""
    return f"{_INSTEAD}{listing}"


def listing_of(saved: str) -> str:
    """Return the table that a text of ``instead`` puts in force; empty where it is none.

    Raises ``EnforceError`` where the text is something else.
    """
    if not saved.startswith(_INSTEAD):
        raise EnforceError("What was saved is not the table of a gateway.", "Look into the file.")
    return saved.removeprefix(_INSTEAD)


def same(one: str, other: str) -> bool:
    """Tell whether two listings are of the same table."""
    return _lines(one) == _lines(other)


def difference(before: str, after: str) -> Iterator[str]:
    """Yield the lines by which two listings differ, as ``diff`` marks them, without its heads."""
    marked = unified_diff(_lines(before), _lines(after), n=0, lineterm="")
    yield from (line for line in marked if not line.startswith(("---", "+++", "@@")))


def _lines(listing: str) -> list[str]:
    """Return what a listing says, line by line; nft tells the elements of a set in any order."""
    whole = _SET.sub(_sorted, re.sub(r",\s*\n\s*", ", ", listing))
    return [line.rstrip().expandtabs(2) for line in whole.splitlines() if line.strip()]


def _sorted(found: re.Match[str]) -> str:
    return f"{{ {', '.join(sorted(found[1].split(', ')))} }}"
