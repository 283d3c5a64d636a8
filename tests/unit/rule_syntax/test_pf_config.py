"""``config.xml`` of OPNsense and pfSense: the true order of rules, and what is never proved."""

from pathlib import Path

import pytest

from pf_entries import MAYBE, NEVER, SURE, configuration, floating, reading, rule, small, tcp, udp
from read_back import Agreement, read
from ringfence.foundation.errors import SourceError
from ringfence.model.packet import Header
from ringfence.model.rules import Device, Translation
from ringfence.sources.rule_syntax.pf_config import SYNTAX

SAVED = Path(__file__).parents[2] / "support" / "saved"
PFSENSE = (SAVED / "pfsense.xml").read_text()
OPNSENSE = (SAVED / "opnsense.xml").read_text()
INTO_LAN = tcp("10.20.0.9", "10.30.0.9", 80)


@pytest.fixture(scope="module")
def pfsense(tmp_path_factory: pytest.TempPathFactory) -> Device:
    return read(tmp_path_factory.mktemp("pf"), config=PFSENSE)


@pytest.fixture(scope="module")
def opnsense(tmp_path_factory: pytest.TempPathFactory) -> Device:
    return read(tmp_path_factory.mktemp("opn"), config=OPNSENSE)


def test_every_entry_of_believable_configurations_is_accounted_for(
    pfsense: Device, opnsense: Device
) -> None:
    for device in (pfsense, opnsense):
        assert device.not_understood == ()
        (file,) = device.files
        assert file.modelled + file.irrelevant + len(file.bounded) == file.lines
        assert file.modelled > 0
    assert [one.line for one in pfsense.files[0].bounded] == [13, 182]
    assert opnsense.files[0].bounded == ()


@pytest.mark.parametrize(
    ("source", "destination", "header", "expected"),
    [
        ("opt1", "lan", tcp("10.20.0.10", "10.30.0.9", 80), SURE),
        ("opt1", "lan", tcp("10.20.0.10", "10.30.0.9", 80, flags=16), NEVER),
        ("opt1", "lan", tcp("10.20.0.10", "10.30.0.9", 22), NEVER),
        ("opt1", "lan", tcp("10.20.0.9", "10.30.0.9", 80), NEVER),
        ("opt1", "lan", tcp("10.20.0.10", "10.30.0.66", 80), NEVER),
        ("opt1", "lan", udp("10.20.0.9", "10.30.0.53", 53), SURE),
        ("opt1", "opt2", tcp("10.20.0.10", "10.40.0.9", 80), NEVER),
        ("wan", "opt1", tcp("192.0.9.9", "203.0.113.10", 443), SURE),
        ("wan", "opt1", tcp("192.0.2.9", "203.0.113.10", 443), MAYBE),
        ("wan", "opt1", tcp("10.7.7.7", "203.0.113.10", 443), NEVER),
        ("wan", "opt1", tcp("192.0.9.9", "203.0.113.10", 22), NEVER),
        ("wan", "opt1", tcp("2001:db8:1::1", "2001:db8:20::9", 8050), MAYBE),
        ("wan", "opt1", tcp("2001:db8:1::1", "2001:db8:20::9", 22), NEVER),
        ("lan", "opt1", tcp("10.30.0.9", "10.20.0.9", 22), SURE),
        ("lan", "opt2", tcp("10.30.0.9", "10.40.0.9", 22), NEVER),
        ("lan", "opt2", tcp("10.30.0.9", "10.40.0.9", 8080), SURE),
        ("opt2", "lan", tcp("10.40.0.9", "10.30.0.80", 80), SURE),
        ("opt2", "lan", tcp("10.40.0.9", "10.30.0.80", 23), NEVER),
        ("opt2", "opt1", tcp("10.40.0.9", "10.20.0.10", 80), MAYBE),
        ("opt2", "opt1", tcp("10.40.0.9", "10.20.0.9", 80), NEVER),
    ],
)
def test_what_passes(
    pfsense: Device, source: str, destination: str, header: Header, expected: tuple[bool, bool]
) -> None:
    assert Agreement(pfsense).arrives(source, destination, header) == expected


def test_what_passes_an_opnsense(opnsense: Device) -> None:
    found = Agreement(opnsense)
    assert found.arrives("wan", "opt1", tcp("192.0.9.9", "198.18.0.130", 443)) == SURE
    assert found.arrives("wan", "opt1", tcp("192.0.9.9", "198.18.0.131", 443)) == NEVER
    assert found.arrives("opt1", "lan", udp("10.20.0.9", "10.30.0.53", 53)) == SURE
    # The block is quick, the pass before it is not.
    assert found.arrives("opt1", "lan", udp("10.20.0.77", "10.30.0.53", 53)) == NEVER
    forms = {header.source for _, header in found.delivered("opt1", INTO_LAN, "upper")}
    assert not forms


def test_engine_and_interpreter_agree(pfsense: Device, opnsense: Device) -> None:
    for device in (pfsense, opnsense):
        agreement = Agreement(device)
        assert agreement.hold(agreement.corners(), translating=True)


def test_engine_and_interpreter_agree_without_translation(tmp_path: Path) -> None:
    start, end = PFSENSE.index("<nat>"), PFSENSE.index("</nat>")
    without = f"{PFSENSE[:start]}<nat><outbound><mode>disabled</mode></outbound>{PFSENSE[end:]}"
    agreement = Agreement(read(tmp_path, config=without))
    assert agreement.hold(agreement.corners())


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("", NEVER),
        (rule(), SURE),
        (rule("block") + rule(), NEVER),
        (rule() + rule("block"), SURE),
        # A floating rule comes first; one that is not quick gives way to all that are.
        (rule() + floating("block", quick=True), NEVER),
        (rule() + floating("block", quick=False), SURE),
        (floating("pass", quick=False) + floating("block", quick=False), NEVER),
        (floating("block", quick=False) + floating("pass", quick=False), SURE),
        (floating("pass", quick=True) + rule("block"), SURE),
        (rule() + floating("block", quick=True, direction="out"), SURE),
        (rule() + floating("match", quick=True), SURE),
        (rule(sched="office"), MAYBE),
        (rule(os="Linux"), MAYBE),
        (rule("block", tagged="bad") + rule(), MAYBE),
        (rule(protocol="frobnicate"), MAYBE),
        (rule(source="<address>NOWHERE</address>"), MAYBE),
        (rule(destination="<not/><network>lan</network>"), NEVER),
        (rule(destination="<any/><port>80</port>", protocol="tcp"), SURE),
        (rule(destination="<any/><port>PORTS</port>", protocol="tcp"), MAYBE),
        (rule(ipprotocol="inet6"), NEVER),
        (rule(disabled=""), NEVER),
        (rule(interface="lan"), NEVER),
    ],
)
def test_the_order_of_rules(tmp_path: Path, rules: str, expected: tuple[bool, bool]) -> None:
    assert small(tmp_path, rules).arrives("opt1", "lan", INTO_LAN) == expected


def test_sources_of_another_interface_may_be_refused(tmp_path: Path) -> None:
    found = small(tmp_path, rule())
    assert found.arrives("opt1", "lan", tcp("10.30.0.77", "10.30.0.9", 80)) == MAYBE
    assert found.arrives("opt1", "lan", tcp("10.77.0.77", "10.30.0.9", 80)) == SURE


def test_a_forward_that_passes_all_rules(tmp_path: Path) -> None:
    forward = (
        "<rule><interface>wan</interface><protocol>tcp</protocol><source><any/></source>"
        "<destination><network>wanip</network><port>80</port></destination>"
        "<target>10.30.0.9</target><local-port>8080</local-port>"
        "<associated-rule-id>pass</associated-rule-id></rule>"
    )
    found = small(tmp_path, "", nat=forward)
    assert found.arrives("wan", "lan", tcp("192.0.9.9", "198.18.0.2", 80)) == MAYBE
    assert found.arrives("opt1", "lan", INTO_LAN) == NEVER


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"protocol": "icmp"}, True),
        ({"protocol": "icmp", "icmptype": "unreach"}, True),
        ({"protocol": "icmp", "icmptype": "echoreq"}, False),
        ({}, True),
        ({"protocol": "tcp"}, False),
    ],
)
def test_icmp_that_begins_nothing_is_translated_too(fields: dict[str, str], told: bool) -> None:
    one_to_one = (
        "<onetoone><interface>wan</interface><external>198.18.0.9</external>"
        "<source><address>10.20.0.9</address></source><destination><any/></destination></onetoone>"
    )
    found = reading(rules=rule(interface="wan", **fields), nat=one_to_one)
    assert [note.why[:23] for note in found.not_understood] == (
        ["it translates ICMP that"] if told else []
    )


def test_one_network_for_another(opnsense: Device) -> None:
    assert not isinstance(opnsense.chains, tuple) or {
        rule.translation
        for chain in opnsense.chains
        for rule in chain.rules
        if rule.translation is not None and rule.translation.prefix
    } == {
        Translation(side="destination", addresses=("10.20.0.128/25",), prefix="198.18.0.128/25"),
        Translation(side="source", addresses=("198.18.0.128/25",), prefix="10.20.0.128/25"),
    }


@pytest.mark.parametrize(
    ("parts", "rules", "nat", "told"),
    [
        ("<ipsec><phase1><ikeid>1</ikeid></phase1></ipsec>", "", "", "tunnels"),
        ("<openvpn><openvpn-server><mode>p2p</mode></openvpn-server></openvpn>", "", "", "tunnels"),
        ("<bridges><bridged><members>lan,opt1</members></bridged></bridges>", "", "", "bridged"),
        ("<frobnicator><on>1</on></frobnicator>", "", "", "not known"),
        (
            ("<installedpackages><miniupnpd><config><enable>on</enable></config></miniupnpd>"
            "</installedpackages>"), "", "", "by themselves",
        ),
        (
            ("<OPNsense><Firewall><Filter><rules><rule><enabled>1</enabled></rule></rules>"
            "</Filter></Firewall></OPNsense>"), "", "", "not read",
        ),
        ("<gifs><gif><gifif>gif0</gifif></gif></gifs>", "", "", "tunnels"),
        ("<gres><gre><greif>gre0</greif></gre></gres>", "", "", "tunnels"),
        ("<OPNsense><Interfaces><vxlans><vxlan/></vxlans></Interfaces></OPNsense>", "", "",
         "tunnels"),
        ("<diag><ipv6nat><enable/><ipaddr>10.1.1.1</ipaddr></ipv6nat></diag>", "", "", "tunnels"),
        (
            ("<openvpn><openvpn-server><disable>0</disable></openvpn-server></openvpn>"),
            "", "", "tunnels",
        ),
        (
            ("<installedpackages><miniupnpd><config><enable>1</enable></config></miniupnpd>"
            "</installedpackages>"), "", "", "by themselves",
        ),
        ("<installedpackages><tinc><config><x>1</x></config></tinc></installedpackages>", "", "",
         "not known"),
        ("<system><disablescrub/></system>", "", "", "not put together"),
        ("<system><scrub_interface_disable>1</scrub_interface_disable></system>", "", "",
         "not put together"),
        ("<system><tftpinterface>lan</tftpinterface></system>", "", "", "to a program"),
        ("<system><afterfilterchangeshellcmd>x</afterfilterchangeshellcmd></system>", "", "",
         "a command"),
        ("<captiveportal><guests><enable/></guests></captiveportal>", "", "", "logged in"),
        ("<load_balancer><virtual_server><port>80</port></virtual_server></load_balancer>", "", "",
         "other machines"),
        ("<OPNsense><Firewall><New><rule/></New></Firewall></OPNsense>", "", "", "not known"),
        ("<OPNsense><Firewall><Filter><New><rule/></New></Filter></Firewall></OPNsense>", "", "",
         "not known"),
        ("<OPNsense><Firewall><DNat><rules><rule/></rules></DNat></Firewall></OPNsense>", "", "",
         "not known"),
        ("<igmpproxy><igmpentry><ifname>wan</ifname></igmpentry></igmpproxy>", "", "",
         "multicast"),
        ("", "<scrub><rule><interface>lan</interface></rule></scrub>", "", "not known"),
        ("", "<bypassstaticroutes/>", "", "not known"),
        ("", "", "<advancedoutbound><enable/></advancedoutbound>", "not known"),
        ("", rule(gateway="OTHER"), "", "past the routes"),
        ("", rule(statetype="none"), "", "no conversation"),
        ("", rule(nat64="1"), "", "changed or sent elsewhere (nat64)"),
        ("", "", "<rule><interface>wan</interface><target>NOWHERE</target></rule>", "not known"),
        ("", "", "<npt><interface>wan</interface></npt>", "prefixes"),
        (
            ("<staticroutes><route><network>10.9.0.0/16</network><gateway>NONE</gateway></route>"
            "</staticroutes>"), "", "", "gateway is not known",
        ),
    ],
)  # fmt: skip
def test_what_may_let_more_through_is_told(parts: str, rules: str, nat: str, told: str) -> None:
    (note,) = reading(parts, rules=rules, nat=nat).not_understood
    assert told in note.why
    assert note.line is not None


@pytest.mark.parametrize(
    "parts",
    [
        "<openvpn><openvpn-server><disable/></openvpn-server></openvpn>",
        "<openvpn><openvpn-client><disable>1</disable></openvpn-client></openvpn>",
        "<captiveportal><guests><interface>lan</interface></guests></captiveportal>",
        "<diag><ipv6nat><ipaddr/></ipv6nat></diag>",
        "<installedpackages><miniupnpd><config/></miniupnpd></installedpackages>",
        "<installedpackages><package><name>nut</name></package></installedpackages>",
        "<installedpackages><suricata><rule><x>1</x></rule></suricata></installedpackages>",
    ],
)
def test_what_is_switched_off_or_only_refuses_is_not_told(parts: str) -> None:
    assert reading(parts).not_understood == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PFSENSE[:-200], "is damaged"),
        (
            configuration(
                "<aliases><alias><name>a</name><type>host</type><address>b</address></alias>"
                "<alias><name>b</name><type>host</type><address>a</address></alias></aliases>",
                rules=rule(source="<address>a</address>"),
            ),
            "the alias a holds itself: a → b → a",
        ),
        ("<pfsense></pfsense>", "no interface"),
        (configuration().replace("<subnet>24", "<subnet>240", 1), "expected an address"),
        (f"<!DOCTYPE x>{configuration()[21:]}", "document type"),
    ],
)
def test_damage_is_named(text: str, told: str) -> None:
    with pytest.raises(SourceError) as refused:
        SYNTAX.read(text, "config.xml")
    assert told in str(refused.value)


def test_ten_thousand_unknown_rules_are_each_bounded() -> None:
    found = reading(rules="\n".join(rule(os=f"system {number}") for number in range(10_000)))
    assert found.file is not None
    assert len(found.file.bounded) == 10_000
