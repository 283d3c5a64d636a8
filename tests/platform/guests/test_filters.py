"""libvirt's network filters at a bridge's port: what is read of them, and what they really stop."""

import pytest

from filtered_guest import FORGED, OWN, POLICY, filtered_guest
from linux_proof import subject_of
from packets_compared import contradictions
from ringfence.model.facts import NotRead
from ringfence.reach.question import Question

WEB = """<filter name='web-only' chain='root'><filterref filter='clean-traffic'/>
  <rule action='accept' direction='in'><icmp/></rule>
  <rule action='drop' direction='inout' priority='900'><all/></rule></filter>"""
EXACTLY, PERHAPS, NEVER = (True, True), (False, True), (False, False)


@pytest.fixture
def guest(tmp_path_factory):
    with filtered_guest(tmp_path_factory.mktemp("f"), (WEB,)) as guest:
        yield guest


def test_what_is_said_of_a_filter_is_what_it_stops(guest, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)

    def look():
        """Return whether a packet surely arrives, whether it may, and whether it did."""
        subject = subject_of([guest.host.bundle()], policy)
        sent = guest.sent(OWN), guest.sent(FORGED), guest.sent(FORGED, tagged=True)
        assert contradictions(subject, sent) == []
        question = Question(subject.snapshot, subject.required_policy(), subject.memberships.every)
        bounds = (
            (question.contains("kiosk", "archive", one.header, "lower"),
             question.contains("kiosk", "archive", one.header, "upper"))
            for one in sent[:2]
        )  # fmt: skip
        kiosk = next(one for one in subject.snapshot.machines if one.name == "kiosk1")
        return (*bounds, [one.arrived for one in sent], kiosk.nics[0].port_filters)

    # Only its own address, in no way: exactly what is proved.
    own, forged, arrived, filters = look()
    assert (own, forged, arrived) == (EXACTLY, NEVER, [True, False, False])
    assert filters == (f"linux:{guest.host.name}/filter/vnet0",)

    # Without a rule on all other frames, a tag that means nothing leads past the addresses.
    guest.refilter("no-ip-spoofing")
    own, forged, arrived, _ = look()
    assert (own, forged, arrived) == (PERHAPS, PERHAPS, [True, False, True])

    # Rules on packets need iptables, which is not followed on bridges: nothing is certain.
    guest.refilter("web-only")
    own, forged, arrived, _ = look()
    assert (own, forged, arrived) == (PERHAPS, NEVER, [False, False, False])

    # Libvirt still lists the filter, and the kernel has none of its rules.
    guest.refilter("clean-traffic")
    guest.host.run("ebtables", "-t", "nat", "-F")
    own, forged, arrived, filters = look()
    assert (own, forged, arrived) == (PERHAPS, PERHAPS, [True, True, True])
    assert isinstance(filters, NotRead)
