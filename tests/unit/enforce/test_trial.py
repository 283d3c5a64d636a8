"""Rules that cannot be tried are told so, and nothing was changed."""

import asyncio

import pytest

from ringfence.connections.commands import PrefixRunner
from ringfence.enforce.gateway.trial import tried
from ringfence.foundation.errors import EnforceError


@pytest.mark.parametrize(
    ("prefix", "why"),
    [
        ("no-such-program", "no-such-program is not installed"),
        ("false", "it ended with 1"),
    ],
)
def test_a_program_that_fails_is_told(prefix: str, why: str) -> None:
    with pytest.raises(EnforceError, match=f"could not be tried: {why}") as told:
        asyncio.run(tried("", PrefixRunner((prefix,))))
    assert "Nothing was changed." in told.value.advice
