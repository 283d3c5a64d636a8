"""The rules of the distributed firewall in the order in which packets meet them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from ringfence.foundation.text import listed
from ringfence.model.rules import FamilyMatch, UnmodelledMatch
from ringfence.sources.nsx.values import Answer, flag, name_of, number, objects, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ringfence.model.rules import Condition
    from ringfence.sources.nsx.ends import Ends
    from ringfence.sources.nsx.services import Services

_CATEGORIES: Final = ("Ethernet", "Emergency", "Infrastructure", "Environment", "Application")
_LAYER_2: Final = "Ethernet"
_LAST: Final = "Application"
_DIRECTIONS: Final[dict[str, Literal["in", "out", "both"]]] = {
    "IN": "out",  # to a machine is out of its switch
    "OUT": "in",
    "IN_OUT": "both",
}
_FAMILIES: Final = {"IPV4": 4, "IPV6": 6}

Action = Literal["accept", "drop", "jump", "unmodelled"]
_ACTIONS: Final[dict[str, Action]] = {
    "ALLOW": "accept",
    "DROP": "drop",
    "REJECT": "drop",
    "JUMP_TO_APPLICATION": "jump",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A rule of the firewall: what it says, to whom it applies, and each way to match it.

    ``scope`` are the paths of the groups at whose NICs it stands, empty for all.
    """

    said: str
    action: Action
    direction: Literal["in", "out", "both"]
    scope: tuple[str, ...]
    ways: tuple[tuple[Condition, ...], ...]
    last_category: bool


def layer_2(policies: Iterable[Answer]) -> bool:
    """Tell whether a rule may stop frames by their Ethernet headers."""
    return any(
        _in_force(rule) and text(rule, "action") != "ALLOW"
        for policy in policies
        if text(policy, "category") == _LAYER_2
        for rule in objects(policy, "rules")
    )


def lines(policies: Iterable[Answer], ends: Ends, services: Services) -> Iterator[Line]:
    """Yield the rules for IP packets in their order: by category, policy, and number."""
    for policy in sorted(policies, key=_rank):
        if text(policy, "category") == _LAYER_2:
            continue
        for rule in sorted(
            objects(policy, "rules"), key=lambda one: number(one, "sequence_number")
        ):
            if _in_force(rule):
                yield _line(policy, rule, ends, services)


def _rank(policy: Answer) -> tuple[int, int, int]:
    category = text(policy, "category", _LAST)
    place = _CATEGORIES.index(category) if category in _CATEGORIES else len(_CATEGORIES)
    return place, number(policy, "internal_sequence_number"), number(policy, "sequence_number")


def _in_force(rule: Answer) -> bool:
    return not flag(rule, "disabled", default=False)


def _line(policy: Answer, rule: Answer, ends: Ends, services: Services) -> Line:
    said = (
        f"{name_of(policy)} / {name_of(rule)}: {text(rule, 'action')} from "
        f"{_groups(rule, 'source_groups', 'sources_excluded')} to "
        f"{_groups(rule, 'destination_groups', 'destinations_excluded')}"
    )
    action = _ACTIONS.get(text(rule, "action"), "unmodelled")
    doubts = tuple(UnmodelledMatch(text=why) for why in _doubts(policy, rule))
    sources = texts(rule, "source_groups") or ("ANY",)
    destinations = texts(rule, "destination_groups") or ("ANY",)
    not_from = flag(rule, "sources_excluded", default=False)
    not_to = flag(rule, "destinations_excluded", default=False)
    ways: list[tuple[Condition, ...]] = []
    for way in services.ways(texts(rule, "services") or ("ANY",), objects(rule, "service_entries")):
        common = (*_family(rule), *way.conditions, *doubts)
        pairs = [
            (*one, *other, *common)
            for one in ends.ways("source", sources, excluded=not_from)
            for other in ends.ways("destination", destinations, excluded=not_to)
        ]
        if way.back:
            pairs.extend(
                (*one, *other, *common)
                for one in ends.ways("source", destinations, excluded=not_to)
                for other in ends.ways("destination", sources, excluded=not_from)
            )
        ways.extend(pairs)
    return Line(
        said=said,
        action=action,
        direction=_DIRECTIONS.get(text(rule, "direction", "IN_OUT"), "both"),
        scope=_scope(policy, rule),
        ways=tuple(ways),
        last_category=text(policy, "category", _LAST) == _LAST,
    )


def _scope(policy: Answer, rule: Answer) -> tuple[str, ...]:
    """Return where a rule stands: what its policy says wins over what it says itself."""
    for scope in (texts(policy, "scope"), texts(rule, "scope")):
        if scope and "ANY" not in scope:
            return scope
    return ()


def _family(rule: Answer) -> tuple[Condition, ...]:
    family = _FAMILIES.get(text(rule, "ip_protocol"))
    return () if family is None else (FamilyMatch(family=4 if family == 4 else 6),)


def _doubts(policy: Answer, rule: Answer) -> Iterator[str]:
    """Yield what a rule asks for besides, that no header shows."""
    profiles = [one for one in texts(rule, "profiles") if one != "ANY"]
    if profiles:
        yield f"the context {listed(profiles)}"
    if not flag(policy, "stateful", default=True):
        yield "a policy without state"
    if policy.get("scheduler_path"):
        yield "a time of day"
    if text(rule, "direction", "IN_OUT") not in _DIRECTIONS:
        yield f"the direction {text(rule, 'direction')}"
    if text(policy, "category", _LAST) not in _CATEGORIES:
        yield f"the place of the category {text(policy, 'category')}"


def _groups(rule: Answer, key: str, excluded: str) -> str:
    names = [path.rpartition("/")[2] for path in texts(rule, key)] or ["ANY"]
    return f"{'not ' if flag(rule, excluded, default=False) else ''}{listed(names)}"
