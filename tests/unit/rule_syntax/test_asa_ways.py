"""Ways through a Cisco ASA that are open for a while, or lead elsewhere than its routes say."""

from pathlib import Path

import pytest

from read_back import Agreement, read
from ringfence.model.packet import Header
from ringfence.sources.rule_syntax.asa import SYNTAX
from ringfence.sources.rule_syntax.syntax import Reading

HEAD = """\
ASA Version 9.12(4)
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 203.0.113.2 255.255.255.0
interface GigabitEthernet0/1
 nameif inside
 ip address 10.30.0.1 255.255.255.0
interface GigabitEthernet0/2
 nameif dmz
 security-level 50
 ip address 10.20.0.1 255.255.255.0
"""
MANAGEMENT = """\
interface Management0/0
 management-only
 nameif management
 ip address 10.99.0.1 255.255.255.0
"""
INSIDE = "object network INSIDE", " subnet 10.30.0.0 255.255.255.0"
POOL = "object network POOL", " range 203.0.113.50 203.0.113.60"
PERMIT = (
    "access-list OUT extended permit tcp any object INSIDE eq 22",
    "access-group OUT in interface outside",
)
INSPECTED = "policy-map p", " class c", "  inspect icmp"
NEVER, MAYBE = (False, False), (False, True)


def configuration(*lines: str) -> str:
    return "\n".join([HEAD.rstrip(), *lines, ": end", ""])


def reading(*lines: str) -> Reading:
    return SYNTAX.read(configuration(*lines), "asa")


def tcp(source: str, destination: str, port: int) -> Header:
    return Header(
        source=source,
        destination=destination,
        protocol=6,
        source_port=40000,
        destination_port=port,
        tcp_flags=2,
    )


def arriving(found: Agreement, destination: str, port: int) -> set[tuple[str, str, int | None]]:
    """What may become of packets from outside: where they arrive, and as what."""
    sent = tcp("192.0.2.9", destination, port)
    return {
        (place, header.destination, header.destination_port)
        for place, header in found.delivered("outside", sent, "upper")
    }


@pytest.mark.parametrize(
    ("rules", "destination"),
    [
        ((*POOL, *INSIDE, " nat (inside,outside) dynamic POOL"), "203.0.113.55"),
        ((*INSIDE, " nat (inside,outside) dynamic 203.0.113.9"), "203.0.113.9"),
        ((*INSIDE, " nat (inside,outside) dynamic interface"), "203.0.113.2"),
        ((*INSIDE, " nat (any,any) dynamic interface", *INSPECTED), "203.0.113.2"),
        ((*POOL, *INSIDE, "nat (inside,outside) source dynamic INSIDE POOL"), "203.0.113.55"),
    ],
)
def test_peers_may_come_in_while_a_dynamic_translation_lasts(
    tmp_path: Path, rules: tuple[str, ...], destination: str
) -> None:
    found = Agreement(read(tmp_path, asa=configuration(*rules, *PERMIT)))
    assert ("inside", "10.30.0.0", 22) in arriving(found, destination, 22)
    assert not arriving(found, "203.0.113.99", 22)
    assert not found.delivered("outside", tcp("192.0.2.9", destination, 22), "lower")
    assert found.hold(found.corners(), translating=True)


def test_no_peer_comes_in_where_the_rules_forbid_it(tmp_path: Path) -> None:
    rules = (*POOL, *INSIDE, " nat (inside,outside) dynamic POOL")
    deny = "access-list OUT extended deny tcp any object INSIDE eq 22"
    permit = "access-list OUT extended permit tcp any any eq 80", PERMIT[-1]
    found = Agreement(read(tmp_path, asa=configuration(*rules, deny, *permit)))
    assert not arriving(found, "203.0.113.55", 22)


def test_only_the_peers_of_a_rule_may_come_in(tmp_path: Path) -> None:
    found = Agreement(
        read(
            tmp_path,
            asa=configuration(
                *POOL, *INSIDE, "object network PEER", " host 192.0.2.77",
                "nat (inside,outside) source dynamic INSIDE POOL destination static PEER PEER",
                "route outside 0.0.0.0 0.0.0.0 203.0.113.1",
                *PERMIT,
            ),
        )
    )  # fmt: skip
    assert not arriving(found, "203.0.113.55", 22)
    assert found.delivered("outside", tcp("192.0.2.77", "203.0.113.55", 22), "upper")


@pytest.mark.parametrize("kind", ["static", "dynamic"])
def test_peers_to_which_the_routes_do_not_lead(kind: str) -> None:
    found = reading(
        *POOL, *INSIDE, "object network PEER", " host 10.20.0.77",
        f"nat (inside,outside) source {kind} INSIDE INSIDE destination static PEER PEER",
    )  # fmt: skip
    (note,) = found.not_understood
    assert "sends 10.20.0.77 to outside, where the routes do not lead" in note.why


@pytest.mark.parametrize("words", ["route-lookup", ""])
def test_peers_behind_the_interface_of_the_rule(words: str) -> None:
    peer = "192.0.2.7" if not words else "10.20.0.7"
    found = reading(
        *INSIDE, "object network PEER", f" host {peer}",
        "route outside 0.0.0.0 0.0.0.0 203.0.113.1",
        f"nat (inside,outside) source static INSIDE INSIDE destination static PEER PEER {words}",
    )  # fmt: skip
    assert found.not_understood == ()


def test_a_description_switches_no_rule_off() -> None:
    found = reading(
        *INSIDE,
        "nat (inside,dmz) source dynamic INSIDE interface description inactive after-auto",
    )
    assert any(chain.rules for chain in found.chains if chain.translates)
    assert found.not_understood == ()


@pytest.mark.parametrize(
    ("version", "interfaces"),
    [("9.12(4)", {"outside"}), ("9.5(1)", {"outside"}), ("9.4(4)", {"outside", "management"})],
)
def test_routes_of_management_compete_with_none(version: str, interfaces: set[str]) -> None:
    lines = (
        *MANAGEMENT.splitlines(),
        "route management 10.50.0.0 255.255.0.0 10.99.0.254",
        "route outside 0.0.0.0 0.0.0.0 203.0.113.1",
    )
    text = configuration(*lines).replace("9.12(4)", version)
    found = SYNTAX.read(text, "asa")
    passing = {route.interface for route in found.routes} - {"inside", "dmz"}
    assert passing == interfaces
    assert found.not_understood == ()


def test_what_management_is_near_to_goes_another_way(tmp_path: Path) -> None:
    lines = (*MANAGEMENT.splitlines(), "route outside 0.0.0.0 0.0.0.0 203.0.113.1")
    found = Agreement(read(tmp_path, asa=configuration(*lines)))
    assert found.arrives("dmz", "outside", tcp("10.20.0.9", "10.99.0.7", 80)) == (True, True)
    assert found.arrives("dmz", "management", tcp("10.20.0.9", "10.99.0.7", 80)) == NEVER


@pytest.mark.parametrize(
    ("matches", "expected"),
    [
        ((" match default-inspection-traffic",), NEVER),
        ((" match any",), MAYBE),
        ((" match default-inspection-traffic", " match port tcp eq 8021"), MAYBE),
    ],
)
def test_an_inspection_is_of_the_usual_ports_only_where_its_class_says_so(
    tmp_path: Path, matches: tuple[str, ...], expected: tuple[bool, bool]
) -> None:
    found = Agreement(
        read(
            tmp_path,
            asa=configuration(
                "access-list DMZ extended permit tcp any any eq 8021",
                "access-group DMZ in interface dmz",
                "access-list IN extended deny ip any any",
                "access-group IN in interface inside",
                "class-map inspection_default", *matches,
                "policy-map p", " class inspection_default", "  inspect ftp",
            ),
        )
    )  # fmt: skip
    assert found.arrives("dmz", "inside", tcp("10.20.0.9", "10.30.0.50", 5000)) == expected
