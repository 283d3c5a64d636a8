"""Packets through devices that translate addresses: every header that may be received."""

import pytest

from ringfence.model.inventory import Inventory
from ringfence.model.packet import ICMP, SCTP, TCP, Header
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Condition,
    Hook,
    NumberRange,
    PortMatch,
    Rule,
    Translation,
    UnmodelledMatch,
)
from ringfence.model.snapshot import Snapshot
from ringfence.replay.interpreter import Delivery, Interpreter
from ringfence.replay.translation import NO_CHOICES, Choices
from ringfence.replay.wiring import Bound, WiredDomain, WiredInterface, Wiring
from small_networks import between, permit

WIRING = Wiring(
    (WiredDomain(name="site", uplinks=("*",), native=1),),
    (WiredInterface("fw", "eth0", nic="fw/0"), WiredInterface("fw", "eth1", nic="fw/1")),
)
SERVER = "10.0.2.5"
TO_SERVER = Translation(side="destination", addresses=(SERVER,))


def to(destination: str, port: int = 443, source_port: int = 1024, flags: int = 2) -> Header:
    return Header(
        source="10.0.1.5",
        destination=destination,
        protocol=TCP,
        source_port=source_port,
        destination_port=port,
        tcp_flags=flags,
    )


def to_address(text: str) -> AddressMatch:
    return AddressMatch(side="destination", ranges=(text,))


def translating(
    translation: Translation, *conditions: Condition, hook: Hook = "prerouting", number: int = 1
) -> Rule:
    return Rule(
        number=number,
        text=f"translate {number}",
        conditions=conditions,
        action="translate",
        translation=translation,
    )


def chain(*rules: Rule, hook: Hook = "prerouting", priority: int = 0) -> Chain:
    name = f"{hook} {priority}"
    return Chain(id=name, name=name, rules=rules, hook=hook, priority=priority, translates=True)


def received(
    snapshot: Snapshot,
    header: Header,
    place: str = "b/0",
    bound: Bound = "lower",
    choices: Choices = NO_CHOICES,
) -> list[Delivery]:
    interpreter = Interpreter(Inventory(snapshot), WIRING, bound, choices=choices)
    return [one for one in interpreter.deliveries("a/0", header) if one.place == place]


def headers(*arguments: object, **named: object) -> set[tuple[str, int | None, str, int | None]]:
    return {
        (
            one.header.source,
            one.header.source_port,
            one.header.destination,
            one.header.destination_port,
        )
        for one in received(*arguments, **named)  # type: ignore[arg-type]
    }


def test_a_destination_is_translated_before_the_route_is_looked_up() -> None:
    translation = Translation(
        side="destination", addresses=(SERVER,), ports=(NumberRange(8443, 8443),)
    )
    rule = translating(translation, to_address("10.0.1.1"))
    snapshot = between(chains=(chain(rule),))
    # 10.0.1.1 is the firewall's own; what is sent there is not taken in.
    found = received(snapshot, to("10.0.1.1"))
    assert {(one.header.destination, one.header.destination_port) for one in found} == {
        (SERVER, 8443)
    }
    assert found[0].header.source == "10.0.1.5"
    assert received(snapshot, to("10.0.1.1"), "device:fw") == []
    device = next(step for step in found[0].path if step.kind == "device")
    assert (device.rule, device.left) == ("translate 1", found[0].header)


def test_rules_see_the_header_as_it_is_at_their_hook() -> None:
    to_public, to_real = to_address("10.0.1.1"), to_address(SERVER)
    both = (chain(translating(TO_SERVER, to_public)),)
    early = Chain(
        id="e",
        name="e",
        rules=(permit(1, to_public),),
        hook="prerouting",
        priority=-150,
        policy="drop",
    )
    late = Chain(
        id="l",
        name="l",
        rules=(permit(1, to_real),),
        hook="prerouting",
        priority=-50,
        policy="drop",
    )
    forward = Chain(id="f", name="f", rules=(permit(1, to_real),), hook="forward", policy="drop")
    assert received(between(chains=(*both, early, late, forward)), to("10.0.1.1"))
    assert not received(between(chains=(*both, early)), to(SERVER))
    wrong = Chain(id="w", name="w", rules=(permit(1, to_public),), hook="forward", policy="drop")
    assert not received(between(chains=(*both, wrong)), to("10.0.1.1"))


def test_masquerading_takes_the_address_of_the_interface_that_a_packet_leaves_by() -> None:
    rule = translating(Translation(side="source", of_interface=True))
    found = headers(between(chains=(chain(rule, hook="postrouting"),)), to(SERVER))
    assert {source for source, *_ in found} == {"10.0.2.1"}
    # Another connection may have the port; then any of its kind is taken, never one below 1024.
    assert {port for _, port, *_ in found} == {1024, 65535}


def test_redirecting_takes_a_packet_to_the_device_itself() -> None:
    rule = translating(Translation(side="destination", of_interface=True))
    snapshot = between(chains=(chain(rule),))
    assert not received(snapshot, to(SERVER))
    found = received(snapshot, to(SERVER), "device:fw")
    assert {one.header.destination for one in found} == {"10.0.1.1"}


def test_a_network_is_translated_into_another_host_by_host() -> None:
    translation = Translation(side="destination", addresses=("10.0.2.0/24",), prefix="192.0.2.0/24")
    snapshot = between(chains=(chain(translating(translation)),))
    assert {to for *_, to, _ in headers(snapshot, to("192.0.2.77"))} == {"10.0.2.77"}
    # Outside of the network the rule matches nothing.
    assert {to for *_, to, _ in headers(snapshot, to(SERVER))} == {SERVER}


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        (("10.0.2.8-10.0.2.10",), {8, 9, 10}),
        (("10.0.2.8", "10.0.2.10"), {8, 10}),
        (("10.0.2.0/25",), {0, 127, 5, 77}),
    ],
)
def test_any_of_several_addresses_may_be_taken(ranges: tuple[str, ...], expected: set[int]) -> None:
    rule = translating(Translation(side="destination", addresses=ranges))
    choices = Choices(addresses=frozenset((0x0A00024D,)))
    found = headers(between(chains=(chain(rule),)), to(SERVER), choices=choices)
    assert {int(address.rpartition(".")[2]) for *_, address, _ in found} == expected


def test_the_first_chain_that_translates_ends_them_all() -> None:
    other = Translation(side="destination", addresses=("10.0.2.9",))
    accept = Rule(number=1, text="accept", conditions=(), action="accept")
    chains = (
        chain(translating(other), priority=5),
        chain(translating(TO_SERVER, to_address("192.0.2.1")), priority=0),
    )
    assert {to for *_, to, _ in headers(between(chains=chains), to("192.0.2.1"))} == {SERVER}
    assert {to for *_, to, _ in headers(between(chains=chains), to("10.0.2.3"))} == {"10.0.2.9"}
    # What accepts in one chain does not keep a packet from the next.
    chains = (chain(translating(other), priority=5), chain(accept, priority=0))
    assert {to for *_, to, _ in headers(between(chains=chains), to("10.0.2.3"))} == {"10.0.2.9"}


def test_what_starts_no_connection_is_not_translated() -> None:
    snapshot = between(chains=(chain(translating(TO_SERVER)),))
    assert {to for *_, to, _ in headers(snapshot, to("10.0.2.9", flags=4))} == {"10.0.2.9"}
    ends = {"source": "10.0.1.5", "destination": "10.0.2.9"}
    answer = Header(protocol=ICMP, icmp_type=0, icmp_code=0, **ends)
    request = Header(protocol=ICMP, icmp_type=8, icmp_code=0, **ends)
    assert {one.header.destination for one in received(snapshot, answer)} == {"10.0.2.9"}
    assert {one.header.destination for one in received(snapshot, request)} == {SERVER}
    # A header does not say whether it starts an association.
    either = Header(protocol=SCTP, source_port=1024, destination_port=80, **ends)
    assert {one.header.destination for one in received(snapshot, either)} == {"10.0.2.9", SERVER}


def test_a_condition_that_is_not_modelled_leaves_open_whether_a_rule_translates() -> None:
    rule = translating(TO_SERVER, UnmodelledMatch(text="limit"))
    snapshot = between(chains=(chain(rule),))
    assert not received(snapshot, to("10.0.2.9"), bound="lower")
    found = received(snapshot, to("10.0.2.9"), bound="upper")
    assert {one.header.destination for one in found} == {"10.0.2.9", SERVER}


def test_a_rule_with_an_address_of_the_other_family_does_not_match() -> None:
    rule = translating(Translation(side="destination", addresses=("fd00:2::5",)))
    assert {to for *_, to, _ in headers(between(chains=(chain(rule),)), to(SERVER))} == {SERVER}


def test_a_port_written_is_the_one_received_and_others_stay() -> None:
    ports = Translation(side="source", addresses=("10.0.2.1",), ports=(NumberRange(7, 8),))
    web = PortMatch(side="destination", ranges=(NumberRange(443, 443),))
    snapshot = between(chains=(chain(translating(ports, web), hook="postrouting"),))
    assert {port for _, port, *_ in headers(snapshot, to(SERVER))} == {7, 8}
    # On a device that translates, connections may become the same: then the port changes.
    untouched = headers(snapshot, to(SERVER, port=80, source_port=600))
    assert {(source, port) for source, port, *_ in untouched} == {
        ("10.0.1.5", 600),
        ("10.0.1.5", 1023),
    }
    # A source that another rule gives a port to may keep that port.
    also = translating(Translation(side="source", addresses=("10.0.2.1",)), number=2)
    snapshot = between(chains=(chain(translating(ports, web), also, hook="postrouting"),))
    assert {7, 8} < {port for _, port, *_ in headers(snapshot, to(SERVER, port=80))}
