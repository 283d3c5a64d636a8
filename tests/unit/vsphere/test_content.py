"""A property is a value, unset, or not read with the reason."""

import pytest

from ringfence.model.facts import NotRead
from ringfence.sources.vsphere.content import content_of, not_read
from ringfence.sources.vsphere.values import Plain, text
from vsphere_objects import content, no_permission, xml

UNSET = NotRead(reason="not-collected")


def test_a_path_is_found_whole_or_within_another():
    one = content("VirtualMachine", "vm-1", {"config": "<hardware><numCPU>2</numCPU></hardware>"})
    assert one.fact("config.hardware.numCPU", int, UNSET) == 2
    assert one.fact("config.hardware.memoryMB", int, UNSET) == UNSET


def test_what_is_missing_says_why_for_all_that_lies_within():
    one = content("VirtualMachine", "vm-1", {}, no_permission("config"))
    fact = one.fact("config.hardware.numCPU", int, UNSET)
    assert isinstance(fact, NotRead)
    assert (fact.reason, fact.detail) == ("no-permission", "needs the privilege System.Read")


def test_a_value_that_makes_no_sense_is_not_understood():
    one = content("VirtualMachine", "vm-1", {"config": "<hardware><numCPU>x</numCPU></hardware>"})
    fact = one.fact("config.hardware.numCPU", int, UNSET)
    assert isinstance(fact, NotRead)
    assert fact.reason == "not-understood"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("NoPermission", "no-permission"),
        ("InvalidProperty", "not-supported"),
        ("SystemError", "fault"),
        ("", "fault"),
    ],
)
def test_faults_are_reasons(fault, reason):
    assert not_read(fault).reason == reason


def test_properties_that_nobody_asked_for_are_left_out():
    one = content("Folder", "group-1", {"name": "a", "summary": "<x>1</x>"})
    assert set(one.values) == {"name"}


@pytest.mark.parametrize("broken", ["<obj/>", '<obj type="Folder"/>', "<obj>x</obj>", ""])
def test_an_element_without_an_object_is_refused(broken):
    with pytest.raises(ValueError, match="no managed object"):
        content_of(xml(broken), Plain(), frozenset())


def test_a_property_without_a_value_is_no_property():
    element = xml('<obj type="Folder">f</obj><propSet><name>name</name></propSet>')
    assert content_of(element, Plain(), frozenset({"name"})).fact("name", text, UNSET) == UNSET
