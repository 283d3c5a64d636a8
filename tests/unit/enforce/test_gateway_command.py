"""What a gateway is asked wrongly is told in a sentence, and nothing is done or lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import ringfence
from repository import ROOT

TWIN = ROOT / "examples" / "twin"


def test_a_saved_file_that_is_no_table_is_told_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "here.nft"
    for content in (b"\xff\xfe\x00 no text", b"", b"flush ruleset\n"):
        file.write_bytes(content)
        done = ringfence("gateway", "rollback", "--saved", tmp_path)
        assert done.returncode == 1
        assert "What was saved is not the table of a gateway." in done.stderr
        assert file.read_bytes() == content


def test_a_saved_file_that_may_not_be_read_is_not_called_missing(tmp_path: Path) -> None:
    (tmp_path / "here.nft").mkdir()
    done = ringfence("gateway", "rollback", "--saved", tmp_path)
    assert done.returncode == 1
    assert "here.nft cannot be read: Is a directory." in done.stderr
    none = ringfence("gateway", "rollback", "--saved", tmp_path / "none")
    assert none.returncode == 1
    assert "No rules from before were saved on this machine" in none.stderr


@pytest.mark.parametrize("seconds", ["0", "-3", "nan"])
def test_a_gateway_is_heard_for_some_time(seconds: str) -> None:
    words = (TWIN / "vsphere", "--policy", TWIN / "policy.yaml", "--gateway", "firewall")
    done = ringfence("flows", *words, f"--seconds={seconds}")
    assert done.returncode == 2
    assert "--seconds is a number above 0." in done.stderr
