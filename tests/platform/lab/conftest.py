"""Every test's lab is gone when it ends."""

from collections.abc import Iterator

import pytest

from running_lab import lab, left_behind


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    lab("down")
    yield
    lab("down")
    assert left_behind() == []
