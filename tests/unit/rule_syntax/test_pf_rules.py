"""Rules of pfSense and OPNsense: where each of them reads an entry in a way of its own."""

from pathlib import Path

import pytest

from pf_entries import MAYBE, NEVER, SURE, floating, rule, small, tcp, udp
from ringfence.model.packet import Header

INTO_LAN = tcp("10.20.0.9", "10.30.0.9", 80)
SIX_INTO_LAN = tcp("2001:db8:20::9", "2001:db8:30::9", 80)
FOUR = "<aliases><alias><name>four</name><type>network</type>{}</alias></aliases>"
FOUR_OF = {
    False: FOUR.format("<address>10.40.0.0/16</address>"),
    True: "<OPNsense><Firewall><Alias>{}</Alias></Firewall></OPNsense>".format(
        FOUR.format("<content>10.40.0.0/16</content>")
    ),
}
"""An alias of IPv4 alone, as each of the two writes it."""
NOT_FOUR = "<not/><address>four</address>"
NOT_LAN = "<not/><network>lan</network>"
ELSEWHERE = (
    "<virtualip><vip><mode>ipalias</mode><interface>lan</interface>"
    "<subnet>10.31.0.1</subnet><subnet_bits>24</subnet_bits></vip></virtualip>"
)
TO_ELSEWHERE = (
    "<gateways><gateway_item><name>CORE</name><interface>lan</interface>"
    "<gateway>10.30.0.254</gateway></gateway_item></gateways>"
    "<staticroutes><route><network>10.31.0.0/24</network><gateway>CORE</gateway></route>"
    "</staticroutes>"
)
GROUPS = (
    "<ifgroups><ifgroupentry><ifname>first</ifname><members>opt1</members>"
    "<sequence>{}</sequence></ifgroupentry>"
    "<ifgroupentry><ifname>second</ifname><members>opt1</members>"
    "<sequence>{}</sequence></ifgroupentry></ifgroups>"
)


@pytest.mark.parametrize("opnsense", [False, True])
@pytest.mark.parametrize(
    ("family", "expected"),
    [("inet46", (SURE, SURE)), ("inet6", (NEVER, SURE)), ("inet", (SURE, NEVER))],
)
def test_the_opposite_of_one_family_is_all_of_the_other(
    tmp_path: Path, family: str, expected: tuple[tuple[bool, bool], ...], *, opnsense: bool
) -> None:
    rules = rule(ipprotocol=family, destination=NOT_FOUR)
    found = small(tmp_path, rules, FOUR_OF[opnsense], opnsense=opnsense, six=True)
    packets = INTO_LAN, SIX_INTO_LAN
    assert tuple(found.arrives("opt1", "lan", one) for one in packets) == expected
    if family == "inet46" and opnsense:
        assert found.hold((*found.corners(), *packets))


def test_the_opposite_of_both_families_is_of_each_its_own(tmp_path: Path) -> None:
    rules = rule(ipprotocol="inet46", source=NOT_LAN)
    found = small(tmp_path, rules, opnsense=True, six=True)
    assert found.arrives("opt1", "lan", INTO_LAN) == SURE
    assert found.arrives("opt1", "lan", SIX_INTO_LAN) == SURE
    for source, destination in (("10.30.0.77", "10.30.0.9"), ("2001:db8:30::7", "2001:db8:30::9")):
        assert found.arrives("opt1", "lan", tcp(source, destination, 80)) == NEVER


@pytest.mark.parametrize(("opnsense", "expected"), [(False, MAYBE), (True, NEVER)])
def test_the_opposite_of_several_networks(
    tmp_path: Path, expected: tuple[bool, bool], *, opnsense: bool
) -> None:
    # One of the two lets out what is in none of them, the other what is not in each.
    rules = rule(destination=NOT_LAN)
    found = small(tmp_path, rules, ELSEWHERE, opnsense=opnsense)
    assert found.arrives("opt1", "lan", INTO_LAN) == expected


@pytest.mark.parametrize(
    ("rules", "pfsense", "opnsense"),
    [
        # Ports are looked at only of TCP and UDP.
        (rule(destination="<any/><port>22</port>"), MAYBE, MAYBE),
        (rule("block", destination="<any/><port>80</port>") + rule(), MAYBE, MAYBE),
        (rule(protocol="tcp/udp", destination="<any/><port>22</port>"), NEVER, NEVER),
        (rule(destination="<any/><not/>"), SURE, SURE),
        (rule("block", quick="0") + rule(), NEVER, SURE),
        (rule("block", quick="") + rule(), NEVER, SURE),
        (rule("block", floating="yes", quick="", direction="in") + rule(), NEVER, SURE),
        (rule("block", floating="yes", quick="0", direction="in") + rule(), NEVER, SURE),
        (rule(direction="out"), SURE, NEVER),
        (rule("block", direction="sideways") + rule(), NEVER, MAYBE),
        (floating("pass", quick=True, direction="sideways"), MAYBE, MAYBE),
        (floating("block", quick=True, direction="sideways") + rule(), MAYBE, MAYBE),
        (floating("block", quick=True, interface="lan") + rule(), MAYBE, SURE),
        (floating("pass", quick=True, interface="opt9", direction="in"), MAYBE, NEVER),
        (floating("pass", quick=True, interface="wan,any", direction="in"), SURE, SURE),
        (rule(interface="lan", interfacenot="1"), SURE, SURE),
        (rule(interface="opt1", interfacenot="0"), NEVER, SURE),
        (rule(interface="opt1,lan", interfacenot="1"), MAYBE, MAYBE),
        (rule("block", disabled="") + rule(), SURE, MAYBE),
        (rule(disabled="1"), NEVER, NEVER),
    ],
)
def test_what_each_makes_of_a_rule(
    tmp_path: Path, rules: str, pfsense: tuple[bool, bool], opnsense: tuple[bool, bool]
) -> None:
    for of, expected in ((False, pfsense), (True, opnsense)):
        assert small(tmp_path, rules, opnsense=of).arrives("opt1", "lan", INTO_LAN) == expected


@pytest.mark.parametrize(("opnsense", "expected"), [(False, NEVER), (True, SURE)])
def test_a_rule_that_says_no_family(
    tmp_path: Path, expected: tuple[bool, bool], *, opnsense: bool
) -> None:
    found = small(tmp_path, rule(ipprotocol=None), opnsense=opnsense, six=True)
    assert found.arrives("opt1", "lan", INTO_LAN) == SURE
    assert found.arrives("opt1", "lan", SIX_INTO_LAN) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"protocol": "icmp", "icmptype": "echoreq"}, NEVER),
        ({"protocol": "icmp", "icmptype": "echorep"}, SURE),
        ({"protocol": "ipv6-icmp", "icmptype": "echoreq"}, MAYBE),
        ({"protocol": "icmp", "icmptype": "echoreq", "icmp6_type": "echorep"}, MAYBE),
    ],
)
def test_types_of_icmp(tmp_path: Path, fields: dict[str, str], expected: tuple[bool, bool]) -> None:
    found = small(tmp_path, rule(**{**fields, "ipprotocol": "inet6"}), six=True)
    reply = Header(
        source="2001:db8:20::9",
        destination="2001:db8:30::9",
        protocol=58,
        icmp_type=129,
        icmp_code=0,
    )
    assert found.arrives("opt1", "lan", reply) == expected


@pytest.mark.parametrize(
    ("sequences", "expected"), [((10, 10), SURE), ((20, 10), NEVER), ((10, 20), SURE)]
)
def test_groups_come_in_their_sequence(
    tmp_path: Path, sequences: tuple[int, int], expected: tuple[bool, bool]
) -> None:
    rules = rule(interface="first") + rule("block", interface="second")
    found = small(tmp_path, rules, GROUPS.format(*sequences), opnsense=True)
    assert found.arrives("opt1", "lan", INTO_LAN) == expected


@pytest.mark.parametrize(
    ("parts", "opnsense", "expected"),
    [
        ((), False, NEVER),
        ((), True, MAYBE),
        ((ELSEWHERE,), False, MAYBE),
        (("<hasync><pfsyncinterface>lan</pfsyncinterface></hasync>",), False, MAYBE),
        (("<hasync></hasync>",), False, NEVER),
    ],
)
def test_the_system_itself_may_pass_carp(
    tmp_path: Path, parts: tuple[str, ...], expected: tuple[bool, bool], *, opnsense: bool
) -> None:
    shut = floating("block", quick=True, direction="any", interface="wan,opt1,lan")
    found = small(
        tmp_path, shut, *parts, opnsense=opnsense, interfaces={"opt1": "<blockpriv>1</blockpriv>"}
    )
    carp = Header(source="10.20.0.9", destination="10.30.0.9", protocol=112)
    assert found.arrives("opt1", "lan", carp) == expected
    assert found.arrives("opt1", "lan", INTO_LAN) == NEVER


def test_the_system_itself_may_pass_icmp_that_ipv6_needs(tmp_path: Path) -> None:
    shut = floating("block", quick=True, direction="any", interface="wan,opt1,lan")
    found = small(tmp_path, shut, six=True, interfaces={"opt1": "<blockpriv/>"})
    needed = Header(
        source="fc00::9", destination="2001:db8:30::9", protocol=58, icmp_type=2, icmp_code=0
    )
    assert found.arrives("opt1", "lan", needed) == MAYBE


def test_the_address_of_an_interface_is_its_first_one_or_all(tmp_path: Path) -> None:
    virtual = ELSEWHERE.replace("10.31.0.1", "10.30.0.7")
    rules = rule(source="<network>lanip</network>") + rule("block")
    for opnsense, expected in ((False, NEVER), (True, MAYBE)):
        found = small(tmp_path, rules, virtual, opnsense=opnsense)
        # Whether it is taken for a spoofed source is another matter.
        assert found.arrives("opt1", "wan", udp("10.30.0.7", "198.18.0.9", 53)) == expected


@pytest.mark.parametrize(("opnsense", "expected"), [(False, SURE), (True, NEVER)])
def test_networks_that_an_interface_answers_for(
    tmp_path: Path, expected: tuple[bool, bool], *, opnsense: bool
) -> None:
    virtual = ELSEWHERE.replace("ipalias", "proxyarp")
    rules = rule(destination="<network>lan</network>")
    found = small(tmp_path, rules, virtual, TO_ELSEWHERE, opnsense=opnsense)
    assert found.arrives("opt1", "lan", tcp("10.20.0.9", "10.31.0.9", 80)) == expected


def test_networks_of_virtual_addresses_of_ipv6_are_open(tmp_path: Path) -> None:
    virtual = ELSEWHERE.replace("10.31.0.1", "2001:db8:31::1").replace(">24<", ">64<")
    rules = rule("block", ipprotocol="inet6", source="<network>lan</network>") + rule(
        "pass", ipprotocol="inet6"
    )
    found = small(tmp_path, rules.replace("opt1", "lan"), virtual, six=True)
    sent = tcp("2001:db8:31::9", "2001:db8:20::9", 80)
    assert found.arrives("lan", "opt1", sent) == MAYBE
