"""Certificates are made, checked, and refused in a sentence that names what is wrong."""

from pathlib import Path

import msgspec
import pytest

from ringfence.certificate.check import check
from ringfence.foundation.errors import CertificateFailedError, CertificateFileError
from ringfence.model.certificate import (
    Certificate,
    Edge,
    Node,
    Sent,
    certificate_bytes,
    read_certificate,
    write_certificate,
)
from ringfence.model.network import MirrorSession
from ringfence.model.rules import Rule, StateMatch
from ringfence.model.snapshot import Snapshot
from ringfence.model.snapshot_file import snapshot_hash
from ringfence.policy.document import Policy
from ringfence.reach.certifying import certificate
from ringfence.reach.prove import prove
from small_networks import arriving, between, members, permit, policy, question, sources, tcp

ZONES = {"a": "low", "b": "high"}
WEB = {"from": "low", "to": "high", "services": ["tcp/443"], "through": ["fw"]}


def declared(*flows: object) -> Policy:
    return policy(
        flows=list(flows) or [WEB],
        devices={"fw": {"machine": "fw", "kind": "firewall"}},
    )


def network(*rules: Rule, **parts: object) -> Snapshot:
    mirrored = {"mirror_sessions": ()} | parts
    return msgspec.structs.replace(between(*rules), **mirrored)


WEB_ONLY = network(permit(1, arriving("eth0"), *tcp(443)))


def certified(snapshot: Snapshot, given: Policy) -> Certificate:
    asked = question(snapshot, ZONES, given)
    proof = prove(snapshot, given, members(snapshot, ZONES), question=asked)
    made = certificate(asked, snapshot, proof)
    assert made is not None
    return made


def refusal(made: Certificate, snapshot: Snapshot, given: Policy) -> str:
    with pytest.raises(CertificateFailedError) as refused:
        check(made, snapshot, given, members(snapshot, ZONES))
    return str(refused.value)


def stamped(made: Certificate, snapshot: Snapshot) -> Certificate:
    return msgspec.structs.replace(made, snapshot=snapshot_hash(snapshot))


def test_a_certificate_holds_for_what_it_was_made_of() -> None:
    made = certified(WEB_ONLY, declared())
    assert set(made.pairs) == {("low", "high"), ("high", "low")}
    check(made, WEB_ONLY, declared(), members(WEB_ONLY, ZONES))


def test_the_same_proof_gives_the_same_bytes() -> None:
    # A rule that is split gives other atoms and the same sets.
    split = network(
        permit(1, arriving("eth0"), *tcp(443), sources("10.0.1.0/25")),
        permit(2, arriving("eth0"), *tcp(443)),
    )
    one, other = certified(WEB_ONLY, declared()), certified(split, declared())
    assert certificate_bytes(stamped(other, WEB_ONLY)) == certificate_bytes(one)


def test_a_certificate_is_for_one_snapshot_and_one_policy() -> None:
    made = certified(WEB_ONLY, declared())
    other = network(permit(1, arriving("eth0"), *tcp(443, 80)))
    assert "is for another snapshot" in refusal(made, other, declared())
    assert "is for another policy" in refusal(made, WEB_ONLY, declared(WEB | {"services": ["any"]}))


def test_a_set_that_is_not_closed_is_named() -> None:
    made = certified(WEB_ONLY, declared())
    other = network(permit(1, arriving("eth0"), *tcp(443, 80)))
    told = refusal(stamped(made, other), other, declared())
    assert "fw may pass 0.0.0.0 to 10.0.1.0, protocol 6, destination port 80 from eth0" in told
    assert "not in the set of what eth0 sends into VLAN 10 of" in told


def test_a_forbidden_packet_inside_is_named() -> None:
    made = certified(WEB_ONLY, declared())
    # The set of what eth1 sends now holds every packet: closed, and more than is permitted.
    everything = (
        Node(field=1, edges=(Edge(first="0.0.0.0", last="255.255.255.255", child=1),)),
        Node(field=0, edges=(Edge(first="0.0.0.0", last="255.255.255.255", child=2),)),
    )
    sent = tuple(
        Sent(device="fw", interface=interface, headers=3) for interface in ("eth0", "eth1")
    )
    wide = tuple(
        msgspec.structs.replace(spread, sent=sent if spread.sent else ()) for spread in made.spreads
    )
    told = refusal(
        msgspec.structs.replace(made, nodes=everything, spreads=wide), WEB_ONLY, declared()
    )
    assert "A forbidden packet is in the sets for low: fw may send 0.0.0.0 to 0.0.0.0" in told
    assert "b/0 of high hears it outside the declared flows" in told


def test_a_place_that_is_met_directly_is_named() -> None:
    closed = network()
    made = certified(closed, declared())
    groups = tuple(
        msgspec.structs.replace(one, vlan=closed.port_groups[0].vlan) for one in closed.port_groups
    )
    joined = msgspec.structs.replace(closed, port_groups=groups)
    told = refusal(stamped(made, joined), joined, declared())
    assert "low can reach high outside the declared flows: b/0 hears what a/0 sends into" in told


def test_a_nic_that_may_be_any_interface_of_a_device_is_counted() -> None:
    made = certified(WEB_ONLY, declared())
    firewall = next(one for one in WEB_ONLY.machines if one.id == "fw")
    assert isinstance(firewall.nics, tuple)
    third = msgspec.structs.replace(
        firewall.nics[0], id="fw/2", label="third", mac="02:00:00:00:00:99"
    )
    with_third = msgspec.structs.replace(firewall, nics=(*firewall.nics, third))
    machines = tuple(with_third if one is firewall else one for one in WEB_ONLY.machines)
    changed = msgspec.structs.replace(WEB_ONLY, machines=machines)
    proof = prove(changed, declared(), members(changed, ZONES))
    assert {pair.verdict for pair in proof.pairs} == {"UNKNOWN"}
    refusal(stamped(made, changed), changed, declared())


def test_a_missing_spread_is_named() -> None:
    made = certified(WEB_ONLY, declared())
    fewer = tuple(one for one in made.spreads if not one.closed)
    told = refusal(msgspec.structs.replace(made, spreads=fewer), WEB_ONLY, declared())
    assert "no sets for what low can reach without fw" in told


def test_answers_to_what_others_planted_are_counted() -> None:
    # Where the firewall lets answers in from anywhere, high may spoof low's address and have
    # itself answered: then its packets to low are no answers.
    careless = network(
        permit(1, StateMatch(states=("established",))),
        permit(2, *tcp(443)),
    )
    proof = prove(careless, declared(), members(careless, ZONES))
    assert {pair.verdict for pair in proof.pairs} != {"PROVED"}
    made = stamped(certified(WEB_ONLY, declared()), careless)
    refusal(made, careless, declared())


def test_answers_that_nobody_else_can_plant_are_no_hindrance() -> None:
    careful = network(
        permit(1, StateMatch(states=("established",)), arriving("eth1"), sources("10.0.2.0/24")),
        permit(2, arriving("eth0"), sources("10.0.1.0/24"), *tcp(443)),
    )
    made = certified(careful, declared())
    check(made, careful, declared(), members(careful, ZONES))


def test_what_passes_as_a_planted_answer_has_sets_of_its_own() -> None:
    # High may plant an entry by spoofing low; what then passes to low is declared here.
    snapshot = network(
        permit(1, StateMatch(states=("established",))),
        permit(2, arriving("eth1"), *tcp(22)),
    )
    given = declared({"from": "high", "to": "low", "services": ["any"], "through": ["fw"]})
    made = certified(snapshot, given)
    check(made, snapshot, given, members(snapshot, ZONES))
    planted = [one for one in made.spreads if one.answering == "low"]
    assert [one.zone for one in planted] == ["high"]
    without = tuple(one for one in made.spreads if one.answering is None)
    told = refusal(msgspec.structs.replace(made, spreads=without), snapshot, given)
    assert "The sets for high are not closed" in told


def test_a_mirror_session_is_an_observer() -> None:
    made = certified(WEB_ONLY, declared())
    session = MirrorSession(
        id="s",
        name="copy",
        switch="h1/sw",
        enabled=True,
        kind="port",
        sources_received=("p-b",),
        destinations=("p-a",),
    )
    ports = {"a": "p-a", "b": "p-b"}
    machines = tuple(
        msgspec.structs.replace(
            one,
            nics=tuple(msgspec.structs.replace(nic, port=ports.get(one.name)) for nic in one.nics),  # type: ignore[union-attr]
        )
        for one in WEB_ONLY.machines
    )
    watched = msgspec.structs.replace(WEB_ONLY, machines=machines, mirror_sessions=(session,))
    assert "low may observe high: the mirror session copy" in refusal(
        stamped(made, watched), watched, declared()
    )


@pytest.mark.parametrize(
    ("node", "wrong"),
    [
        (Node(field=9, edges=()), "no field 9"),
        (Node(field=3, edges=(Edge(first="1", last="2", child=1),)), "no values of its field"),
        (Node(field=3, edges=(Edge(first=1, last=2, child=7),)), "not an earlier node"),
        (Node(field=3, edges=(Edge(first=5, last=2, child=1),)), "not in order"),
        (Node(field=3, edges=(Edge(first=5, last=70000, child=1),)), "not in order"),
        (Node(field=0, edges=(Edge(first="x", last="y", child=1),)), "where addresses must be"),
    ],
)
def test_nodes_that_the_format_does_not_allow_are_refused(node: Node, wrong: str) -> None:
    made = msgspec.structs.replace(certified(WEB_ONLY, declared()), nodes=(node,))
    assert wrong in refusal(made, WEB_ONLY, declared())


def test_a_certificate_survives_its_file(tmp_path: Path) -> None:
    made = certified(WEB_ONLY, declared())
    path = tmp_path / "a.certificate"
    write_certificate(made, path)
    assert read_certificate(path) == made
    content = path.read_bytes()
    for damaged in (b"", b"{}\n", content[:-9], content.replace(b"443", b"444"), b"\xff\xfe"):
        path.write_bytes(damaged)
        with pytest.raises(CertificateFileError):
            read_certificate(path)
    with pytest.raises(CertificateFileError):
        read_certificate(tmp_path / "none")
