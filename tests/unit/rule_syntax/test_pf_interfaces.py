"""Interfaces, virtual addresses and routes of pfSense and OPNsense that nothing may drop."""

import pytest

from pf_entries import configuration, reading
from ringfence.model.rules import Route
from ringfence.sources.rule_syntax.pf_config import SYNTAX

CARP = (
    "<vip><mode>carp</mode><interface>wan</interface><uniqid>5f1</uniqid>"
    "<subnet>198.18.0.7</subnet><subnet_bits>24</subnet_bits></vip>"
)
ON_CARP = (
    "<vip><mode>ipalias</mode><interface>{}</interface><uniqid>5f2</uniqid>"
    "<subnet>198.18.0.8</subnet><subnet_bits>24</subnet_bits></vip>"
)
GATEWAY = (
    "<gateway_item><name>{0}</name><interface>{1}</interface><gateway>{2}</gateway></gateway_item>"
)
INNER = GATEWAY.format("CORE", "lan", "10.30.0.254")
OUTER = GATEWAY.format("OUT", "wan", "198.18.0.1")


def test_a_virtual_address_on_another_one_is_of_its_interface() -> None:
    found = reading(f"<virtualip>{ON_CARP.format('_vip5f1')}{CARP}</virtualip>")
    (wan,) = [one for one in found.interfaces or () if one.name == "wan"]
    assert wan.addresses == ("198.18.0.2/24", "198.18.0.8/24", "198.18.0.7/24")
    assert found.not_understood == ()


def test_a_single_address_that_is_only_answered_for_needs_no_length() -> None:
    single = "<vip><mode>other</mode><interface>wan</interface><subnet>198.18.0.9</subnet></vip>"
    ranged = "<vip><mode>proxyarp</mode><interface>wan</interface></vip>"
    found = reading(f"<virtualip>{single}{ranged}</virtualip>")
    assert found.not_understood == ()


@pytest.mark.parametrize("name", ["_vip000", "opt7", ""])
def test_a_virtual_address_of_no_interface_is_told(name: str) -> None:
    (note,) = reading(f"<virtualip>{CARP}{ON_CARP.format(name)}</virtualip>").not_understood
    assert "a virtual address is not known" in note.why


def test_virtual_addresses_that_go_round_in_a_circle_are_told() -> None:
    circle = ON_CARP.format("_vip5f2")
    (note,) = reading(f"<virtualip>{circle}</virtualip>").not_understood
    assert "a virtual address is not known" in note.why


@pytest.mark.parametrize("name", ["lo0", "spare"])
def test_virtual_addresses_that_pass_nothing_are_not(name: str) -> None:
    text = configuration(f"<virtualip>{ON_CARP.format(name)}</virtualip>")
    text = text.replace("</interfaces>", "<spare><if>em7</if></spare></interfaces>")
    assert SYNTAX.read(text, "config.xml").not_understood == ()


def test_a_route_to_a_range_is_told() -> None:
    found = reading(
        "<aliases><alias><name>far</name><type>network</type>"
        "<address>10.50.0.0/16 10.60.0.7-10.60.0.90</address></alias></aliases>",
        f"<gateways>{INNER}</gateways>",
        "<staticroutes><route><network>far</network><gateway>CORE</gateway></route></staticroutes>",
    )
    (note,) = found.not_understood
    assert "its network or gateway is not known" in note.why


def test_a_gateway_that_no_interface_names_may_be_the_default() -> None:
    found = reading(f"<gateways>{OUTER}</gateways>")
    default = Route(destination="0.0.0.0/0", interface="wan", next_hop="198.18.0.1")
    assert default in found.routes


@pytest.mark.parametrize(("gateways", "told"), [(INNER, 0), (INNER + OUTER, 1)])
def test_a_default_gateway_that_changes_is_told(gateways: str, told: int) -> None:
    found = reading(
        f"<gateways>{gateways}</gateways>",
        "<system><gw_switch_default>1</gw_switch_default></system>",
    )
    assert ["changes by what works" in note.why for note in found.not_understood] == [True] * told


@pytest.mark.parametrize(
    ("gateways", "system", "told"),
    [
        (("wan",), "", []),
        (("wan", "opt1"), "", ["interface wan", "interface opt1"]),
        (("wan", "opt1"), "<disablereplyto/>", []),
    ],
)
def test_answers_past_the_routes_are_told(
    gateways: tuple[str, ...], system: str, told: list[str]
) -> None:
    named = dict.fromkeys(gateways, "<gateway>GW</gateway>")
    text = configuration(f"<system>{system}</system>" if system else "", interfaces=named)
    assert [one.text for one in SYNTAX.read(text, "config.xml").not_understood] == told
