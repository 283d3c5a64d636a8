"""A policy names a saved configuration, and the zones beside its device are proved with it."""

from pathlib import Path

import pytest

from ringfence.foundation.progress import SilentProgress
from ringfence.operations.assemble import subject
from ringfence.operations.prove import make_proof
from ringfence.operations.show import kind_named, show

ROOT = Path(__file__).parents[3]
SAVED = ROOT / "tests" / "support" / "saved"
POLICY = """\
ringfence: 1
name: saved
configuration: physical-separation
zones:
  internet: {{trust: 0, external: true, attached: ["edge:{outside}"]}}
  dmz: {{trust: 20, external: true, attached: ["edge:{dmz}"]}}
  inside: {{trust: 90, external: true, attached: ["edge:{inside}"]}}
  partner: {{trust: 10, external: true, attached: ["edge:{partner}"]}}
devices:
  edge:
    kind: firewall
    physical: true
    config: [{file}]
    interfaces:
      {outside}: {{zone: internet}}
      {dmz}: {{zone: dmz}}
      {inside}: {{zone: inside}}
      {partner}: {{zone: partner}}
"""
ASA = ("asa-edge.cfg", "outside", "dmz", "inside", "partner")
PFSENSE = ("pfsense.xml", "wan", "opt1", "lan", "opt2")


@pytest.mark.parametrize(
    ("file", "outside", "dmz", "inside", "partner", "expected"),
    [
        (*ASA, {"partner -> inside": "PROVED", "inside -> dmz": "VIOLATED"}),
        (*PFSENSE, {"internet -> partner": "VIOLATED", "inside -> partner": "VIOLATED"}),
    ],
)
def test_zones_beside_a_saved_firewall(
    tmp_path: Path,
    file: str,
    outside: str,
    dmz: str,
    inside: str,
    partner: str,
    expected: dict[str, str],
) -> None:
    (tmp_path / file).write_text((SAVED / file).read_text())
    names = {"outside": outside, "dmz": dmz, "inside": inside, "partner": partner}
    (tmp_path / "policy.yaml").write_text(POLICY.format(file=file, **names))
    harbour = ROOT / "examples" / "harbour" / "clean"
    what = subject(harbour, tmp_path / "policy.yaml", SilentProgress())
    proof = make_proof(what, SilentProgress())
    found = {f"{pair.source} -> {pair.destination}": pair.verdict for pair in proof.pairs}
    assert {pair: found[pair] for pair in expected} == expected
    coverage = show(kind_named("coverage"), what)
    assert f"devices.edge {file}, lines" in {row[0] for row in coverage.rows}
    assert "of saved configurations" in coverage.note
    lines = show(kind_named("lines"), what)
    assert {row[1] for row in lines.rows} == {file}
    assert all(row[2] for row in lines.rows)


def test_one_of_several_configurations_that_is_not_there_leaves_the_device_open(
    tmp_path: Path,
) -> None:
    """What it would have told, as a translation, may change what the others let through."""
    file, *names = ASA
    (tmp_path / file).write_text((SAVED / file).read_text())
    words = dict(zip(("outside", "dmz", "inside", "partner"), names, strict=True))
    text = POLICY.format(file=f"{file}, more.cfg", **words)
    (tmp_path / "policy.yaml").write_text(text)
    harbour = ROOT / "examples" / "harbour" / "clean"
    what = subject(harbour, tmp_path / "policy.yaml", SilentProgress())
    (edge,) = (device for device in what.snapshot.devices if device.id == "edge")
    assert "more.cfg" in {one.text for one in edge.not_understood}
    proof = make_proof(what, SilentProgress())
    found = {f"{pair.source} -> {pair.destination}": pair.verdict for pair in proof.pairs}
    assert found["partner -> inside"] == "UNKNOWN"
