"""The entries of a Cisco ASA's access lists, as rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Final

from ringfence.model.packet import ICMP, ICMPV6, PROTOCOLS_WITH_PORTS
from ringfence.model.rules import (
    AddressMatch,
    FamilyMatch,
    ProtocolMatch,
    Rule,
    Side,
)
from ringfence.sources.rule_syntax.asa_objects import (
    Conditions,
    Objects,
    Services,
    crossed,
    icmp_match,
    protocol,
)
from ringfence.sources.rule_syntax.asa_text import Command, Words
from ringfence.sources.rule_syntax.made_rules import open_to

_PORT_WORDS: Final = frozenset(("eq", "neq", "lt", "gt", "range"))
_MOST_ALTERNATIVES: Final = 4096
_IDENTITIES: Final = frozenset(
    ("user", "user-group", "object-group-user", "security-group", "object-group-security")
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry matches: groups of conditions of which one has to hold."""

    permits: bool
    alternatives: Services
    logged: bool
    active: bool


def entry_rules(command: Command, number: int, objects: Objects) -> Iterator[Rule]:
    """Yield the rules of ``access-list NAME extended …``; none for one that is inactive.

    Words in no known form leave the entry open: it may match any packet.
    """
    found = _entry(command, objects)
    if not found.active:
        return
    for conditions in found.alternatives:
        yield Rule(
            number=number,
            text=command.text,
            conditions=conditions,
            action="accept" if found.permits else "drop",
            logged=found.logged,
            line=command.line,
        )


def _entry(command: Command, objects: Objects) -> Entry:
    words = Words(command.words[2:])
    if words.taken("line"):
        words.take()
    words.taken("extended")
    permits = words.take() == "permit"
    try:
        parts, logged, active = _parts(words, objects)
    except _UnknownError as error:
        # What follows may have been read as something else: nothing of it counts.
        open_ = open_to(f"{error} is in no form that is known")
        return Entry(permits, (open_,), logged=False, active=True)
    if prod(map(len, parts)) > _MOST_ALTERNATIVES:
        parts = [
            part if len(part) == 1 else (open_to("more services than are read"),) for part in parts
        ]
    return Entry(permits, crossed(*parts), logged=logged, active=active)


def _parts(words: Words, objects: Objects) -> tuple[list[Services], bool, bool]:
    services, protocols = _protocol(words, objects)
    source = _addresses(words, "source", objects)
    source_ports = _ports(words, "source", protocols, objects)
    destination = _addresses(words, "destination", objects)
    ports = _ports(words, "destination", protocols, objects)
    icmp = _icmp(words, protocols, objects)
    logged, active, rest = _options(words)
    return [services, source, source_ports, destination, ports, icmp, rest], logged, active


def _protocol(words: Words, objects: Objects) -> tuple[Services, tuple[int, ...]]:
    """Take the protocol, or a group of protocols or services; tell which protocols are meant."""
    kind = words.word
    if kind in {"object", "object-group"}:
        words.take()
        services = objects.services(kind, words.take(), (), "destination")
        protocols = _only_protocols(services)
        if protocols:
            # A group of protocols with ports may have ports behind its addresses.
            return ((ProtocolMatch(protocols=protocols),),), protocols
        return services, ()
    name = words.take()
    found = protocol(name)
    if found is None:
        raise _UnknownError(f"the protocol {name}")
    return (found,), tuple(
        number for one in found if isinstance(one, ProtocolMatch) for number in one.protocols
    )


def _only_protocols(services: Services) -> tuple[int, ...]:
    """Return the protocols of services, where they say nothing else."""
    found: list[int] = []
    for one in services:
        match one:
            case (ProtocolMatch(protocols=protocols, negated=False),):
                found.extend(protocols)
            case _:
                return ()
    return tuple(dict.fromkeys(found))


def _addresses(words: Words, side: Side, objects: Objects) -> Services:
    while words.word in _IDENTITIES:
        # Who sends is known to the device only: the entry may match or not.
        who = f"{words.take()} {words.take()}"
        rest = _addresses(words, side, objects)
        return crossed((open_to(who),), rest)
    if words.taken("any"):
        return ((),)
    if words.taken("any4"):
        return ((FamilyMatch(family=4),),)
    if words.taken("any6"):
        return ((FamilyMatch(family=6),),)
    found = objects.one_address(words)
    if found is None:
        raise _UnknownError(f"the {side}")
    exact: list[Conditions] = []
    if found.ranges:
        exact.append((AddressMatch(side=side, ranges=found.ranges),))
    if found.open:
        exact.append(open_to(found.open))
    return tuple(exact) or (open_to(f"an empty group of the {side}"),)


def _ports(words: Words, side: Side, protocols: tuple[int, ...], objects: Objects) -> Services:
    if words.word in _PORT_WORDS:
        found = objects.ports(words, side)
        if found is None:
            raise _UnknownError(f"the {side}'s ports")
        return ((found,),)
    # Of protocols without ports, a group is one of ICMP types, behind the destination.
    if words.word == "object-group" and protocols and _have_ports(protocols):
        return _group_of_ports(words, side, protocols, objects)
    return ((),)


def _have_ports(protocols: tuple[int, ...]) -> bool:
    return PROTOCOLS_WITH_PORTS.issuperset(protocols)


def _group_of_ports(
    words: Words, side: Side, protocols: tuple[int, ...], objects: Objects
) -> Services:
    """Take a group of ports, where the group is one; addresses may come in its place."""
    place = words.place
    words.take()
    name = words.take()
    known = objects.commands.get(("object-group", name), [])
    if known and known[0].starts("object-group", "service"):
        return objects.services("object-group", name, protocols, side)
    words.place = place
    return ((),)


def _icmp(words: Words, protocols: tuple[int, ...], objects: Objects) -> Services:
    if protocols not in {(ICMP,), (ICMPV6,)} or not words.more:
        return ((),)
    if words.taken("object-group"):
        return objects.services("object-group", words.take(), protocols, "destination")
    kind = words.word
    code = None
    found = icmp_match(kind, None, protocols[0])
    if found is None:
        return ((),)
    words.take()
    if words.word.isdecimal():
        code = words.take()
    return (icmp_match(kind, code, protocols[0]) or open_to("an ICMP code"),)


def _options(words: Words) -> tuple[bool, bool, Services]:
    """Take what follows; return whether it logs, whether it is active, and what stays open."""
    logged, active = False, True
    open_: list[str] = []
    while words.more:
        word = words.take()
        if word == "log":  # a level or an interval may follow
            logged = words.word != "disable"
            while words.word not in {"", "inactive", "time-range"}:
                words.take()
        elif word == "inactive":
            active = False
        elif word == "time-range":
            open_.append(f"time-range {words.take()}")
        else:
            open_.append(" ".join((word, *words.rest())))
    return logged, active, (open_to(", ".join(open_)),) if open_ else ((),)


class _UnknownError(Exception):
    """Words of an entry are in no form that is known."""
