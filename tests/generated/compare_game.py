"""The attacker game compared with what the engine says may start, and may pass as an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from generated.game import (
    HEADERS,
    ZONES,
    Game,
    GameDevice,
    GameRule,
    Header,
    Played,
    game_of,
    play,
)
from ringfence.model import packet
from ringfence.model.hosts import Host, PhysicalNic
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    PortGroup,
    SwitchMember,
    UplinkBinding,
    VirtualSwitch,
)
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Condition,
    Device,
    DeviceInterface,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    Route,
    Rule,
    StateMatch,
)
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import DeclaredDevice, Domain, Fabric, InterfaceAttachment, Policy
from ringfence.policy.membership import Membership
from ringfence.reach.question import Question

ADDRESSES = ("10.0.0.1", "10.0.0.2")
PORTS = (1000, 80)
FIRST_VLAN = 10


def problem(seed: int) -> str | None:
    """Return where the engine and the game of a seed differ, in a game made smaller."""
    game = game_of(Random(f"game {seed}"))
    if next(differences(game), None) is None:
        return None
    while True:
        for smaller in _smaller(game):
            if next(differences(smaller), None) is not None:
                game = smaller
                break
        else:
            return "\n".join((f"game {seed}: {game}", *differences(game)))


def differences(game: Game) -> Iterator[str]:
    """Yield headers of which the game and the engine say different things."""
    played = play(game)
    question = question_of(game)
    space = question.space
    for source, victim in played.started:
        told = {
            "starts (lower)": question.lower.delivered(source, victim),
            "starts (upper)": question.upper.delivered(source, victim),
            "answers": question.upper.answered(source, victim),
        }
        for word, headers in told.items():
            held = {one for one in HEADERS if space.contains(headers, real_header(one))}
            expected = _expected(played, word, source, victim)
            # Of what one device hands over to the next the engine has an upper bound only.
            bounded = word == "answers" and len(game.devices) > 1
            if expected - held or (held != expected and not bounded):
                yield f"{source} to {victim} {word}: {sorted(held)}, by the game {sorted(expected)}"


def _expected(played: Played, word: str, source: str, victim: str) -> set[Header]:
    matrix = played.answered if word == "answers" else played.started
    return matrix[source, victim]


def real_header(header: Header) -> packet.Header:
    """Return a header of the game as a packet has it."""
    source, destination, ports = header
    return packet.Header(
        source=ADDRESSES[source],
        destination=ADDRESSES[destination],
        protocol=packet.TCP,
        source_port=PORTS[ports],
        destination_port=PORTS[1 - ports],
        tcp_flags=2,
    )


def question_of(game: Game) -> Question:
    """Return the game as the engine is asked about it: a VLAN for each segment."""
    members = tuple(
        Membership(
            attachment=f"vm-{number}/nic",
            owner=f"vm-{number}",
            kind="virtual-nic",
            standing="agreed",
            zone=zone,
            network_zones=(zone,),
            machine_zones=(zone,),
        )
        for number, (_, zone) in enumerate(game.machines)
    )
    return Question(_snapshot(game), _policy(game), members)


def _policy(game: Game) -> Policy:
    zones: dict[str, Any] = {name: {"trust": number} for number, name in enumerate(ZONES)}
    return Policy(
        ringfence=1,
        name="game",
        configuration="full-collapse",
        zones=zones,
        devices={
            f"device-{number}": DeclaredDevice(
                physical=True,
                interfaces={
                    f"eth{each}": InterfaceAttachment(domain="site", vlan=FIRST_VLAN + segment)
                    for each, segment in enumerate(device.segments)
                },
            )
            for number, device in enumerate(game.devices)
        },
        fabric=Fabric(domains={"site": Domain(uplinks=("*",), native="none")}),
    )


def _snapshot(game: Game) -> Snapshot:
    nic = PhysicalNic(id="host/nic", name="nic")
    uplink = UplinkBinding(name="uplink", physical_nics=(nic.id,))
    switch = VirtualSwitch(
        id="switch",
        name="switch",
        kind="standard",
        members=(SwitchMember(host="host", uplinks=(uplink,)),),
    )
    groups = tuple(
        PortGroup(
            id=f"group-{segment}",
            name=f"group {segment}",
            switch=switch.id,
            host="host",
            vlan=AccessVlan(vlan=FIRST_VLAN + segment),
            teaming=None,
        )
        for segment in range(game.segments)
    )
    machines = tuple(
        Machine(
            id=f"vm-{number}",
            name=f"machine-{number}",
            host="host",
            nics=(
                VirtualNic(
                    id=f"vm-{number}/nic",
                    label="NIC",
                    port_group=f"group-{segment}",
                    connected=True,
                    start_connected=True,
                ),
            ),
            passthrough=(),
        )
        for number, (segment, _) in enumerate(game.machines)
    )
    host = Host(id="host", name="host", physical_nics=(nic,), kernel_interfaces=())
    return Snapshot(
        sources=(),
        hosts=(host,),
        switches=(switch,),
        port_groups=groups,
        ports=(),
        machines=machines,
        devices=tuple(_device(number, device) for number, device in enumerate(game.devices)),
    )


def _device(number: int, device: GameDevice) -> Device:
    own = () if device.own is None else (f"{ADDRESSES[device.own]}/32",)
    chain = Chain(
        id="forward",
        name="forward",
        hook="forward",
        policy="accept" if device.accepts else "drop",
        rules=tuple(_rule(each, rule) for each, rule in enumerate(device.rules, 1)),
    )
    return Device(
        id=f"device-{number}",
        name=f"device-{number}",
        physical=True,
        interfaces=tuple(
            DeviceInterface(name=f"eth{each}", addresses=own if each == 0 else ())
            for each in range(len(device.segments))
        ),
        chains=(chain,),
        routes=tuple(
            Route(destination=f"{address}/32", interface=f"eth{each}")
            for address, ways in zip(ADDRESSES, device.routes, strict=True)
            for each in ways
        ),
        reverse_path=tuple(f"eth{each}" for each in device.strict),
    )


def _rule(number: int, rule: GameRule) -> Rule:
    conditions: list[Condition] = []
    if rule.source is not None:
        conditions.append(AddressMatch(side="source", ranges=(ADDRESSES[rule.source],)))
    if rule.destination is not None:
        conditions.append(AddressMatch(side="destination", ranges=(ADDRESSES[rule.destination],)))
    if rule.ports is not None:
        port = PORTS[1 - rule.ports]
        conditions.append(PortMatch(side="destination", ranges=(NumberRange(port, port),)))
    for direction, interface in (("in", rule.incoming), ("out", rule.outgoing)):
        if interface is not None:
            conditions.append(InterfaceMatch(direction=direction, names=(f"eth{interface}",)))
    if rule.state is not None:
        conditions.append(StateMatch(states=(rule.state,)))
    action = "accept" if rule.accepts else "drop"
    return Rule(number=number, text=action, conditions=tuple(conditions), action=action)


def _smaller(game: Game) -> Iterator[Game]:
    """Yield games with one thing less."""
    for number in range(len(game.machines)):
        yield replace(game, machines=_without(game.machines, number))
    for number, device in enumerate(game.devices):
        yield replace(game, devices=_without(game.devices, number))
        for each in range(len(device.rules)):
            fewer = replace(device, rules=_without(device.rules, each))
            yield replace(game, devices=_put(game.devices, number, fewer))
        if device.strict:
            fewer = replace(device, strict=())
            yield replace(game, devices=_put(game.devices, number, fewer))


def _without(some: tuple[Any, ...], number: int) -> tuple[Any, ...]:
    return (*some[:number], *some[number + 1 :])


def _put(some: tuple[Any, ...], number: int, one: Any) -> tuple[Any, ...]:
    return (*some[:number], one, *some[number + 1 :])
