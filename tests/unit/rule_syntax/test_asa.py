"""A Cisco ASA: what passes it, what never is proved, and what is refused by name."""

from pathlib import Path

import pytest

from read_back import Agreement, read
from ringfence.foundation.errors import SourceError
from ringfence.model.facts import NotRead
from ringfence.model.packet import Header
from ringfence.model.rules import Device, Route
from ringfence.sources.rule_syntax.asa import SYNTAX
from ringfence.sources.rule_syntax.syntax import Reading

EDGE = (Path(__file__).parents[2] / "support" / "saved" / "asa-edge.cfg").read_text()
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
SURE, NEVER, MAYBE = (True, True), (False, False), (False, True)


def configuration(*lines: str) -> str:
    return "\n".join([HEAD.rstrip(), *lines, ": end", ""])


def reading(*lines: str) -> Reading:
    text = configuration(*lines)
    assert SYNTAX.recognises(text)
    return SYNTAX.read(text, "asa")


def small(folder: Path, *lines: str) -> Agreement:
    return Agreement(read(folder, asa=configuration(*lines)))


def tcp(source: str, destination: str, port: int, flags: int = 2) -> Header:
    return Header(
        source=source,
        destination=destination,
        protocol=6,
        source_port=40000,
        destination_port=port,
        tcp_flags=flags,
    )


def udp(source: str, destination: str, port: int) -> Header:
    return Header(
        source=source,
        destination=destination,
        protocol=17,
        source_port=40000,
        destination_port=port,
    )


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Device:
    return read(tmp_path_factory.mktemp("asa"), asa=EDGE)


def test_every_line_of_a_believable_configuration_is_accounted_for(edge: Device) -> None:
    assert edge.not_understood == ()
    (file,) = edge.files
    assert file.lines == len(EDGE.splitlines())
    assert file.modelled + file.irrelevant + len(file.bounded) == file.lines
    assert [one.line for one in file.bounded] == [104, 109, 124, 126, 128]
    assert edge.reverse_path == ("outside",)
    assert edge.reassembles == (4, 6)


@pytest.mark.parametrize(
    ("source", "destination", "header", "expected"),
    [
        ("inside", "dmz", tcp("10.30.0.9", "10.20.0.10", 22), SURE),
        ("inside", "dmz", tcp("10.30.0.9", "10.20.0.10", 22, flags=16), NEVER),
        # Port 443 of the address that the first web server has outside is its own.
        ("outside", "dmz", tcp("192.0.2.9", "203.0.113.10", 443), SURE),
        ("outside", "dmz", tcp("192.0.2.9", "203.0.113.10", 22), NEVER),
        ("outside", "dmz", tcp("198.51.100.9", "203.0.113.10", 22), NEVER),
        # The interface's port 443 is port 8443 of the second one, which the rules do not permit.
        ("outside", "dmz", tcp("192.0.2.9", "203.0.113.2", 443), NEVER),
        ("outside", "dmz", tcp("2001:db8:1::1", "2001:db8:20::77", 8443), SURE),
        # Its answer would be translated: such a packet is mostly refused.
        ("outside", "dmz", tcp("192.0.2.9", "10.20.0.10", 443), MAYBE),
        ("dmz", "inside", tcp("10.20.0.10", "10.30.0.9", 80), SURE),
        ("dmz", "inside", tcp("10.20.0.10", "10.30.0.9", 22), NEVER),
        ("dmz", "inside", tcp("10.20.0.9", "10.30.0.9", 80), NEVER),
        ("dmz", "inside", udp("10.20.0.70", "10.30.0.53", 53), SURE),
        ("inside", "partner", tcp("10.30.0.9", "10.40.0.25", 8050), SURE),
        ("inside", "partner", tcp("10.30.0.9", "10.40.0.50", 8050), NEVER),
        # Interfaces of one level, which may be kept apart whatever the rules say.
        ("partner", "dmz", tcp("10.40.0.9", "10.20.0.11", 8080), MAYBE),
        ("partner", "inside", tcp("10.40.0.9", "10.30.0.9", 80), NEVER),
        ("management", "inside", tcp("10.99.0.9", "10.30.0.9", 80), NEVER),
        ("inside", "management", tcp("10.30.0.9", "10.99.0.9", 22), NEVER),
    ],
)
def test_what_passes(
    edge: Device, source: str, destination: str, header: Header, expected: tuple[bool, bool]
) -> None:
    delivered = [
        any(place == destination for place, _ in Agreement(edge).delivered(source, header, bound))
        for bound in ("lower", "upper")
    ]
    assert tuple(delivered) == expected


def test_engine_and_interpreter_agree(edge: Device) -> None:
    agreement = Agreement(edge)
    assert agreement.hold(agreement.corners(), translating=True)


def test_engine_and_interpreter_agree_without_translation(tmp_path: Path) -> None:
    lines = [line for line in EDGE.splitlines() if not line.strip().startswith("nat ")]
    agreement = Agreement(read(tmp_path, asa="\n".join(lines)))
    assert agreement.hold(agreement.corners())


def test_levels_decide_where_no_rules_are(tmp_path: Path) -> None:
    found = small(tmp_path)
    assert found.arrives("inside", "dmz", tcp("10.30.0.9", "10.20.0.9", 80)) == SURE
    assert found.arrives("dmz", "inside", tcp("10.20.0.9", "10.30.0.9", 80)) == NEVER


def test_rules_for_all_interfaces_come_after_their_own(tmp_path: Path) -> None:
    found = small(
        tmp_path,
        "access-list OWN extended deny tcp any any eq 22",
        "access-list ALL extended permit tcp any any eq 22",
        "access-list ALL extended permit tcp any any eq 80",
        "access-group OWN in interface dmz",
        "access-group ALL global",
    )
    assert found.arrives("dmz", "inside", tcp("10.20.0.9", "10.30.0.9", 22)) == NEVER
    assert found.arrives("dmz", "inside", tcp("10.20.0.9", "10.30.0.9", 80)) == SURE
    assert found.arrives("dmz", "inside", tcp("10.20.0.9", "10.30.0.9", 443)) == NEVER
    assert found.arrives("inside", "dmz", tcp("10.30.0.9", "10.20.0.9", 443)) == MAYBE


def test_a_group_of_protocols_with_a_group_of_ports(tmp_path: Path) -> None:
    found = small(
        tmp_path,
        "object-group protocol TCPUDP",
        " protocol-object udp",
        " protocol-object tcp",
        "object-group service NAMES tcp-udp",
        " port-object eq domain",
        "access-list DMZ extended permit object-group TCPUDP any any object-group NAMES",
        "access-group DMZ in interface dmz",
    )
    assert found.arrives("dmz", "inside", tcp("10.20.0.9", "10.30.0.9", 53)) == SURE
    assert found.arrives("dmz", "inside", udp("10.20.0.9", "10.30.0.9", 53)) == SURE
    assert found.arrives("dmz", "inside", tcp("10.20.0.9", "10.30.0.9", 80)) == NEVER


def test_rules_for_the_device_itself_are_none_of_the_interface(tmp_path: Path) -> None:
    found = small(
        tmp_path,
        "access-list OPEN extended permit ip any any",
        "access-list SHUT extended deny ip any any",
        "access-group OPEN in interface dmz",
        "access-group SHUT in interface dmz control-plane",
    )
    assert found.arrives("dmz", "inside", tcp("10.20.0.9", "10.30.0.9", 22)) == SURE


def test_an_inspection_may_open_ports_only_between_those_who_may_start_it(tmp_path: Path) -> None:
    found = small(
        tmp_path,
        "access-list DMZ extended permit tcp any host 10.30.0.9 eq 443",
        "access-list OUT extended permit tcp any host 10.20.0.9 eq ftp",
        "access-group DMZ in interface dmz",
        "access-group OUT in interface outside",
        "policy-map global_policy",
        " class inspection_default",
        "  inspect ftp",
        "service-policy global_policy global",
    )
    assert found.arrives("outside", "dmz", tcp("192.0.2.1", "10.20.0.50", 5000)) == MAYBE
    assert found.arrives("outside", "inside", tcp("192.0.2.1", "10.30.0.50", 5000)) == MAYBE
    # Nobody in the DMZ may start FTP to the inside, but those inside may to the DMZ.
    assert found.arrives("dmz", "inside", tcp("10.20.0.9", "10.30.0.50", 5000)) == MAYBE
    assert (
        found.arrives(
            "dmz", "inside", Header(source="10.20.0.9", destination="10.30.0.50", protocol=47)
        )
        == NEVER
    )


def test_an_inspection_that_is_not_known_may_open_anything(tmp_path: Path) -> None:
    found = small(tmp_path, "policy-map p", " class c", "  inspect ipsec-pass-thru")
    esp = Header(source="10.20.0.9", destination="10.30.0.50", protocol=50)
    assert found.arrives("dmz", "inside", esp) == MAYBE


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        # What is in no known form may match anything.
        ("permit frobnicate host 10.20.0.1 host 10.30.0.1", MAYBE),
        ("permit tcp beside 10.20.0.1 any", MAYBE),
        ("permit tcp any object-group NOWHERE", MAYBE),
        ("permit tcp any object NOWHERE eq 80", MAYBE),
        ("permit tcp user LOCAL\\bob any any", MAYBE),
        ("permit tcp any any eq frobnicate", MAYBE),
        ("permit tcp any any somehow", MAYBE),
        ("deny tcp any any", NEVER),
        ("permit tcp any any inactive", NEVER),
        ("permit udp any any", NEVER),
        ("permit tcp any any eq www", SURE),
        ("permit tcp 10.20.0.0 255.255.255.0 any log notifications interval 300", SURE),
    ],
)
def test_an_entry(tmp_path: Path, entry: str, expected: tuple[bool, bool]) -> None:
    found = small(
        tmp_path, f"access-list DMZ extended {entry}", "access-group DMZ in interface dmz"
    )
    assert found.arrives("dmz", "inside", tcp("10.20.0.9", "10.30.0.9", 80)) == expected


@pytest.mark.parametrize(
    "line",
    [
        "crypto map TUNNELS interface outside",
        "router ospf 1",
        "frobnicate everything",
        "firewall transparent",
        "established tcp 135 permitto tcp 1024-65535",
        "access-group NOWHERE in interface dmz",
        "nat (dmz,outside) source static SOME OTHER destination static A B",
        "route outside 10.0.0.0 255.0.0.0 203.0.113.1 1 track 1",
        "ipv6 access-list OLD permit ip any any",
    ],
)
def test_what_may_let_more_through_is_told_with_its_line(line: str) -> None:
    found = reading(line)
    assert [(note.line, note.text) for note in found.not_understood] == [(13, line)]
    assert found.file is not None
    assert len(found.file.not_understood) == 1


def test_lists_of_single_users_may_let_more_through() -> None:
    found = reading(
        "access-list DMZ extended deny ip any any",
        "access-group DMZ in interface dmz per-user-override",
    )
    assert [note.line for note in found.not_understood] == [14]


def test_versions_whose_rules_name_other_addresses_are_not_understood() -> None:
    found = SYNTAX.read(configuration().replace("9.12(4)", "8.2(5)"), "asa")
    assert [note.text for note in found.not_understood] == ["ASA Version"]


def test_a_translation_that_leads_elsewhere_than_the_routes() -> None:
    found = reading(
        "object network SERVER",
        " host 10.77.0.1",
        " nat (dmz,outside) static 203.0.113.9",
        "route inside 10.77.0.0 255.255.0.0 10.30.0.254",
    )
    (note,) = found.not_understood
    assert "where the routes do not lead" in note.why


@pytest.mark.parametrize(
    ("kind", "inspected", "told"),
    [
        ("echo-reply", False, True),
        ("", False, True),
        ("echo", False, False),
        # Errors about no conversation are refused, and with inspection replies too.
        ("unreachable", False, False),
        ("echo-reply", True, False),
    ],
)
def test_replies_that_nobody_asked_for_are_translated_too(
    kind: str, inspected: bool, told: bool
) -> None:
    found = reading(
        "object network SERVER",
        " host 10.20.0.9",
        " nat (dmz,outside) static 203.0.113.9",
        f"access-list OUT extended permit icmp any any {kind}",
        "access-group OUT in interface outside",
        *(["policy-map p", " class c", "  inspect icmp"] if inspected else []),
    )
    assert [note.line for note in found.not_understood] == ([15] if told else [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (configuration()[:-7], "may be cut off"),
        (configuration("object-group network A", " group-object B", "object-group network B",
                       " group-object A", "access-list X extended permit ip object-group A any",
                       "access-group X in interface dmz"),
         "line 13: the object-group A holds itself: A → B → A"),
        ("ASA Version 9.1(1)\nhostname x\n: end\n", "found no interface"),
        (configuration().replace("255.255.255.0", "255.0.255.0", 1), "line 5"),
        (configuration().replace("level 50", "level high"), "line 11"),
        (configuration("interface Gi0/9", " nameif dmz"), "a second interface is named dmz"),
    ],
)  # fmt: skip
def test_damage_is_named(text: str, told: str) -> None:
    with pytest.raises(SourceError) as refused:
        SYNTAX.read(text, "asa")
    assert told in str(refused.value)


def test_ten_thousand_unknown_lines_are_each_named() -> None:
    found = reading(*(f"frobnicate {number}" for number in range(10_000)))
    assert len({note.line for note in found.not_understood}) == 10_000


def test_routes_that_discard_and_addresses_by_dhcp() -> None:
    found = reading("route Null0 10.0.0.0 255.0.0.0 254", "interface Gi0/9", " nameif wan",
                    " ip address dhcp setroute")  # fmt: skip
    assert Route(destination="10.0.0.0/8", interface=None, metric=254) in found.routes
    (wan,) = [one for one in found.interfaces or () if one.name == "wan"]
    assert isinstance(wan.addresses, NotRead)
    assert [note.text for note in found.not_understood] == ["interface wan"]
