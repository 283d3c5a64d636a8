"""The catalogue asks for what the API has, with the privileges it has, as the role says."""

import re
from pathlib import Path

import pytest
from pyVmomi import vim

from ringfence.sources.vsphere.catalogue import CATALOGUE, READ_ORDER, properties, role_privileges

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "vsphere-role.md"
SPECIAL = {
    "OptionManager": vim.option.OptionManager,
    "HostAccessManager": vim.host.HostAccessManager,
    "HostNetworkSystem": vim.host.NetworkSystem,
    "DistributedVirtualPortgroup": vim.dvs.DistributedVirtualPortgroup,
}
DEFAULT = "System.Read"


def managed(name):
    return SPECIAL.get(name) or getattr(vim, name)


def property_of(owner, name):
    # A path may lead into what only VMware's own kind of switch has.
    candidates = [owner, vim.dvs.VmwareDistributedVirtualSwitch.ConfigInfo]
    for candidate in candidates:
        for entry in candidate._GetPropertyList(includeBaseClassProps=True):
            if entry.name == name:
                return entry
    raise AssertionError(f"{owner} has no {name}")


@pytest.mark.parametrize(
    "wanted", [entry for entry in CATALOGUE if not entry.method], ids=lambda w: f"{w.type}.{w.path}"
)
def test_a_property_exists_and_needs_the_privilege(wanted):
    owner = managed(wanted.type)
    first, *rest = wanted.path.split(".")
    entry = property_of(owner, first)
    assert wanted.privilege == (getattr(entry, "privId", None) or DEFAULT)
    for name in rest:
        # The type of an array leads to the type of its elements.
        entry = property_of(getattr(entry.type, "Item", entry.type), name)


METHODS = {"FetchDVPorts": "FetchPorts"}


@pytest.mark.parametrize(
    "wanted", [entry for entry in CATALOGUE if entry.method], ids=lambda w: w.path
)
def test_a_method_exists_and_needs_the_privilege(wanted):
    info = managed(wanted.type)._GetMethodInfo(METHODS.get(wanted.path, wanted.path))
    assert info.wsdlName == wanted.path
    assert info.privId == wanted.privilege


def test_every_fact_says_what_it_is_for():
    assert all(entry.gives and entry.needed_for for entry in CATALOGUE)


def test_each_type_that_is_read_has_a_marker():
    for kind in READ_ORDER:
        markers = properties(kind, markers_only=True)
        assert markers
        for marker in markers:
            # A marker is compared with what was read, so it has to have been read.
            assert any(marker == p or marker.startswith(f"{p}.") for p in properties(kind))


def test_no_path_is_asked_for_twice():
    for kind in READ_ORDER:
        paths = properties(kind)
        assert len(paths) == len(set(paths))
        assert not [p for p in paths for other in paths if p.startswith(f"{other}.")]


def test_the_published_role_is_the_catalogues():
    text = PAGE.read_text(encoding="utf-8")
    listed = re.search(r"<!-- role begins -->\n(.*?)<!-- role ends -->", text, re.DOTALL)[1]
    assert tuple(re.findall(r"^- `([\w.]+)`", listed, re.MULTILINE)) == role_privileges()


def test_the_published_facts_are_the_catalogues():
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(\w+)` \| `([\w.]+)`.*? \| (.*?) \| `([\w.]+)` \| (.*?) \|$", text, re.MULTILINE
    )
    assert set(rows) == {(w.type, w.path, w.gives, w.privilege, w.needed_for) for w in CATALOGUE}
