"""What the templates are given: the sections of the page and the words for their parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, Final, get_args

from markupsafe import Markup

from ringfence.audit.finding import Finding, Severity
from ringfence.foundation.text import counted, listed
from ringfence.policy.document import Configuration, Flow, MachineSelector, Policy
from ringfence.reach.results import PairResult, Proof, Verdict
from ringfence.report.format import ReportInput
from ringfence.report.html.hosts import hosts_context
from ringfence.report.pictures.configurations import DESCRIPTIONS, configuration_figure
from ringfence.report.pictures.matrix import matrix_picture
from ringfence.report.view.findings import by_item, fix_text, placed_name
from ringfence.report.view.matrix import WORST_FIRST, Cell, counts, matrix_of
from ringfence.report.view.summary import (
    audit_sentence,
    configuration_sentences,
    foundation_sentence,
    headlines,
    missing_of,
    settling,
    settling_sentence,
    step_by_step,
    verdict_sentence,
    worst_obligations,
)
from ringfence.report.view.unread import UnreadGroup, undecided_sentences, unread_groups
from ringfence.report.view.witness import (
    ATTACKERS,
    closing,
    more_ways,
    stations,
    together,
    way_title,
)
from ringfence.report.view.wording import as_sentence, ended, header_parts, moment, value_text
from ringfence.report.view.zones import ZoneLook, zone_looks

_MOST_HEADLINES: Final[dict[Verdict, int]] = {"VIOLATED": 12, "UNKNOWN": 3}
_FEW: Final = 10


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the page."""

    id: str
    title: str
    template: str


def context(told: ReportInput) -> dict[str, Any]:
    """Return everything that the templates name."""
    looks = zone_looks(told.policy)
    unread = unread_groups(told)
    return {
        "sections": _sections(told),
        "looks": looks,
        "policy": told.policy,
        "proof": told.proof,
        "audit": told.audit,
        "sources": told.inventory.snapshot.sources,
        "read_from": listed(source.name for source in told.inventory.snapshot.sources)
        or "no source",
        "taken": moment(_taken(told)),
        "written": moment(told.generated),
        "digest": _digest(told),
        "assumptions": _assumptions(told),
        "unread": unread,
        "unread_sentence": _unread_sentence(unread),
        "named": partial(listed, most=12),
        "value": value_text,
        "fix_text": fix_text,
        "placed_name": placed_name,
        "undecided_sentences": undecided_sentences,
        "attackers": ATTACKERS,
        "stations": stations,
        "closing": closing,
        "together": together,
        "way_title": way_title,
        "more_ways": more_ways,
        "header_parts": header_parts,
        "per_row": _per_row,
        "few": _FEW,
        "counted": counted,
        "configurations": () if told.proof is None else configuration_sentences(told.proof),
        "figures": _figures(told, looks),
        "banded": [look.name for look in _banded(told.policy, looks)],
        **_proof_context(told, looks),
        **_audit_context(told),
        **hosts_context(told, looks),
    }


def _sections(told: ReportInput) -> tuple[Section, ...]:
    proved, audited = told.proof is not None, told.audit is not None
    wanted = (
        (True, "summary", "Summary"),
        (True, "configuration", "Which configuration is deployed"),
        (proved, "matrix", "Zone matrix"),
        (proved, "pairs", "Zone pairs"),
        (True, "wiring", "Wiring of the hosts"),
        (audited, "findings", "Findings of the audit"),
        (True, "unread", "What was not read"),
        (True, "basis", "What it rests on"),
    )
    return tuple(
        Section(name, title, f"{name}.html.j2") for present, name, title in wanted if present
    )


def _taken(told: ReportInput) -> str:
    if told.proof is not None:
        return told.proof.taken
    return max((source.finished for source in told.inventory.snapshot.sources), default="")


def _assumptions(told: ReportInput) -> tuple[str, ...]:
    """Return what proof and audit assume, each once."""
    results = (told.proof, told.audit)
    every = (each for one in results if one for each in one.assumptions)
    return tuple(dict.fromkeys(map(as_sentence, every)))


def _digest(told: ReportInput) -> str:
    result = told.proof or told.audit
    return "" if result is None else result.snapshot_hash


def _unread_sentence(unread: tuple[UnreadGroup, ...]) -> str:
    objects = len({name for group in unread for name in group.names})
    kinds = counted(len(unread), "property", "properties")
    return f"{kinds} of {counted(objects, 'object')} could not be read." if unread else ""


def _proof_context(told: ReportInput, looks: Mapping[str, ZoneLook]) -> dict[str, Any]:
    proof = told.proof
    if proof is None:
        return {"headlines": (), "settled": (), "placements": (), "bypasses": ()}
    places = Counter(each.zone for each in told.memberships if each.zone is not None)
    matrix = matrix_of(proof, told.policy)
    position = {zone: index for index, zone in enumerate(proof.zones)}
    pair_id = partial(_pair_id, position)

    def target(cell: Cell) -> str:
        # The first pair of the cell's own verdict.
        first = min(cell.pairs, key=lambda pair: WORST_FIRST.index(pair.verdict))
        return f"#{pair_id(first)}"

    return {
        "verdict_sentence": verdict_sentence(proof),
        "foundation_sentence": foundation_sentence(proof, told.policy),
        "headlines": [
            (found[:most], len(found) - most, verdict)
            for verdict, most in _MOST_HEADLINES.items()
            if (found := list(headlines(proof, verdict)))
        ],
        "settled": settling(proof),
        "missing_of": missing_of,
        "settling_sentence": settling_sentence,
        "step_by_step": step_by_step,
        "placements": [ended(each.sentence) for each in proof.misplacements],
        "bypasses": [as_sentence(each) for each in proof.bypasses],
        "matrix": matrix,
        # The picture escapes what it is given.
        "matrix_picture": Markup(matrix_picture(matrix, looks, places, target)),  # noqa: S704
        "shares": _shares,
        "pair_id": pair_id,
        "pair_groups": _pair_groups(proof),
        "plain_pairs": _plain_pairs(proof),
        "plain_title": _plain_title(proof),
        "obligations": worst_obligations,
        "flows": partial(_flows, told.policy),
    }


def _pair_id(position: Mapping[str, int], pair: PairResult) -> str:
    return f"pair-{position[pair.source]}-{position[pair.destination]}"


def _shares(cell: Cell) -> str:
    if len(cell.pairs) == 1:
        return cell.pairs[0].verdict
    return ", ".join(f"{count} {word}" for word, count in counts(cell.pairs).items() if count)


def _pair_groups(proof: Proof) -> list[tuple[str, list[PairResult], bool]]:
    groups: list[tuple[str, list[PairResult], bool]] = []
    for verdict in WORST_FIRST:
        pairs = [pair for pair in proof.pairs if pair.verdict == verdict and not _is_plain(pair)]
        if pairs:
            title = f"{len(pairs)} of {counted(len(proof.pairs), 'zone pair')} {verdict}"
            title += ", with flows or notes" if verdict == "PROVED" else ""
            groups.append((title, pairs, verdict != "PROVED"))
    return groups


def _is_plain(pair: PairResult) -> bool:
    """Whether "nothing is declared and nothing is delivered" says all there is to say."""
    return (
        pair.verdict == "PROVED"
        and not (pair.declared or pair.reachable or pair.notes)
        and all(each.verdict == "PROVED" and each.witness is None for each in pair.obligations)
    )


def _plain_pairs(proof: Proof) -> list[tuple[str, list[PairResult]]]:
    plain = [pair for pair in proof.pairs if _is_plain(pair)]
    return [(source, list(pairs)) for source, pairs in groupby(plain, key=lambda each: each.source)]


def _plain_title(proof: Proof) -> str:
    plain = sum(map(_is_plain, proof.pairs))
    whole = counted(len(proof.pairs), "zone pair")
    return f"{plain} of {whole} PROVED: nothing is declared, and nothing can be delivered"


def _per_row(stations: int) -> int:
    """How many stations stand in a row: as many in each, at most six."""
    rows = -(-stations // 6)
    return -(-stations // rows) if rows else 1


def _flows(policy: Policy, pair: PairResult) -> list[str]:
    return [
        _flow_text(flow)
        for flow in policy.flows
        if flow.from_ == pair.source and flow.to == pair.destination
    ]


def _flow_text(flow: Flow) -> str:
    parts = [", ".join(flow.services)]
    for word, ends in (("from", flow.source), ("to", flow.destination)):
        if ends:
            parts.append(f"{word} {listed(map(_end_text, ends))}")
    if flow.through:
        parts.append(f"through {listed(flow.through)}")
    if flow.reason:
        parts.append(f"for {flow.reason}")
    if flow.owner:
        parts.append(f"owned by {flow.owner}")
    if flow.review_by:
        parts.append(f"to be reviewed by {flow.review_by.isoformat()}")
    return ", ".join(parts)


def _end_text(end: str | MachineSelector) -> str:
    if isinstance(end, str):
        return end
    return listed(f"{key} {value}" for key, value in end.model_dump(exclude_none=True).items())


def _figures(told: ReportInput, looks: Mapping[str, ZoneLook]) -> list[dict[str, Any]]:
    policy = told.policy
    zones = _banded(policy, looks)
    configurations = () if told.proof is None else told.proof.configurations
    several = len(configurations) > 1
    figures = []
    kinds: tuple[Configuration, ...] = get_args(Configuration)
    for index, kind in enumerate(kinds):
        deployed = [each.scope for each in configurations if each.deployed == kind]
        declared = [each.scope for each in configurations if each.declared == kind]
        if not configurations and policy.configuration == kind:
            declared = [""]
        picture = configuration_figure(kind, zones, captions=index == 0)
        figures.append(
            {
                "name": kind,
                "description": DESCRIPTIONS[kind],
                "picture": Markup(picture),  # noqa: S704 (the picture escapes what it is given)
                "deployed_in": _scopes(deployed, several=several),
                "declared_in": _scopes(declared, several=several),
            }
        )
    return figures


def _banded(policy: Policy, looks: Mapping[str, ZoneLook]) -> tuple[ZoneLook, ...]:
    """Return the zones that stand for all in the figures: three of machines, by trust."""
    names = [
        name
        for name in policy.by_trust()
        if not policy.zones[name].external and policy.zones[name].role is None
    ]
    return tuple(looks[name] for name in names[:3])


def _scopes(scopes: list[str], *, several: bool) -> str:
    """Return " in cluster a and cluster b", a space where there is only one scope."""
    if not scopes:
        return ""
    return f" in {listed(scopes)}" if several else " "


def _audit_context(told: ReportInput) -> dict[str, Any]:
    if told.audit is None:
        return {}
    return {
        "audit_sentence": audit_sentence(told.audit),
        "items": by_item(told.audit),
        "by_check": _by_check,
    }


def _by_check(findings: tuple[Finding, ...]) -> list[tuple[str, Severity, list[Finding]]]:
    groups = []
    for (_, title, severity), found in groupby(
        findings, key=lambda each: (each.check, each.title, each.severity)
    ):
        groups.append((title, severity, list(found)))
    return groups
