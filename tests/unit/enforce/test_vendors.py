"""Rules for firewalls of other vendors: what they say, what is refused, and the proof of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from gateway_world import gateway_policy, world
from ringfence.foundation.errors import EnforceError, SourceError, UsageError
from ringfence.foundation.progress import SilentProgress
from ringfence.model.facts import NotRead
from ringfence.operations.gateway import with_device, write
from ringfence.operations.generate import Generated, generate, proved, targets
from ringfence.operations.subject import Subject
from ringfence.policy.document import Policy
from ringfence.reach.results import Proof

ZONES = ("outside", "dmz", "management")
FLOWS: list[dict[str, Any]] = [
    {"from": "outside", "to": "dmz", "services": ["tcp/443", "udp/5000-5010"]},
    {"from": "management", "to": "dmz", "services": ["tcp/22", "icmp/8"]},
    {"from": "dmz", "to": "outside", "services": "tcp/25", "source": ["10.1.0.7/32"]},
]
RUNNING = """\
ASA Version 9.12(4)
hostname fw
interface GigabitEthernet0/0
 nameif to-outside
 security-level 0
 ip address 192.0.2.1 255.255.255.0
interface GigabitEthernet0/1
 nameif to-dmz
 security-level 50
 ip address 10.1.0.1 255.255.255.0
interface GigabitEthernet0/2
 nameif to-management
 security-level 100
 ip address 10.3.0.1 255.255.255.0
access-list wide extended permit ip any any
access-group wide in interface to-outside
access-group wide in interface to-dmz
route to-outside 0.0.0.0 0.0.0.0 192.0.2.254 1
: end
"""


def subject(flows: list[dict[str, Any]] = FLOWS) -> Subject:
    return world(gateway_policy(flows, *ZONES))


def into(folder: Path, running: str = RUNNING) -> Path:
    path = folder / "running-config.txt"
    path.write_text(running)
    return path


def proof_of(given: Subject, made: Generated) -> Proof:
    proof = proved(given, made, SilentProgress()).proof
    assert proof is not None
    return proof


def test_every_target_is_found() -> None:
    assert [one.name for one in targets()] == ["cisco-asa", "juniper-srx", "nsx", "palo-alto"]


@pytest.mark.parametrize("target", ["cisco-asa", "juniper-srx", "nsx", "palo-alto"])
def test_same_policy_gives_same_text(target: str) -> None:
    made = generate(subject(), target)
    assert made.text == generate(subject(), target).text
    assert "443" in made.text or "https" in made.text
    assert "10.1.0.7" in made.text
    assert "$" not in made.text.replace("$Id:$", "").replace("$Date:$", "").replace(
        "$Revision:$", ""
    )


def test_rules_of_an_asa_are_proved_in_its_configuration(tmp_path: Path) -> None:
    given = subject()
    made = generate(given, "cisco-asa", into=into(tmp_path))
    assert "access-group wide" not in made.text
    assert made.text.rstrip().endswith(": end")
    proof = proof_of(given, made)
    verdicts = {(pair.source, pair.destination): pair.verdict for pair in proof.pairs}
    # What an ASA answers itself is not read, and its own services are places of management.
    unknown = {pair for pair, verdict in verdicts.items() if verdict != "PROVED"}
    assert unknown == {("outside", "management"), ("dmz", "management")}
    assert "VIOLATED" not in verdicts.values()
    working = {(pair.source, pair.destination): pair.working for pair in proof.pairs}
    assert working["outside", "dmz"] == ("tcp/443", "udp/5000-5010")
    assert working["dmz", "outside"] == ("tcp/25",)
    assert working["outside", "management"] == ()


def test_what_an_asa_is_told_wrongly_is_seen_by_the_proof(tmp_path: Path) -> None:
    given = subject()
    made = generate(given, "cisco-asa", into=into(tmp_path))
    wider = made.text.replace("range 5000 5010", "range 1 5010")
    assert wider != made.text
    proof = proof_of(given, Generated(made.device, made.target, wider, (), whole=True))
    assert {(one.source, one.destination) for one in proof.pairs if one.verdict == "VIOLATED"} == {
        ("outside", "dmz")
    }


def test_put_in_force_again_the_configuration_stays_as_it_is(tmp_path: Path) -> None:
    once = generate(subject(), "cisco-asa", into=into(tmp_path))
    again = generate(subject(), "cisco-asa", into=into(tmp_path, once.text))
    assert again.text == once.text


@pytest.mark.parametrize(
    "line",
    [
        "access-group wide in interface to-outside control-plane",
        "access-group wide out interface to-dmz",
        "access-group wide global",
        "access-list ",
        "banner motd one line\x0cand\u2028not another",
    ],
)
def test_every_other_line_of_the_configuration_stays(tmp_path: Path, line: str) -> None:
    running = RUNNING.replace("route to-outside", f"{line}\nroute to-outside")
    made = generate(subject(), "cisco-asa", into=into(tmp_path, running))
    assert line in made.text.split("\n")
    gone = {*running.split("\n")} - {*made.text.split("\n")}
    assert gone == {f"access-group wide in interface to-{one}" for one in ("outside", "dmz")}


def test_a_configuration_that_ends_with_its_checksum_is_proved(tmp_path: Path) -> None:
    running = RUNNING.replace(": end", "Cryptochecksum:0123456789abcdef").replace("\n", "\r\n")
    given = subject()
    made = generate(given, "cisco-asa", into=into(tmp_path, running))
    assert made.text.endswith("\nCryptochecksum:0123456789abcdef\n")
    whole = generate(given, "cisco-asa", into=into(tmp_path))
    assert proof_of(given, made).pairs == proof_of(given, whole).pairs


def test_no_ipv6_is_written_for_an_asa_and_it_is_said() -> None:
    made = generate(subject(), "cisco-asa")
    assert made.left_out == ("flow 1 over IPv6", "flow 2 over IPv6")
    assert ":" not in made.text.replace("clear configure", "")
    assert [*made.lines()] == [
        "For Cisco ASA is not written, and stays refused: flow 1 over IPv6 and flow 2 over IPv6.",
        "Not proved: give the configuration that it goes into with --into.",
    ]


def test_nsx_refuses_between_the_zones_and_nothing_else() -> None:
    made = generate(subject([*FLOWS, {**FLOWS[1], "services": "icmpv6/128"}]), "nsx")
    assert made.left_out == ("icmpv6/128 of flow 4",)
    rules = json.loads(made.text)["rules"]
    refusals = [one for one in rules if one["action"] != "ALLOW"]
    assert len(refusals) == 6
    assert all(one["source_groups"] != ["ANY"] and one["logged"] for one in refusals)
    assert rules[-6:] == refusals


def test_palo_alto_refuses_both_families_between_each_two_zones() -> None:
    rules = ElementTree.fromstring(generate(subject(), "palo-alto").text).iter("rules")
    names = [
        (entry.get("name"), entry.findtext("action"), entry.findtext("source/member"))
        for entry in next(rules)
    ]
    assert [one for one in names if one[1] == "deny"] == [("refuse-all", "deny", "any")] * 6


@pytest.mark.parametrize(
    ("flows", "said"),
    [
        ([{**FLOWS[0], "services": "icmp/3/4"}], "begins no conversation"),
        ([{**FLOWS[0], "services": "icmp/8/0"}], "codes of ICMP"),
        ([{**FLOWS[0], "services": "253"}], "no name for its protocol"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(flows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(EnforceError, match=said):
        generate(subject(flows), "juniper-srx")


def test_zones_that_no_such_firewall_can_name_are_refused() -> None:
    zones = ("outside", "inner ring")
    flows = [{"from": "outside", "to": "inner ring", "services": "tcp/443"}]
    with pytest.raises(EnforceError, match="'inner ring' has a name"):
        generate(world(gateway_policy(flows, *zones)), "palo-alto")


def named(interface: str) -> Subject:
    """The gateway with another name for its interface in the dmz."""
    policy = gateway_policy(FLOWS, *ZONES)
    inside = {interface if one == "to-dmz" else one: a for one, a in interfaces_of(policy)}
    device = policy.devices["fw"].model_copy(update={"interfaces": inside})
    given = world(policy.model_copy(update={"devices": {"fw": device}}))
    old = given.inventory.devices["fw"]
    assert not isinstance(old.interfaces, NotRead)
    assert not isinstance(old.routes, NotRead)
    replace = msgspec.structs.replace
    changed = replace(
        old,
        interfaces=tuple(
            replace(one, name=interface) if one.name == "to-dmz" else one for one in old.interfaces
        ),
        routes=tuple(
            replace(one, interface=interface) if one.interface == "to-dmz" else one
            for one in old.routes
        ),
    )
    return with_device(given, changed)


def interfaces_of(policy: Policy) -> list[tuple[str, Any]]:
    return [*policy.devices["fw"].interfaces.items()]


def test_interfaces_have_the_names_that_such_a_firewall_gives_them() -> None:
    assert "443" in generate(named("ge-0/0/1.0"), "juniper-srx").text
    long = generate(named("to-the-demilitarized-zone"), "cisco-asa").text
    assert "access-group ringfence-to-the-demilitarized-zone in interface to-the" in long
    with pytest.raises(EnforceError, match="no access list can hold"):
        generate(named("dmz in interface to-outside"), "cisco-asa")


def test_what_is_asked_wrongly_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean 'cisco-asa'"):
        generate(subject(), "cisco")
    with pytest.raises(UsageError, match="is not read"):
        generate(subject(), "nsx", into=into(tmp_path))
    with pytest.raises(SourceError, match="cannot be read"):
        generate(subject(), "cisco-asa", into=tmp_path / "none")
    with pytest.raises(EnforceError, match="cannot be written"):
        write(generate(subject(), "nsx").text, tmp_path)
    with pytest.raises(SourceError, match="begins with 'nothing of an ASA'"):
        generate(subject(), "cisco-asa", into=into(tmp_path, "nothing of an ASA\n"))
