"""Make mutants of `ringfence.reach` by chance, test each, and leave what became of them.

Usage: mutating.py [COUNT [SEED [MODULE]]]. cosmic-ray makes the mutants; each is applied to a copy
of the source in a temporary folder, never to the source itself, and tests/mutant_main.py is run on
it with a limit of processor time. Results are in build/mutants.json after each mutant, of which
tools/mutants_page.py makes a page.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from environment import ROOT, VENV, say
from mutant_places import Place, changed, in_turn, meaning

SOURCE = ROOT / "src" / "ringfence"
RESULTS = ROOT / "build" / "mutants.json"
CHECK = ROOT / "tests" / "mutant_main.py"
FACTOR = 5  # how many times the processor time of the unchanged engine a mutant may take


@dataclass(frozen=True)
class Mutant:
    """One change of one line of a module; ``code`` is all of the module with it."""

    module: str
    line: int
    operator: str
    before: str
    after: str
    code: str


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: killed, killed by its time, or survived; ``by`` is what noticed."""

    module: str
    line: int
    operator: str
    before: str
    after: str
    outcome: str
    by: str


def places_of(module: str, source: str) -> list[Place]:
    """Return every place of a module that an operator of cosmic-ray can change."""
    nodes = [*ast_nodes(get_ast(source))]
    operators = {name: get_operator(name) for name in operator_names()}
    return [
        Place(module, name, occurrence)
        for name, operator in operators.items()
        if not operator.arguments() and not name.endswith("/NoOp")
        for occurrence in range(
            sum(1 for node in nodes for _ in operator().mutation_positions(node))
        )
    ]


def mutants(places: Iterable[Place], sources: dict[str, str]) -> Iterator[Mutant]:
    """Yield the mutants of places, those left out that are the same program, or the same mutant."""
    seen = {module: {meaning(source), None} for module, source in sources.items()}
    for module, name, occurrence in places:
        code = mutate_code(sources[module], get_operator(name)(), occurrence)
        means = None if code is None else meaning(code)
        if code is not None and means not in seen[module]:
            seen[module].add(means)
            line, before, after = changed(sources[module], code)
            yield Mutant(module, line, name.partition("/")[2], before, after, code)


def check(folder: Path, module: str, limit: float | None) -> tuple[int, str, float]:
    """Run the check on the copy in a folder; return its exit code, its last line, and its time."""
    env = os.environ | {
        "PYTHONPATH": str(folder),
        # What was compiled of the copy stands beside it; of a mutant nothing must be kept.
        "PYTHONDONTWRITEBYTECODE": "1",
        "RINGFENCE_MUTANT": str(folder),
    }
    limits = None if limit is None else (int(limit) + 1, int(limit) + 10)

    def limited() -> None:
        if limits is not None:
            resource.setrlimit(resource.RLIMIT_CPU, limits)

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [VENV / "bin" / "python", CHECK, module],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        preexec_fn=limited,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return done.returncode, lines[-1] if lines else "", after.ru_utime - before.ru_utime


def outcome_of(mutant: Mutant, folder: Path, limit: float) -> Outcome:
    """Apply a mutant to the copy, check it, and put the copy as it was."""
    path = folder / "ringfence" / "reach" / f"{mutant.module}.py"
    path.write_text(mutant.code, "utf-8")
    code, last, _ = check(folder, mutant.module, limit)
    shutil.copy2(SOURCE / "reach" / path.name, path)
    word = "survived" if code == 0 else "killed" if code > 0 else "killed by its time"
    told = (mutant.module, mutant.line, mutant.operator, mutant.before, mutant.after)
    return Outcome(*told, word, "" if code == 0 else last.strip()[:200])


def main(arguments: list[str]) -> int:
    """Make and test mutants; the last line says how many, and how many survived."""
    count, seed = (
        int(text or given)
        for text, given in zip((*arguments[:2], "", "")[:2], (100, 1), strict=True)
    )
    only = arguments[2] if len(arguments) > 2 else ""
    modules = sorted((SOURCE / "reach").glob(f"{only or '*'}.py"))
    sources = {path.stem: path.read_text("utf-8") for path in modules if path.stem != "__init__"}
    every = {module: places_of(module, source) for module, source in sources.items()}
    possible = {module: len(places) for module, places in every.items()}
    say(f"{sum(possible.values())} places of {len(possible)} modules can be changed")
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(SOURCE, folder / "ringfence", ignore=shutil.ignore_patterns("__pycache__"))
        subprocess.run([VENV / "bin" / "python", "-m", "compileall", "-qq", folder], check=True)
        code, last, seconds = check(folder, next(iter(sources)), None)
        if code != 0:
            say(f"The engine itself does not pass: {last}")
            return 1
        say(f"The engine itself passes in {seconds:.0f} s of processor time")
        for mutant in islice(mutants(in_turn(every, seed), sources), count):
            told = outcome_of(mutant, folder, FACTOR * seconds)
            outcomes.append(told)
            change = f"{told.module}:{told.line} {told.before} -> {told.after}"
            say(f"{len(outcomes)} {told.outcome}: {change} [{told.by}]")
            RESULTS.parent.mkdir(exist_ok=True)
            told_of_all = {
                "seed": seed,
                "possible": possible,
                "outcomes": [asdict(one) for one in outcomes],
            }
            RESULTS.write_text(json.dumps(told_of_all, indent=1), "utf-8")
    survived = sum(one.outcome == "survived" for one in outcomes)
    say(f"{len(outcomes)} mutants, {survived} survived")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
