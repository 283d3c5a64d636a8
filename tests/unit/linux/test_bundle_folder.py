"""Saved hosts: what was saved comes back, and what was cut off is not believed."""

import json

import pytest

from ringfence.foundation.errors import SourceError
from ringfence.foundation.progress import SilentProgress
from ringfence.model.facts import NotRead
from ringfence.sources.linux.bundle import Answer, Bundle
from ringfence.sources.linux.bundle_folder import (
    MANIFEST,
    bundle_folders,
    read_bundle,
    recognises,
    write_bundle,
)
from ringfence.sources.linux.snapshot import read_folder

ADDRESSES = b'[{"ifname":"lo","addr_info":[]}]'
BUNDLE = Bundle(
    "hv1",
    {
        "addresses": Answer(("ip", "-j", "-d", "addr"), 0, ADDRESSES),
        "nftables": Answer(
            ("nft", "-j", "list", "ruleset"), 1, b"", "Operation not permitted (you must be root)"
        ),
        "ovs-port": Answer(
            ("ovs-vsctl", "list", "port"), None, b"", problem="ovs-vsctl is not installed"
        ),
        "domains": Answer(("virsh", "list"), None, b"", problem="did not answer within 20 s"),
        "version-ip": Answer(("ip", "-V"), 0, b"ip utility, iproute2-6.1.0\n"),
    },
    "2026-11-28T19:00:00Z",
    "2026-11-28T19:00:01Z",
    ("ovs-bridge",),
)


@pytest.fixture
def folder(tmp_path):
    write_bundle(BUNDLE, tmp_path / "hv1")
    return tmp_path / "hv1"


def test_what_was_saved_comes_back(folder):
    assert recognises(folder)
    assert read_bundle(folder) == BUNDLE
    manifest = json.loads((folder / MANIFEST).read_text())
    assert manifest["tools"] == {"ip": "ip utility, iproute2-6.1.0"}


def test_an_answer_is_believed_only_where_the_command_did_what_it_was_asked(folder):
    bundle = read_bundle(folder)
    assert bundle.json("addresses") == [{"ifname": "lo", "addr_info": []}]
    reasons = {name: bundle.text(name) for name in ("nftables", "ovs-port", "domains", "other")}
    assert {name: why.reason for name, why in reasons.items() if isinstance(why, NotRead)} == {
        "nftables": "no-permission",
        "ovs-port": "not-supported",
        "domains": "fault",
        "other": "not-collected",
    }


@pytest.mark.parametrize("content", [ADDRESSES[:-1], b"", ADDRESSES.replace(b"lo", b"l0")])
def test_a_file_that_was_cut_off_or_altered_is_not_believed(folder, content):
    (folder / "addresses").write_bytes(content)
    why = read_bundle(folder).json("addresses")
    assert isinstance(why, NotRead)
    assert why.reason == "fault"


def test_a_missing_file_is_not_an_empty_answer(folder):
    (folder / "addresses").unlink()
    assert isinstance(read_bundle(folder).json("addresses"), NotRead)


def test_a_name_that_leads_elsewhere_is_no_file(folder, tmp_path):
    (tmp_path / "secret").write_bytes(ADDRESSES)
    text = (folder / MANIFEST).read_text().replace('"addresses"', '"../secret"')
    (folder / MANIFEST).write_text(text)
    assert isinstance(read_bundle(folder).json("../secret"), NotRead)


@pytest.mark.parametrize(
    ("old", "new"),
    [('"version": 1', '"version": 2'), ('"status": 0', '"status": "0"'), ("]", "")],
)
def test_a_damaged_manifest_is_refused_in_a_sentence(folder, old, new):
    manifest = folder / MANIFEST
    manifest.write_text(manifest.read_text().replace(old, new))
    with pytest.raises(SourceError, match=r"manifest\.json is"):
        read_bundle(folder)


def test_a_folder_made_by_hand_is_read(tmp_path):
    (tmp_path / "addresses").write_bytes(ADDRESSES)
    assert recognises(tmp_path)
    bundle = read_bundle(tmp_path)
    assert bundle.host == tmp_path.name
    assert bundle.json("addresses") == [{"ifname": "lo", "addr_info": []}]
    assert isinstance(bundle.json("nftables"), NotRead)


def test_a_full_folder_is_not_written_over(folder):
    with pytest.raises(SourceError, match="not empty"):
        write_bundle(BUNDLE, folder)


def test_several_hosts_are_read_together_unless_two_have_one_name(folder):
    write_bundle(Bundle("hv2", BUNDLE.answers), folder.parent / "hv2")
    assert [each.name for each in bundle_folders(folder.parent)] == ["hv1", "hv2"]
    hosts = read_folder(folder.parent, SilentProgress()).hosts
    assert [host.name for host in hosts] == ["hv1", "hv2"]
    write_bundle(BUNDLE, folder.parent / "again")
    with pytest.raises(SourceError, match="called hv1"):
        read_folder(folder.parent, SilentProgress())


def test_other_folders_are_left_to_other_sources(tmp_path):
    (tmp_path / MANIFEST).write_text('{"format": "another"}')
    assert not recognises(tmp_path)


def test_no_damaged_host_among_others_is_left_out(folder):
    other = folder.with_name("hv2")
    other.mkdir()
    (other / MANIFEST).write_text("{")
    with pytest.raises(SourceError, match="hv2 stands among saved hosts"):
        read_folder(folder.parent, SilentProgress())
