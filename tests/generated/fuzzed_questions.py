"""What is asked of changed snapshots and policies: slips, what-ifs, placements, hygiene, proofs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import TypeVar

from generated.certified import certified_case
from generated.compare_placements import clustered
from generated.fuzzed import read_changed
from generated.mutating import document_changed
from generated.network import Network
from ringfence.certificate.check import check
from ringfence.foundation.canonical import canonical_json
from ringfence.foundation.errors import (
    CertificateFailedError,
    ChangeRefusedError,
    RingfenceError,
)
from ringfence.model.change import apply, difference
from ringfence.model.snapshot import Snapshot
from ringfence.model.snapshot_file import read_snapshot, write_snapshot
from ringfence.policy.document import Policy
from ringfence.policy.load import load_policy
from ringfence.policy.membership import Membership
from ringfence.reach.certifying import certificate
from ringfence.reach.fragility import every_slip, fragility
from ringfence.reach.hygiene import Needs, rule_findings
from ringfence.reach.leaks import Leaks
from ringfence.reach.mobility import every_placement
from ringfence.reach.prove import prove
from ringfence.reach.question import Question
from ringfence.reach.session import Session

_T = TypeVar("_T")
_TRIES = 12
_MOST_SLIPS = 40  # of a network of which every slip is tried; of others these many, by chance


@dataclass(frozen=True)
class _Asked:
    """A changed snapshot and policy, and the same snapshot changed once more."""

    snapshot: Snapshot
    other: Snapshot
    policy: Policy
    memberships: tuple[Membership, ...]

    @cached_property
    def question(self) -> Question:
        return Question(self.snapshot, self.policy, self.memberships)


def problem(seed: int) -> str | None:
    """Return what one of the questions about a changed network of a seed is answered wrongly.

    Nothing is raised but errors with words.
    """
    chance = Random(f"questions {seed}")
    kind = list(_KINDS)[seed % len(_KINDS)]
    with suppress(RingfenceError):
        asked = _asked(certified_case(seed), chance)
        found = next(_KINDS[kind](asked, chance), None)
        return None if found is None else f"seed {seed}, {kind}: {found}"
    return None


def _asked(case: Network, chance: Random) -> _Asked:
    if chance.random() < 0.5:
        case = clustered(case, chance)
    snapshot = _borne(lambda: read_changed(case.snapshot, chance), case.snapshot)
    other = _borne(lambda: read_changed(snapshot, chance), case.snapshot)
    policy = case.policy
    if chance.random() < 0.5:
        policy = _borne(lambda: _policy(case.policy, chance), policy)
    members = tuple(
        one
        for one in case.memberships
        if {one.zone, *one.candidates, *one.network_zones, *one.machine_zones} - {None}
        <= policy.zones.keys()
    )
    return _Asked(snapshot, other, policy, members)


def _borne(make: Callable[[], _T], otherwise: _T) -> _T:
    """Return the first of some changed things that is not refused: most are."""
    for _ in range(_TRIES):
        with suppress(RingfenceError):
            return make()
    return otherwise


def _policy(policy: Policy, chance: Random) -> Policy:
    """Return a policy as it is loaded from a file of it that was changed."""
    whole = policy.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for name, zone in whole["zones"].items():
        zone.setdefault("machines", [f"{name}-*"])  # a policy has to say what belongs there
    content = document_changed(canonical_json(whole), chance)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "policy.yaml")
        path.write_bytes(content)
        return load_policy(path).policy


def _kept(asked: _Asked, _chance: Random) -> Iterator[str]:
    """Yield what a file of the snapshot, or the difference to another, loses of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "snapshot")
        write_snapshot(asked.snapshot, path)
        if read_snapshot(path) != asked.snapshot:
            yield "what was written is not what is read"
    with suppress(ChangeRefusedError):
        if difference(apply(asked.snapshot, difference(asked.snapshot, asked.other)), asked.other):
            yield "a difference that was applied leaves a difference"


def _hygiene(asked: _Asked, _chance: Random) -> Iterator[str]:
    question = asked.question
    needs = Needs(question.space, Leaks(question).allowed(asked.policy.flows))
    for device in question.inventory.snapshot.devices:
        for finding in (*rule_findings(device), *rule_findings(device, needs)):
            if not finding.sentence:
                yield f"{finding} says nothing"


def _slips(asked: _Asked, chance: Random) -> Iterator[str]:
    slips = every_slip(asked.question)
    if len(slips) <= _MOST_SLIPS:
        found = fragility(asked.question)
        if not found.breaking <= found.possible:
            yield f"{found.breaking} of {found.possible} slips break something"
        return
    for slip in chance.sample(slips, 8):
        Session(asked.question).edit(slip.applied(asked.snapshot)).effect()


def _what_if(asked: _Asked, _chance: Random) -> Iterator[str]:
    session = Session(asked.question)
    before = dict(session.verdicts)
    effect = session.apply(difference(asked.snapshot, asked.other)).effect()
    after = dict(session.verdicts)
    session.undo()
    if session.verdicts != before:
        yield "an edit that is taken back leaves other verdicts"
    told = {(one.source, one.destination): (one.before, one.after) for one in effect.pairs}
    for pair, verdict in before.items():
        expected = (verdict, after[pair])
        if told.get(pair, expected) != expected or (verdict != after[pair] and pair not in told):
            yield f"{pair} becomes {expected}, and told is {told.get(pair)}"


def _placements(asked: _Asked, _chance: Random) -> Iterator[str]:
    surely = {
        one for one, verdict in asked.question.verdicts.every().items() if verdict == "VIOLATED"
    }
    for one in every_placement(asked.question).pairs:
        if one.verdict == "PROVED" and (one.source, one.destination) in surely:
            isolation = asked.question.lower.delivered_with_local(one.source, one.destination)
            if isolation != asked.question.space.nothing:
                yield f"{one} is delivered where everything is now"


def _certificates(asked: _Asked, _chance: Random) -> Iterator[str]:
    proof = prove(asked.snapshot, asked.policy, asked.memberships, question=asked.question)
    made = certificate(asked.question, asked.snapshot, proof)
    if made is not None:
        try:
            check(made, asked.snapshot, asked.policy, asked.memberships)
        except CertificateFailedError as refused:
            yield f"its certificate is refused: {refused}"


_KINDS: dict[str, Callable[[_Asked, Random], Iterator[str]]] = {
    "kept": _kept,
    "hygiene": _hygiene,
    "slips": _slips,
    "what-if": _what_if,
    "placements": _placements,
    "certificates": _certificates,
}
