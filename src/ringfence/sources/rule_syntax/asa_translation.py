"""Translation of a Cisco ASA: of objects, and rules that name source and destination.

A rule is met by packets that leave (their source) and by those that come in (their destination).
Rules apply in order: those written out, then those of objects (static ones first, the smaller
before the larger), then those marked ``after-auto``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ringfence.model.packet import TCP, UDP
from ringfence.model.rules import (
    Action,
    AddressMatch,
    Condition,
    NotUnderstood,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Route,
    Rule,
    Side,
    Translation,
    UnmodelledMatch,
)
from ringfence.sources.rule_syntax import asa_names
from ringfence.sources.rule_syntax.asa_objects import Addresses, Objects
from ringfence.sources.rule_syntax.asa_text import Command, Words
from ringfence.sources.rule_syntax.made_rules import by
from ringfence.sources.rule_syntax.values import number

_IDLE = frozenset(("no-proxy-arp", "route-lookup", "dns"))


@dataclass(frozen=True)
class Nat:
    """A rule of translation: ``real`` addresses behind one interface, ``mapped`` behind another.

    ``mapped`` is ``None`` for addresses of the interface, and equal to ``real`` where nothing
    changes. ``peers`` are the only ones that it is for; ``port`` is protocol, real, mapped port.
    """

    command: Command
    inside: str
    outside: str
    static: bool
    real: tuple[str, ...]
    mapped: tuple[str, ...] | None
    peers: tuple[str, ...] = ()
    port: tuple[int, int, int] | None = None
    routed: bool = False

    @property
    def order(self) -> tuple[bool, int, int]:
        """Where it stands among the rules of objects."""
        networks = [_ends(text) for text in self.real]
        size = sum(last - first + 1 for first, last in networks)
        return not self.static, size, min((first for first, _ in networks), default=0)


@dataclass
class NatReader:
    """Reads the rules of translation of a configuration, in the order in which they apply."""

    objects: Objects
    notes: list[NotUnderstood]

    def read(self, commands: Iterable[Command]) -> list[Nat]:
        """Return all rules that are in force; what is not understood becomes a note."""
        first: list[Nat] = []
        last: list[Nat] = []
        of_objects: list[Nat] = []
        for command in commands:
            if command.starts("nat"):
                if "inactive" in _said(command):
                    continue
                found = self._written_out(command)
                (last if "after-auto" in _said(command) else first).extend(found)
            elif command.starts("object", "network") and len(command.words) > 2:
                for line in command.below:
                    if line.words[0] == "nat":
                        of_objects.extend(self._of_object(command.words[2], line))
        return [*first, *sorted(of_objects, key=lambda one: one.order), *last]

    def _of_object(self, name: str, line: Command) -> list[Nat]:
        words = Words(line.words[1:])
        inside, outside = _interfaces(words.take())
        kind = words.take()
        real = self.objects.addresses("object", name)
        mapped = self._mapped(words)
        port = self._port(words) if words.taken("service") else None
        routed = "route-lookup" in line.words
        rest = [word for word in words.rest() if word not in _IDLE]
        if (
            kind not in {"static", "dynamic"}
            or not real.ranges
            or real.open
            or isinstance(mapped, str)
            or isinstance(port, str)
            or (rest and not (kind == "dynamic" and rest == ["interface"]))
        ):
            return self._refused(line)
        if rest:
            # Where the pool is used up, the interface's address is taken.
            return self._refused(line)
        static = kind == "static"
        return [Nat(line, inside, outside, static, real.ranges, mapped, (), port, routed)]

    def _written_out(self, line: Command) -> list[Nat]:
        words = Words(tuple(word for word in _said(line)[1:] if word != "after-auto"))
        inside, outside = _interfaces(words.take())
        if words.word.isdecimal():
            words.take()
        if not words.taken("source"):
            return self._refused(line)
        kind = words.take()
        real = self._named(words.take())
        mapped = self._mapped(words)
        peers: tuple[str, ...] = ()
        if words.taken("destination", "static"):
            other, same = words.take(), words.take()
            found = self._named(same)
            if other != same or found is None:
                return self._refused(line)
            peers = found
        routed = "route-lookup" in _said(line)
        rest = [word for word in words.rest() if word not in _IDLE]
        if kind not in {"static", "dynamic"} or real is None or isinstance(mapped, str) or rest:
            return self._refused(line)
        return [Nat(line, inside, outside, kind == "static", real, mapped, peers, None, routed)]

    def _mapped(self, words: Words) -> tuple[str, ...] | str | None:
        """Take what addresses become: ``None`` for the interface's own, text where not known."""
        word = words.take()
        if word == "interface":
            return None
        try:
            return (str(ipaddress.ip_address(self.objects.host(word))),)
        except ValueError:
            found = self._named(word)
            return "not known" if found is None else found

    def _named(self, name: str) -> tuple[str, ...] | None:
        if name == "any":
            return ("0.0.0.0/0",)
        for kind in ("object", "object-group"):
            if (kind, name) in self.objects.commands:
                found: Addresses = self.objects.addresses(kind, name)
                return found.ranges if found.ranges and not found.open else None
        return None

    @staticmethod
    def _port(words: Words) -> tuple[int, int, int] | str:
        protocol = {"tcp": TCP, "udp": UDP}.get(words.take())
        ports = [number(words.take(), asa_names.PORTS, 65535) for _ in range(2)]
        if protocol is None or ports[0] is None or ports[1] is None:
            return "not known"
        return protocol, ports[0], ports[1]

    def _refused(self, line: Command) -> list[Nat]:
        why = "addresses are translated in a form that is not read"
        self.notes.append(NotUnderstood(line=line.line, text=line.text, why=why))
        return []


def _said(line: Command) -> tuple[str, ...]:
    """Return the words of a rule without its description, which is free text."""
    words = line.words
    return words[: words.index("description")] if "description" in words else words


def _interfaces(text: str) -> tuple[str, str]:
    inside, _, outside = text.strip("()").partition(",")
    return inside, outside


def rules_of(
    nats: list[Nat], objects: Objects
) -> tuple[list[Rule], list[Rule], list[Rule], list[NotUnderstood]]:
    """Return rules for what comes in, for what leaves, for what is refused, and what has no form.

    Refused may be packets to real addresses whose answers would be translated.
    """
    arriving: list[Rule] = []
    leaving: list[Rule] = []
    refused: list[Rule] = []
    notes: list[NotUnderstood] = []
    for position, nat in enumerate(nats, 1):
        try:
            arriving += _arriving(nat, position, objects)
            leaving += _leaving(nat, position)
            if nat.mapped != nat.real:
                conditions = (
                    *_by("in", nat.outside),
                    AddressMatch(side="destination", ranges=nat.real),
                )
                open_ = UnmodelledMatch(text="its answer would be translated")
                refused.append(_rule(nat, position, (*conditions, open_), "drop"))
        except ValueError as error:
            notes.append(
                NotUnderstood(line=nat.command.line, text=nat.command.text, why=str(error))
            )
    return arriving, leaving, refused, notes


def _arriving(nat: Nat, position: int, objects: Objects) -> Iterator[Rule]:
    """Yield what becomes of destinations, of packets from the side of the mapped addresses."""
    if not nat.static:
        yield from _while_it_lasts(nat, position, objects)
        return
    mapped = nat.mapped
    if mapped is None:
        family = {":" in text for text in nat.real}
        every = objects.interfaces.get(nat.outside) or ()
        own = tuple(text for text in every if {":" in text} == family)
        if not own:
            message = "the addresses of the interface are not known"
            raise ValueError(message)
        mapped = own
    conditions: list[Condition] = [*_by("in", nat.outside)]
    conditions += [AddressMatch(side="source", ranges=nat.peers)] if nat.peers else []
    conditions.append(AddressMatch(side="destination", ranges=mapped))
    if mapped == nat.real:
        yield _rule(nat, position, tuple(conditions), "accept")
        return
    ports: tuple[NumberRange, ...] = ()
    if nat.port is not None:
        protocol, real, seen = nat.port
        conditions += _at_port(protocol, "destination", seen)
        ports = (NumberRange(real, real),)
    yield _rule(
        nat,
        position,
        tuple(conditions),
        "translate",
        _becomes("destination", mapped, nat.real, ports),
    )


def _while_it_lasts(nat: Nat, position: int, objects: Objects) -> Iterator[Rule]:
    """Yield what becomes of packets to addresses that a dynamic rule may have given out.

    As long as such a translation exists, peers may begin conversations with whoever has it.
    """
    mapped = nat.mapped
    if mapped is None:
        every = objects.interfaces
        own = [every.get(nat.outside)] if nat.outside != "any" else list(every.values())
        mapped = None if None in own else tuple(text for one in own for text in one or ())
    for six in (False, True):
        real = tuple(text for text in nat.real if (":" in text) == six)
        seen = None if mapped is None else tuple(text for text in mapped if (":" in text) == six)
        if not real or seen == ():
            continue
        conditions: list[Condition] = [*_by("in", nat.outside)]
        conditions += [AddressMatch(side="source", ranges=nat.peers)] if nat.peers else []
        conditions += [AddressMatch(side="destination", ranges=seen)] if seen else []
        open_ = UnmodelledMatch(text="a translation may exist")
        becomes = Translation(side="destination", addresses=real, ports=(NumberRange(0, 65535),))
        yield _rule(nat, position, (*conditions, open_), "translate", becomes)


def _at_port(protocol: int, side: Side, port: int) -> tuple[Condition, ...]:
    only = NumberRange(port, port)
    return ProtocolMatch(protocols=(protocol,)), PortMatch(side=side, ranges=(only,))


def _leaving(nat: Nat, position: int) -> Iterator[Rule]:
    """Yield what becomes of sources, of packets from the side of the real addresses."""
    conditions: list[Condition] = [*_by("in", nat.inside), *_by("out", nat.outside)]
    conditions.append(AddressMatch(side="source", ranges=nat.real))
    conditions += [AddressMatch(side="destination", ranges=nat.peers)] if nat.peers else []
    if nat.mapped == nat.real:
        yield _rule(nat, position, tuple(conditions), "accept")
        return
    ports: tuple[NumberRange, ...] = ()
    if nat.port is not None:
        protocol, real, seen = nat.port
        conditions += _at_port(protocol, "source", real)
        ports = (NumberRange(seen, seen),)
    if nat.mapped is None:
        becomes = Translation(side="source", of_interface=True, ports=ports)
    elif nat.static:
        becomes = _becomes("source", nat.real, nat.mapped, ports)
    else:
        becomes = Translation(side="source", addresses=nat.mapped, ports=ports)
    yield _rule(nat, position, tuple(conditions), "translate", becomes)


def _becomes(
    side: Side, old: tuple[str, ...], new: tuple[str, ...], ports: tuple[NumberRange, ...]
) -> Translation:
    """Return the translation of one network to another of the same size; ``ValueError`` if not."""
    if len(old) != 1 or len(new) != 1 or "-" in old[0] + new[0]:
        message = "ranges or groups of addresses are translated one by one"
        raise ValueError(message)
    before, after = ipaddress.ip_network(old[0]), ipaddress.ip_network(new[0])
    if before.prefixlen != after.prefixlen or before.version != after.version:
        message = "a network is translated to one of another size"
        raise ValueError(message)
    if before.num_addresses == 1:
        return Translation(side=side, addresses=(str(after[0]),), ports=ports)
    return Translation(side=side, addresses=(str(after),), prefix=str(before), ports=ports)


def led_elsewhere(nats: Iterable[Nat], routes: list[Route]) -> Iterator[NotUnderstood]:
    """Yield rules that send packets out by another interface than the routes would.

    A rule leads to its real addresses if these are fixed, and to the peers that it names.
    """
    for nat in nats:
        ends = [(nat.outside, text) for text in nat.peers]
        ends += [(nat.inside, text) for text in nat.real if nat.static]
        for side, text in ends:
            ways = {route.interface for route in _best(routes, text)}
            if side != "any" and not nat.routed and ways != {side}:
                why = f"it sends {text} to {side}, where the routes do not lead"
                yield NotUnderstood(line=nat.command.line, text=nat.command.text, why=why)


def _best(routes: list[Route], text: str) -> list[Route]:
    """Return the best route to the whole of a range, and those to parts of it."""
    first, last = _ends(text)
    version = 6 if ":" in text else 4
    known = [(ipaddress.ip_network(route.destination), route) for route in routes]
    met = [
        (network, route)
        for network, route in known
        if network.version == version and int(network[0]) <= last and first <= int(network[-1])
    ]
    whole = [
        network.prefixlen
        for network, _ in met
        if int(network[0]) <= first and last <= int(network[-1])
    ]
    longest = max(whole, default=0)
    return [route for network, route in met if network.prefixlen >= longest]


def _ends(text: str) -> tuple[int, int]:
    if "-" in text:
        first, last = (int(ipaddress.ip_address(end)) for end in text.split("-"))
        return first, last
    network = ipaddress.ip_network(text)
    return int(network[0]), int(network[-1])


def _by(direction: str, name: str) -> tuple[Condition, ...]:
    return () if name == "any" else (by(direction, name),)


def _rule(
    nat: Nat,
    position: int,
    conditions: tuple[Condition, ...],
    action: Action,
    translation: Translation | None = None,
) -> Rule:
    return Rule(
        number=position,
        text=nat.command.text,
        conditions=conditions,
        action=action,
        line=nat.command.line,
        translation=translation,
    )
