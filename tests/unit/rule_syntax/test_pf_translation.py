"""Translation by pfSense and OPNsense: what is let in by it, and what may be translated too."""

from pathlib import Path

import pytest

from pf_entries import MAYBE, NEVER, reading, rule, small, tcp
from ringfence.model.rules import PortMatch, Rule, Translation, UnmodelledMatch
from ringfence.sources.rule_syntax.syntax import Reading

FORWARD = (
    "<rule><interface>wan</interface><protocol>tcp</protocol><source><any/></source>"
    "<destination><network>wanip</network><port>80</port></destination>"
    "<target>10.30.0.9</target><local-port>8080</local-port>{}</rule>"
)
PASSING = FORWARD.format("<associated-rule-id>pass</associated-rule-id>")
ONE_TO_ONE = (
    "<onetoone><interface>wan</interface><external>198.18.0.9</external>"
    "<source><address>10.20.0.9</address>{}</source><destination><any/></destination>{}</onetoone>"
)
AUTOMATIC = (
    "<gateways><gateway_item><name>GW</name><interface>wan</interface>"
    "<gateway>198.18.0.1</gateway></gateway_item></gateways>"
)
OUTSIDE = rule(interface="wan", protocol="tcp")


def translating(found: Reading, hook: str) -> list[Rule]:
    chains = [one for one in found.chains if one.translates and one.hook == hook]
    return [each for one in chains for each in one.rules if each.line is not None]


@pytest.mark.parametrize("opnsense", [False, True])
@pytest.mark.parametrize("flags", [2, 16])
def test_a_forward_that_passes_comes_before_all_rules(
    tmp_path: Path, flags: int, *, opnsense: bool
) -> None:
    found = small(
        tmp_path,
        rule("block", interface="wan"),
        nat=PASSING,
        opnsense=opnsense,
        interfaces={"wan": "<blockpriv>1</blockpriv><blockbogons>1</blockbogons>"},
    )
    sent = tcp("192.168.7.7", "198.18.0.2", 80, flags)
    assert found.arrives("wan", "lan", sent) == MAYBE
    assert found.arrives("wan", "lan", tcp("192.168.7.7", "10.30.0.10", 80)) == NEVER


def test_switches_that_say_no(tmp_path: Path) -> None:
    nat = FORWARD.format("<nordr>0</nordr>")
    sent = tcp("192.0.9.9", "198.18.0.2", 80)
    for opnsense, arrives in ((True, True), (False, False)):
        found = small(tmp_path, OUTSIDE, nat=nat, opnsense=opnsense)
        assert any(place == "lan" for place, _ in found.delivered("wan", sent, "upper")) == arrives


def test_ports_of_a_forward_for_any_protocol_are_not_looked_at() -> None:
    nat = FORWARD.replace("<protocol>tcp</protocol>", "").format("")
    (rule_,) = translating(reading(nat=nat), "prerouting")
    kinds = {type(one) for one in rule_.conditions}
    assert UnmodelledMatch in kinds
    assert PortMatch not in kinds
    assert rule_.translation == Translation(side="destination", addresses=("10.30.0.9",))


def test_a_virtual_address_is_not_the_address_of_its_interface(tmp_path: Path) -> None:
    virtual = (
        "<virtualip><vip><mode>ipalias</mode><interface>wan</interface>"
        "<subnet>198.18.0.7</subnet><subnet_bits>24</subnet_bits></vip></virtualip>"
    )
    second = FORWARD.replace("<network>wanip</network>", "<address>198.18.0.7</address>")
    nat = FORWARD.format("") + second.replace("10.30.0.9", "10.20.0.9").format("")
    found = small(tmp_path, OUTSIDE, virtual, nat=nat)
    delivered = found.delivered("wan", tcp("192.0.9.9", "198.18.0.7", 80), "upper")
    assert {(place, one.destination) for place, one in delivered} == {("opt1", "10.20.0.9")}


@pytest.mark.parametrize(
    ("nat", "system", "told"),
    [
        (ONE_TO_ONE.format("", "<natreflection>enable</natreflection>"), "", "reflection"),
        (ONE_TO_ONE.format("", ""), "<enablebinatreflection/>", "reflection"),
        (ONE_TO_ONE.format("<not/>", ""), "", "not known"),
        (FORWARD.format("<interfacenot>1</interfacenot>"), "", "interfaces"),
        (FORWARD.replace("<interface>wan</interface>", "").format(""), "", "interfaces"),
        (FORWARD.format("").replace("10.30.0.9", "both"), "", "not known"),
    ],
)
def test_what_may_be_translated_too_is_told(nat: str, system: str, told: str) -> None:
    both = (
        "<aliases><alias><name>both</name><type>host</type>"
        "<address>10.30.0.9 2001:db8::9</address></alias></aliases>"
    )
    parts = both, f"<system>{system}</system>" if system else ""
    (note,) = reading(*parts, nat=nat).not_understood
    assert told in note.why


def test_addresses_that_are_not_translated_one_to_one() -> None:
    found = reading(nat=ONE_TO_ONE.format("", "<nobinat/>"))
    for hook in ("prerouting", "postrouting"):
        assert [one.action for one in translating(found, hook)] == ["accept"]


def test_one_to_one_may_be_of_sources_only() -> None:
    found = reading(nat=ONE_TO_ONE.format("", "<type>nat</type>"), opnsense=True)
    assert not translating(found, "prerouting")
    assert [one.action for one in translating(found, "postrouting")] == ["translate"]


def test_a_rule_may_be_disabled_or_not() -> None:
    nat = FORWARD.format("<disabled/>")
    (note,) = reading(nat=nat, opnsense=True).not_understood
    assert "depends on the version" in note.why
    assert not translating(reading(nat=nat), "prerouting")


MANUAL = (
    "<mode>advanced</mode><rule><interface>wan</interface><source><any/></source>"
    "<target></target>{}</rule>"
)


@pytest.mark.parametrize(
    ("outbound", "port", "ports"),
    [
        ("<mode>automatic</mode>", 443, {1024, 40000, 65535}),
        (MANUAL.format(""), 500, {1024, 40000, 65535}),
        (MANUAL.format("<natport>5000-5001</natport>"), 443, {5000, 5001}),
    ],
)
def test_source_ports_become_others(
    tmp_path: Path, outbound: str, port: int, ports: set[int]
) -> None:
    found = small(
        tmp_path, rule(), AUTOMATIC, outbound=outbound, interfaces={"wan": "<gateway>GW</gateway>"}
    )
    delivered = found.delivered("opt1", tcp("10.20.0.9", "192.0.9.9", port), "upper")
    assert {one.source for _, one in delivered} == {"198.18.0.2"}
    assert {one.source_port for _, one in delivered} == ports


def test_source_ports_that_stay(tmp_path: Path) -> None:
    (rule_,) = translating(reading(outbound=MANUAL.format("<staticnatport/>")), "postrouting")
    assert rule_.translation is not None
    assert not rule_.translation.ports


def test_source_ports_that_are_not_known_are_told() -> None:
    (note,) = reading(outbound=MANUAL.format("<natport>NOWHERE</natport>")).not_understood
    assert "the ports NOWHERE" in note.why


FAR = (
    "<gateways><gateway_item><name>GW</name><interface>wan</interface>"
    "<gateway>198.18.0.1</gateway></gateway_item><gateway_item><name>CORE</name>"
    "<interface>opt1</interface><gateway>10.20.0.254</gateway></gateway_item>"
    "<defaultgw4>GW</defaultgw4></gateways>"
    "<staticroutes><route><network>{}</network><gateway>CORE</gateway></route></staticroutes>"
)


@pytest.mark.parametrize(
    ("network", "opnsense", "sources"),
    [
        ("10.50.0.0/16", False, {"198.18.0.2"}),
        ("203.0.113.0/24", False, {"198.18.0.2", "203.0.113.9"}),
        ("10.50.0.0/16", True, {"198.18.0.2", "10.50.0.9"}),
    ],
)
def test_networks_behind_other_routers_may_be_translated(
    tmp_path: Path, network: str, sources: set[str], *, opnsense: bool
) -> None:
    found = small(
        tmp_path,
        rule(),
        FAR.format(network),
        outbound="<mode>automatic</mode>",
        opnsense=opnsense,
        interfaces={"wan": "<gateway>GW</gateway>"},
    )
    sender = network.replace("0.0/16", "0.9").replace("0/24", "9")
    delivered = found.delivered("opt1", tcp(sender, "192.0.9.9", 443), "upper")
    assert {one.source for _, one in delivered} == sources
