"""Damaged and hostile workbooks are refused in a sentence, or are harmless."""

import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.foundation.errors import SourceError
from ringfence.model.snapshot_file import read_snapshot, write_snapshot
from ringfence.sources.rvtools import xlsx
from ringfence.sources.rvtools.snapshot import read_workbook
from ringfence.sources.rvtools.workbook import recognises
from rvtools_workbook import sheets, write_workbook


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return write_workbook(tmp_path_factory.mktemp("rvtools") / "export.xlsx", sheets())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>", b"\0" * 100])
def test_what_is_no_workbook(tmp_path, content):
    path = tmp_path / "export.xlsx"
    path.write_bytes(content)
    assert not recognises(path)
    with pytest.raises(SourceError, match="is damaged, or no workbook"):
        read_workbook(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        read_workbook(tmp_path / "absent.xlsx")


def test_a_workbook_of_something_else(tmp_path):
    path = write_workbook(tmp_path / "other.xlsx", {"Sheet1": [{"a": 1}]})
    assert not recognises(path)
    with pytest.raises(SourceError, match="has no sheet vInfo; it is no export of RVTools"):
        read_workbook(path)


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch, sound):
    monkeypatch.setattr(xlsx, "MOST_UNPACKED", 10_000)
    with pytest.raises(SourceError, match=r"unpacks to \d\d,\d\d\d bytes; that is no inventory"):
        read_workbook(sound)


def altered(path, source, part, change):
    """A workbook with one of its parts changed."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(path, "w") as written:
        for name in archive.namelist():
            content = archive.read(name)
            written.writestr(name, change(content) if name == part else content)
    return path


PLACES = [
    b'r="XFD1048576"',
    b"r = 'ZZ999999'",
    b'x=">" r="A9999999"',
    b'r="A0"',
    b'r=""',
    b'r="B"',
    b'r="b2"',
    b'r="ZZZZZZ99999999999"',
]


@pytest.mark.parametrize("place", PLACES)
def test_a_cell_that_says_it_is_elsewhere_needs_no_room(tmp_path, sound, place):
    path = altered(
        tmp_path / "far.xlsx",
        sound,
        "xl/worksheets/sheet1.xml",
        lambda content: content.replace(b'<c r="B2"', b"<c " + place, 1),
    )
    assert len(read_workbook(path).machines) == 3


def test_too_many_cells_are_refused(monkeypatch, sound):
    monkeypatch.setattr(xlsx, "MOST_CELLS", 200)
    with pytest.raises(SourceError, match="has more than 200 cells; that is no inventory"):
        read_workbook(sound)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"]
)
def test_entities_are_not_expanded(tmp_path, sound, part):
    entity = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY f "&e;&e;">]>'
    path = altered(
        tmp_path / "entities.xlsx",
        sound,
        part,
        lambda content: content.replace(b"?>", b"?>" + entity, 1).replace(b"web-01", b"&f;"),
    )
    try:
        snapshot = read_workbook(path)
    except SourceError:
        return
    assert "root:" not in repr(snapshot)


def test_hostile_names_are_kept_as_they_are(tmp_path):
    names = ["=cmd|' /C calc'!A0", "\x1b[31mred", "<script>alert(1)</script>", "a/b\\c", "x" * 5000]
    tables = sheets()
    tables["vPort"][0]["Port Group"] = names[0]
    for row, name in zip(tables["vInfo"] + tables["vHost"], names, strict=True):
        row["VM" if "VM" in row else "Host"] = name
    snapshot = read_workbook(write_workbook(tmp_path / "export.xlsx", tables))
    assert names[0] in [machine.name for machine in snapshot.machines]
    write_snapshot(snapshot, tmp_path / "s")
    assert read_snapshot(tmp_path / "s") == snapshot


CELL = (
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats(-1, 5000) | st.text(max_size=8)
)


@given(data=st.data())
def test_any_cells_make_a_snapshot(tmp_path_factory, data):
    tables = sheets()
    for _ in range(data.draw(st.integers(1, 8))):
        rows = tables[data.draw(st.sampled_from(sorted(tables)))]
        row = data.draw(st.sampled_from(rows))
        row[data.draw(st.sampled_from(sorted(row)))] = data.draw(CELL)
    folder = tmp_path_factory.mktemp("cells")
    snapshot = read_workbook(write_workbook(folder / "export.xlsx", tables))
    write_snapshot(snapshot, folder / "s")
    assert read_snapshot(folder / "s") == snapshot


@given(at=st.floats(0, 1), new=st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_refused_or_read(tmp_path_factory, sound, at, new):
    content = sound.read_bytes()
    start = int(at * (len(content) - 1))
    path = tmp_path_factory.mktemp("damaged") / "export.xlsx"
    path.write_bytes(content[:start] + new + content[start + len(new) :])
    try:
        read_workbook(path)
    except SourceError as error:
        assert str(error)  # noqa: PT017
