"""Write docs/proof/mutants.md from what `make mutants` leaves in build/mutants.json.

Why a mutant survived stands in docs/proof/mutants.toml, by module and by the changed lines: a kind
of KINDS, and a sentence. A survivor without a reason is an error.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "build" / "mutants.json"
REASONS = ROOT / "docs" / "proof" / "mutants.toml"
PAGE = ROOT / "docs" / "proof" / "mutants.md"
KINDS = {
    "equivalent": "the same answers: no input tells the two apart",
    "message": "only what a person reads of it differs",
    "speed": "only the time or the memory that it takes differs",
    "left": "a kind of input that the quick selection does not try; other tests do",
    "gap": "a gap; the test that now notices is named",
}
TOP = """# Mutants of the engine

What would the tests not notice? `make mutants` asks that of `ringfence.reach`: cosmic-ray lists
every place where a comparison, an operator, a number or a statement can be changed; a sample of
these by chance, of every module first, is made one at a time in a copy of the source, and the copy
is compared on a few generated networks of each kind and then tested with the unit tests of the
engine, until anything fails. What fails killed the mutant. One that takes five times the processor
time of the engine itself is killed by its time. Each survivor was read, and is explained here.

`make mutants COUNT=n SEED=n ONLY=module` runs it again. Changes of annotations and docstrings alone
are left out. The quick selection is much smaller than what `make test` and `make soak` run: a
survivor is a question, not yet a gap.

"""


def cell(text: str) -> str:
    """Return code as a cell of a table."""
    return f"`` {text.replace('|', chr(92) + '|')} ``" if text else "(nothing)"


def key(outcome: dict[str, Any]) -> str:
    """Return by what a survivor's reason is found; lines move, so their number is not in it."""
    return f"{outcome['module']}: {outcome['before']} -> {outcome['after']}"


def explained(outcomes: list[dict[str, Any]], reasons: dict[str, list[str]]) -> str:
    """Return the table of the survivors; raises ``KeyError`` for one without a reason."""
    rows = ["| where | was | became | why it survived |", "| --- | --- | --- | --- |"]
    for outcome in outcomes:
        kind, sentence = reasons[key(outcome)]
        where = f"`{outcome['module']}`, line {outcome['line']}"
        change = f"{cell(outcome['before'])} | {cell(outcome['after'])}"
        rows.append(f"| {where} | {change} | {kind}: {sentence} |")
    return "\n".join(rows)


def page(told: dict[str, Any], reasons: dict[str, list[str]]) -> str:
    """Return the page of one run."""
    outcomes = told["outcomes"]
    survivors = [one for one in outcomes if one["outcome"] == "survived"]
    by_time = sum(one["outcome"] == "killed by its time" for one in outcomes)
    killed = len(outcomes) - len(survivors)
    rows = ["| module | places | made | killed | survived |", "| --- | --- | --- | --- | --- |"]
    for module, places in told["possible"].items():
        made = [one for one in outcomes if one["module"] == module]
        lived = sum(one["outcome"] == "survived" for one in made)
        rows.append(f"| `{module}` | {places} | {len(made)} | {len(made) - lived} | {lived} |")
    kinds = "\n".join(f"- *{kind}*: {meaning}" for kind, meaning in KINDS.items())
    possible = sum(told["possible"].values())
    summary = (
        f"The last run, of seed {told['seed']}: {len(outcomes)} mutants of {possible:,} places, "
        f"{killed} killed ({by_time} of them by their time), {len(survivors)} survived."
    )
    parts = (f"{TOP}{summary}", "## Survivors", kinds, explained(survivors, reasons))
    return "\n\n".join((*parts, "## By module", "\n".join(rows))) + "\n"


def main() -> int:
    """Write the page; name the survivors that nobody has explained."""
    told = json.loads(RESULTS.read_text("utf-8"))
    reasons = tomllib.loads(REASONS.read_text("utf-8"))
    missing = [
        key(one)
        for one in told["outcomes"]
        if one["outcome"] == "survived" and key(one) not in reasons
    ]
    if missing:
        print("Not explained in docs/proof/mutants.toml:", *missing, sep="\n")
        return 1
    PAGE.write_text(page(told, reasons), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
