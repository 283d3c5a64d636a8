"""Interfaces and routes from ``ip -j``, and whether a system forwards, from ``sysctl -a``."""

import json
from typing import Any

import pytest

from ringfence.foundation.errors import SourceError
from ringfence.model.rules import DeviceInterface, Route
from ringfence.sources.rule_syntax import linux_addresses, linux_settings
from ringfence.sources.rule_syntax.syntax import Reading

LINK = {"ifname": "eth0", "flags": ["BROADCAST", "UP"], "address": "02:00:00:00:00:01"}


def read(*entries: dict[str, Any]) -> Reading:
    text = json.dumps(entries)
    assert linux_addresses.SYNTAX.recognises(text)
    return linux_addresses.SYNTAX.read(text, "ip.json")


def routes(*entries: dict[str, Any]) -> list[tuple[str, str | None, str | None, int]]:
    return [
        (one.destination, one.interface, one.next_hop, one.metric) for one in read(*entries).routes
    ]


def test_interfaces_with_all_their_addresses() -> None:
    addresses = [
        {"family": "inet", "local": "10.0.0.1", "prefixlen": 24},
        {"family": "inet6", "local": "fe80::1", "prefixlen": 64},
    ]
    found = read(LINK | {"addr_info": addresses}, {}, {"ifname": "eth1", "flags": []})
    assert found.interfaces == (
        DeviceInterface(
            name="eth0", mac="02:00:00:00:00:01", addresses=("10.0.0.1/24", "fe80::1/64"), up=True
        ),
        DeviceInterface(name="eth1", addresses=(), up=False),
    )
    assert found.not_understood == ()


@pytest.mark.parametrize(
    ("kind", "noted"),
    [({}, True), ({"info_slave_kind": "bridge"}, True), ({"info_slave_kind": "bond"}, False)],
)
def test_an_interface_may_bridge_unless_it_is_one_link_of_a_bond(
    kind: dict[str, str], noted: bool
) -> None:
    reading = read(LINK | {"master": "br0", "linkinfo": kind})
    assert bool(reading.not_understood) is noted


def test_routes_of_each_kind() -> None:
    entries = [
        {"dst": "default", "gateway": "192.0.2.1", "dev": "wan", "flags": []},
        {"dst": "10.0.0.0/24", "dev": "lan", "protocol": "kernel", "scope": "link"},
        {"dst": "10.0.1.7", "dev": "lan", "metric": 20},
        {"type": "blackhole", "dst": "10.0.0.0/8"},
        {"type": "unreachable", "dst": "10.9.0.0/16", "dev": "lo", "metric": 5},
        {"type": "local", "dst": "10.0.0.1", "dev": "lan", "table": "local"},
        {"type": "broadcast", "dst": "10.0.0.255", "dev": "lan", "table": "local"},
        {"type": "multicast", "dst": "224.0.0.0/4", "dev": "lan"},
        {"dst": "10.2.0.0/16", "via": {"family": "inet6", "host": "fe80::1"}, "dev": "lan"},
    ]
    assert routes(*entries) == [
        ("0.0.0.0/0", "wan", "192.0.2.1", 0),
        ("10.0.0.0/24", "lan", None, 0),
        ("10.0.1.7/32", "lan", None, 20),
        ("10.0.0.0/8", None, None, 0),
        ("10.9.0.0/16", None, None, 5),
        ("10.2.0.0/16", "lan", "fe80::1", 0),
    ]
    assert read(*entries).routed == {4}


def test_each_next_hop_of_a_route_is_a_route() -> None:
    hops = [
        {"gateway": "10.0.0.2", "dev": "lan", "weight": 1, "flags": []},
        {"gateway": "10.1.0.2", "dev": "dmz", "weight": 1, "flags": []},
    ]
    assert routes({"dst": "default", "nexthops": hops}) == [
        ("0.0.0.0/0", "lan", "10.0.0.2", 0),
        ("0.0.0.0/0", "dmz", "10.1.0.2", 0),
    ]


@pytest.mark.parametrize(
    ("default", "others", "destination"),
    [
        ({"gateway": "fd00::1", "dev": "wan"}, [], "::/0"),
        ({"gateway": "10.0.0.1", "dev": "wan"}, [], "0.0.0.0/0"),
        ({"dev": "ppp0", "pref": "medium"}, [], "::/0"),
        ({"dev": "ppp0"}, [{"dst": "fd00::/64", "dev": "lan"}], "::/0"),
        ({"dev": "ppp0"}, [{"dst": "10.0.0.0/24", "dev": "lan"}], "0.0.0.0/0"),
        ({"dev": "ppp0", "prefsrc": "fd00::5"}, [], "::/0"),
        ({"dev": "ppp0"}, [], "0.0.0.0/0"),
    ],
)
def test_default_is_of_the_family_that_the_entry_or_the_file_tells(
    default: dict[str, Any], others: list[dict[str, Any]], destination: str
) -> None:
    assert routes({"dst": "default", **default}, *others)[0][0] == destination


def test_both_families_may_stand_in_one_file() -> None:
    reading = read({"dst": "10.0.0.0/8", "dev": "a"}, {"dst": "fd00::/8", "dev": "a", "pref": "m"})
    assert reading.routed == {4, 6}
    assert reading.routes[1] == Route(destination="fd00::/8", interface="a")


@pytest.mark.parametrize(
    "entry",
    [
        {"dst": "10.0.0.0/8", "dev": "lan", "table": "100"},
        {"dst": "10.0.0.0/8", "dev": "lan", "flags": ["linkdown"]},
        {"dst": "10.0.0.0/8", "nexthops": [{"dev": "lan", "flags": ["dead"]}]},
        {"dst": "10.0.0.0/8", "dev": "lan", "tos": "0x10"},
        {"dst": "10.0.0.0/8", "dev": "lan", "from": "10.1.0.0/16"},
        {"dst": "10.0.0.0/8", "dev": "lan", "encap": "mpls"},
        {"dst": "10.0.0.0/8", "dev": "lan", "type": "nat"},
        {"priority": 100, "src": "10.0.0.0", "table": "dmz"},
        {"priority": 32766, "src": "all", "table": "main", "dst": "10.0.0.0"},
    ],
)
def test_what_routes_by_more_than_the_destination_is_noted(entry: dict[str, Any]) -> None:
    (note,) = read(entry).not_understood
    assert note.why


def test_the_usual_rules_are_nothing_to_note() -> None:
    usual = [(0, "local"), (32766, "main"), (32767, "default")]
    reading = read(*({"priority": n, "src": "all", "table": table} for n, table in usual))
    assert reading == Reading()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"ifname": 5}]', "ip.json, entry 1"),
        ('[{"ifname": "a", "addr_info": [{"local": "x", "prefixlen": 8}]}]', "'x/8'"),
        ('[{"ifname": "a"}, {"ifname": "a"}]', "twice"),
        ('[{"dst": "nowhere", "dev": "a"}]', "'nowhere'"),
        ('[{"dst": "10.0.0.1/8", "dev": "a"}]', "'10.0.0.1/8'"),
        ('[{"dst": "10.0.0.0/8"}]', "names no interface"),
        ('[{"dst": "fe80::%a/64", "dev": "a"}]', "fe80"),
        ('[{"dst": "10.0.0.0/8", "dev": "a"}, 7]', "found no list of objects"),
        ('[{"dst": ', "line 1"),
    ],
)
def test_damaged_files_are_refused_in_a_sentence(text: str, told: str) -> None:
    with pytest.raises(SourceError) as refused:
        linux_addresses.SYNTAX.read(text, "ip.json")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("net.ipv4.ip_forward = 1\n", {4: True}),
        (
            "kernel.x = 5\nnet.ipv4.ip_forward = 0\nnet.ipv6.conf.all.forwarding=1\n",
            {4: False, 6: True},
        ),
    ],
)
def test_settings_tell_whether_packets_are_forwarded(text: str, expected: dict[int, bool]) -> None:
    assert linux_settings.SYNTAX.recognises(text)
    assert linux_settings.SYNTAX.read(text, "sysctl").forwards == expected


@pytest.mark.parametrize(
    ("everywhere", "expected"), [(0, ("eth0", "eth0.100")), (1, ("eth0", "eth0.100", "eth1"))]
)
def test_the_stricter_of_two_settings_filters_sources_unless_one_is_loose(
    everywhere: int, expected: tuple[str, ...]
) -> None:
    text = (
        f"net.ipv4.conf.all.rp_filter = {everywhere}\n"
        "net.ipv4.conf.default.rp_filter = 1\n"
        "net.ipv4.conf.eth0.rp_filter = 1\n"
        "net.ipv4.conf.eth0/100.rp_filter = 1\n"
        "net.ipv4.conf.eth1.rp_filter = 0\n"
        "net.ipv4.conf.eth2.rp_filter = 2\n"
    )
    assert linux_settings.SYNTAX.recognises(text)
    assert linux_settings.SYNTAX.read(text, "sysctl").reverse_path == expected


def test_a_setting_with_another_value_is_refused() -> None:
    with pytest.raises(SourceError, match="sysctl, line 2: found 'yes'"):
        linux_settings.SYNTAX.read("a = 1\nnet.ipv4.ip_forward = yes\n", "sysctl")
