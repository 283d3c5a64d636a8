"""Rules of filters at ports in the words of a what-if."""

import msgspec
import pytest

from ringfence.foundation.errors import UsageError
from ringfence.model.facts import NOT_COLLECTED
from ringfence.model.inventory import Inventory
from ringfence.model.network import PortGroup
from ringfence.model.rules import PortFilter, SwitchFilterRule
from ringfence.model.snapshot import Snapshot
from ringfence.operations.filter_rules import with_rule, without_rule
from small_networks import SOURCE, policy


def rules(*texts: str) -> tuple[SwitchFilterRule, ...]:
    return tuple(
        SwitchFilterRule(number=number, text=text, conditions=(), action="drop")
        for number, text in enumerate(texts, 1)
    )


def inventory() -> Inventory:
    return Inventory(
        Snapshot(
            sources=(SOURCE,),
            port_groups=(PortGroup(id="pg", name="DMZ", switch="dvs", filters=rules("one")),),
            port_filters=(
                PortFilter(id="f", name="web", rules=rules("one", "two")),
                PortFilter(id="g", name="unread", rules=NOT_COLLECTED),
            ),
        )
    )


def texts(snapshot: Snapshot) -> tuple[list[str], list[str]]:
    group, web = snapshot.port_groups[0].filters, snapshot.port_filters[0].rules
    assert isinstance(group, tuple)
    assert isinstance(web, tuple)
    return [one.text for one in group], [one.text for one in web]


def test_a_rule_of_a_filter_is_removed() -> None:
    assert texts(without_rule(inventory(), "filter:web:1")) == (["one"], ["two"])
    assert texts(without_rule(inventory(), "filter:DMZ:1")) == ([], ["one", "two"])


def test_a_rule_is_inserted_for_one_way_or_both() -> None:
    after = with_rule(inventory(), "filter:web:2", "in drop tcp/22", policy())
    assert texts(after) == (["one"], ["one", "in drop tcp/22", "two"])
    inserted = msgspec.structs.astuple(after.port_filters[0])[2][1]
    assert (inserted.direction, inserted.number, inserted.action) == ("in", 3, "drop")
    last = with_rule(inventory(), "filter:DMZ:2", "accept", policy())
    assert texts(last)[0] == ["one", "accept"]
    assert last.port_groups[0].filters[1].direction == "both"  # type: ignore[index]


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("filter:web:9", "no rule 9"),
        ("filter:wep:1", "no filter 'wep'"),
        ("filter:web:x", "no number"),
        ("filter:unread:1", "were not read"),
    ],
)
def test_what_is_not_there_is_named(where: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        without_rule(inventory(), where)
