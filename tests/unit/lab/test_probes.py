"""What is sent covers every pair of zones, and the edges of every rule."""

from itertools import product

import pytest

from ringfence.lab.addressing import ZONES
from ringfence.lab.configurations import CONFIGURATIONS, layout
from ringfence.lab.probe import Probe
from ringfence.lab.probe_headers import PORTS
from ringfence.lab.probes import ProbePlan
from ringfence.model.packet import TCP, UDP


def probes_of(configuration: str) -> tuple[Probe, ...]:
    whole = layout(configuration)
    return ProbePlan(whole, whole.node("firewall").ruleset).probes()


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_every_pair_of_zones_protocol_and_port(configuration: str) -> None:
    tried = {
        (one.source.rpartition("-")[0], one.destination.rpartition("-")[0]): set()
        for one in probes_of(configuration)
    }
    for one in probes_of(configuration):
        pair = (one.source.rpartition("-")[0], one.destination.rpartition("-")[0])
        family = 6 if ":" in one.header.source else 4
        tried[pair].add((family, one.header.protocol, one.header.destination_port))
    for pair in product(ZONES, ZONES):
        assert set(product((4, 6), (TCP, UDP), PORTS)) <= tried[pair]


def test_numbers_are_given_once_and_no_packet_answers_another() -> None:
    every = probes_of("full-collapse")
    assert [one.number for one in every] == list(range(1, len(every) + 1))
    probes = [one for one in every if one.kind != "planted"]
    sent = {
        (one.header.source_port, one.header.protocol)
        for one in probes
        if one.header.source_port is not None
    }
    answered = {(one.header.destination_port, one.header.protocol) for one in probes}
    assert sent.isdisjoint(answered)


def test_what_rules_name_is_tried_with_what_stands_beside_it() -> None:
    whole = layout("virtual-separation")
    rules = "tcp dport { 100-110, 7 } ip saddr 10.9.8.0/24 accept\nudp sport != 5 drop"
    probes = ProbePlan(whole, rules).probes()
    ports = {one.header.destination_port for one in probes if one.kind == "edge"}
    assert ports | {111} == {99, 100, 101, 109, 110, 111, 6, 7, 8, 4, 5}
    spoofed = {one.header.source for one in probes if one.kind == "spoofed"}
    assert spoofed == {"10.9.7.255", "10.9.8.0", "10.9.8.255", "10.9.9.0"}


def test_what_is_planted_is_what_the_packet_behind_it_answers() -> None:
    planted = [one for one in probes_of("full-collapse") if one.kind == "planted"]
    by = {one.planted.source == one.source for one in planted if one.planted is not None}
    assert by == {True, False}
    for one in planted:
        assert one.planted is not None
        asked, answer = one.planted.header, one.header
        assert (asked.source, asked.destination) == (answer.destination, answer.source)
        assert asked.source_port == answer.destination_port
        assert asked.destination_port == answer.source_port
        if answer.protocol == TCP:
            assert (asked.tcp_flags, answer.tcp_flags) == (2, 18)


def test_one_machine_of_each_zone_poisons_while_others_are_honest() -> None:
    poisoned = [one for one in probes_of("virtual-separation") if one.kind == "poisoned"]
    assert {one.poisoner.rpartition("-")[0] for one in poisoned} == set(ZONES)
    assert all(one.poisoner not in {one.source, one.destination} for one in poisoned)
    assert not any(one.next_hop for one in poisoned)


def test_what_is_translated_is_sent_to_the_address_before() -> None:
    whole = layout("virtual-separation")
    rules = "ip daddr 192.0.2.7 tcp dport 80 dnat to 10.30.0.11:8080 ip6 daddr fd00::7 accept"
    rules += "\nip6 daddr fd00:40::1 dnat to [fd00:10::12]:80\nip daddr 10.0.0.9 dnat to 10.9.9.9"
    sent = [one for one in ProbePlan(whole, rules).probes() if one.kind == "translated"]
    ends = {(one.header.destination, one.destination) for one in sent}
    assert ends == {("192.0.2.7", "cardholder-1"), ("fd00:40::1", "dmz-2")}


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_what_is_physical_and_what_is_virtual(configuration: str) -> None:
    whole = layout(configuration)
    assert {node.zone for node in whole.of_kind("machine")} == set(ZONES)
    firewall = whole.node("firewall")
    assert bool(firewall.host) == (configuration == "full-collapse")
    for node in whole.of_kind("machine"):
        end = whole.opposite(node.name, "eth0")
        assert end is not None
        assert end.node == node.host
    zones_of = {host.name: set() for host in whole.of_kind("host")}
    for node in whole.of_kind("machine"):
        zones_of[node.host].add(node.zone)
    if configuration == "physical-separation":
        assert all(len(zones) == 1 for zones in zones_of.values())
