"""Packets through devices: own addresses, routes, chains at every hook, and the path they take."""

import msgspec
import pytest

from ringfence.model.facts import NOT_COLLECTED
from ringfence.model.inventory import Inventory
from ringfence.model.packet import Header
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    InterfaceMatch,
    NotUnderstood,
    Route,
    UnmodelledMatch,
)
from ringfence.model.snapshot import Snapshot
from ringfence.replay.interpreter import Delivery, Interpreter
from ringfence.replay.wiring import Bound, WiredDomain, WiredInterface, Wiring
from small_networks import (
    SOURCE,
    arriving,
    between,
    firewall,
    group,
    host,
    machine,
    permit,
    sources,
    switch,
    tcp,
)

SITE = WiredDomain(name="site", uplinks=("*",), native=1)
NICS = (WiredInterface("fw", "eth0", nic="fw/0"), WiredInterface("fw", "eth1", nic="fw/1"))
OPEN = UnmodelledMatch(text="limit rate 5/second")


def to(destination: str, port: int = 443, source: str = "10.0.1.5") -> Header:
    return Header(
        source=source,
        destination=destination,
        protocol=6,
        source_port=1024,
        destination_port=port,
        tcp_flags=2,
    )


def deliveries(
    snapshot: Snapshot,
    header: Header,
    place: str = "a/0",
    bound: Bound = "lower",
    interfaces: tuple[WiredInterface, ...] = NICS,
) -> dict[str, Delivery]:
    wiring = Wiring((SITE,), interfaces, ("outside",))
    interpreter = Interpreter(Inventory(snapshot), wiring, bound)
    return {delivery.place: delivery for delivery in interpreter.deliveries(place, header)}


def test_a_rule_lets_a_packet_through_to_the_other_side() -> None:
    snapshot = between(permit(1, *tcp(443)))
    assert set(deliveries(snapshot, to("10.0.2.5"))) == {"fw/0", "b/0"}
    assert set(deliveries(snapshot, to("10.0.2.5", port=80))) == {"fw/0"}


def test_the_path_names_every_station_and_the_rule() -> None:
    snapshot = between(permit(1, *tcp(80)), permit(2, *tcp(443)))
    delivery = deliveries(snapshot, to("10.0.2.5"))["b/0"]
    assert delivery.devices == ("fw",)
    assert [(step.kind, step.label, step.detail) for step in delivery.path] == [
        ("machine", "a (Network adapter 1)", "sends it"),
        ("port-group", "low", "VLAN 10"),
        ("switch", "sw", "h1"),
        ("port-group", "low", "VLAN 10"),
        ("device", "fw", "in by eth0, out by eth1, forward 2"),
        ("port-group", "high", "VLAN 20"),
        ("switch", "sw", "h1"),
        ("port-group", "high", "VLAN 20"),
        ("place", "b (Network adapter 1)", "receives it"),
    ]
    decisive = [step for step in delivery.path if step.decisive]
    assert [(step.kind, step.rule) for step in decisive] == [("device", "rule 2")]


@pytest.mark.parametrize(
    ("destination", "places"),
    [
        # The device's own addresses, on whichever side they are, are never forwarded.
        ("10.0.1.1", {"fw/0", "device:fw"}),
        ("10.0.2.1", {"fw/0", "device:fw"}),
        ("10.0.2.7", {"fw/0", "b/0"}),
        # Back out by the interface that it came in by.
        ("10.0.1.7", {"fw/0", "a/0"}),
        # No route.
        ("10.0.3.7", {"fw/0"}),
        # The family of the rules is both, that of the routes is not.
        ("192.0.2.1", {"fw/0"}),
    ],
)
def test_own_addresses_and_routes(destination: str, places: set[str]) -> None:
    chains = (
        Chain(id="f", name="forward", hook="forward", rules=(permit(1),), policy="drop"),
        Chain(id="i", name="input", hook="input", rules=(permit(1),), policy="drop"),
    )
    assert set(deliveries(between(chains=chains), to(destination))) == places


def test_local_input_is_told_apart_from_the_interface_that_heard_it() -> None:
    chains = (Chain(id="i", name="input", hook="input", rules=(permit(1, *tcp(443)),)),)
    path = deliveries(between(chains=chains), to("10.0.2.1"))["device:fw"].path
    assert (path[-1].kind, path[-1].detail) == ("device", "in by eth0, to itself, input 1")


def routes(*found: tuple[str, str | None, int]) -> tuple[Route, ...]:
    return tuple(
        Route(destination=prefix, interface=name, metric=metric) for prefix, name, metric in found
    )


@pytest.mark.parametrize(
    ("table", "arrives"),
    [
        (routes(("0.0.0.0/0", "eth1", 0)), True),
        (routes(("0.0.0.0/0", "eth1", 0), ("10.0.2.0/24", "eth0", 0)), False),
        (routes(("10.0.2.0/24", "eth0", 0), ("10.0.2.5/32", "eth1", 9)), True),
        (routes(("10.0.2.0/24", "eth0", 5), ("10.0.2.0/24", "eth1", 1)), True),
        (routes(("10.0.2.0/24", "eth0", 1), ("10.0.2.0/24", "eth1", 5)), False),
        # Of equal ones, it may be any.
        (routes(("10.0.2.0/24", "eth0", 1), ("10.0.2.0/24", "eth1", 1)), True),
        (routes(("10.0.2.0/24", None, 1), ("10.0.2.0/24", "eth1", 1)), True),
        (routes(("10.0.2.0/24", "eth1", 0), ("10.0.2.0/25", None, 0)), False),
        (routes(("::/0", "eth1", 0)), False),
        (routes(("10.0.2.0/24", "eth9", 0)), False),
        ((), False),
    ],
)
def test_the_longest_prefix_wins_then_the_metric(table: tuple[Route, ...], arrives: bool) -> None:
    snapshot = between(permit(1), routes=table)
    assert ("b/0" in deliveries(snapshot, to("10.0.2.5"))) is arrives


def chain(name: str, hook: str, *rules: object, policy: str = "accept", **parts: object) -> Chain:
    return Chain(id=name, name=name, hook=hook, rules=rules, policy=policy, **parts)


OUT = InterfaceMatch(direction="out", names=("eth1",))
NOT_OUT = InterfaceMatch(direction="out", names=("eth1",), negated=True)


@pytest.mark.parametrize(
    ("chains", "arrives"),
    [
        ((), True),
        ((chain("p", "prerouting", policy="drop"),), False),
        ((chain("p", "postrouting", policy="drop"),), False),
        ((chain("i", "input", policy="drop"),), True),
        ((chain("o", "output", policy="drop"),), True),
        ((chain("f", "forward"), chain("g", "forward", policy="drop")), False),
        ((chain("f", "forward", policy="drop", family=6),), True),
        ((chain("f", "forward", policy="drop", family=4),), False),
        # Before routing no outgoing interface is known; afterwards it is.
        ((chain("p", "prerouting", permit(1, OUT), policy="drop"),), False),
        ((chain("p", "prerouting", permit(1, NOT_OUT), policy="drop"),), True),
        ((chain("p", "postrouting", permit(1, OUT), policy="drop"),), True),
        ((chain("p", "postrouting", permit(1, arriving("eth0")), policy="drop"),), True),
        ((chain("f", "forward", permit(1, arriving("eth1")), policy="drop"),), False),
    ],
)
def test_every_base_chain_on_the_way_has_to_accept(
    chains: tuple[Chain, ...], arrives: bool
) -> None:
    assert ("b/0" in deliveries(between(chains=chains), to("10.0.2.5"))) is arrives


def test_the_order_of_chains_is_that_of_their_priority() -> None:
    chains = (chain("late", "forward", permit(1), priority=10), chain("early", "forward"))
    delivery = deliveries(between(chains=chains), to("10.0.2.5"))["b/0"]
    device = next(step for step in delivery.path if step.kind == "device")
    assert device.detail.endswith("late 1")


@pytest.mark.parametrize(
    ("parts", "lower", "upper"),
    [
        ({"chains": NOT_COLLECTED}, False, True),
        ({"routes": NOT_COLLECTED}, False, True),
        ({"forwards": NOT_COLLECTED}, False, True),
        ({"forwards": False}, False, False),
        ({"interfaces": NOT_COLLECTED}, False, True),
        ({"chains": (chain("f", "forward", permit(1, OPEN), policy="drop"),)}, False, True),
        ({"chains": (chain("f", "forward", permit(1, OPEN, action="drop")),)}, False, True),
        ({"chains": (chain("f", "forward", policy="drop"),)}, False, False),
        (
            {
                "chains": (chain("f", "forward", policy="drop"),),
                "not_understood": (NotUnderstood(line=1, text="masquerade", why="translates"),),
            },
            False,
            True,
        ),
    ],
)
def test_what_is_not_known_of_a_device_bounds_it(
    parts: dict[str, object], lower: bool, upper: bool
) -> None:
    snapshot = between(permit(1), **parts)
    assert ("b/0" in deliveries(snapshot, to("10.0.2.5"))) is lower
    assert ("b/0" in deliveries(snapshot, to("10.0.2.5"), bound="upper")) is upper


def test_addresses_given_with_the_wiring_settle_what_is_a_device_s_own() -> None:
    snapshot = between(permit(1), interfaces=NOT_COLLECTED)
    wired = tuple(
        WiredInterface("fw", f"eth{n}", nic=f"fw/{n}", addresses=(f"10.0.{n + 1}.1/24",))
        for n in (0, 1)
    )
    assert "b/0" in deliveries(snapshot, to("10.0.2.5"), interfaces=wired)
    assert "b/0" not in deliveries(snapshot, to("10.0.2.1"), interfaces=wired)


def test_isolated_machines_talk_through_a_router_that_sends_back() -> None:
    snapshot = between(permit(1, sources("10.0.1.0/24")))
    more = machine("c", "h1", {"low": "10.0.1.9/24"})
    snapshot = msgspec.structs.replace(snapshot, machines=(*snapshot.machines, more))
    delivery = deliveries(snapshot, to("10.0.1.9"))["a/0"]
    assert delivery.devices == ("fw",)


def test_a_loop_of_devices_ends() -> None:
    gateway = machine("gw", "h1", {"low": "10.0.1.2/24", "high": "10.0.2.2/24"})
    snapshot = between(permit(1), routes=routes(("0.0.0.0/0", "eth1", 0)))
    back = firewall(permit(1), running_as=gateway, id="gw", routes=routes(("0.0.0.0/0", "eth0", 0)))
    snapshot = msgspec.structs.replace(
        snapshot,
        machines=(*snapshot.machines, gateway),
        devices=(*snapshot.devices, back),
    )
    wired = (
        *NICS,
        WiredInterface("gw", "eth0", nic="gw/0"),
        WiredInterface("gw", "eth1", nic="gw/1"),
    )
    found = deliveries(snapshot, to("192.0.2.1"), interfaces=wired)
    assert set(found) == {"a/0", "b/0", "fw/0", "gw/0", "gw/1"}
    assert found["b/0"].devices == ("fw",)
    assert found["a/0"].devices == ("gw",)


def physical(*chains: Chain) -> Snapshot:
    """The network with the firewall between a VLAN of the site and the outside."""
    snapshot = between(chains=chains)
    device = msgspec.structs.replace(snapshot.devices[0], machine=None, physical=True)
    return msgspec.structs.replace(snapshot, devices=(device,), machines=snapshot.machines[:2])


def test_a_physical_device_stands_on_a_vlan_of_a_domain_or_outside() -> None:
    wired = (
        WiredInterface("fw", "eth0", zone="outside"),
        WiredInterface("fw", "eth1", domain="site", vlan=20),
    )
    found = deliveries(physical(), to("10.0.2.5"), place="external:outside", interfaces=wired)
    assert set(found) == {"device:fw/eth0", "b/0"}
    labels = [(step.kind, step.label) for step in found["b/0"].path]
    assert labels == [
        ("place", "outside"),
        ("device", "fw"),
        ("domain", "site"),
        ("uplink", "h1/vmnic0"),
        ("switch", "sw"),
        ("port-group", "high"),
        ("place", "b (Network adapter 1)"),
    ]


@pytest.mark.parametrize(
    ("vlan", "native", "lower", "upper"),
    [(None, 20, False, True), (0, 1, False, False), (None, "unknown", False, True)],
)
def test_an_interface_without_a_vlan_is_in_the_native_one(
    vlan: int | None, native: object, lower: bool, upper: bool
) -> None:
    domain = WiredDomain(name="site", uplinks=("*",), native=native)
    wired = (
        WiredInterface("fw", "eth0", zone="outside"),
        WiredInterface("fw", "eth1", domain="site", vlan=vlan),
    )
    for bound, expected in (("lower", lower), ("upper", upper)):
        wiring = Wiring((domain,), wired, ("outside",))
        interpreter = Interpreter(Inventory(physical()), wiring, bound)
        found = interpreter.deliveries("external:outside", to("10.0.2.5"))
        assert ("b/0" in {one.place for one in found}) is expected


def test_an_interface_attached_to_nothing_known_may_stand_anywhere() -> None:
    wired = (WiredInterface("fw", "eth0", zone="outside"), WiredInterface("fw", "eth1"))
    outside = "external:outside"
    assert "b/0" not in deliveries(physical(), to("10.0.2.5"), outside, "lower", wired)
    found = deliveries(physical(), to("10.0.2.5"), outside, "upper", wired)
    assert {"b/0", "a/0", outside, "device:fw/eth1"} <= set(found)


def test_a_packet_is_delivered_to_whoever_hears_it_whatever_its_destination() -> None:
    snapshot = between()
    bystander = machine("c", "h1", {"low": "10.0.1.9/24"})
    snapshot = msgspec.structs.replace(snapshot, machines=(*snapshot.machines, bystander))
    assert "c/0" in deliveries(snapshot, to("192.0.2.99"))


def test_the_path_between_hosts_shows_uplinks_and_the_domain() -> None:
    snapshot = Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"), host("h2")),
        switches=(switch("h1", nics=(1,)), switch("h2")),
        port_groups=(group("h1", "one", 10), group("h2", "two", 10)),
        machines=(machine("a", "h1", "one"), machine("b", "h2", "two")),
    )
    path = deliveries(snapshot, to("10.0.0.9"), interfaces=())["b/0"].path
    assert [(step.kind, step.label, step.detail) for step in path] == [
        ("machine", "a (Network adapter 1)", "sends it"),
        ("port-group", "one", "VLAN 10"),
        ("switch", "sw", "h1"),
        ("uplink", "h1/vmnic1", "leaves by it"),
        ("domain", "site", "VLAN 10"),
        ("uplink", "h2/vmnic0", "comes in by it"),
        ("switch", "sw", "h2"),
        ("port-group", "two", "VLAN 10"),
        ("place", "b (Network adapter 1)", "receives it"),
    ]
    assert [step.label for step in path if step.decisive] == ["two"]


def test_addresses_of_conditions_are_read_once_for_all_packets() -> None:
    many = AddressMatch(side="source", ranges=tuple(f"10.0.{n}.0/24" for n in range(200)))
    snapshot = between(permit(1, many))
    wiring = Wiring((SITE,), NICS)
    interpreter = Interpreter(Inventory(snapshot), wiring)
    for port in range(50):
        assert len(interpreter.deliveries("a/0", to("10.0.2.5", port=port))) == 2
