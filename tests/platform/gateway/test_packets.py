"""The made gateway stands between four zones: real packets, and what it tells of them."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from secrets import randbits

import pytest

from gateway_lab import GatewayLab
from ringfence.foundation.progress import SilentProgress
from ringfence.lab.addressing import ZONES
from ringfence.lab.namespaces import entered
from ringfence.lab.probe import Probe
from ringfence.lab.probes import ProbePlan
from ringfence.lab.probing import Probed, firewall_rules, probe
from ringfence.lab.programs import run, run_inside
from ringfence.model.packet import ICMP, ICMPV6, Header
from ringfence.operations.flows import Told
from ringfence.operations.gateway_flows import listen
from ringfence.operations.gateway_loading import Where
from ringfence.operations.lab_verify import verify_lab
from running_lab import NAME

SHOWN = 30.0
"""Seconds that a busy machine may take to tell of a packet; what it took is printed."""
AGAIN = 3.0
ALLOWED = {
    ("dmz", "application"): {"tcp/8443"},
    ("application", "cardholder"): {"tcp/5432", "tcp/5433", "udp/5432"},
    **{("management", zone): {"tcp/22", "ping"} for zone in ("dmz", "application", "cardholder")},
}
RULES = {
    pair: f"accept flow {number} {pair[0]} > {pair[1]}" for number, pair in enumerate(ALLOWED, 1)
}


@dataclass
class Heard:
    """What a gateway was heard to tell, and when."""

    lines: dict[str, float] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)

    def of(self, text: str) -> float | None:
        """When a line with a text in it came."""
        return next((at for line, at in [*self.lines.items()] if text in line), None)

    def wait_for(self, text: str, seconds: float = SHOWN) -> float | None:
        """Wait for a line, and return when it came, if it did."""
        end = time.monotonic() + seconds
        while (at := self.of(text)) is None and time.monotonic() < end:
            time.sleep(0.01)
        return at

    def quiet(self) -> None:
        """Wait until nothing new is told any more."""
        lines = -1
        while lines != len(self.lines):
            lines = len(self.lines)
            time.sleep(1)


def show(text: str) -> None:
    """Print what was measured; no test asserts it."""
    sys.stdout.write(f"{text}\n")


@contextmanager
def heard(lab: GatewayLab) -> Iterator[Heard]:
    """Listen to the gateway meanwhile; what was told in all is there in the end."""
    found, over = Heard(), threading.Event()
    ended: list[str] = []

    def tell(line: str) -> None:
        found.lines.setdefault(line, time.monotonic())
        if over.is_set() and not ended:
            ended.append(line)
            raise KeyboardInterrupt

    def work() -> None:
        progress = SilentProgress()
        found.told.append(listen(lab.subject, "firewall", lab.where, SHOWN * 4, progress, tell))

    thread = threading.Thread(target=work)
    thread.start()
    ports = count(9)
    try:
        while not found.lines and thread.is_alive():
            begin(lab, "cardholder-2", "10.40.0.12", next(ports))
        yield found
    finally:
        over.set()
        while thread.is_alive():
            begin(lab, "cardholder-2", "10.40.0.12", next(ports))
        thread.join()
    assert found.told


def begin(lab: GatewayLab, node: str, address: str, port: int) -> float:
    """Send the first packet of a connection, and return when."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with entered(lab.place.namespace(node)):
        one = socket.socket(family)
    with one:
        one.setblocking(False)
        at = time.monotonic()
        one.connect_ex((address, port))
        time.sleep(0.02)
    return at


def plan(lab: GatewayLab) -> tuple[Probe, ...]:
    """Every honest packet between two zones, and those that lie about where they come from."""
    every = ProbePlan(lab.layout, firewall_rules(lab.place, lab.layout)).probes()
    return tuple(
        one
        for one in every
        if one.kind in {"plain", "edge", "spoofed"} and "" not in pair(lab, one)
        if len({*pair(lab, one)}) == 2
    )


def pair(lab: GatewayLab, one: Probe) -> tuple[str, str]:
    """The zones of a packet's sender and of the machine that it is for."""
    nodes = (lab.layout.node(name) for name in (one.source, one.destination))
    source, destination = (node.zone if node.kind == "machine" else "" for node in nodes)
    return source, destination


def service(header: Header) -> str:
    if header.protocol in {ICMP, ICMPV6}:
        return "ping"
    return f"{'tcp' if header.protocol == 6 else 'udp'}/{header.destination_port}"


def rule(lab: GatewayLab, one: Probe) -> str:
    """The rule that a packet should meet, by the words of the policy."""
    source, destination = pair(lab, one)
    if one.kind == "spoofed" and not from_zone(one.header.source, source):
        return f"refuse forged {source}"
    if service(one.header) in ALLOWED.get((source, destination), set()):
        return RULES[source, destination]
    return f"refuse {source} > {destination}"


def from_zone(address: str, zone: str) -> bool:
    vlan = ZONES[zone]
    return address.startswith((f"10.{vlan}.0.", f"fd00:{vlan}::"))


def key(header: Header) -> tuple[object, ...]:
    """What a packet is known by, for the gateway counts whatever port it came from."""
    port = header.destination_port
    kind = header.icmp_type
    return (header.source, header.destination, header.protocol, port, kind, header.tcp_flags)


def test_packets_arrive_where_the_policy_says_and_all_are_told(lab: GatewayLab) -> None:
    lab.apply()
    probes = plan(lab)
    ports = {one.header.destination_port for one in probes if one.kind == "plain"}
    assert len(ports - {None}) >= 20
    with heard(lab) as found:
        probed = probe(lab.place, lab.layout, randbits(31), probes=probes)
        sent = time.monotonic()
        found.quiet()
        last = max(found.lines.values()) - sent
    arrive_as_declared(lab, probed)
    (told,) = found.told
    rules = {(key(one.seen.header), one.seen.rule) for one in told.judged}
    (reading,) = told.readings
    missing = [one for one in probes if (key(one.header), rule(lab, one)) not in rules]
    show(f"{len(probes)} kinds of packets, {reading.understood} told, {reading.lost} lost")
    show(f"the last one told {last:.3f} s after all were sent")
    assert missing == []
    assert reading.lost == 0


def arrive_as_declared(lab: GatewayLab, probed: Probed) -> None:
    for one in probed.probes:
        expected = rule(lab, one).startswith("accept")
        assert probed.came_to(one) is expected, one
    arrived = {pair(lab, one) for one in probed.probes if probed.came_to(one)}
    assert arrived == set(ALLOWED)


def test_proof_and_packets_agree_about_the_made_gateway(lab: GatewayLab) -> None:
    lab.apply()
    verified = verify_lab(f"{NAME}g", SilentProgress())
    assert verified.compared.differences == ()
    assert {one.verdict for one in verified.proof.pairs} == {"PROVED"}


def test_what_is_refused_is_told_at_once(lab: GatewayLab) -> None:
    lab.apply()
    with heard(lab) as found:
        for node, address, port in (
            ("dmz-1", "10.30.0.11", 22),
            ("dmz-1", "fd00:30::11", 22),
            ("application-1", "10.40.0.77", 3389),
            ("dmz-2", "10.10.0.1", 22),
        ):
            end = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
            # A switch of the lab may lose a packet: then it is sent again.
            for _ in range(int(SHOWN / AGAIN)):
                sent = begin(lab, node, address, port)
                if (came := found.wait_for(f"to {end}", AGAIN)) is not None:
                    break
            assert came is not None, found.lines
            show(f"{node} to {end}: told after {came - sent:.3f} s")
    assert found.told[0].outcome == "clean"


@pytest.mark.parametrize("logs", ["", 'log prefix "accept flow 1 dmz > application" group 47 '])
def test_traffic_against_the_proof_is_an_alarm(lab: GatewayLab, logs: str) -> None:
    lab.apply()
    with heard(lab) as found:
        planted = f'iifname "dmz" oifname "cardholder" tcp dport 3306 {logs}accept'
        given = f"insert rule inet ringfence forwarding {planted}"
        run_inside(lab.namespace, "nft", "-f", "-", given=given)
        begin(lab, "dmz-1", "10.30.0.11", 3306)
        alarm = "the proof says it cannot get there: dmz > cardholder tcp/3306"
        assert found.wait_for(alarm) is not None
    (told,) = found.told
    assert told.outcome == "critical"
    assert "got by that the proof says cannot get there" in " ".join(told.lines())


@contextmanager
def conversation(lab: GatewayLab) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection from a machine in the DMZ to one behind the gateway, which answers it."""
    with entered(lab.place.namespace("application-1")):
        server = socket.create_server(("10.20.0.11", 8443))
    with entered(lab.place.namespace("dmz-1")):
        client = socket.socket()
    with server, client:
        client.settimeout(SHOWN)
        client.connect(("10.20.0.11", 8443))
        answering, _ = server.accept()
        with answering:
            answering.settimeout(SHOWN)
            yield client, answering


def test_a_reload_loses_no_connection(lab: GatewayLab) -> None:
    lab.apply()
    with conversation(lab) as (client, server):
        for number in range(8):
            change(lab)
            if number < 2:
                assert lab.apply().became == "loaded"
            else:
                run_inside(lab.namespace, "nft", "-f", "-", given=made(lab))
            for one, other in ((client, server), (server, client)):
                one.sendall(b"still here")
                assert other.recv(64) == b"still here"


def change(lab: GatewayLab) -> None:
    """Change the rules by hand, so that there is something to load."""
    run_inside(lab.namespace, "nft", "-f", "-", given="add rule inet ringfence leaving drop")


def made(lab: GatewayLab) -> str:
    listing = run_inside(lab.namespace, "nft", "list", "table", "inet", "ringfence")
    return f"delete table inet ringfence\n{listing}"


def test_neighbours_are_found_though_nobody_wrote_them_down(lab: GatewayLab) -> None:
    lab.apply()
    gateway, machine = lab.namespace, lab.place.namespace("dmz-1")
    known = {space: run("ip", "-n", space, "-6", "neigh", "show") for space in (gateway, machine)}
    try:
        for space in known:
            run("ip", "-n", space, "-6", "neigh", "flush", "nud", "permanent")
        with heard(lab) as found:
            begin(lab, "dmz-1", "fd00:20::11", 8443)
            assert found.wait_for("to [fd00:20::11]:8443") is not None
    finally:
        for space, neighbours in known.items():
            for line in neighbours.splitlines():
                address, _, device, _, mac, *_ = line.split()
                words = (
                    "neigh",
                    "replace",
                    address,
                    "lladdr",
                    mac,
                    "dev",
                    device,
                    "nud",
                    "permanent",
                )
                run("ip", "-n", space, *words)


def test_a_second_listener_and_a_missing_gateway_are_told(lab: GatewayLab) -> None:
    run_inside(lab.namespace, "nft", "flush", "ruleset")
    for where, said in (
        (lab.where, "There is no gateway in the namespace"),
        (Where("nowhere"), "the namespace nowhere cannot be listened to"),
    ):
        with pytest.raises(Exception, match=said):
            listen(lab.subject, "firewall", where, 0.1, SilentProgress(), print)
    lab.apply()
    with heard(lab), pytest.raises(Exception, match="Netfilter cannot be listened to") as told:
        listen(lab.subject, "firewall", lab.where, 0.1, SilentProgress(), print)
    assert "another program listens" in str(told.value)
