"""A rule of a firewall in words: ``accept tcp/443 from 10.0.0.0/8 to 10.1.0.5 in eth0``."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Final, Literal

from ringfence.foundation.errors import PolicyError, UsageError
from ringfence.model.packet import PROTOCOLS_WITH_PORTS
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    IcmpMatch,
    InterfaceMatch,
    PortMatch,
    ProtocolMatch,
    Rule,
)
from ringfence.policy.document import Policy
from ringfence.policy.services import ServiceTerm, service_terms

_SHAPE: Final = "Write it as: accept|drop [SERVICE] [from ADDRESS] [to ADDRESS] [in NIC] [out NIC]."
_SIDES: Final[dict[str, Literal["source", "destination"]]] = {
    "from": "source",
    "to": "destination",
}
_DIRECTIONS: Final[dict[str, Literal["in", "out"]]] = {"in": "in", "out": "out"}


def rule_of(text: str, number: int, policy: Policy) -> Rule:
    """Return the rule that ``text`` writes, with that number.

    Services are as a policy writes them, or declared in it. Raises ``UsageError`` for anything
    else.
    """
    action, *words = text.split()
    if action not in ("accept", "drop"):
        raise UsageError(f"{action!r} is neither accept nor drop.", _SHAPE)
    return Rule(
        number=number,
        text=text,
        conditions=tuple(_conditions(words, policy)),
        action="accept" if action == "accept" else "drop",
    )


def _conditions(words: list[str], policy: Policy) -> Iterator[Condition]:
    waiting = iter(words)
    for word in waiting:
        if word not in {*_SIDES, *_DIRECTIONS}:
            yield from _service(word, policy)
            continue
        value = next(waiting, None)
        if value is None:
            raise UsageError(f"Nothing stands after {word!r}.", _SHAPE)
        if word in _SIDES:
            yield AddressMatch(side=_SIDES[word], ranges=(_address(value),))
        else:
            yield InterfaceMatch(direction=_DIRECTIONS[word], names=(value,))


def _service(word: str, policy: Policy) -> Iterator[Condition]:
    try:
        terms = service_terms(policy.services, [word])
    except PolicyError as error:
        raise UsageError(f"{error.what}.", _SHAPE) from error
    if len(terms) != 1:
        message = f"{word!r} is several services, and a rule in words has one."
        raise UsageError(message, f"Insert a rule for each: {', '.join(map(str, terms))}.")
    yield from _term(terms[0])


def _term(term: ServiceTerm) -> Iterator[Condition]:
    if term.protocol is None:
        return
    yield ProtocolMatch(protocols=(term.protocol,))
    if term.ports and term.protocol in PROTOCOLS_WITH_PORTS:
        yield PortMatch(side="destination", ranges=term.ports)
    if term.icmp_types and term.family is not None:
        yield IcmpMatch(family=term.family, types=term.icmp_types, codes=term.icmp_codes)


def _address(text: str) -> str:
    first, dash, last = text.partition("-")
    try:
        if dash:
            return f"{ip_address(first)}-{ip_address(last)}"
        return str(ip_network(text, strict=False))
    except ValueError as error:
        raise UsageError(f"{text!r} is no address.", _SHAPE) from error
