"""The rules of the distributed firewall that stand at a NIC, as one list that is read in order."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final, Literal

from ringfence.model.facts import NotRead
from ringfence.model.rules import AddressMatch, SwitchFilterRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ringfence.model.facts import Fact
    from ringfence.model.rules import Condition
    from ringfence.sources.nsx.sections import Line

    Direction = Literal["in", "out", "both"]

_MOST_RULES: Final = 200_000
_TOO_MANY: Final = NotRead(
    reason="not-understood",
    detail=f"rules that jump to the last category make more than {_MOST_RULES:,} of them",
)


def rules_of(standing: Sequence[Line]) -> Fact[tuple[SwitchFilterRule, ...]]:
    """Return the rules of a NIC at which some lines stand; ``NotRead`` where they are too many."""
    found: list[SwitchFilterRule] = []
    for said, conditions, action, direction in _unrolled(standing):
        if len(found) > _MOST_RULES:
            return _TOO_MANY
        found.append(
            SwitchFilterRule(
                number=len(found) + 1,
                text=said,
                conditions=conditions,
                action=action,
                direction=direction,
            )
        )
    return tuple(found)


_Unrolled = tuple[
    str, "tuple[Condition, ...]", Literal["accept", "drop", "unmodelled"], "Direction"
]


def _unrolled(standing: Sequence[Line]) -> Iterator[_Unrolled]:
    """Yield the rules one after the other, those that are jumped to where they are jumped from.

    A packet that matches a rule which jumps meets the rules of the last category next. Where no
    rule is between, it would anyway.
    """
    before = [line for line in standing if not line.last_category]
    last = [line for line in standing if line.last_category]
    for place, line in enumerate(before):
        if line.action != "jump":
            yield from _of_line(line)
        elif any(other.action != "jump" for other in before[place + 1 :]):
            yield from _jumped(line, last)
    for line in last:
        yield from _of_line(line)
    yield "no rule that was read decides", (), "unmodelled", "both"


def _of_line(line: Line) -> Iterator[_Unrolled]:
    action = "unmodelled" if line.action == "jump" else line.action
    for way in line.ways:
        yield line.said, way, action, line.direction


def _jumped(line: Line, last: Iterable[Line]) -> Iterator[_Unrolled]:
    for way in line.ways:
        for said, conditions, action, direction in (
            one for other in last for one in _of_line(other)
        ):
            both = _common(line.direction, direction)
            if both is not None and not _apart(way, conditions):
                yield f"{said} (after {line.said})", (*way, *conditions), action, both
        yield f"after {line.said} no rule that was read decides", way, "unmodelled", line.direction


def _common(one: Direction, other: Direction) -> Direction | None:
    if "both" in (one, other):
        return other if one == "both" else one
    return one if one == other else None


def _apart(some: Iterable[Condition], others: Sequence[Condition]) -> bool:
    """Tell whether two sets of conditions ask for addresses that have nothing in common."""
    return any(
        one.side == other.side
        and not (one.negated or other.negated)
        and not _meet(one.ranges, other.ranges)
        for one in some
        if isinstance(one, AddressMatch)
        for other in others
        if isinstance(other, AddressMatch)
    )


def _meet(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    found = [_ends(text) for text in others]
    return any(
        version == version_2 and first <= last_2 and first_2 <= last
        for version, first, last in map(_ends, some)
        for version_2, first_2, last_2 in found
    )


def _ends(text: str) -> tuple[int, int, int]:
    if "-" in text:
        first, last = (ip_address(part.strip()) for part in text.split("-", 1))
        return first.version, int(first), int(last)
    network = ip_network(text, strict=False)
    return network.version, int(network.network_address), int(network.broadcast_address)
