"""Bridges that filter VLANs, and bonds, in Debian's kernel: the proof held against packets."""

import pytest

from booted_kernel import HOSTS, POLICY, booted_kernel
from linux_proof import subject_of
from packets_compared import contradictions
from ringfence.foundation.progress import SilentProgress
from ringfence.operations.prove import make_proof

WEB, DATABASE = ("web1", "web2"), ("database1", "database2")


@pytest.fixture
def booted(tmp_path_factory):
    with booted_kernel(tmp_path_factory.mktemp("k")) as booted:
        yield booted


def both(one, other):
    return {(one, other), (other, one)}


def test_vlans_over_a_bond_part_who_they_are_said_to_part(booted, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    first, second = map(booted.bundle, HOSTS)

    def look(*bundles):
        """Return the verdicts, and who was answered by whom; nothing contradicts the proof."""
        subject = subject_of(bundles, policy)
        sent = booted.sent()
        assert contradictions(subject, sent) == []
        pairs = make_proof(subject, SilentProgress()).pairs
        return {one.verdict for one in pairs}, {
            (one.source, one.destination) for one in sent if one.arrived
        }

    assert look(first, second) == ({"PROVED"}, both(*WEB) | both(*DATABASE))

    # One cable of the bond less; one machine in the VLAN of the others.
    booted.batch("ip -n hva", ["link set left down"])
    port = "dev p-database2 vid"
    booted.batch("bridge -n hvb", [f"vlan del {port} 20", f"vlan add {port} 10 pvid untagged"])
    verdicts, arrived = look(first, booted.bundle("hvb"))
    assert verdicts == {"VIOLATED"}
    assert arrived == both(*WEB) | both("web1", "database2") | both("web2", "database2")

    # A native VLAN on one side only, which is not exact: nothing is proved, and all arrives that
    # is said to arrive for certain.
    booted.batch("bridge -n hvb", [f"vlan del {port} 10", f"vlan add {port} 20 pvid untagged"])
    booted.batch("bridge -n hvb", ["vlan add dev bond0 vid 20 pvid untagged"])
    verdicts, arrived = look(first, booted.bundle("hvb"))
    assert verdicts == {"UNKNOWN"}
    assert arrived == both(*WEB)
