"""Chains of zones in which an attacker takes one machine after another."""

from ringfence.reach.closure import chains

ZONES = ("outside", "dmz", "application", "cardholder")


def test_declared_flows_add_up_to_a_way() -> None:
    opens = {
        ("outside", "dmz"): True,
        ("dmz", "application"): True,
        ("application", "cardholder"): True,
        ("cardholder", "outside"): False,
    }
    found = chains(ZONES, opens)
    assert found["outside", "cardholder"] == ZONES
    assert found["outside", "dmz"] == ("outside", "dmz")
    assert ("cardholder", "outside") not in found


def test_the_shortest_way_is_told() -> None:
    opens = dict.fromkeys(
        (("outside", "dmz"), ("dmz", "cardholder"), ("outside", "cardholder")), True
    )
    assert chains(ZONES, opens)["outside", "cardholder"] == ("outside", "cardholder")
