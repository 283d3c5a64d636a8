"""Rules loaded into real firewalls and saved: real packets agree with the interpreter."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random

import pytest

from real_rules.firewall import Firewall
from real_rules.rulesets import iptables_ruleset, nft_ruleset
from ringfence.model.inventory import Inventory
from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header
from ringfence.model.rules import Device
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.wiring import WiredInterface, Wiring
from ringfence.sources.devices.saved import read_device

RULESETS = 12
SYN, ACK = 2, 16
WIRING = Wiring(
    interfaces=(
        WiredInterface("fw", "eth0", zone="client"),
        WiredInterface("fw", "eth1", zone="server"),
    ),
    external_zones=("client", "server"),
)
# Forwarded, sent back, discarded, without a route, and the firewall's own on either side. Sources
# are never destinations: an answer would belong to the connection before it.
DESTINATIONS_4 = ("10.0.2.10", "10.0.2.99", "10.0.1.99", "10.9.200.1", "10.9.9.1", "10.8.0.1")
OWN_4 = ("10.0.1.1", "10.0.2.1")
SOURCES_4 = ("10.0.1.10", "10.0.2.50", "192.0.2.7")
DESTINATIONS_6 = ("fd00:2::10", "fd00:2::99", "fd00:9::1", "fd00:1::1", "fd00:8::1")
SOURCES_6 = ("fd00:1::10", "fd00:2::77")


def packets() -> Iterator[Header]:
    """One packet for each conversation: the first, which is new to every firewall."""
    ends = [*product(SOURCES_4, (*DESTINATIONS_4, *OWN_4)), *product(SOURCES_6, DESTINATIONS_6)]
    for number, (source, destination) in enumerate(ends):
        between = {"source": source, "destination": destination}
        icmp, kind = (ICMPV6, 128) if ":" in source else (ICMP, 8)
        for ports in ((1024, 22), (1023, 80), (53, 53)):
            flags = ACK if (number + ports[1]) % 3 == 0 else SYN
            named = {"source_port": ports[0], "destination_port": ports[1]}
            yield Header(protocol=TCP, tcp_flags=flags, **named, **between)
            yield Header(protocol=UDP, **named, **between)
        for code in (0, 3):
            yield Header(protocol=icmp, icmp_type=kind, icmp_code=code, **between)
        yield Header(protocol=47, **between)


PACKETS = tuple(packets())


@pytest.fixture(scope="module")
def firewall() -> Iterator[Firewall]:
    with Firewall() as running:
        yield running


def expected(device: Device, bound: str) -> dict[str, set[Header]]:
    """Where the interpreter delivers each packet."""
    snapshot = Snapshot(sources=(ReadingSource(kind="lab", name="lab"),), devices=(device,))
    interpreter = Interpreter(Inventory(snapshot), WIRING, bound)
    places = {"external:server": "server", "external:client": "client", "device:fw": "firewall"}
    found: dict[str, set[Header]] = {name: set() for name in places.values()}
    for header in PACKETS:
        for delivery in interpreter.deliveries("external:client", header):
            if delivery.place in places:
                found[places[delivery.place]].add(header)
    return found


def agree(firewall: Firewall, folder: Path, rules: str, *, modelled: bool) -> None:
    """What surely passes does, what does is possible; both are the same where all is modelled."""
    firewall.save(folder, rules)
    device = read_device("fw", [folder])
    assert device.not_understood == ()
    real = firewall.sent(PACKETS)
    lower, upper = expected(device, "lower"), expected(device, "upper")
    for place, headers in real.items():
        assert lower[place] <= headers <= upper[place]
    if modelled:
        assert lower == upper


@pytest.mark.parametrize("seed", range(RULESETS))
def test_nftables(firewall: Firewall, tmp_path: Path, seed: int) -> None:
    modelled = seed % 2 == 0
    ruleset = nft_ruleset(Random(seed), modelled=modelled)
    firewall.run("nft", "-f", "-", given=f"flush ruleset\n{ruleset}")
    agree(firewall, tmp_path, "nft", modelled=modelled)


@pytest.mark.parametrize("seed", range(RULESETS))
def test_iptables(firewall: Firewall, tmp_path: Path, seed: int) -> None:
    chance, modelled = Random(seed), seed % 2 == 0
    four = iptables_ruleset(chance, six=False, modelled=modelled)
    six = iptables_ruleset(chance, six=True, modelled=modelled)
    firewall.run("nft", "flush", "ruleset")
    firewall.run("iptables-restore", given=four)
    firewall.run("ip6tables-restore", given=six)
    agree(firewall, tmp_path, "iptables", modelled=modelled)


def test_some_packets_pass_some_are_taken_in_and_some_are_dropped(
    firewall: Firewall, tmp_path: Path
) -> None:
    firewall.run("nft", "flush", "ruleset")
    agree(firewall, tmp_path, "nft", modelled=True)
    real = firewall.sent(PACKETS)
    assert {len(headers) > 0 for headers in real.values()} == {True}
    assert len(set().union(*real.values())) < len(PACKETS)


def test_a_strict_reverse_path_filter(firewall: Firewall, tmp_path: Path) -> None:
    firewall.run("nft", "flush", "ruleset")
    firewall.run("sysctl", "-w", "net.ipv4.conf.eth0.rp_filter=1")
    try:
        agree(firewall, tmp_path, "nft", modelled=True)
    finally:
        firewall.run("sysctl", "-w", "net.ipv4.conf.eth0.rp_filter=0")
