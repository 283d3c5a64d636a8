"""Patterns, paths, VLAN numbers and prefixes mean what the reference says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.foundation.errors import PolicyError
from ringfence.policy.selectors import (
    address_prefix,
    in_ranges,
    interface_address,
    literal,
    matcher,
    path_matcher,
    vlan_ranges,
)


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("DMZ-*", "DMZ-100", True),
        ("DMZ-*", "dmz-100", False),
        ("DMZ-*", "X-DMZ-100", False),
        ("web-?1", "web-01", True),
        ("web-[ab]", "web-b", True),
        ("web-[!ab]", "web-b", False),
        ("web.1", "web-1", False),
        ("Management", "Management", True),
        ("*", "", True),
        ("*", "two\nlines", True),
    ],
)
def test_patterns(pattern, name, matches):
    assert matcher(pattern)(name) is matches


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/DC/vm/app", "/DC/vm/app", True),
        ("/DC/vm/app", "/DC/vm/app/web/blue", True),
        ("/DC/vm/app/", "/DC/vm/app", True),
        ("/DC/vm/app", "/DC/vm/apps", False),
        ("/DC/vm/app", "/DC/vm", False),
        ("/*/vm/app", "/DC-2/vm/app/web", True),
        ("*/app", "/DC/vm/app/web", True),
        ("/", "/DC/vm", True),
    ],
)
def test_paths(pattern, path, matches):
    assert path_matcher(pattern)(path) is matches


@given(st.text())
def test_a_literal_pattern_matches_its_name_alone(name):
    matches = matcher(literal(name))
    assert matches(name)
    assert not matches(name + "x")


def test_vlans():
    ranges = vlan_ranges("100-109, 120,0")
    assert [(part.first, part.last) for part in ranges] == [(100, 109), (120, 120), (0, 0)]
    assert [vlan for vlan in (0, 99, 100, 109, 110, 120) if in_ranges(vlan, ranges)] == [
        0,
        100,
        109,
        120,
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4095", "VLAN 4095 does not exist, the highest is 4094"),
        ("1-5000", "VLAN 5000 does not exist"),
        ("109-100", "the range 109-100 is the wrong way round; write 100-109"),
        ("a", '"a" is not a VLAN number or a range as 100-109'),
        ("1,,2", "is not a VLAN number"),
        ("9" * 6000, "is not a VLAN number"),
    ],
)
def test_vlans_that_do_not_exist(text, message):
    with pytest.raises(PolicyError, match=message.replace("(", r"\(")):
        vlan_ranges(text)


def test_prefixes():
    texts = ["10.0.0.0/8", "10.1.2.3", "fd00:1::/32", "::/0"]
    assert [str(address_prefix(text)) for text in texts] == [
        "10.0.0.0/8",
        "10.1.2.3/32",
        "fd00:1::/32",
        "::/0",
    ]


@pytest.mark.parametrize("text", ["", "x", "10.0.0.0/33", "10.0.0.256", "10.0.0.1/8"])
def test_what_is_no_prefix(text):
    with pytest.raises(PolicyError):
        address_prefix(text)


def test_interface_addresses():
    assert str(interface_address("10.1.1.1/24")) == "10.1.1.1/24"
    assert interface_address("not reported") is None
