"""Records in the words of an operator."""

import msgspec
import pytest

from report_audit import audit
from report_inventory import policy
from report_results import harbour, proof
from ringfence.audit.finding import Audit
from ringfence.model.change import Change
from ringfence.model.packet import Header
from ringfence.report.view.summary import (
    audit_sentence,
    configuration_sentences,
    foundation_sentence,
    headlines,
    settling,
    verdict_sentence,
)
from ringfence.report.view.witness import stations
from ringfence.report.view.wording import (
    change_text,
    header_text,
    moment,
    short_services,
    value_text,
)


def test_a_header_reads_from_source_to_destination() -> None:
    header = Header(
        source="10.0.0.1",
        destination="10.0.0.2",
        protocol=6,
        source_port=40000,
        destination_port=22,
        tcp_flags=18,
    )
    assert header_text(header) == "tcp SYN+ACK 10.0.0.1:40000 → 10.0.0.2:22"


def test_ipv6_addresses_with_ports_stand_in_brackets() -> None:
    header = Header(source="fd00::1", destination="fd00::2", protocol=17, destination_port=53)
    assert header_text(header) == "udp fd00::1 → [fd00::2]:53"


def test_icmp_has_type_and_code_and_no_ports() -> None:
    header = Header(source="10.0.0.1", destination="10.0.0.2", protocol=1, icmp_type=8, icmp_code=0)
    assert header_text(header) == "icmp type 8 code 0 10.0.0.1 → 10.0.0.2"


def test_an_unnamed_protocol_has_its_number() -> None:
    assert header_text(Header(source="a", destination="b", protocol=99)).startswith("protocol 99")


@pytest.mark.parametrize(
    ("services", "short"),
    [
        ((), ""),
        (("tcp/443",), "443"),
        (("tcp/443", "tcp/8443"), "443, 8443"),
        (("tcp/443", "udp/53", "tcp/1", "tcp/2"), "443, udp/53 +2"),
    ],
)
def test_services_are_shortened(services: tuple[str, ...], short: str) -> None:
    assert short_services(services) == short


def test_a_moment_is_told_in_universal_time() -> None:
    assert moment("2026-11-23T10:14:02+01:00") == "09:14 UTC on 2026-11-23"
    assert moment("2026-11-23T09:14:02Z") == "09:14 UTC on 2026-11-23"
    assert moment("yesterday") == "yesterday"
    assert moment("") == "an unknown time"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (False, "false"),
        (0, "0"),
        ("", "an empty text"),
        ([], "none"),
        (["a", 2], "a, 2"),
        ({"type": "not-read", "reason": "fault"}, "not read (fault)"),
        ({"type": "access", "vlan": 7}, "7"),
        ({"type": "trunk", "ranges": [[1, 4093]]}, "trunk 1-4093"),
        ({"type": "allocation", "limit": None}, "limit nothing"),
        ([{"a": 1}], '[{"a":1}]'),
    ],
)
def test_values_are_told(value: object, text: str) -> None:
    assert value_text(value) == text


def test_a_long_value_ends_in_an_ellipsis() -> None:
    assert value_text("x" * 1000).endswith("x…")
    assert len(value_text("x" * 1000)) == 240


def test_changes_name_object_property_and_values() -> None:
    change = Change(
        object="pg-1",
        name="APP-200",
        kind="set",
        table="port_groups",
        property="vlan.vlan",
        before=210,
        after=200,
    )
    assert change_text(change) == "On port group APP-200 set vlan.vlan from 210 to 200."
    removed = Change(object="vm-1", name="web-1", kind="remove", table="machines")
    assert change_text(removed) == "Remove machine web-1."
    added = Change(object="x", name="X", kind="add", table="hosts")
    assert change_text(added) == "Add host X."


def test_counts_come_with_their_whole() -> None:
    faulty = proof(policy(), "0" * 64)
    assert verdict_sentence(faulty) == "3 of 30 zone pairs violated, 2 unknown, 25 proved."
    clean = proof(policy(), "0" * 64, faulty=False)
    assert verdict_sentence(clean) == "All 30 zone pairs proved."


def test_a_proof_says_what_it_rests_on() -> None:
    told = foundation_sentence(proof(policy(), ""), policy())
    assert told == (
        "PROVED holds for all packets, from 1,204 facts read at 09:14 UTC on 2026-11-23, "
        "assuming the declared fabric and the 2 assumptions listed below."
    )


def test_checks_are_counted_by_what_they_said() -> None:
    assert audit_sentence(audit("")) == (
        "9 of 17 checks failed, 1 UNKNOWN, 6 passed, 1 not applicable. "
        "9 findings: 2 critical, 5 high and 2 medium; 1 finding accepted as an exception."
    )
    assert audit_sentence(audit("", faulty=False)) == (
        "None of 17 checks failed, 16 passed, 1 not applicable."
    )
    assert audit_sentence(Audit(policy="p", snapshot_hash="", results=())) == "No check was run."


def test_a_configuration_is_told_against_the_declared_one() -> None:
    one = proof(policy(), "")
    (sentence,) = configuration_sentences(one)
    assert sentence.startswith("full-collapse is declared, and none of the three is deployed: ")
    two = msgspec.structs.replace(one, configurations=one.configurations * 2)
    assert configuration_sentences(two)[0] == f"all hosts: {sentence}"


def test_what_would_settle_the_unknown_is_told_once_with_how_many_wait() -> None:
    (settled,) = settling(proof(policy(), ""))
    assert settled.pairs == 2
    assert settled.sentence == (
        "The security policy of vSwitch0 on esx-4 was not read: give the account System.Read "
        "on host esx-4 and collect again."
    )


def test_every_violated_pair_has_a_headline() -> None:
    faulty = proof(policy(), "")
    ends = [(pair.source, pair.destination) for pair, _ in headlines(faulty, "VIOLATED")]
    assert ends == [
        ("dmz", "cardholder"),
        ("application", "cardholder"),
        ("cardholder", "application"),
    ]
    assert all(sentence.endswith(".") for _, sentence in headlines(faulty, "VIOLATED"))


def test_the_header_is_written_where_it_changes() -> None:
    told = harbour().proof
    assert told is not None
    by_device = next(
        pair.obligations[0].witness
        for pair in told.pairs
        if (pair.source, pair.destination) == ("dmz", "cardholder")
    )
    assert by_device is not None
    headers = [station.header for station in stations(by_device)]
    assert headers == [by_device.sent, None, by_device.delivered, None, None]
