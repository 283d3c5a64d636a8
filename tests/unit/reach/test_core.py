"""What the core of a certificate does not name may change without touching a verdict."""

import msgspec

from generated.certified import certificate_of, certified_case
from generated.core import core_problem
from ringfence.model.rules import Device


def test_edits_outside_the_core_touch_no_verdict() -> None:
    found = [core_problem(seed) for seed in range(40)]
    assert [told for _, told in found if told is not None] == []
    assert sum(tried for tried, _ in found) > 20


def test_all_that_a_device_lets_through_is_in_the_core() -> None:
    decided_by_policy = {"id", "name", "kind", "physical"}
    fields = {field.name for field in msgspec.structs.fields(Device)} - decided_by_policy
    cases = [certified_case(seed) for seed in range(12)]
    made = [one for one in map(certificate_of, cases) if one is not None]
    named = [set(one.properties) for each in made for one in each.core if one.table == "devices"]
    assert named
    assert all(one == fields for one in named)
