"""nft and the kernel take a gateway's rules, and the proof is of what they list then."""

from __future__ import annotations

import subprocess
from random import Random

from gateway_world import flows_by_chance, gateway_policy, world
from repository import ROOT
from ringfence.operations.gateway import meant
from running_lab import SCRIPT, as_root

TWIN = ROOT / "examples" / "twin"


def test_the_twin_is_proved_with_the_rules_in_force() -> None:
    done = subprocess.run(
        [
            *(*as_root(), SCRIPT, "gateway", "check", TWIN / "vsphere"),
            *("--policy", TWIN / "policy.yaml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("All 12 zone pairs proved.")


def test_nft_takes_every_kind_of_rule() -> None:
    for seed in range(6):
        flows = flows_by_chance(Random(f"nft {seed}"))
        flows.append({"from": "dmz", "to": "outside", "services": ["tcp/1-90,80", "41", "dccp/5"]})
        rules = meant(world(gateway_policy(flows))).ruleset
        tried = subprocess.run(
            [*as_root(), "unshare", "--net", "nft", "--check", "--file", "-"],
            input=rules,
            capture_output=True,
            text=True,
            check=False,
        )
        assert tried.returncode == 0, tried.stderr
