"""What one snapshot differs by from another, applied to it, gives the other."""

from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generated.hidden import hidden
from generated.network import network
from ringfence.foundation.errors import ChangeRefusedError
from ringfence.model.change import Change, apply, difference
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import AccessVlan, PortGroup
from ringfence.model.rules import Chain, Device, Rule
from ringfence.model.snapshot import Snapshot


def by_id(snapshot: Snapshot) -> Snapshot:
    """The snapshot with its tables in the order that readers give them."""
    tables = {
        name: tuple(sorted(getattr(snapshot, name), key=lambda one: one.id))
        for name in ("hosts", "switches", "port_groups", "ports", "machines", "devices")
        if isinstance(getattr(snapshot, name), tuple)
    }
    return msgspec.structs.replace(snapshot, **tables)


def some_snapshot(seed: int) -> Snapshot:
    chance = Random(seed)
    case = network(chance, exact=False)
    return by_id((hidden(case, chance) if chance.random() < 0.5 else case).snapshot)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_difference_applied_gives_the_other(first: int, second: int) -> None:
    before, after = some_snapshot(first), some_snapshot(second)
    changes = difference(before, after)
    assert apply(before, changes) == after
    # Changes also travel as files.
    again = msgspec.json.decode(msgspec.json.encode(changes), type=tuple[Change, ...])
    assert apply(before, again) == after


def rules(*numbers: int) -> tuple[Rule, ...]:
    return tuple(
        Rule(number=number, text=f"rule {number}", conditions=(), action="drop")
        for number in numbers
    )


def filtering(*numbers: int) -> Snapshot:
    chain = Chain(id="a].b[c", name="forward", hook="forward", rules=rules(*numbers))
    return Snapshot(sources=(), devices=(Device(id="d", name="d", chains=(chain,)),))


@pytest.mark.parametrize("numbers", [(1, 2), (2, 1, 3), (3, 1), (9, 1, 2, 3), (), (4, 5, 6)])
def test_order_survives_and_names_may_hold_any_sign(numbers: tuple[int, ...]) -> None:
    before, after = filtering(1, 2, 3), filtering(*numbers)
    assert apply(before, difference(before, after)) == after
    assert apply(after, difference(after, before)) == before


def attached(**nic: object) -> Snapshot:
    made = VirtualNic(id="vm-1/4000", label="Network adapter 1", **nic)  # type: ignore[arg-type]
    group = PortGroup(id="pg", name="DMZ", switch="s", vlan=AccessVlan(vlan=100))
    machine = Machine(id="vm-1", name="web", nics=(made,))
    return Snapshot(sources=(), machines=(machine,), port_groups=(group,))


def test_none_and_not_read_are_told_apart() -> None:
    before, after = attached(port_group=None), attached()
    (change,) = difference(before, after)
    assert change.property == "nics[vm-1/4000].port_group"
    assert apply(before, (change,)) == after


def set_vlan(before: object, after: object, **other: str) -> Change:
    named = {"object": "pg", "table": "port_groups", "property": "vlan.vlan"} | other
    return Change(name="DMZ", kind="set", before=before, after=after, **named)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (set_vlan(101, 120), "there is 100"),
        (set_vlan(100, "no number"), "cannot be"),
        (set_vlan(100, 120, object="pg-2"), "is not there"),
        (set_vlan(100, 120, property="vlan.vlans"), "no 'vlans'"),
        (set_vlan(100, 120, property="colour"), "no 'colour'"),
        (set_vlan(None, 120, table="colours"), "no table 'colours'"),
        (set_vlan(None, None, table="machines", object="vm-1", property="nics[?]"), "that name"),
        (set_vlan(None, 1, table="ports"), "was not read"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(change: Change, why: str) -> None:
    with pytest.raises(ChangeRefusedError, match=why.replace("?", r"\?")) as error:
        apply(attached(), (change,))
    assert "DMZ" in str(error.value)


def test_what_is_there_is_not_added_again() -> None:
    group = attached().port_groups[0]
    adding = Change(
        object="pg", name="DMZ", kind="add", table="port_groups", after=msgspec.to_builtins(group)
    )
    with pytest.raises(ChangeRefusedError, match="there already"):
        apply(attached(), (adding,))
