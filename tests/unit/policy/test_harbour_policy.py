"""Harbour's policy fits Harbour: what it names is there, and what is there has a zone."""

from collections import Counter

import pytest

from repository import ROOT
from ringfence.foundation.progress import SilentProgress
from ringfence.model.inventory import Inventory
from ringfence.policy.load import load_policy
from ringfence.policy.members import memberships
from ringfence.policy.unmatched import unmatched
from ringfence.sources.vsphere.folder import read_folder

HARBOUR = ROOT / "examples" / "harbour"
AGREED = {"application": 24, "dmz": 20, "cardholder": 14, "management": 7, "migration": 4}


@pytest.mark.parametrize(
    ("snapshot", "policy", "misplaced"),
    [("clean", "policy.yaml", ()), ("faulty", "policy-faulty.yaml", ("application",))],
)
def test_every_place_has_its_zone(snapshot, policy, misplaced):
    loaded = load_policy(HARBOUR / policy)
    assert loaded.warnings == ()
    inventory = Inventory(read_folder(HARBOUR / snapshot, SilentProgress()))
    assert unmatched(loaded, inventory) == ()
    members = memberships(loaded.policy, inventory)
    assert members.unlisted == ()
    agreed = Counter(member.zone for member in members.every if member.standing == "agreed")
    assert agreed == AGREED
    others = [member for member in members.every if member.standing != "agreed"]
    devices = [member.device for member in others if member.standing == "device"]
    assert devices == ["inner-firewall"] * 3
    wrong = tuple(member.zone for member in others if member.standing == "misplaced")
    assert wrong == misplaced
    assert len(others) == 3 + len(misplaced)


def test_only_the_configurations_of_devices_differ():
    sound = load_policy(HARBOUR / "policy.yaml")
    faulty = load_policy(HARBOUR / "policy-faulty.yaml")
    assert faulty.config_paths("edge-firewall") == (HARBOUR / "devices-faulty" / "edge",)
    assert sound.config_paths("inner-firewall") == (HARBOUR / "devices" / "inner",)
    leave_out = {"extends", "devices"}
    assert sound.policy.model_dump(exclude=leave_out) == faulty.policy.model_dump(exclude=leave_out)
