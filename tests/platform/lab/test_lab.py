"""The lab is built, real packets go exactly where its policy lets them, and it is removed whole."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from ringfence.lab.addressing import ZONES
from ringfence.lab.configurations import CONFIGURATIONS
from ringfence.operations.lab import LabProbed
from running_lab import FOLDER, NAME, PREFIX, SCRIPT, as_root, lab, lab_json, left_behind
from standing_lab import standing

MANAGED = ({"tcp/22", "icmp/8"}, {"tcp/22", "icmpv6/128"})
ALLOWED: dict[tuple[str, str], tuple[set[str], set[str]]] = {
    ("dmz", "application"): ({"tcp/8443"}, {"tcp/8443"}),
    ("application", "cardholder"): (
        {"tcp/5432", "tcp/5433", "udp/5432"},
        {"tcp/5432", "tcp/5433", "udp/5432"},
    ),
    **{("management", zone): MANAGED for zone in ("dmz", "application", "cardholder")},
}
"""The flows of the labs' policies, over IPv4 and IPv6."""


AS_ROOT = pytest.mark.skipif(
    bool(as_root()), reason="enters namespaces in this process: needs root"
)


def matrix(configuration: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What packets do in a whole lab, by where they come from and were sent to."""
    probed = standing(configuration).whole.probed
    cells = LabProbed(probed, 0.0).as_plain()["matrix"]
    return {(cell["source"], cell["destination"]): cell for cell in cells}


@AS_ROOT
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_packets_arrive_exactly_where_the_policy_lets_them(configuration: str) -> None:
    cells = {pair: cell for pair, cell in matrix(configuration).items() if pair[1] in ZONES}
    assert set(cells) == {(one, other) for one in ZONES for other in ZONES}
    for (source, destination), cell in cells.items():
        if source == destination:
            assert cell["arrived"] == cell["tried"]
            continue
        four, six = ALLOWED.get((source, destination), (set(), set()))
        assert set(cell.get("services", ())) == four, (source, destination)
        assert set(cell.get("services_6", ())) == six, (source, destination)
        # Past the gateway, with any tag, nothing comes; nor does a fragment alone.
        kinds = {text.partition(" ")[0] for text in cell.get("lying", ())}
        assert kinds <= {"spoofed", "acknowledgement", "poisoned", "planted"}
        assert kinds == set() or (four | six)
        assert cell.get("overheard", []) == []


@AS_ROOT
@pytest.mark.parametrize("configuration", ["full-collapse"])
def test_only_management_reaches_the_firewall_and_the_hosts(configuration: str) -> None:
    for (source, destination), cell in matrix(configuration).items():
        if destination in {"firewall", "kvm1", "kvm2"} and source != "management":
            assert cell["arrived"] == 0, cell


def test_a_second_lab_is_refused_and_the_first_stays() -> None:
    lab_json("up", "physical-separation")
    second = lab("up", "full-collapse")
    assert second.returncode == 1
    assert "A lab is there already" in second.stderr
    there = lab_json("status")
    assert (there["configuration"], there["missing"]) == ("physical-separation", [])


def test_a_namespace_that_the_lab_did_not_make_is_left_alone() -> None:
    name = f"{PREFIX}kvm1"
    subprocess.run([*as_root(), "ip", "netns", "add", name], check=True)
    try:
        refused = lab("up", "full-collapse")
        assert refused.returncode == 1
        assert name in refused.stderr
        assert left_behind() == [name]
    finally:
        subprocess.run([*as_root(), "ip", "netns", "delete", name], check=True)


@pytest.mark.parametrize("lines", [2, 12, 24])
def test_a_lab_that_was_killed_is_removed_whole(lines: int) -> None:
    starting = subprocess.Popen([*as_root(), SCRIPT, "lab", "up", "full-collapse", "--name", NAME])
    journal = FOLDER / "journal.jsonl"
    while starting.poll() is None and not _has_lines(journal, lines):
        time.sleep(0.001)
    # As root, for so was it started; what it had started itself comes to its end.
    subprocess.run([*as_root(), "kill", "-9", str(starting.pid)], check=False)
    starting.wait()
    time.sleep(1)
    refused = lab("up", "full-collapse")
    assert "A lab is there already" in refused.stderr
    assert lab_json("down")["removed"]
    assert left_behind() == []


def _has_lines(path: Path, lines: int) -> bool:
    try:
        return len(path.read_bytes().splitlines()) >= lines
    except OSError:
        return False


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    done = lab("up", "full-collapse", env={"PATH": str(tmp_path)}) if not as_root() else None
    if done is not None:
        assert done.returncode == 1
        assert "apt-get install --no-install-recommends" in done.stderr
        assert "openvswitch-switch" in done.stderr


def test_nothing_is_there_at_first() -> None:
    assert "There is no lab" in lab("status").stderr
    assert "There is no lab" in lab("probe").stderr
    assert lab("down").stdout == "There was no lab.\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("up", "full-colapse"), "Did you mean 'full-collapse'?"),
        (("up",), "needs a CONFIGURATION"),
        (("upp",), "Did you mean 'up'?"),
        (("status", "all"), "takes no 'all'"),
    ],
)
def test_a_wrong_word_is_told(words: tuple[str, ...], sentence: str) -> None:
    done = lab(*words)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_what_a_person_reads() -> None:
    shown = lab("up", "virtual-separation").stdout
    assert shown.startswith("The lab virtual-separation is up: 2 hosts, 8 machines")
    assert f"{PREFIX}cardholder-2" in shown
    drawn = lab("show").stdout
    assert "host kvm1" in drawn
    assert "nic0 ── fabric kvm1-0" in drawn or "nic0 -- fabric kvm1-0" in drawn
    probed = lab("probe").stdout
    assert "from dmz\n" in probed
    assert json.dumps(ALLOWED[("dmz", "application")][0].copy().pop()).strip('"') in probed
    assert lab("down").stdout.startswith("The lab is gone: 12 namespaces and 6 switch daemons")
