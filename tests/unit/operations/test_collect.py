"""What collecting says of itself, without a server; the servers are in tests/platform/path."""

from pathlib import Path

import pytest

from ringfence.foundation.errors import NothingCollectedError, SnapshotFileError, UsageError
from ringfence.foundation.progress import SilentProgress
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.model.snapshot_file import read_snapshot, write_snapshot
from ringfence.operations.collect import Preflight, Server, collect_saved
from ringfence.sources.vsphere.catalogue import Wanted
from ringfence.sources.vsphere.preflight import Lack, PreflightReport
from small_snapshot import SMALL_POLICY, small_snapshot

SILENT = SilentProgress()
ENVIRONMENT = {"GOVC_URL": "vcenter.example", "GOVC_USERNAME": "auditor"}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "saved"
    write_snapshot(small_snapshot(), path)
    return path


def test_what_was_read_is_said_in_sentences(saved: Path, tmp_path: Path) -> None:
    collected = collect_saved(saved, tmp_path / "out", None, SILENT)
    read, unread, where = collected.lines()
    assert read == (
        "Read 1 cluster, 1 host, 1 switch, 3 port groups and 3 machines from small (test)."
    )
    assert unread.startswith("1 fact could not be read, ")
    assert where.startswith(f"The snapshot is in {tmp_path / 'out'} (SHA-256 ")
    assert read_snapshot(tmp_path / "out") == small_snapshot()


def test_the_devices_of_a_policy_are_kept_when_asked_for(saved: Path, tmp_path: Path) -> None:
    policy = tmp_path / "small.yaml"
    policy.write_text(SMALL_POLICY + "devices:\n  edge: {kind: firewall, physical: true}\n")
    collected = collect_saved(saved, tmp_path / "out", policy, SILENT)
    assert [device.id for device in collected.snapshot.devices] == ["edge"]


def test_a_reading_without_a_single_object_is_no_snapshot(tmp_path: Path) -> None:
    empty = Snapshot(sources=(ReadingSource(kind="test", name="empty"),))
    write_snapshot(empty, tmp_path / "saved")
    with pytest.raises(NothingCollectedError):
        collect_saved(tmp_path / "saved", tmp_path / "out", None, SILENT)
    assert not (tmp_path / "out").exists()


def test_a_snapshot_that_cannot_be_written_is_told(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(SnapshotFileError, match="cannot be written"):
        collect_saved(saved, tmp_path / "no" / "folder", None, SILENT)


def test_a_password_is_asked_for_only_where_it_is_nowhere() -> None:
    asked = []

    def ask(question: str) -> str:
        asked.append(question)
        return "typed"

    settings = Server().settings(ENVIRONMENT, ask)
    assert settings.password.reveal() == "typed"
    assert asked == ["Password of auditor at vcenter.example: "]
    known = Server().settings(ENVIRONMENT | {"GOVC_PASSWORD": "known"}, ask)
    assert known.password.reveal() == "known"
    assert len(asked) == 1
    assert not Server().settings(ENVIRONMENT, None).password


def test_what_was_given_outright_wins(tmp_path: Path) -> None:
    server = Server(url="other.example", user="me", thumbprint="AB:" * 31 + "AB", insecure=True)
    settings = server.settings(ENVIRONMENT | {"GOVC_PASSWORD": "x"}, None)
    assert settings.endpoint.host == "other.example"
    assert settings.user == "me"
    assert settings.tls.thumbprint == "ab" * 32
    assert settings.tls.verify is False
    assert Server(ca_file=tmp_path).settings(ENVIRONMENT, None).tls.ca_file == tmp_path


def test_without_any_address_nothing_is_read() -> None:
    with pytest.raises(UsageError, match="No server was named"):
        Server().settings({}, None)


def test_what_an_account_lacks_is_said_with_what_it_costs() -> None:
    wanted = Wanted("HostSystem", "config.firewall", "its firewall", "management.firewall-default")
    lack = Lack("System.Read", ("esx-1", "esx-2"), everywhere=False, lost=(wanted,))
    told = Preflight(PreflightReport("vcenter", "auditor", ("System.Read",), (lack,), 4))
    assert not told.complete
    lines = list(told.lines())
    assert "auditor lacks System.Read on vcenter" in lines[0]
    assert lines[2:] == [
        "System.Read, missing on esx-1 and esx-2",
        "  not read: HostSystem: its firewall",
        "  UNKNOWN: management.firewall-default",
    ]
    (plain,) = told.as_plain()["lacks"]
    assert plain["objects"] == ("esx-1", "esx-2")
