"""How the cost of a proof grows with rules, machines, zones and devices: measured, then drawn.

``python -m benchmarks.scaling`` measures each size in a process of its own and writes
``docs/reference/scaling.svg`` and the table of the same numbers in ``docs/reference/scaling.md``.
Time is what the processor spent, so that other work on the machine counts little.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.generator.declared import make_policy
from benchmarks.generator.making import make_plan
from benchmarks.generator.records import make_snapshot
from benchmarks.generator.size import Size
from benchmarks.measure import peak_memory
from benchmarks.reach import hold_against
from benchmarks.scaling_picture import scaling_picture
from ringfence.model.inventory import Inventory
from ringfence.policy.members import memberships
from ringfence.reach.prove import prove

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ONE: Final = "--one"
_BASE: Final = Size(
    hosts=120,
    machines=2000,
    port_groups=200,
    zones=20,
    devices=4,
    rules=5000,
    mess=0.1,
    violations=4,
)
_GROWING: Final = {
    "rules": (1000, 5000, 20_000, 100_000),
    "machines": (1000, 2000, 8000, 32_000),
    "zones": (10, 20, 40, 80),
    "devices": (1, 4, 8, 16),
}
_REFERENCE: Final = Path(__file__).resolve().parents[1] / "docs" / "reference"
_START: Final = "<!-- results begin -->\n"
_END: Final = "<!-- results end -->\n"


@dataclass(frozen=True)
class Cost:
    """What a proof cost: processor seconds, and the most memory in MB.

    ``what`` grew to ``count``; all else is as in the base.
    """

    what: str
    count: int
    seconds: float
    megabytes: float


def sizes() -> Iterator[tuple[str, int, Size]]:
    """Yield what grows, how far, and the network of that size."""
    for what, counts in _GROWING.items():
        for count in counts:
            changed = {what: count}
            if what == "machines":
                changed["hosts"] = max(_BASE.hosts, count // 16)
            yield what, count, replace(_BASE, **changed)


def measure(what: str, count: int) -> Cost:
    """Prove the network of one size in this process.

    Raises ``RuntimeError`` where the proof does not find what was planted.
    """
    size = next(one for name, number, one in sizes() if (name, number) == (what, count))
    plan = make_plan(size)
    snapshot, policy = make_snapshot(plan), make_policy(plan)
    start = time.process_time()
    proof = prove(snapshot, policy, memberships(policy, Inventory(snapshot)).every)
    seconds = time.process_time() - start
    hold_against(plan, proof)
    return Cost(what, count, seconds, peak_memory())


def table(costs: Iterable[Cost]) -> str:
    """Return the costs as a table."""
    head = "| what grows | to | processor time | memory |\n| --- | --- | --- | --- |\n"
    return head + "".join(
        f"| {one.what} | {one.count:,} | {one.seconds:.3g} s | {one.megabytes:.0f} MB |\n"
        for one in costs
    )


def page(before: str, costs: Iterable[Cost]) -> str:
    """Return the page with its table made anew."""
    top, _, rest = before.partition(_START)
    return f"{top}{_START}{table(costs)}{_END}{rest.partition(_END)[2]}"


def _measured(what: str, count: int) -> Cost:
    command = [sys.executable, "-m", "benchmarks.scaling", _ONE, what, str(count)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    seconds, megabytes = json.loads(told)
    print(f"{what} {count}: {seconds:.3g} s, {megabytes:.0f} MB", flush=True)
    return Cost(what, count, seconds, megabytes)


def main(arguments: list[str]) -> int:
    """Measure one size, or all and write the page."""
    if arguments[:1] == [_ONE]:
        cost = measure(arguments[1], int(arguments[2]))
        print(json.dumps([cost.seconds, cost.megabytes]))
        return 0
    costs = [_measured(what, count) for what, count, _ in sizes()]
    (_REFERENCE / "scaling.svg").write_text(scaling_picture(costs), "utf-8")
    written = _REFERENCE / "scaling.md"
    written.write_text(page(written.read_text("utf-8"), costs), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
