"""A difference is told with what the switches and the firewall themselves say of the packet."""

import pytest

from ringfence.lab.building import build
from ringfence.lab.configurations import layout
from ringfence.lab.place import lab_place
from ringfence.lab.probe import Probe
from ringfence.lab.probes import ProbePlan
from ringfence.lab.probing import firewall_rules
from ringfence.lab.tracing import trace
from running_lab import NAME, as_root

pytestmark = pytest.mark.skipif(
    bool(as_root()), reason="enters namespaces in this process: needs root"
)


def test_a_packet_is_followed_through_switches_and_rules() -> None:
    place, whole = lab_place(NAME), layout("full-collapse")
    build(place, whole)
    rules = firewall_rules(place, whole)
    probes = [one for one in ProbePlan(whole, rules).probes() if one.kind == "plain"]

    def told(port: int) -> str:
        return trace(place, whole, next(one for one in probes if _is_to_application_2(one, port)))

    passed = told(8443)
    # From the first host to its firewall, and by the physical switch to the second host.
    assert "br0 on kvm1, by dmz-1" in passed
    assert "Datapath actions" in passed
    assert "tcp dport 8443 ct state new accept (verdict accept)" in passed
    assert "behind firewall, application:" in passed
    assert "rack on fabric, by kvm1-1" in passed
    assert "application-2 gets it by eth0, untagged" in passed
    stopped = told(443)
    assert "chain forward" in stopped or "forward verdict" in stopped or "forward policy" in stopped
    assert "application-2 gets it" not in stopped
    assert firewall_rules(place, whole) == rules


def _is_to_application_2(one: Probe, port: int) -> bool:
    return (
        (one.source, one.destination) == ("dmz-1", "application-2")
        and one.header.destination_port == port
        and one.header.protocol == 6
        and "." in one.header.source
    )
