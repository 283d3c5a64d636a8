"""Every test's lab is gone when it ends; the one that tests of faults share, when all have run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from running_lab import FOLDER, lab, left_behind
from standing_lab import fall


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests of one configuration follow each other, so that its lab is built once."""
    of = {
        place: item.callspec.params["configuration"]
        for place, item in enumerate(items)
        if isinstance(item, pytest.Function) and item.path.parent == Path(__file__).parent
        if hasattr(item, "callspec") and "configuration" in item.callspec.params
    }
    in_order = [items[place] for place in sorted(of, key=lambda place: of[place])]
    for place, item in zip(of, in_order, strict=True):
        items[place] = item


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    if FOLDER.exists():
        lab("down")
    assert left_behind() == []


@pytest.fixture(autouse=True, scope="session")
def _none_stands() -> Iterator[None]:
    yield
    fall()
