"""What ``generate`` prints is the text alone; what has to be known of it is told beside it."""

from __future__ import annotations

import json
from pathlib import Path

from command_line import ringfence
from repository import ROOT

TWIN = ROOT / "examples" / "twin"
GIVEN = (TWIN / "vsphere", "--policy", TWIN / "policy.yaml")
RUNNING = "ASA Version 9.12(4)\n" + "".join(
    f"interface GigabitEthernet0/{number}\n nameif {zone}\n security-level {number}\n"
    f" ip address 10.{number}0.0.1 255.255.255.0\n"
    for number, zone in enumerate(("dmz", "application", "cardholder", "management"), 1)
)


def test_what_stays_refused_is_told_beside_the_text() -> None:
    done = ringfence("generate", "nsx", *GIVEN)
    assert done.returncode == 0
    assert json.loads(done.stdout)["rules"]
    assert "is not written, and stays refused: icmpv6/128 of" in done.stderr
    assert "Not proved" in done.stderr


def test_verdicts_are_told_beside_the_text_and_in_json(tmp_path: Path) -> None:
    path = tmp_path / "running-config"
    path.write_text(RUNNING + ": end\n")
    text = ringfence("generate", "cisco-asa", *GIVEN, "--into", path)
    assert text.stdout.startswith("ASA Version")
    assert text.stdout.endswith(": end\n")
    assert "zone pairs" in text.stderr
    plain = ringfence("generate", "cisco-asa", *GIVEN, "--into", path, "--json")
    assert plain.returncode == text.returncode == 10
    pairs = json.loads(plain.stdout)["pairs"]
    assert len(pairs) == 12
    assert {one["verdict"] for one in pairs} == {"UNKNOWN"}


def test_a_configuration_that_is_none_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "running-config"
    for content, said in (
        (b"", "begins with 'nothing'"),
        (RUNNING.encode(), "may be cut off"),
        (b"ASA Version 9.12\nhostname \xfc\n: end\n", "line 2: found a byte that is not UTF-8"),
    ):
        path.write_bytes(content)
        done = ringfence("generate", "cisco-asa", *GIVEN, "--into", path, "--output", path)
        assert done.returncode == 1
        assert str(path) in done.stderr
        assert said in done.stderr
        assert path.read_bytes() == content
