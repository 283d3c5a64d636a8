"""What may not be read, or is no file, is told in a sentence, never by a traceback."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ringfence.foundation.errors import SourceError
from ringfence.foundation.progress import SilentProgress
from ringfence.operations import assemble
from ringfence.sources.linux.bundle_folder import bundle_folders, read_bundle, recognises
from ringfence.sources.nsx.answers import read_answers
from small_snapshot import SMALL_POLICY

HOST = Path(__file__).parents[2] / "data" / "linux" / "kvm1"
NOBODY = 65534
INFRA = '{"resource_type": "Infra", "children": []}'


@contextmanager
def as_nobody() -> Iterator[None]:
    """Do without the rights of root, to whom all files are open."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(own)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that others may look into; pytest's own are closed to them."""
    snapshot_of(HOST)  # imports what is needed before the rights are gone
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def snapshot_of(path: Path) -> object:
    return assemble.snapshot_at(path, SilentProgress())


def host(place: Path) -> Path:
    return Path(shutil.copytree(HOST, place / "kvm1"))


def manager(place: Path) -> Path:
    (place / "nsx").mkdir()
    (place / "nsx" / "infra.json").write_text(INFRA)
    return place / "nsx"


def by_hand(place: Path) -> Path:
    (place / "hand").mkdir()
    shutil.copy(HOST / "addresses", place / "hand")
    return place / "hand"


def saved_objects(place: Path) -> Path:
    (place / "vsphere").mkdir()
    (place / "vsphere" / "Folder-group-d1.xml").write_text("<ObjectContent/>")
    return place / "vsphere"


CLOSED: dict[str, tuple[Callable[[Path], Path], str, Callable[[Path], object]]] = {
    "a host": (host, "", snapshot_of),
    "its manifest": (host, "manifest.json", snapshot_of),
    "an answer of it": (host, "addresses", snapshot_of),
    "an answer of one host": (host, "addresses", read_bundle),
    "the folder of one host": (host, "", read_bundle),
    "a folder among hosts": (host, "", recognises),
    "a folder of hosts": (host, "", bundle_folders),
    "a host saved by hand": (by_hand, "addresses", snapshot_of),
    "saved objects": (saved_objects, "", snapshot_of),
    "answers of a manager": (manager, "", read_answers),
    "an answer of a manager": (manager, "infra.json", read_answers),
}


@pytest.mark.parametrize(("made", "closed", "read"), CLOSED.values(), ids=CLOSED)
def test_what_may_not_be_read_is_told(
    place: Path, made: Callable[[Path], Path], closed: str, read: Callable[[Path], object]
) -> None:
    folder = made(place)
    shut = folder / closed
    mode = shut.stat().st_mode
    shut.chmod(0)
    try:
        with as_nobody(), pytest.raises(SourceError, match="cannot be read: Permission denied"):
            read(folder)
    finally:
        shut.chmod(mode)


@pytest.mark.parametrize("read", [snapshot_of, read_answers, read_bundle, recognises])
def test_what_stands_in_a_closed_folder_is_told(
    place: Path, read: Callable[[Path], object]
) -> None:
    (place / "closed").mkdir(mode=0o700)
    with as_nobody(), pytest.raises(SourceError, match="cannot be read: Permission denied"):
        read(place / "closed" / "saved")


def test_a_closed_host_among_others_is_not_left_out(place: Path) -> None:
    one = host(place)
    other = Path(shutil.copytree(one, place / "other"))
    other.chmod(0)
    with as_nobody(), pytest.raises(SourceError, match=r"other stands among .* may not be read"):
        snapshot_of(place)


@pytest.mark.parametrize(
    "make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere")],
    ids=["a folder", "a pipe", "a link to nothing"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("made", "name", "read"),
    [
        (manager, "infra.json", read_answers),
        (host, "manifest.json", snapshot_of),
        (by_hand, "addresses", snapshot_of),
        (saved_objects, "Folder-group-d1.xml", snapshot_of),
    ],
)
def test_what_is_no_file_is_told_and_not_waited_for(
    place: Path,
    make: Callable[[Path], None],
    made: Callable[[Path], Path],
    name: str,
    read: Callable[[Path], object],
) -> None:
    folder = made(place)
    (folder / name).unlink()
    make(folder / name)
    if name == "manifest.json":
        read(folder)  # as one that was saved by hand
        return
    with pytest.raises(SourceError, match=folder.name):
        read(folder)


DEVICE = "devices:\n  wall: {kind: firewall, physical: true, config: [shut/rules.nft]}\n"


def test_a_configuration_that_may_not_be_looked_for_is_told(place: Path) -> None:
    (place / "policy.yaml").write_text(SMALL_POLICY + DEVICE)
    (place / "shut").mkdir(mode=0o700)
    saved = host(place)
    with pytest.raises(SourceError, match="nothing at"):
        assemble.subject(place / "none", place / "policy.yaml", SilentProgress())
    with as_nobody(), pytest.raises(SourceError, match=r"rules\.nft cannot be read: Permission"):
        assemble.subject(saved, place / "policy.yaml", SilentProgress())
