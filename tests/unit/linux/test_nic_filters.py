"""What libvirt's network filters became in the kernel: exact, open, or not taken for a filter."""

import random
from dataclasses import replace
from itertools import product

import pytest

from linux_proof import DATA
from ringfence.model.facts import NotRead
from ringfence.model.packet import Header
from ringfence.replay.packet import Spans
from ringfence.replay.port_filters import Guard
from ringfence.sources.linux.bundle_folder import read_bundle
from ringfence.sources.linux.frame_conditions import BETWEEN
from ringfence.sources.linux.nic_filters import NicFilters
from ringfence.sources.linux.snapshot import snapshot_of

WHOLE = read_bundle(DATA / "filtered")
RULES = WHOLE.answers["frame-rules"].stdout.decode()
MAC = "52:54:00:00:00:01"
PORTS = frozenset(("vnet0", "vnet1", "vnet2"))


def saved(text):
    """The host whose rules for frames are others."""
    answer = replace(WHOLE.answers["frame-rules"], stdout=text.encode())
    return replace(WHOLE, answers=WHOLE.answers | {"frame-rules": answer})


def at(snapshot, name):
    machine = next(one for one in snapshot.machines if one.name == name)
    found = machine.nics[0].port_filters
    if isinstance(found, NotRead) or not found:
        return found
    return next(one for one in snapshot.port_filters if one.id == found[0])


def passes(one, packet, way, bound):
    spans = Spans()
    return Guard(one).decide(spans.packet(packet), way, bound, spans) is not None


def packet(source, destination="10.40.0.9", protocol=6, fragment="none"):
    whole = fragment != "later" and protocol in {6, 17}
    return Header(
        source=source,
        destination=destination,
        protocol=protocol,
        source_port=40000 if whole else None,
        destination_port=80 if whole else None,
        tcp_flags=2 if whole and protocol == 6 else None,
        fragment=fragment,
    )


def test_clean_traffic_is_exact():
    """It lets a machine send from its own address, and takes in IPv4 from all."""
    found = at(snapshot_of([saved(RULES)]), "clean1")
    assert found.name == "clean-traffic at vnet0"
    for bound in ("lower", "upper"):
        assert passes(found, packet("10.40.0.1"), "in", bound)
        assert not passes(found, packet("10.40.0.2"), "in", bound)
        assert not passes(found, packet("0.0.0.0"), "in", bound)
        assert not passes(found, packet("fd00::1", "fd00::2"), "in", bound)
        assert passes(found, packet("10.40.0.7"), "out", bound)
        assert not passes(found, packet("fd00::1", "fd00::2"), "out", bound)
    # An address that only DHCP may use goes out; whether ARP lets answers come is not asked.
    assert passes(found, packet("0.0.0.0", protocol=17), "in", "upper")


def test_a_filter_that_lets_tags_by_is_open_in_that_direction():
    found = at(snapshot_of([saved(RULES)]), "learn1")
    foreign = packet("fd00::9", "fd00::2")
    assert passes(found, foreign, "in", "upper")
    assert not passes(found, foreign, "in", "lower")
    assert passes(found, foreign, "out", "lower")


def test_rules_on_packets_leave_the_bridge_open():
    snapshot = snapshot_of([WHOLE])
    for port in snapshot.ports:
        assert isinstance(port.filters, NotRead)
        assert "ip filter FORWARD" in port.filters.detail


CHANGED = {
    "a rule for every port": ("-A PREROUTING -i vnet0", "-A PREROUTING"),
    "a rule about a port that is no machine's": ("PREROUTING -i vnet2", "PREROUTING -i nic0"),
    "a hook that drops the rest": (":PREROUTING ACCEPT", ":PREROUTING DROP"),
    "a rule for what the host sends": (":OUTPUT ACCEPT", ":OUTPUT DROP"),
    "another table": ("*nat", "*filter\n:FORWARD DROP\n*nat"),
    "cut off": ("# Completed", "# Comp"),
    "a line of another program": ("*nat", "*nat\n# Table `nat' is incompatible, use 'nft' tool."),
    "no chain": ("-A I-vnet0-mac", "-A I-vnet9-mac"),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_rules_that_do_anything_else_leave_all_open(change):
    assert change[0] in RULES
    snapshot = snapshot_of([saved(RULES.replace(*change))])
    assert snapshot.port_filters == ()
    assert isinstance(at(snapshot, "clean1"), NotRead)
    assert all(isinstance(port.filters, NotRead) for port in snapshot.ports)


def test_rules_that_were_not_read_leave_all_open():
    answer = replace(WHOLE.answers["frame-rules"], status=1, stderr="Permission denied")
    snapshot = snapshot_of([replace(WHOLE, answers=WHOLE.answers | {"frame-rules": answer})])
    assert isinstance(at(snapshot, "clean1"), NotRead)
    assert all(isinstance(port.filters, NotRead) for port in snapshot.ports)


OPEN = {
    "a negated condition": ("-p IPv4 --ip-src 10.40.0.1 -j", "-p IPv4 ! --ip-src 10.40.0.1 -j"),
    "a condition that is not known": ("--ip-src 10.40.0.1 -j", "--ip-odd 10.40.0.1 -j"),
    "a target that is not known": ("-A libvirt-I-vnet0 -j DROP", "-A libvirt-I-vnet0 -j arpreply"),
    "a target that changes frames": ("-A libvirt-I-vnet0 -j DROP", "-A libvirt-I-vnet0 -j DROP x"),
    "no last rule": ("-A libvirt-I-vnet0 -j DROP\n", ""),
    "no rule on MAC addresses": ("-A I-vnet0-mac -j DROP\n", "-A I-vnet0-mac -p ARP -j DROP\n"),
}


@pytest.mark.parametrize("change", OPEN.values(), ids=OPEN)
def test_a_rule_that_is_not_understood_promises_nothing(change):
    assert change[0] in RULES
    found = at(snapshot_of([saved(RULES.replace(*change))]), "clean1")
    own, foreign = packet("10.40.0.1"), packet("fd00::9", "fd00::2")
    assert passes(found, own, "in", "upper")
    assert not passes(found, own, "in", "lower") or passes(found, foreign, "in", "upper")


def test_arp_that_may_be_stopped_promises_nothing():
    stopped = RULES.replace("-A libvirt-O-vnet0 -p ARP -j ACCEPT\n", "")
    found = at(snapshot_of([saved(stopped)]), "clean1")
    assert not passes(found, packet("10.40.0.7"), "out", "lower")
    assert passes(found, packet("10.40.0.7"), "out", "upper")


def test_addresses_of_another_machine_let_no_arp_by():
    """Only the addresses of the machine's own chains are those that it answers for."""
    open_ = RULES.replace("-A libvirt-I-vnet0 -p IPv4 -j I-vnet0-ipv4-ip\n", "")
    found = at(snapshot_of([saved(open_)]), "clean1")
    assert passes(found, packet("10.40.0.1"), "in", "lower")
    assert passes(found, packet("10.40.0.2"), "in", "upper")
    assert not passes(found, packet("10.40.0.2"), "in", "lower")


def test_a_mask_with_gaps_is_no_network():
    odd = RULES.replace("--arp-ip-src 10.40.0.1 -j", "--arp-ip-src 10.40.0.1/255.0.255.0 -j")
    found = at(snapshot_of([saved(odd)]), "clean1")
    assert passes(found, packet("10.40.0.1"), "in", "upper")
    assert not passes(found, packet("10.40.0.1"), "in", "lower")
    ending = RULES.replace("--ip-src 10.40.0.1 -j", "--ip-src 0.0.0.1/0.0.0.255 -j")
    assert passes(at(snapshot_of([saved(ending)]), "clean1"), packet("10.99.0.1"), "in", "upper")


def test_chains_that_lead_to_each_other_are_open():
    loop = RULES.replace(
        "-A I-vnet0-mac -s", "-A I-vnet0-mac -j libvirt-I-vnet0\n-A I-vnet0-mac -s"
    )
    found = at(snapshot_of([saved(loop)]), "clean1")
    assert "-A I-vnet0-mac -j libvirt-I-vnet0" in {rule.text for rule in found.rules}
    assert passes(found, packet("10.40.0.2"), "in", "upper")
    assert not passes(found, packet("10.40.0.2"), "in", "lower")


def test_what_stands_before_the_protocol_of_ipv6_is_skipped():
    """The kernel looks behind an authentication header, and a proof only at its number."""
    last = "-A libvirt-I-vnet0 -j DROP\n"
    tcp = RULES.replace(last, f"-A libvirt-I-vnet0 -p IPv6 --ip6-proto tcp -j ACCEPT\n{last}")
    found = at(snapshot_of([saved(tcp)]), "clean1")
    assert passes(found, packet("fd00::1", "fd00::2", 51), "in", "upper")
    assert not passes(found, packet("fd00::1", "fd00::2", 51), "in", "lower")
    assert not passes(found, packet("fd00::1", "fd00::2", 17), "in", "upper")


def test_a_filter_on_a_port_of_open_vswitch_is_not_believed():
    links = WHOLE.answers["addresses"].stdout.decode()
    assert '"master":"lan0"' in links
    moved = links.replace('"master":"lan0"', '"master":"ovs-system"')
    answer = replace(WHOLE.answers["addresses"], stdout=moved.encode())
    bundle = replace(WHOLE, answers=WHOLE.answers | {"addresses": answer})
    snapshot = snapshot_of([bundle])
    assert snapshot.port_filters == ()
    assert isinstance(at(snapshot, "clean1"), NotRead)


SOURCES = ("10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2")


def chance_chains(seed):
    """Rules by chance in three chains, the later ones reached from the earlier."""
    rng = random.Random(seed)
    lines = ["*nat", ":PREROUTING ACCEPT", ":a DROP"]
    lines += [f":{name} {rng.choice(('ACCEPT', 'DROP', 'RETURN'))}" for name in ("b", "c")]
    lines += ["-A PREROUTING -i vnet0 -j a", "-A a -p 802_1Q -j DROP", "-A a -p 0x88a8 -j DROP"]
    for name, below in (("a", ("b", "c")), ("b", ("c",)), ("c", ())):
        for _ in range(rng.randint(1, 4)):
            target = rng.choice(("ACCEPT", "DROP", "RETURN", *below, *below))
            lines.append(f"-A {name} {rng.choice(_ASKED)} -j {target}".replace("  ", " "))
    return "\n".join((*lines, "# Completed"))


_ASKED = (
    "",
    "-p ARP",
    "-p IPv4",
    "-p IPv6",
    f"-s {MAC}",
    "-p IPv4 --ip-src 10.0.0.1",
    "-p IPv6 --ip6-src fd00::/127",
    "-p IPv4 --ip-src 10.0.0.1 --ip-proto udp",
    "-p IPv6 --ip6-proto tcp",
)


def walked(text, header, name="a"):
    """Follow one packet of the machine itself through the chains, as ebtables does."""
    lines = text.splitlines()
    for line in lines:
        words = line.split()
        if words[:2] != ["-A", name] or not _asks(words[2:-2], header):
            continue
        target = words[-1]
        ends = walked(text, header, target) if target in {"b", "c"} else target
        if ends == "RETURN" and target in {"b", "c"}:
            continue
        return ends
    return next(line.split()[1] for line in lines if line.startswith(f":{name} "))


def _asks(words, header):
    values = dict(zip(words[::2], words[1::2], strict=True))
    six = ":" in header.source
    if values.get("-p", "IPv6" if six else "IPv4") != ("IPv6" if six else "IPv4"):
        return False
    protocol = values.get("--ip-proto", values.get("--ip6-proto"))
    if "--ip6-proto" in values and header.fragment == "later":
        return False  # its protocol is not where the kernel looks
    if protocol not in {None, {6: "tcp", 17: "udp"}[header.protocol]}:
        return False
    if "--ip-src" in values:
        return header.source == values["--ip-src"]
    return "--ip6-src" not in values or header.source == "fd00::1"


def differs(seed):
    """Compare all packets with the filter of a seed; return whether that was exact."""
    text = chance_chains(seed)
    filters = NicFilters.of(saved(text), *[frozenset({"vnet0"})] * 2)
    found = filters.at("vnet0", MAC, "by chance", "linux:kvm2")
    exact = all(rule.action != "unmodelled" or BETWEEN in rule.conditions for rule in found.rules)
    arp = any(rule.text == "ARP may be stopped" for rule in found.rules)
    for source in SOURCES:
        for protocol, fragment in product((6, 17), ("none", "first", "later")):
            there = "fd00::9" if ":" in source else "10.0.0.9"
            one = packet(source, there, protocol, fragment)
            passed = walked(text, one) != "DROP"
            lower, upper = (passes(found, one, "in", bound) for bound in ("lower", "upper"))
            assert upper or not passed, seed
            assert passed or not lower, seed
            assert upper == passed or not exact, seed
            assert lower == passed or not exact or arp, seed
    return exact


def test_chains_by_chance_are_what_following_single_packets_finds():
    assert sum(map(differs, range(300))) > 60
