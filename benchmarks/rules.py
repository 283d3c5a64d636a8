"""How long it takes to compile 10,000 rules to an exact set, against CUDD over raw bits."""

from __future__ import annotations

import gc
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from benchmarks.measure import Benchmark, Value, peak_memory, seconds
from benchmarks.raw_bits import ADDRESSES_FIRST, PORTS_FIRST, RawBits
from benchmarks.rule_sets import SHAPES, Shape, rule_set
from ringfence.model.rules import Chain, Device
from ringfence.reach.chains import ChainCompiler, add_chain_cuts
from ringfence.reach.conditions import Passage
from ringfence.reach.fields import Cuts
from ringfence.reach.fitting import expected_nodes, fitted_space
from ringfence.reach.slices import destination_slices, in_slices

if TYPE_CHECKING:
    from ringfence.reach.headers import HeaderSpace

_COUNT = 10_000
_MANY = 100_000


def compile_rules(chain: Chain) -> None:
    """Compile a chain to what it accepts, the choice of an order and the encoding included."""
    cuts = Cuts()
    add_chain_cuts(cuts, [chain])
    space = fitted_space(cuts, [Device(id=chain.id, name=chain.name, chains=(chain,))])
    ChainCompiler(space, [chain], fragments=False).outcome(
        ("forward",), Passage(None, None), space.everything
    )


def _rules() -> list[Value]:
    found: list[Value] = []
    for shape in SHAPES:
        found.extend(_compared(shape))
    return found


def _compared(shape: Shape) -> list[Value]:
    chain = rule_set(shape, _COUNT)
    gc.collect()
    took = min(seconds(lambda: compile_rules(chain)) for _ in range(3))
    addresses_first = seconds(lambda: RawBits(ADDRESSES_FIRST).accepted(chain))
    ports_first = seconds(lambda: RawBits(PORTS_FIRST).accepted(chain))
    name = f"reach-rules-{shape}"
    return [
        Value(f"{name}-addresses-first", took, "s", reference=addresses_first, times=4.0),
        Value(f"{name}-ports-first", took, "s", reference=ports_first, times=1.0),
    ]


def _many_rules() -> list[Value]:
    chain = rule_set("enterprise", _MANY)
    took = seconds(lambda: compile_rules(chain))
    return [Value("reach-many-rules", took, "s", bar=10.0, peak_mb=peak_memory(), most_mb=1500.0)]


def compile_messy(shape: Shape, turn: int) -> int:
    """Compile every second slice of a messy rule set; return how many nodes they take together.

    Raises ``BudgetExceededError`` where a slice outgrows the budget: that would be an UNKNOWN.
    """
    chain = rule_set(shape, _MANY, straddling=0.2)
    devices = [Device(id=chain.id, name=chain.name, chains=(chain,))]
    cuts = Cuts()
    add_chain_cuts(cuts, [chain])
    space = fitted_space(cuts, devices)
    whole = ChainCompiler(space, [chain])

    def compiled(part: HeaderSpace) -> int:
        rules = whole.within(part)
        return part.size(rules.outcome(("forward",), Passage(None, None), part.everything).accepted)

    slices = destination_slices(space.atoms, expected_nodes(devices))[turn::2]
    return sum(size for _, size in in_slices(space, slices, compiled))


def _messy() -> list[Value]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        start = time.perf_counter()
        works = [
            pool.submit(compile_messy, shape, turn)
            for shape in ("firewall", "chain", "access-list")
            for turn in (0, 1)
        ]
        nodes = sum(work.result() for work in works)
        took = time.perf_counter() - start
    peak = peak_memory(children=True)
    return [
        Value("reach-messy", took, "s", bar=120.0, peak_mb=peak),
        Value("reach-messy-nodes", nodes, "nodes"),
    ]


BENCHMARKS = (
    Benchmark("reach-messy", "three messy sets of 100,000 rules on two processes", _messy),
    Benchmark("reach-rules", "10,000 rules of four kinds to an exact set", _rules),
    Benchmark("reach-many-rules", "100,000 rules of one firewall to an exact set", _many_rules),
)
