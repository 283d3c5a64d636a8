"""What all tests share: a marker from the folder, and the options of the soak."""

import os
from pathlib import Path

import hypothesis
import pytest

import ringfence

TESTS = Path(__file__).parent
MARKERS = {
    "unit": "unit",
    "platform": "platform",
    "browser": "browser",
    "soak": "soak_slice",
}

# How long an example takes says nothing here: two tests run side by side.
hypothesis.settings.register_profile("ringfence", deadline=None, print_blob=True)
hypothesis.settings.load_profile("ringfence")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ringfence")
    group.addoption("--soak-count", type=int, default=25, help="generated networks per soak test")
    group.addoption("--soak-seed", type=int, default=1, help="where their generation starts")


def pytest_configure() -> None:
    if os.environ.get("RINGFENCE_TEST_WHEEL") and "site-packages" not in ringfence.__file__:
        pytest.exit(f"The wheel is to be tested, but ringfence is {ringfence.__file__}.", 4)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        item.add_marker(MARKERS[folder])
        if folder == "soak":
            # Lines met by chance say little, and counting them takes thrice the time of the tests.
            item.add_marker("no_cover")


@pytest.fixture(scope="session")
def soak_count(request: pytest.FixtureRequest) -> int:
    """How many networks a soak test generates."""
    return request.config.getoption("--soak-count")


@pytest.fixture(scope="session")
def soak_seed(request: pytest.FixtureRequest) -> int:
    """The seed of the first generated network; the next has the next number."""
    return request.config.getoption("--soak-seed")
