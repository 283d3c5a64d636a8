"""Every fault does in real packets what it says, and mending it puts everything back."""

from collections.abc import Mapping

import pytest

from ringfence.lab.breaking import break_lab, mend
from ringfence.lab.building import build
from ringfence.lab.configurations import layout
from ringfence.lab.fault import all_faults
from ringfence.lab.place import LabPlace, lab_place
from ringfence.lab.probe import Probe
from ringfence.lab.probing import Probed, probe
from running_lab import NAME, as_root, lab, lab_json

UNSEEN = {"host-in-dmz", "port-forwarding"}
"""No packet of the plan is sent to what these open; the proof names one that gets there."""


def test_there_are_at_least_twenty_and_each_fits_a_lab() -> None:
    faults = all_faults()
    assert len({fault.name for fault in faults}) == len(faults) >= 20
    for fault in faults:
        assert fault.configurations
        for configuration in fault.configurations:
            whole = layout(configuration)
            assert fault.plant(whole) != whole


def arrivals(probed: Probed) -> Mapping[tuple[object, ...], tuple[bool, frozenset[str]]]:
    """What became of each packet, by what it was; source ports differ from plan to plan.

    Where packets get to while somebody lies by ARP is a race, and left out.
    """
    return {
        key(one): (probed.came_to(one), probed.overheard.get(one.number, frozenset()))
        for one in probed.probes
        if one.kind != "poisoned"
    }


def key(one: Probe) -> tuple[object, ...]:
    header = one.header
    port = header.source_port if header.source_port and header.source_port < 20000 else None
    return (
        *(one.source, one.interface, one.destination, one.kind, one.tags, one.next_hop, port),
        one.planted.source if one.planted else "",
        *(header.source, header.destination, header.protocol, header.destination_port),
        *(header.icmp_type, header.icmp_code, header.tcp_flags, header.fragment),
    )


@pytest.mark.skipif(bool(as_root()), reason="enters namespaces in this process: needs root")
@pytest.mark.parametrize("configuration", ["physical-separation", "full-collapse"])
def test_every_fault_shows_in_packets_and_is_mended(configuration: str) -> None:
    place: LabPlace = lab_place(NAME)
    whole = layout(configuration)
    build(place, whole)
    before = arrivals(probe(place, whole, 1))
    for run, fault in enumerate(all_faults(), 2):
        if configuration not in fault.configurations:
            continue
        break_lab(place, fault.name)
        probed = probe(place, place.state().now, 2 * run)
        during = arrivals(probed)
        changed = [
            each for each, came in during.items() if came != before.get(each, (False, frozenset()))
        ]
        assert changed or fault.name in UNSEEN, fault.name
        assert mend(place) == fault.name
        after = arrivals(probe(place, whole, 2 * run + 1))
        differing = [each for each in after if after[each][0] != before[each][0]]
        assert differing == [], fault.name


def test_one_fault_at_a_time_and_only_what_fits() -> None:
    lab_json("up", "physical-separation")
    assert "does not fit" in lab("break", "wrong-vlan").stderr
    assert "Did you mean 'any-rule'" in lab("break", "any-rul").stderr
    names = {fault["name"] for fault in lab_json("break", "--list")["faults"]}
    assert "management-cable" in names
    assert "wrong-vlan" not in names
    assert lab_json("break", "any-rule")["expected"] == [
        {"from": "dmz", "to": "cardholder", "by": "isolation"}
    ]
    assert lab_json("status")["fault"] == "any-rule"
    assert "broken already, by any-rule" in lab("break", "wide-ports").stderr
    assert lab_json("mend")["mended"] == "any-rule"
    assert lab_json("mend")["mended"] is None
