"""Run the benchmarks whose names begin as told, or all, each in a process of its own.

A module of this package with a constant ``BENCHMARKS`` is found, not listed. Ends with 1 where a
bar is missed or a benchmark fails, with 2 where a name is not known.
"""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import benchmarks
from benchmarks.measure import Benchmark

ALONE = "--in-this-process"


def find_benchmarks() -> dict[str, Benchmark]:
    """Every benchmark by name, in order of name."""
    found: dict[str, Benchmark] = {}
    for module_info in pkgutil.iter_modules(benchmarks.__path__):
        if module_info.name == "__main__":
            continue
        module = importlib.import_module(f"benchmarks.{module_info.name}")
        found |= {benchmark.name: benchmark for benchmark in getattr(module, "BENCHMARKS", ())}
    return dict(sorted(found.items()))


def measure(benchmark: Benchmark) -> bool:
    """Run one benchmark and print a line of JSON for each value; tell whether every bar is met."""
    values = benchmark.run()
    for value in values:
        print(value.line(), flush=True)
    return all(value.holds for value in values)


def main(arguments: list[str]) -> int:
    """Measure, and return the exit code."""
    found = find_benchmarks()
    if arguments[:1] == [ALONE]:
        return 0 if measure(found[arguments[1]]) else 1
    chosen = [name for name in found if not arguments or name.startswith(tuple(arguments))]
    if not chosen:
        wanted = ", ".join(arguments)
        print(f"No benchmark begins with {wanted}; there are {', '.join(found)}.", file=sys.stderr)
        return 2
    # Memory is measured per process, and one benchmark's objects must not slow the next.
    codes = [
        subprocess.run([sys.executable, "-m", "benchmarks", ALONE, name], check=False).returncode
        for name in chosen
    ]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
