"""Guests of libvirt on two hosts: the proof, what they really reach, and what a move changes."""

import pytest

from linux_proof import subject_of
from packets_compared import contradictions
from ringfence.foundation.progress import SilentProgress
from ringfence.operations.mobile import prove_every_placement
from ringfence.operations.prove import make_proof
from two_hosts import POLICY, two_hosts

HTTP, SQL = ("clients1", "web1", 80), ("web1", "database1", 5432)
BESIDE = ("web1", "database1", None)
"""An echo request of the web server with an address of the database's network."""


@pytest.fixture
def hosts(tmp_path_factory):
    # A path of a socket has at most 107 characters.
    with two_hosts(tmp_path_factory.mktemp("g")) as hosts:
        yield hosts


def test_guests_reach_what_the_proof_says_also_after_they_have_moved(hosts, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)

    def read():
        return subject_of(hosts.bundles(), policy)

    def arrives(subject):
        """Send packets, hold what is proved against them; return which arrived."""
        sent = hosts.sent()
        assert contradictions(subject, sent) == []
        return {
            (one.source, one.destination, one.header.destination_port)
            for one in sent
            if one.arrived
        }

    def violated(subject):
        pairs = make_proof(subject, SilentProgress()).pairs
        assert all(pair.verdict != "UNKNOWN" for pair in pairs)
        return {(pair.source, pair.destination) for pair in pairs if pair.verdict == "VIOLATED"}

    # As it should be. That the second host has another network under the same name shows in
    # nothing but the proof of every placement.
    subject = read()
    assert violated(subject) == set()
    assert arrives(subject) == {HTTP, SQL}
    second = hosts.second.name
    elsewhere = prove_every_placement(subject, SilentProgress())
    assert elsewhere.machines == 2
    leaks = [pair for pair in elsewhere.pairs if pair.verdict != "PROVED"]
    assert {(one.source, one.destination): (one.verdict, one.moves) for one in leaks} == {
        ("web", "database"): ("VIOLATED", (("web1", second),)),
        ("database", "web"): ("VIOLATED", (("web1", second),)),
    }
    assert "prod/web (VLAN 20) and br0-20 (VLAN 20) are one network" in leaks[0].sentence
    assert [one.sentence for one in elsewhere.cut_off] == [
        f"If web1 starts on {second}, then clients cannot reach it on http, and can now."
    ]

    # Another VLAN while the guest runs: what is read again says what the packets then do.
    hosts.tag(10)
    subject = read()
    beside = {("web", "database"), ("database", "web")}
    assert violated(subject) == {*beside, ("clients", "database")}
    assert arrives(subject) == {HTTP, BESIDE}
    hosts.tag(20)
    subject = read()
    assert violated(subject) == set()
    assert arrives(subject) == {HTTP, SQL}

    # The move: the leak and the loss that were foretold.
    hosts.migrate()
    subject = read()
    assert violated(subject) == beside
    assert arrives(subject) == {BESIDE}
