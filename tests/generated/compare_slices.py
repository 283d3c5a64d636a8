"""Verdicts put together from slices of the header space, compared with those of all headers."""

from __future__ import annotations

from generated.compare import case_of
from ringfence.foundation.progress import SilentProgress
from ringfence.reach.judging import Judged, judged_in_slices, judged_pairs, keeps_headers
from ringfence.reach.question import Question
from ringfence.reach.results import Obligation


def sliced_problem(seed: int) -> str | None:
    """Return where slices lead to another verdict on a generated network, ``None`` if nowhere."""
    case = case_of(seed)
    question = Question(case.snapshot, case.policy, case.memberships)
    if not keeps_headers(question):
        return None
    zones = tuple(case.policy.zones)
    pairs = [(one, two) for one in zones for two in zones if one != two]
    whole = dict(judged_pairs(question, pairs, SilentProgress()))
    for pair, judged in judged_in_slices(question, pairs).items():
        # Flows whose services work in different slices are left unknown.
        open_ = {number for number, one in enumerate(judged.owed) if _is_open_flow(one)}
        told = _verdicts(judged, open_)
        expected = _verdicts(whole[pair], open_)
        if told != expected or judged.declared != whole[pair].declared:
            return f"seed {seed}, {pair}: {told} in slices, {expected} whole"
        if set(judged.working) != set(whole[pair].working):
            return f"seed {seed}, {pair}: {judged.working} works, {whole[pair].working} whole"
        if bool(judged.reachable) != bool(whole[pair].reachable):
            return f"seed {seed}, {pair}: {judged.reachable}, {whole[pair].reachable} whole"
    return None


def _is_open_flow(one: Obligation) -> bool:
    return one.kind == "flow" and one.verdict == "UNKNOWN"


def _verdicts(judged: Judged, besides: set[int]) -> list[tuple[str, str]]:
    return [
        (one.kind, one.verdict) for number, one in enumerate(judged.owed) if number not in besides
    ]
