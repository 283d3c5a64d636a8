"""A gateway's rules, tried where nothing is: nft and the kernel say what they would be."""

from __future__ import annotations

import os
from typing import Final

from ringfence.connections.commands import Output, Runner
from ringfence.enforce.gateway.ruleset import TABLE
from ringfence.foundation.errors import EnforceError

SECONDS: Final = 30.0
"""More than loading a hundred thousand rules takes."""
_LOAD_AND_LIST: Final = f"nft --file - && nft --stateless list table inet {TABLE}"
# In one run of nft a listing shows the tables as they were before.


async def tried(ruleset: str, runner: Runner) -> str:
    """Return the table as nft lists it, once loaded into a network namespace made for it alone.

    The namespace ends with the program. Raises ``EnforceError`` where nft refuses the rules or is
    missing, or no namespace may be made.
    """
    alone = ("unshare", "--net") if os.geteuid() == 0 else ("unshare", "--map-root-user", "--net")
    await _done(runner, (*alone, "nft", "--check", "--file", "-"), ruleset)
    return await _done(runner, (*alone, "sh", "-c", _LOAD_AND_LIST), ruleset)


async def _done(runner: Runner, words: tuple[str, ...], given: str) -> str:
    output = await runner.run(words, SECONDS, given.encode())
    if output.status != 0:
        raise EnforceError(
            f"The rules could not be tried: {why(output)}.",
            "It needs nft and unshare, and the right to make a network namespace. "
            "Nothing was changed.",
        )
    return output.stdout.decode(errors="replace")


def why(output: Output) -> str:
    """Return a phrase for why a program did not do what it should."""
    said = [line.strip() for line in output.stderr.splitlines() if line.strip()]
    return output.problem or (said[0].rstrip(".") if said else f"it ended with {output.status}")
