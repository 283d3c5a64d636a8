"""A stateful attacker game: every packet that any machine may send, and every state of devices.

A game has up to four segments, machines on them, devices between them, and eight headers: two
addresses as source and as destination, and two pairs of ports that are each other's answers. Each
device has a connection table. It shares no code with the engine or the interpreter: it reads the
few rules of its own devices, and tries every move from every state.

A move is to send a packet, to pass it through a device, or to let an entry expire. Rules look at
one conversation only (a header and its answer), so each is played by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import Literal

Side = Literal["source", "destination"]
Header = tuple[int, int, int]
"""Address sent from, address sent to, and 0 for a request's ports or 1 for those of its answer."""
HEADERS: tuple[Header, ...] = tuple(product((0, 1), repeat=3))
ZONES = ("low", "middle", "high")


def answer(header: Header) -> Header:
    """Return the header of the answer."""
    source, destination, ports = header
    return destination, source, 1 - ports


@dataclass(frozen=True)
class GameRule:
    """A rule: each part that is not ``None`` must fit; ``state`` is "new" or "established"."""

    accepts: bool
    source: int | None = None
    destination: int | None = None
    ports: int | None = None
    incoming: int | None = None
    outgoing: int | None = None
    state: str | None = None

    def fits(self, header: Header, incoming: int, outgoing: int, state: str) -> bool:
        """Tell whether the rule matches."""
        wanted = (self.source, self.destination, self.ports, self.incoming, self.outgoing)
        found = (*header, incoming, outgoing)
        return self.state in (None, state) and all(
            one is None or one == other for one, other in zip(wanted, found, strict=True)
        )


@dataclass(frozen=True)
class GameDevice:
    """A device with an interface on each of ``segments``; interfaces are named by position.

    ``routes`` gives for each address the interfaces that lead there; ``own`` is an address of the
    device itself, whose packets it takes in; ``strict`` are the interfaces with a reverse-path
    filter. What no rule decides is accepted where ``accepts``.
    """

    segments: tuple[int, ...]
    routes: tuple[tuple[int, ...], tuple[int, ...]]
    rules: tuple[GameRule, ...]
    accepts: bool
    own: int | None
    strict: tuple[int, ...]

    def passes(self, header: Header, incoming: int, state: str) -> Iterator[int]:
        """Yield the interfaces by which a packet leaves."""
        source, destination, _ = header
        if destination == self.own:
            return
        if incoming in self.strict and incoming not in self.routes[source]:
            return
        for outgoing in self.routes[destination]:
            decided = (
                rule.accepts for rule in self.rules if rule.fits(header, incoming, outgoing, state)
            )
            if next(decided, self.accepts):
                yield outgoing


@dataclass(frozen=True)
class Game:
    """Machines as (segment, zone), and devices."""

    segments: int
    machines: tuple[tuple[int, str], ...]
    devices: tuple[GameDevice, ...]


Table = tuple[Header | None, ...]
"""For each device, the header of the conversation that it knows, as it started; or none."""


Packet = tuple[str, Header, int, tuple[int, int] | None]
"""The zone that sent a packet, its header, its segment, and the device's interface that sent it."""


@dataclass(frozen=True)
class _State:
    """What devices know, and a packet on its way."""

    table: Table
    packet: Packet | None


@dataclass
class Played:
    """Which headers may get from each zone to each other: as new ones, and in any state."""

    started: dict[tuple[str, str], set[Header]] = field(default_factory=dict)
    answered: dict[tuple[str, str], set[Header]] = field(default_factory=dict)


def play(game: Game) -> Played:
    """Play against each zone: nothing that its own machines started counts against it."""
    played = Played()
    for victim in ZONES:
        for source in ZONES:
            if source != victim:
                played.started[source, victim] = set()
                played.answered[source, victim] = set()
        for header in HEADERS:
            if header[2] == 0:
                _play(game, victim, (header, answer(header)), played)
    return played


def _play(game: Game, victim: str, both: tuple[Header, Header], played: Played) -> None:
    """Follow every move of the others from empty tables, breadth first."""
    start = _State((None,) * len(game.devices), None)
    waiting, seen = deque([start]), {start}
    while waiting:
        state = waiting.popleft()
        for after in _moves(game, victim, both, state):
            if after not in seen:
                seen.add(after)
                waiting.append(after)
        if state.packet is None:
            continue
        zone, header, segment, _ = state.packet
        if (segment, victim) in game.machines:
            played.answered[zone, victim].add(header)
    for zone in ZONES:
        if zone != victim:
            for header in both:
                if _starts(game, zone, victim, header):
                    played.started[zone, victim].add(header)


def _moves(game: Game, victim: str, both: tuple[Header, Header], state: _State) -> Iterator[_State]:
    for number, known in enumerate(state.table):
        if known is not None:
            yield _State(_with(state.table, number, None), state.packet)
    for segment, zone in game.machines:
        if zone != victim:
            for header in both:
                yield _State(state.table, (zone, header, segment, None))
    if state.packet is not None:
        yield from _passed(game, state.table, state.packet)


def _passed(game: Game, table: Table, packet: Packet) -> Iterator[_State]:
    """Yield what becomes of a packet in each device that hears it, which then knows of it."""
    zone, header, segment, put_by = packet
    for number, device in enumerate(game.devices):
        for incoming, where in enumerate(device.segments):
            if where != segment or put_by == (number, incoming):
                continue
            told, after = "established", table
            if table[number] != answer(header):
                told, after = "new", _with(table, number, header)
            for outgoing in device.passes(header, incoming, told):
                there = device.segments[outgoing]
                yield _State(after, (zone, header, there, (number, outgoing)))


def _with(table: Table, number: int, header: Header | None) -> Table:
    return (*table[:number], header, *table[number + 1 :])


def _starts(game: Game, zone: str, victim: str, header: Header) -> bool:
    """Tell whether a packet gets through though no device knows of any conversation."""
    waiting: list[tuple[int, tuple[int, int] | None]] = [
        (segment, None) for segment, there in game.machines if there == zone
    ]
    seen = set(waiting)
    while waiting:
        segment, put_by = waiting.pop()
        if (segment, victim) in game.machines:
            return True
        for number, device in enumerate(game.devices):
            for incoming, where in enumerate(device.segments):
                if where == segment and put_by != (number, incoming):
                    for outgoing in device.passes(header, incoming, "new"):
                        after = (device.segments[outgoing], (number, outgoing))
                        if after not in seen:
                            seen.add(after)
                            waiting.append(after)
    return False


def game_of(chance: Random) -> Game:
    """Make a game; every other one is a row of segments with a device between neighbours."""
    if chance.random() < 0.5:
        return _row(chance)
    segments = chance.randint(2, 4)
    machines = {(chance.randrange(segments), zone) for zone in ZONES}
    machines |= {(chance.randrange(segments), chance.choice(ZONES)) for _ in range(2)}
    count = chance.choice((1, 1, 2, 2, 3))
    devices = tuple(_device(chance, segments) for _ in range(count))
    return Game(segments, tuple(sorted(machines)), devices)


def _row(chance: Random) -> Game:
    """Make a row: each address stands somewhere in it, and answers are let back."""
    segments = chance.randint(3, 4)
    where = [chance.randrange(segments) for _ in range(2)]
    machines = {(chance.randrange(segments), zone) for zone in ZONES}
    devices = tuple(
        GameDevice(
            segments=(left, left + 1),
            routes=((int(where[0] > left),), (int(where[1] > left),)),
            rules=(
                GameRule(accepts=True, state="established", incoming=chance.choice((None, 0, 1))),
                *(_rule(chance, 2) for _ in range(chance.randint(1, 3))),
            ),
            accepts=False,
            own=None,
            strict=tuple(each for each in range(2) if chance.random() < 0.2),
        )
        for left in range(segments - 1)
    )
    return Game(segments, tuple(sorted(machines)), devices)


def _device(chance: Random, segments: int) -> GameDevice:
    attached = tuple(chance.sample(range(segments), chance.randint(2, min(3, segments))))
    interfaces = range(len(attached))

    def ways() -> tuple[int, ...]:
        return tuple(sorted(chance.sample(interfaces, chance.choice((0, 1, 1, 1, 1, 2)))))

    return GameDevice(
        segments=attached,
        routes=(ways(), ways()),
        rules=tuple(_rule(chance, len(attached)) for _ in range(chance.randint(1, 5))),
        accepts=chance.random() < 0.2,
        own=chance.choice((0, 1, None, None, None, None)),
        strict=tuple(each for each in interfaces if chance.random() < 0.2),
    )


def _rule(chance: Random, interfaces: int) -> GameRule:
    def perhaps(pool: range, often: float) -> int | None:
        return chance.choice(pool) if chance.random() < often else None

    state = chance.choice(("established", "established", "new", None, None))
    return GameRule(
        accepts=chance.random() < 0.7,
        source=perhaps(range(2), 0.4),
        destination=perhaps(range(2), 0.4),
        ports=perhaps(range(2), 0.4),
        incoming=perhaps(range(interfaces), 0.4),
        outgoing=perhaps(range(interfaces), 0.3),
        state=state,
    )
