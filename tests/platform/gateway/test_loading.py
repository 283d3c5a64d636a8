"""Rules are loaded whole, read again, and taken back where anything went otherwise."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway_lab import GatewayLab
from ringfence.foundation.errors import EnforceError, SourceError
from ringfence.foundation.progress import SilentProgress
from ringfence.lab.programs import run_inside
from ringfence.operations.gateway_loading import Where, apply, rollback

OTHER = 'table inet others { chain c { counter comment "another\'s"; }; }'


def table(rules: str) -> str:
    """The gateway's own table among all rules."""
    start = rules.index("table inet ringfence {")
    return rules[start : rules.index("\n}\n", start) + 3]


def test_rules_are_loaded_once_and_rolled_back(lab: GatewayLab) -> None:
    run_inside(lab.namespace, "nft", "-f", "-", given=OTHER)
    before = lab.rules()
    shown = lab.command("apply", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert "it was a dry run" in shown.stdout
    assert (lab.rules(), [*lab.saved.iterdir()]) == (before, [])
    done = lab.command("apply", "--json")
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout)
    assert loaded["became"] == "loaded"
    assert {pair["verdict"] for pair in loaded["pairs"]} == {"PROVED"}
    assert all(f"  {line}" in shown.stdout for line in loaded["changed"])
    now = lab.rules()
    assert "chain pass/dmz/application" in now
    assert "another's" in now
    assert lab.apply().became == "unchanged"
    assert lab.rules() == now
    assert lab.command("rollback").returncode == 0
    assert sorted(lab.rules().splitlines()) == sorted(before.splitlines())
    twice = lab.command("rollback")
    assert twice.returncode == 1
    assert "No rules from before were saved" in twice.stderr
    run_inside(lab.namespace, "nft", "delete", "table", "inet", "others")


def test_a_rollback_to_nothing_leaves_no_table(lab: GatewayLab) -> None:
    run_inside(lab.namespace, "nft", "flush", "ruleset")
    assert lab.apply().became == "loaded"
    rollback(lab.where)
    assert lab.rules() == ""


def test_what_somebody_changed_by_hand_is_put_right(lab: GatewayLab) -> None:
    lab.apply()
    meant = lab.rules()
    wider = ("insert", "rule", "inet", "ringfence", "forwarding", "tcp", "dport", "22", "accept")
    run_inside(lab.namespace, "nft", *wider)
    assert lab.apply().changed == ("-    tcp dport 22 accept",)
    assert lab.rules() == meant


def test_nothing_is_loaded_that_is_not_proved(lab: GatewayLab) -> None:
    # Another table sends packets of dmz elsewhere, in a way that no proof follows.
    rewrites = "ip daddr 10.20.0.9 ip daddr set 10.30.0.11"
    hook = "type filter hook prerouting priority -150"
    given = f"table ip others {{ chain c {{ {hook}; {rewrites}; }}; }}"
    run_inside(lab.namespace, "nft", "-f", "-", given=given)
    try:
        before = lab.rules()
        done = lab.command("apply")
        assert done.returncode in {10, 13, 14}, done.stdout + done.stderr
        assert "Nothing was loaded: not every pair of zones is PROVED" in done.stdout
        assert lab.rules() == before
        assert [*lab.saved.iterdir()] == []
    finally:
        run_inside(lab.namespace, "nft", "delete", "table", "ip", "others")


def test_rules_that_nft_does_not_list_are_read_too(lab: GatewayLab) -> None:
    # The old iptables sends a copy of every packet somewhere.
    copies = ("-t", "mangle", "-A", "PREROUTING", "-j", "TEE", "--gateway", "10.40.0.11")
    run_inside(lab.namespace, "iptables-legacy", *copies)
    try:
        before = lab.rules()
        assert lab.apply().became == "not-proved"
        assert lab.rules() == before
    finally:
        run_inside(lab.namespace, "iptables-legacy", "-t", "mangle", "-F")
    # The empty table stays, and says nothing.
    assert lab.apply().became == "loaded"


@pytest.mark.parametrize("at", ["kvm1", "nowhere"])
def test_another_system_is_not_touched(lab: GatewayLab, at: str) -> None:
    there = Where(lab.place.namespace(at), lab.saved)
    with pytest.raises((EnforceError, SourceError), match=f"in the namespace {there.namespace}"):
        apply(lab.subject, "", there, SilentProgress())


FAILING = """#!/bin/sh
here=$(ip netns identify $$)
case "$here $*" in
"{namespace} --file -") {does} ;;
esac
exec {nft} "$@"
"""
ONCE = "if mkdir {folder}/done 2>/dev/null; then {what}; fi"
DROPS_A_LINE = "sed '/hook forward/d' | exec {nft} --file -; exit"


@pytest.fixture
def fails(
    lab: GatewayLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Makes nft fail as it loads rules into the firewall, and nowhere else."""
    nft = shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin")

    def plant(does: str) -> None:
        program = tmp_path / "nft"
        text = FAILING.replace("{does}", does).replace("{namespace}", lab.namespace)
        program.write_text(text.replace("{nft}", str(nft)).replace("{folder}", str(tmp_path)))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return plant


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("kill -9 $$", "could not be loaded"),
        ("exit 0", "could not be loaded"),
        (ONCE.replace("{what}", DROPS_A_LINE), "is not what was meant"),
        (ONCE.replace("{what}", "{nft} flush ruleset; exit 0"), "is not what was meant"),
    ],
)
def test_the_old_rules_are_in_force_where_loading_fails(
    lab: GatewayLab, fails: Callable[[str], None], does: str, said: str
) -> None:
    before = table(lab.rules())
    fails(does)
    with pytest.raises(EnforceError, match=said) as told:
        lab.apply()
    assert "from before are" in told.value.advice
    assert table(lab.rules()) == before


def test_whoever_is_ended_after_loading_did_load(
    lab: GatewayLab, fails: Callable[[str], None]
) -> None:
    fails("{nft} --file - && kill -9 $$")
    assert lab.apply().became == "loaded"


def test_what_cannot_be_put_back_is_told(lab: GatewayLab, fails: Callable[[str], None]) -> None:
    before = table(lab.rules())
    fails(DROPS_A_LINE)
    with pytest.raises(EnforceError, match="It is not certain which rules are in force") as told:
        lab.apply()
    (saved,) = lab.saved.iterdir()
    assert f"'nft -f {saved}'" in told.value.advice
    run_inside(lab.namespace, "nft", "-f", str(saved))
    assert table(lab.rules()) == before


def test_a_folder_that_cannot_be_written_stops_it(lab: GatewayLab, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    before = lab.rules()
    there = Where(lab.namespace, tmp_path / "file" / "within")
    with pytest.raises(EnforceError, match="cannot be saved"):
        apply(lab.subject, "", there, SilentProgress())
    assert lab.rules() == before
