"""The rules of a gateway, written by aerleon for another vendor's firewall."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from ringfence.enforce.gateway.description import Gateway
from ringfence.enforce.vendors.target import Target
from ringfence.enforce.vendors.terms import Terms, Words
from ringfence.foundation.errors import EnforceError, MissingExtraError

_FILE: Final = "ringfence"
_WORDS: Final = re.compile(r"The keywords \[(.*)\] in Term")


@dataclass(frozen=True, slots=True)
class Written:
    """Rules as text, and what of the flows they leave refused."""

    text: str
    left_out: tuple[str, ...]


def written(gateway: Gateway, target: Target) -> Written:
    """Return the rules of a gateway for a kind of firewall: the same text for the same gateway.

    Raises ``EnforceError`` for what cannot be said there, and ``MissingExtraError`` where aerleon
    is not installed.
    """
    try:
        from aerleon import aclgen, api  # noqa: PLC0415 (optional, and slow to import)
        from aerleon.lib import aclgenerator, naming, policy  # noqa: PLC0415
    except ImportError as error:
        message = "Rules of other firewalls are written by aerleon, which is not installed."
        raise MissingExtraError(message, "Install ringfence[generate].") from error
    words = Words(
        protocols=dict(aclgenerator.Term.PROTO_MAP_BY_NUMBER),
        icmp_types={
            family: {number: name for name, number in types.items()}
            for family, types in policy.Term.ICMP_TYPE.items()
        },
    )
    terms = Terms(gateway, words, target)
    filters: list[Any] = [
        {"header": {"targets": {target.platform: one.options}}, "terms": terms.of(one)}
        for one in target.filters(gateway)
    ]
    definitions = naming.Naming()
    definitions.ParseDefinitionsObject(terms.definitions(), "")
    with _complaints() as complaints:
        try:
            made = api.Generate([{"filename": _FILE, "filters": filters}], definitions) or {}
        except (aclgen.ACLGeneratorError, policy.Error, naming.Error) as error:
            why = str(error).rstrip(".\n").splitlines()[-1]
            message = f"aerleon cannot write the rules for {target.label}: {why}."
            raise EnforceError(message, "Nothing was written.") from error
    left_out = [one for one in complaints if not _unfounded(one, target)]
    if left_out or len(made) != 1:
        said = left_out[0] if left_out else "it wrote nothing"
        message = f"aerleon leaves out a part of the rules for {target.label}: {said}."
        raise EnforceError(message, "Nothing was written: write this flow in another way.")
    (text,) = made.values()
    return Written(target.finished(gateway, text), tuple(dict.fromkeys(terms.left_out)))


def _unfounded(complaint: str, target: Target) -> bool:
    """Tell whether aerleon warns of words alone that it writes all the same."""
    named = _WORDS.search(complaint)
    return named is not None and set(re.findall(r"\w+", named[1])) <= target.writes


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Gather the warnings of aerleon: it warns of each term that it leaves out."""
    found: list[str] = []

    class Gathering(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage().strip().rstrip("."))

    logger, handler = logging.getLogger("absl"), Gathering(logging.WARNING)
    before = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
