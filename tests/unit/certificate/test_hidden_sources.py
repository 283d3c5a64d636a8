"""Flows from some addresses, where a device hides which address a packet was sent from."""

import msgspec
import pytest

from ringfence.certificate.check import check
from ringfence.foundation.errors import CertificateFailedError
from ringfence.model.certificate import Certificate
from ringfence.model.rules import Chain, Translation
from ringfence.model.snapshot import Snapshot
from ringfence.model.snapshot_file import snapshot_hash
from ringfence.policy.document import Policy
from ringfence.reach.certifying import certificate
from ringfence.reach.prove import prove
from small_networks import between, members, permit, policy, question, sources, tcp

ZONES = {"a": "low", "b": "high"}


def hiding(*allowed: str) -> Snapshot:
    """A firewall that hides whom it lets out to the web of the high zone behind its own address."""
    masquerading = msgspec.structs.replace(
        permit(1, action="translate"), translation=Translation(side="source", of_interface=True)
    )
    forward = Chain(
        id="forward",
        name="forward",
        hook="forward",
        policy="drop",
        rules=(permit(1, *tcp(443), sources(*allowed)),),
    )
    source_translation = Chain(
        id="out", name="out", hook="postrouting", translates=True, rules=(masquerading,)
    )
    closed = Chain(id="input", name="input", hook="input", policy="drop", rules=())
    snapshot = between(chains=(forward, source_translation, closed))
    return msgspec.structs.replace(snapshot, mirror_sessions=())


def declared(*from_sources: str, **parts: object) -> Policy:
    flow = {"from": "low", "to": "high", "services": ["tcp/443"], "source": list(from_sources)}
    return policy(flows=[flow | parts], devices={"fw": {"machine": "fw", "kind": "firewall"}})


def certified(snapshot: Snapshot, given: Policy) -> Certificate:
    asked = question(snapshot, ZONES, given)
    proof = prove(snapshot, given, members(snapshot, ZONES), question=asked)
    made = certificate(asked, snapshot, proof)
    assert made is not None
    return made


def refusal(made: Certificate, snapshot: Snapshot, given: Policy) -> str:
    stamped = msgspec.structs.replace(made, snapshot=snapshot_hash(snapshot))
    with pytest.raises(CertificateFailedError) as refused:
        check(stamped, snapshot, given, members(snapshot, ZONES))
    return str(refused.value)


ONE = hiding("10.0.1.5")
ONLY_ONE = declared("10.0.1.5")


@pytest.mark.parametrize("through", [(), ("fw",)])
def test_what_is_proved_of_a_hidden_source_is_certified(through: tuple[str, ...]) -> None:
    given = declared("10.0.1.5", through=list(through))
    made = certified(ONE, given)
    assert ("low", "high") in made.pairs
    check(made, ONE, given, members(ONE, ZONES))


def test_another_source_that_hides_behind_the_same_address_is_no_part_of_the_flow() -> None:
    made, wider = certified(ONE, ONLY_ONE), hiding("10.0.1.5", "10.0.1.6")
    assert "not closed" in refusal(made, wider, ONLY_ONE)


def test_sets_for_a_wider_flow_do_not_certify_a_narrower_one() -> None:
    snapshot, wide = hiding("10.0.1.5", "10.0.1.6"), declared("10.0.1.5", "10.0.1.6")
    made = certified(snapshot, wide)
    narrow = msgspec.structs.replace(made, policy=certified(ONE, ONLY_ONE).policy)
    assert "sets for low are not closed" in refusal(narrow, snapshot, ONLY_ONE)


def test_without_sets_for_the_other_sources_those_for_any_are_taken() -> None:
    made = certified(ONE, ONLY_ONE)
    fewer = tuple(one for one in made.spreads if not one.sources or len(one.sources) == 1)
    assert len(fewer) == len(made.spreads) - 1
    told = refusal(msgspec.structs.replace(made, spreads=fewer), ONE, ONLY_ONE)
    assert "outside the declared flows" in told


@pytest.mark.parametrize(
    "wrong", [("10.0.1.9", "10.0.1.1"), ("10.0.0.0", "fd00::"), ("wan", "wan")]
)
def test_sources_that_are_no_range_are_refused(wrong: tuple[str, str]) -> None:
    made = certified(ONE, ONLY_ONE)
    spreads = tuple(
        one if one.sources is None else msgspec.structs.replace(one, sources=(wrong,))
        for one in made.spreads
    )
    told = refusal(msgspec.structs.replace(made, spreads=spreads), ONE, ONLY_ONE)
    assert "no range" in told or "where addresses must be" in told
