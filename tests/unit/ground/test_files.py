"""Rules that every file of the project keeps."""

import re
from pathlib import Path

import pytest

from repository import ROOT, tracked_files

LONGEST = 400
SOURCES = {".py", ".html", ".j2", ".css", ".js", ".go", ".md", ".sh"}
# Written in pieces, so that this file does not name what it forbids.
REGISTRIES = [
    "".join(pieces)
    for pieces in (
        ("pypi", ".org"),
        ("files.python", "hosted.org"),
        ("registry.npm", "js.org"),
        ("deb.deb", "ian.org"),
        ("proxy.go", "lang.org"),
    )
]
MACHINE_PATHS = re.compile(
    r"(?<![\w.])/(?:wor" r"k/(?:main|shared|\.library)|roo" r"t/\.|op" r"t/(?:pypi|wheels))"
)
SETTINGS = re.compile(r"--(?:extra-)?index-url[ =]\S|^\s*(?:extra-)?index-url\s*=", re.MULTILINE)


def is_ours(path: Path) -> bool:
    """Neither vendored nor data of a test."""
    return "vendor" not in path.parts and path.parts[:2] != ("tests", "data")


def texts() -> dict[Path, str]:
    """The text of every tracked file that is text."""
    found = {}
    for path in tracked_files():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content[:8192]:
            found[path] = content.decode("utf-8", errors="replace")
    return found


def test_no_source_file_is_longer_than_one_room() -> None:
    lengths = {
        str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path in tracked_files()
        if path.suffix in SOURCES and is_ours(path) and path.name != "CHANGELOG.md"
    }
    assert lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_file_names_a_registry_or_a_path_of_the_machine() -> None:
    found = [
        f"{path}: {word}"
        for path, text in texts().items()
        for word in (
            *(registry for registry in REGISTRIES if registry in text),
            *MACHINE_PATHS.findall(text),
            *SETTINGS.findall(text),
        )
    ]
    assert found == []


@pytest.mark.parametrize("registry", REGISTRIES)
def test_an_address_would_be_seen(registry: str) -> None:
    assert registry in f"see https://{registry}/simple"


def test_requirements_pin_every_package_with_a_hash() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        joined = path.read_text().replace("\\\n", " ")
        lines = [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]
        assert lines
        for line in lines:
            assert "==" in line, f"{path.name}: {line[:80]}"
            assert "--hash=sha256:" in line, f"{path.name}: {line[:80]}"
