"""How long it takes to compile 10,000 rules to an exact set, against CUDD over raw bits."""

from __future__ import annotations

import gc

from benchmarks.measure import Benchmark, Value, peak_memory, seconds
from benchmarks.raw_bits import ADDRESSES_FIRST, PORTS_FIRST, RawBits
from benchmarks.rule_sets import SHAPES, Shape, rule_set
from ringfence.model.rules import Chain, Device
from ringfence.reach.chains import ChainCompiler, add_chain_cuts
from ringfence.reach.conditions import Passage
from ringfence.reach.fields import Cuts
from ringfence.reach.fitting import fitted_space

_COUNT = 10_000
_MANY = 100_000


def compile_rules(chain: Chain) -> None:
    """Compile a chain to what it accepts, the choice of an order and the encoding included."""
    cuts = Cuts()
    add_chain_cuts(cuts, [chain])
    space = fitted_space(cuts, [Device(id=chain.id, name=chain.name, chains=(chain,))])
    ChainCompiler(space, [chain]).outcome(("forward",), Passage(None, None), space.everything)


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


BENCHMARKS = (
    Benchmark("reach-rules", "10,000 rules of four kinds to an exact set", _rules),
    Benchmark("reach-many-rules", "100,000 rules of one firewall to an exact set", _many_rules),
)
