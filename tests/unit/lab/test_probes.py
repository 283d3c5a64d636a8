"""What is sent covers every pair of zones, and the edges of every rule."""

from itertools import product

import pytest

from ringfence.lab.addressing import ZONES
from ringfence.lab.configurations import CONFIGURATIONS, layout
from ringfence.lab.probes import PORTS, Probe, ProbePlan
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
    probes = probes_of("full-collapse")
    assert [one.number for one in probes] == list(range(1, len(probes) + 1))
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
