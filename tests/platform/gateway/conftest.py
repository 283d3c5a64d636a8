"""One lab for all tests of the gateway; each begins with the firewall's rules of the lab."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from gateway_lab import GatewayLab, gateway_lab
from ringfence.lab.programs import run_inside


@pytest.fixture(scope="package")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayLab]:
    if os.geteuid() != 0:
        pytest.skip("enters namespaces in this process: needs root")
    with gateway_lab(tmp_path_factory.mktemp("saved")) as made:
        yield made


@pytest.fixture
def lab(standing: GatewayLab) -> GatewayLab:
    """The lab as it was built, and nothing saved."""
    rules = standing.layout.node("firewall").ruleset
    run_inside(standing.namespace, "nft", "-f", "-", given=rules)
    for file in standing.saved.iterdir():
        file.unlink()
    return standing
