"""Every fault is found by its proof and by ``check``, by name, and packets do what was said."""

from itertools import cycle

import pytest

from lab_checking import NOT_ASKED, checked, failed, stray, undecided
from ringfence.lab.configurations import CONFIGURATIONS, layout
from ringfence.lab.fault import Fault, all_faults
from ringfence.operations.lab_verify import LabVerified
from running_lab import as_root, lab, lab_json
from standing_lab import standing

AS_ROOT = pytest.mark.skipif(
    bool(as_root()), reason="enters namespaces in this process: needs root"
)
PAIRED = [
    (fault, configuration)
    for fault, place in zip(all_faults(), cycle(range(3)), strict=False)
    for configuration in [fault.configurations[place % len(fault.configurations)]]
]
UNSEEN = {"host-in-dmz", "port-forwarding"}
"""No packet of the plan is sent to what these open; the proof names one that gets there."""


def test_there_are_at_least_twenty_and_each_fits_a_lab() -> None:
    faults = all_faults()
    assert len({fault.name for fault in faults}) == len(faults) >= 20
    for fault in faults:
        assert fault.configurations
        assert fault.named
        for configuration in fault.configurations:
            whole = layout(configuration)
            assert fault.plant(whole) != whole


@AS_ROOT
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_everything_is_proved_and_packets_agree(configuration: str) -> None:
    found = standing(configuration).whole
    assert found.compared.differences == ()
    assert {pair.verdict for pair in found.proof.pairs} == {"PROVED"}
    assert found.proof.configurations[0].deployed == configuration
    # Every pair of zones, both ways and with everything that is tried.
    assert len(found.probed.probes) > 4000
    assert found.compared.may > 1000
    assert found.compared.kept_out > 3000
    assert found.compared.promised > 50
    assert found.compared.surely > 400


@AS_ROOT
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_check_finds_nothing_in_a_whole_lab(configuration: str) -> None:
    said = checked(standing(configuration).whole.subject)
    assert stray(said) == []
    assert failed(said) == set()
    assert undecided(said) <= NOT_ASKED
    assert said.outcome == "unknown"


@AS_ROOT
@pytest.mark.parametrize(
    ("fault", "configuration"),
    [pytest.param(*pair, id=f"{pair[0].name}-{pair[1]}") for pair in PAIRED],
)
def test_every_fault_is_found_and_mended(fault: Fault, configuration: str) -> None:
    lab = standing(configuration)
    with lab.broken(fault.name) as found:
        changed = lab.changed(found.probed)
    assert changed or fault.name in UNSEEN
    assert lab.differing(changed, run=found.probed.probes[-1].number) == []
    assert found.compared.differences == ()
    assert_proved(found, fault)
    said = checked(found.subject)
    assert stray(said, fault) == []
    assert failed(said) == set(fault.findings)


def assert_proved(found: LabVerified, fault: Fault) -> None:
    """Assert that exactly the pairs of zones that are broken are found, as they are."""
    violated = {(p.source, p.destination) for p in found.proof.pairs if p.verdict == "VIOLATED"}
    unknown = {(p.source, p.destination) for p in found.proof.pairs if p.verdict == "UNKNOWN"}
    wanted = {(one.source, one.destination): one.by for one in fault.expected}
    assert violated == {pair for pair, by in wanted.items() if by not in {"unknown", "flow"}}
    open_pairs = {pair for pair, by in wanted.items() if by == "unknown"}
    assert unknown >= open_pairs
    assert fault.leaves_open or unknown == open_pairs
    for pair in found.proof.pairs:
        by = wanted.get((pair.source, pair.destination))
        kinds = {one.kind for one in pair.obligations if one.verdict == "VIOLATED"}
        if by in {"isolation", "observation", "flow"}:
            assert by in kinds
    assert bool(found.proof.misplacements) == ("placement" in wanted.values()) or fault.leaves_open


def test_one_fault_at_a_time_and_only_what_fits() -> None:
    lab_json("up", "physical-separation")
    assert "does not fit" in lab("break", "wrong-vlan").stderr
    assert "Did you mean 'any-rule'" in lab("break", "any-rul").stderr
    names = {fault["name"] for fault in lab_json("break", "--list")["faults"]}
    assert "management-cable" in names
    assert "wrong-vlan" not in names
    planted = lab_json("break", "default-accept")
    assert {"from": "dmz", "to": "cardholder", "by": "isolation"} in planted["expected"]
    assert planted["findings"] == ["firewall.default-deny"]
    assert lab_json("status")["fault"] == "default-accept"
    assert "broken already, by default-accept" in lab("break", "wide-ports").stderr
    assert lab_json("mend")["mended"] == "default-accept"
    assert lab_json("mend")["mended"] is None
