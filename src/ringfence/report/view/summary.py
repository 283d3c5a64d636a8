"""The sentences that open a report: verdicts with their whole, and what they rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.audit.finding import Audit, Severity
from ringfence.foundation.text import counted, listed
from ringfence.policy.document import Policy
from ringfence.reach.results import DeployedConfiguration, Missing, Obligation, PairResult, Proof
from ringfence.report.view.matrix import counts
from ringfence.report.view.wording import as_sentence, ended, moment

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
DIRECT = 2
"""The length of a chain of zones that is no more than its two ends."""


def verdict_sentence(proof: Proof) -> str:
    """Return "3 of 30 zone pairs violated, 2 unknown, 25 proved.", in the order of urgency."""
    whole = len(proof.pairs)
    if whole == 0:
        return "The policy has no two zones, so there is no zone pair to prove."
    found = counts(proof.pairs)
    if found["PROVED"] == whole:
        return f"All {counted(whole, 'zone pair')} proved." if whole > 1 else "1 zone pair proved."
    return (
        f"{found['VIOLATED']} of {counted(whole, 'zone pair')} violated, "
        f"{found['UNKNOWN']} unknown, {found['PROVED']} proved."
    )


def foundation_sentence(proof: Proof, policy: Policy) -> str:
    """Return what PROVED rests on: the facts, when they were read, and what is assumed."""
    fabric = "the declared fabric"
    others = [each for each in proof.assumptions if each != fabric]
    assumed = [fabric] if policy.fabric.domains or fabric in proof.assumptions else []
    if others:
        assumed.append(f"the {counted(len(others), 'assumption')} listed below")
    return (
        f"PROVED holds for all packets, from {counted(proof.facts, 'fact')} "
        f"read at {moment(proof.taken)}, "
        + (f"assuming {' and '.join(assumed)}." if assumed else "assuming nothing else.")
    )


def audit_sentence(audit: Audit) -> str:
    """Return how many checks failed, are unknown, passed or did not apply, and the findings."""
    whole = len(audit.results)
    if whole == 0:
        return "No check was run."
    statuses = Counter(result.status for result in audit.results)
    if statuses["failed"]:
        parts = [f"{statuses['failed']} of {counted(whole, 'check')} failed"]
    else:
        parts = [f"None of {counted(whole, 'check')} failed"]
    if statuses["unknown"]:
        parts.append(f"{statuses['unknown']} UNKNOWN")
    parts.append(f"{statuses['passed']} passed")
    if statuses["not-applicable"]:
        parts.append(f"{statuses['not-applicable']} not applicable")
    sentence = f"{', '.join(parts)}."
    found = findings_phrase(audit)
    return f"{sentence} {found}." if found else sentence


def findings_phrase(audit: Audit) -> str:
    """Return "19 findings: 2 critical, 9 high and 8 medium; 1 accepted", empty without any."""
    open_, accepted = Counter[Severity](), 0
    for result in audit.results:
        for finding in result.findings:
            if finding.accepted:
                accepted += 1
            else:
                open_[finding.severity] += 1
    shares = listed(f"{open_[severity]} {severity}" for severity in SEVERITIES if open_[severity])
    parts = [f"{counted(open_.total(), 'finding')}: {shares}"] if shares else []
    if accepted:
        parts.append(f"{counted(accepted, 'finding')} accepted as an exception")
    return "; ".join(parts)


def configuration_sentences(proof: Proof) -> tuple[str, ...]:
    """Return which configuration is deployed, with its scope where there are several."""
    several = len(proof.configurations) > 1
    return tuple(
        f"{each.scope}: {configuration_sentence(each)}" if several else configuration_sentence(each)
        for each in proof.configurations
    )


def configuration_sentence(deployed: DeployedConfiguration) -> str:
    """Return which configuration is deployed and why, as the proof words it."""
    return ended(deployed.sentence)


def worst_obligations(pair: PairResult) -> tuple[Obligation, ...]:
    """Return the obligations of a pair in the order a reader needs: the pair's verdict first."""
    order = ("VIOLATED", "UNKNOWN", "PROVED")
    return tuple(
        sorted(
            pair.obligations,
            key=lambda each: (each.kind == "flow", order.index(each.verdict)),
        )
    )


@dataclass(frozen=True, slots=True)
class Settling:
    """A missing fact, how to supply it, and how many UNKNOWN pairs wait for it."""

    missing: Missing
    pairs: int

    @property
    def sentence(self) -> str:
        """What is missing, then what to do."""
        return settling_sentence(self.missing)


def settling_sentence(missing: Missing) -> str:
    """Return a missing fact as a sentence: what, then how to supply it."""
    return as_sentence(f"{missing.what.strip().rstrip('.')}: {missing.how}")


def settling(proof: Proof) -> tuple[Settling, ...]:
    """Return what would settle the UNKNOWN pairs, what most of them wait for first."""
    waiting = Counter(
        missing for pair in proof.pairs if pair.verdict == "UNKNOWN" for missing in missing_of(pair)
    )
    return tuple(Settling(missing, pairs) for missing, pairs in waiting.most_common())


def missing_of(pair: PairResult) -> tuple[Missing, ...]:
    """Return what keeps the obligations of a pair UNKNOWN, each fact once."""
    found = (missing for obligation in pair.obligations for missing in obligation.missing)
    return tuple(dict.fromkeys(found))


def headlines(proof: Proof, verdict: str) -> Iterator[tuple[PairResult, str]]:
    """Yield each pair of that verdict with the sentence that says why."""
    for pair in proof.pairs:
        if pair.verdict != verdict:
            continue
        sentences = [each.sentence for each in worst_obligations(pair) if each.verdict == verdict]
        yield pair, ended(sentences[0]) if sentences else ""


def step_by_step(pair: PairResult) -> str:
    """The zones in which an attacker takes a machine each, to end in the pair's destination."""
    return (
        f"{' → '.join(pair.chain)}: an attacker takes at least {len(pair.chain) - 1} machines, "
        "one in each zone after the first"
    )
