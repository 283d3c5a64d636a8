"""Rules loaded into real firewalls and saved: real packets agree with the interpreter."""

from collections.abc import Iterator
from ipaddress import ip_address
from itertools import product
from pathlib import Path
from random import Random

import msgspec
import pytest
from benchmarks.devices import iptables_save

from real_rules.firewall import Firewall
from real_rules.more_rulesets import IPSETS, ruleset_of_sets, translating_ruleset
from real_rules.rulesets import BELIEVABLE, iptables_ruleset, nft_ruleset
from ringfence.model.inventory import Inventory
from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header
from ringfence.model.rules import Device, UnmodelledMatch
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.translation import Choices
from ringfence.replay.wiring import WiredInterface, Wiring
from ringfence.sources.devices.saved import read_device
from ringfence.sources.rule_syntax import nft_listing, nftables
from ringfence.sources.rule_syntax.syntax import Reading

RULESETS = 12
LEGACY = 6
TRANSLATING = 8
EMPTY = "".join(
    f"*{table}\n{chains}COMMIT\n"
    for table, chains in (
        ("raw", ":PREROUTING ACCEPT [0:0]\n"),
        ("mangle", ":PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"),
        ("filter", ":INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n"),
    )
)
SYN, ACK = 2, 16
WIRING = Wiring(
    interfaces=(
        WiredInterface("fw", "eth0", zone="client"),
        WiredInterface("fw", "eth1", zone="server"),
    ),
    external_zones=("client", "server"),
)
PLACES = {"external:server": "server", "external:client": "client", "device:fw": "firewall"}
BOUNDS = ("lower", "upper")
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
    found: dict[str, set[Header]] = {name: set() for name in PLACES.values()}
    for header in PACKETS:
        for delivery in interpreter.deliveries("external:client", header):
            if delivery.place in PLACES:
                found[PLACES[delivery.place]].add(header)
    return found


def agree(
    firewall: Firewall, folder: Path, rules: str, *, modelled: bool, sets: bool = False
) -> None:
    """What surely passes does, what does is possible; both are the same where all is modelled."""
    firewall.save(folder, rules, sets=sets)
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
    assert listed_as_text(firewall) == listed_as_json(firewall)


def listed_as_json(firewall: Firewall) -> list[object]:
    found = nftables.SYNTAX.read(firewall.run("nft", "-j", "list", "ruleset"), "json")
    return said(found)


def listed_as_text(firewall: Firewall) -> list[object]:
    return said(nft_listing.SYNTAX.read(firewall.run("nft", "list", "ruleset"), "text"))


def said(reading: Reading) -> list[object]:
    """All but lines, which JSON does not tell, and texts, which name the same in another order."""
    plainer = [
        msgspec.structs.replace(
            chain,
            rules=tuple(
                msgspec.structs.replace(
                    rule,
                    line=None,
                    text="",
                    conditions=tuple(
                        UnmodelledMatch(text="") if isinstance(one, UnmodelledMatch) else one
                        for one in rule.conditions
                    ),
                )
                for rule in chain.rules
            ),
        )
        for chain in reading.chains
    ]
    return [*plainer, *(note.why for note in reading.not_understood)]


def test_a_listing_says_what_its_json_says(firewall: Firewall) -> None:
    firewall.run("nft", "-f", "-", given=f"flush ruleset\n{BELIEVABLE}")
    assert listed_as_text(firewall) == listed_as_json(firewall)


@pytest.mark.parametrize("seed", range(RULESETS))
def test_iptables(firewall: Firewall, tmp_path: Path, seed: int) -> None:
    chance, modelled = Random(seed), seed % 2 == 0
    four = iptables_ruleset(chance, six=False, modelled=modelled)
    six = iptables_ruleset(chance, six=True, modelled=modelled)
    firewall.run("nft", "flush", "ruleset")
    firewall.run("iptables-restore", given=four)
    firewall.run("ip6tables-restore", given=six)
    agree(firewall, tmp_path, "iptables", modelled=modelled)


@pytest.mark.parametrize("seed", range(LEGACY))
def test_iptables_of_the_old_kind(firewall: Firewall, tmp_path: Path, seed: int) -> None:
    chance, modelled = Random(f"legacy {seed}"), seed % 2 == 0
    four = iptables_ruleset(chance, six=False, modelled=modelled)
    six = iptables_ruleset(chance, six=True, modelled=modelled)
    firewall.run("nft", "flush", "ruleset")
    firewall.run("iptables-legacy-restore", given=four)
    firewall.run("ip6tables-legacy-restore", given=six)
    try:
        agree(firewall, tmp_path, "iptables-legacy", modelled=modelled)
        (tmp_path / "both").mkdir()
        new = iptables_ruleset(chance, six=False, modelled=modelled)
        firewall.run("iptables-restore", given=new)
        firewall.run("ip6tables-restore", given="*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n")
        agree(firewall, tmp_path / "both", "both", modelled=modelled)
    finally:
        for program in ("iptables-legacy-restore", "ip6tables-legacy-restore"):
            firewall.run(program, given=EMPTY)


@pytest.mark.parametrize("seed", range(RULESETS))
def test_sets_of_ipset(firewall: Firewall, tmp_path: Path, seed: int) -> None:
    firewall.run("nft", "flush", "ruleset")
    # The kernel lets go of sets some time after the rules that named them: they stay.
    firewall.run("ipset", "-exist", "restore", given=IPSETS)
    firewall.run("iptables-restore", given=ruleset_of_sets(Random(seed)))
    six = ruleset_of_sets(Random(f"six {seed}"), six=True)
    firewall.run("ip6tables-restore", given=six)
    agree(firewall, tmp_path, "iptables", modelled=True, sets=True)


@pytest.mark.parametrize("seed", range(TRANSLATING))
def test_translation(firewall: Firewall, tmp_path: Path, seed: int) -> None:
    firewall.run("nft", "flush", "ruleset")
    firewall.run("iptables-restore", given=translating_ruleset(Random(f"nat {seed}")))
    firewall.run("ip6tables-restore", given="*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n")
    firewall.save(tmp_path, "iptables")
    device = read_device("fw", [tmp_path])
    assert device.not_understood == ()
    packets = tuple(one for one in PACKETS if ":" not in one.source and one.tcp_flags != ACK)
    real = firewall.forms(packets)
    seen = {header for pairs in real.values() for _, header in pairs}
    for place, pairs in real.items():
        lower, upper = (delivered(device, packets, seen, place, bound) for bound in BOUNDS)
        assert pairs <= upper
        # Two that became the same are told apart by their ports, or not at all: each alone gets by.
        for sent in {sent for sent, _ in lower} - {sent for sent, _ in pairs}:
            assert firewall.forms([sent])[place]


def delivered(
    device: Device, packets: tuple[Header, ...], seen: set[Header], at: str, bound: str
) -> set[tuple[Header, Header]]:
    """What the interpreter delivers at a place, with what it was sent as."""
    snapshot = Snapshot(sources=(ReadingSource(kind="lab", name="lab"),), devices=(device,))
    addresses = {int(ip_address(end)) for one in seen for end in (one.source, one.destination)}
    ports = {one.source_port for one in seen} | {one.destination_port for one in seen}
    choices = Choices(frozenset(addresses), frozenset(port for port in ports if port is not None))
    interpreter = Interpreter(Inventory(snapshot), WIRING, bound, choices=choices)
    place = {name: place for place, name in PLACES.items()}[at]
    return {
        (header, delivery.header)
        for header in packets
        for delivery in interpreter.deliveries("external:client", header)
        if delivery.place == place
    }


def test_every_line_of_thousands_of_rules_is_accounted_for(
    firewall: Firewall, tmp_path: Path
) -> None:
    sets, rules = iptables_save(3000)
    hardened = "-A INPUT -m recent --name probes --set -j DROP\n-A INPUT -p tcp -m mark --mark 1"
    rules = rules.replace("-A FORWARD", f"{hardened} -j ACCEPT\n-A FORWARD", 1)
    firewall.run("nft", "flush", "ruleset")
    firewall.run("ipset", "-exist", "restore", given=sets)
    firewall.run("iptables-restore", given=rules)
    firewall.run("ip6tables-restore", given="*filter\n:FORWARD DROP [0:0]\nCOMMIT\n")
    firewall.save(tmp_path, "iptables", sets=True)
    device = read_device("fw", [tmp_path])
    assert device.not_understood == ()
    for file in device.files:
        open_ = len(file.bounded) + len(file.not_understood)
        assert file.lines == file.modelled + file.irrelevant + open_
    (saved,) = [file for file in device.files if file.name == "rules.v4"]
    assert saved.modelled > 3000
    lines = (tmp_path / "rules.v4").read_text().splitlines()
    assert [lines[(one.line or 0) - 1] for one in saved.bounded] == [
        line for line in lines if "recent" in line or "mark" in line
    ]


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
