"""The documentation's own rules: every page is reached, and every room has its row."""

from repository import ROOT


def test_every_folder_of_pages_has_an_index() -> None:
    folders = {path.parent for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts}
    assert [folder for folder in folders if not (folder / "index.md").is_file()] == []


def test_every_room_that_exists_is_in_the_house_table() -> None:
    page = (ROOT / "docs" / "architecture" / "house.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in (ROOT / "src" / "ringfence").glob("*/__init__.py")}
    assert {room for room in rooms if f"| `{room}` |" not in page} == set()


def test_the_changelog_is_where_towncrier_writes() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "<!-- changes begin -->" in changelog
