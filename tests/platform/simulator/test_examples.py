"""The shipped examples are what the scenarios give today, and can be served."""

from __future__ import annotations

import filecmp
import sys
from pathlib import Path

import pytest
from pyVmomi import vim

from datacenter.simulator import ROOT, serve
from looking import found, view_of

HARBOUR = ROOT / "examples" / "harbour"
TWIN = ROOT / "examples" / "twin"


def files_below(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def made(tmp_path, monkeypatch) -> Path:
    """The examples, written again."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    monkeypatch.delitem(sys.modules, "make_examples", raising=False)
    import make_examples

    make_examples.make_examples(tmp_path)
    make_examples.make_twin(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "shipped",
    [
        *(HARBOUR / name for name in ("clean", "faulty", "devices", "devices-faulty")),
        TWIN / "vsphere",
    ],
    ids=lambda path: path.name,
)
def test_the_shipped_files_are_those_made_today(made, shipped):
    fresh = made / shipped.name
    assert files_below(shipped) == files_below(fresh)
    same = filecmp.cmpfiles(shipped, fresh, files_below(fresh), shallow=False)
    assert same[1:] == ([], [])


@pytest.mark.parametrize(("name", "cards"), [("clean", 1), ("faulty", 2)])
def test_a_shipped_folder_is_served(name, cards, login):
    with serve(load=HARBOUR / name) as server:
        content = login(server).content
        assert len(view_of(content, vim.VirtualMachine)) == 62
        devices = found(content, vim.VirtualMachine, "app-05").config.hardware.device
        assert len([d for d in devices if isinstance(d, vim.vm.device.VirtualVmxnet3)]) == cards


def test_the_examples_stay_small():
    folder = HARBOUR.parent
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    assert size < 6_000_000
