"""Every planted fault can be served, is really there, and leaves the clean datacenter alone."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from datacenter.dumps import (
    EDGE_INTERFACES,
    EDGE_ROUTES,
    address_listing,
    inner_interfaces,
    iptables_listing,
    nft_listing,
    route_listing,
)
from datacenter.faults import FAULTS, plant
from datacenter.harbour import harbour
from datacenter.simulator import save

NAMES = sorted(FAULTS)


def saved_text(folder) -> str:
    """Everything a saved folder says, without the numbers of its files."""
    files = sorted(p for p in folder.rglob("*.xml"))
    return "".join(p.read_text(encoding="utf-8") for p in files)


def test_all_faults_of_the_issue_are_there():
    assert len(FAULTS) == 25
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_changes_a_copy_only(name):
    clean = harbour()
    faulty = plant(clean, name)
    assert clean == harbour()
    assert faulty != clean


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_is_in_what_is_saved(name, tmp_path):
    clean, faulty = harbour(), plant(harbour(), name)
    if faulty["devices"] != clean["devices"]:
        return  # its place is a device's configuration, tested below
    one = save(clean, tmp_path / "clean")
    other = save(faulty, tmp_path / "faulty")
    assert saved_text(one) != saved_text(other)


def test_all_faults_stand_beside_each_other(tmp_path):
    scenario = plant(harbour(), *NAMES)
    save(scenario, tmp_path / "all")
    scenario = plant(harbour(), *reversed(NAMES))
    save(scenario, tmp_path / "reversed")


def without_handles(listing: str) -> Any:
    return json.loads(re.sub(r'"handle": \d+', '"handle": 0', listing))


@pytest.mark.parametrize("names", [(), ("any-any-permit",), ("rule-shadows-deny",)])
def test_the_inner_firewall_is_what_nft_itself_lists(names):
    text = plant(harbour(), *names)["devices"]["inner"]["nft.json"]
    assert without_handles(nft_listing(text)) == without_handles(text)


def test_the_edge_firewall_is_what_iptables_itself_saves():
    files = harbour()["devices"]["edge"]
    assert iptables_listing(files["iptables.rules"]) == files["iptables.rules"]
    assert iptables_listing(files["ip6tables.rules"], version=6) == files["ip6tables.rules"]


@pytest.mark.parametrize(
    ("device", "interfaces", "routes"),
    [("edge", EDGE_INTERFACES, EDGE_ROUTES), ("inner", inner_interfaces(), ())],
)
def test_addresses_and_routes_are_what_ip_itself_prints(device, interfaces, routes):
    files = harbour()["devices"][device]
    assert address_listing(interfaces, routes) == files["ip-addr.json"]
    assert route_listing(interfaces, routes) == files["ip-route.json"]
