"""What is proved of the lab is what its packets do: in each configuration, and with every fault."""

from itertools import cycle

import pytest

from ringfence.foundation.progress import SilentProgress
from ringfence.lab.breaking import break_lab
from ringfence.lab.building import build
from ringfence.lab.configurations import CONFIGURATIONS, layout
from ringfence.lab.fault import Fault, all_faults
from ringfence.lab.place import lab_place
from ringfence.operations.lab_verify import LabVerified, verify_lab
from running_lab import NAME, as_root, lab, lab_json

pytestmark = pytest.mark.skipif(
    bool(as_root()), reason="enters namespaces in this process: needs root"
)
PAIRED = [
    (fault, configuration)
    for fault, place in zip(all_faults(), cycle(range(3)), strict=False)
    for configuration in [fault.configurations[place % len(fault.configurations)]]
]


def verified(configuration: str, fault: str = "") -> LabVerified:
    place = lab_place(NAME)
    build(place, layout(configuration))
    if fault:
        break_lab(place, fault)
    return verify_lab(NAME, SilentProgress())


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_everything_is_proved_and_packets_agree(configuration: str) -> None:
    found = verified(configuration)
    assert found.compared.differences == ()
    assert {pair.verdict for pair in found.proof.pairs} == {"PROVED"}
    assert found.proof.configurations[0].deployed == configuration
    # Every pair of zones, both ways and with everything that is tried.
    assert len(found.probed.probes) > 4000
    assert found.compared.may > 1000
    assert found.compared.kept_out > 3000
    assert found.compared.promised > 50
    assert found.compared.surely > 400


@pytest.mark.parametrize(
    ("fault", "configuration"),
    [pytest.param(*pair, id=f"{pair[0].name}-{pair[1]}") for pair in PAIRED],
)
def test_every_fault_is_found_and_packets_agree(fault: Fault, configuration: str) -> None:
    found = verified(configuration, fault.name)
    assert found.compared.differences == ()
    violated = {(p.source, p.destination) for p in found.proof.pairs if p.verdict == "VIOLATED"}
    unknown = {(p.source, p.destination) for p in found.proof.pairs if p.verdict == "UNKNOWN"}
    wanted = {(one.source, one.destination): one.by for one in fault.expected}
    judged = {pair for pair, by in wanted.items() if by not in {"unknown", "flow"}}
    assert violated == judged
    open_pairs = {pair for pair, by in wanted.items() if by == "unknown"}
    assert unknown >= open_pairs
    assert fault.leaves_open or unknown == open_pairs
    for pair in found.proof.pairs:
        by = wanted.get((pair.source, pair.destination))
        kinds = {one.kind for one in pair.obligations if one.verdict == "VIOLATED"}
        if by in {"isolation", "observation", "flow"}:
            assert by in kinds
    assert bool(found.proof.misplacements) == ("placement" in wanted.values()) or fault.leaves_open


def test_what_a_person_reads() -> None:
    lab_json("up", "full-collapse")
    shown = lab("verify")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("Proof and packets agree: ")
    assert "PROVED    12 of 12" in shown.stdout
    lab_json("break", "any-rule")
    shown = lab("verify")
    assert shown.returncode == 14
    assert "VIOLATED  1 of 12: dmz → cardholder" in shown.stdout
    assert lab_json("verify")["agrees"] is True
