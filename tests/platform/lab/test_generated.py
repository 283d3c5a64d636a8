"""Networks made by chance, built for real: what is proved of them is what their packets do."""

import pytest

from lab_comparing import compared
from running_lab import NAME, as_root

NETWORKS = 5


@pytest.mark.skipif(bool(as_root()), reason="enters namespaces in this process: needs root")
@pytest.mark.parametrize("seed", range(1, NETWORKS + 1))
def test_proof_and_packets_agree(seed: int) -> None:
    found = compared(seed, NAME)
    assert found.differences == ()
    assert found.packets > 0
