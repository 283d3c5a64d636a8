"""Bundles as folders: a manifest and one file for each command, which any editor can open.

A folder without a manifest, made by hand, is read too: its files are named as the commands are,
and what is not there was not collected.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from ringfence.foundation.errors import SourceError
from ringfence.foundation.files import is_folder, reading
from ringfence.model.facts import Record
from ringfence.sources.linux.bundle import Answer, Bundle
from ringfence.sources.linux.commands import HOST_COMMANDS, NAMESPACE_COMMANDS

MANIFEST: Final = "manifest.json"
FORMAT: Final = "ringfence-linux-host"
VERSION: Final = 1
_MOST_BYTES: Final = 256 * 1024 * 1024
_BY_HAND: Final = "addresses"
"""The file that tells a folder made by hand."""


class _Entry(Record, frozen=True):
    """One command in the manifest; ``sha256`` and ``size`` are of its file."""

    name: str
    argv: tuple[str, ...]
    status: int | None
    size: int
    sha256: str
    stderr: str = ""
    problem: str = ""


class _Manifest(Record, frozen=True):
    format: str
    version: int
    host: str
    commands: tuple[_Entry, ...]
    started: str = ""
    finished: str = ""
    changed: tuple[str, ...] = ()
    tools: dict[str, str] = msgspec.field(default_factory=dict)
    machines: dict[str, str] | None = None


def recognises(path: Path) -> bool:
    """Tell whether ``path`` is the folder of a host, or holds such folders."""
    return is_folder(path) and any(True for _ in bundle_folders(path))


def bundle_folders(path: Path) -> tuple[Path, ...]:
    """Return the folders of hosts: ``path`` itself, or those directly in it, by name.

    Raises ``SourceError`` where a folder stands beside those of hosts that is none: a host that
    is left out would be missed by nobody.
    """
    with reading(path):
        if _is_bundle(path):
            return (path,)
        inside = sorted(each for each in path.iterdir() if each.is_dir())
    found = tuple(each for each in inside if _is_readable_bundle(each))
    for each in inside if found else ():
        if each not in found:
            message = (
                f"{each} stands among saved hosts and is none: its manifest is not whole, or may "
                "not be read."
            )
            raise SourceError(message, "Save that host again, or move the folder elsewhere.")
    return found


def _is_readable_bundle(path: Path) -> bool:
    try:
        return _is_bundle(path)
    except OSError:
        return False


def _is_bundle(path: Path) -> bool:
    manifest = path / MANIFEST
    if manifest.is_file():
        with manifest.open("rb") as file:
            return f'"{FORMAT}"'.encode() in file.read(256)
    return (path / _BY_HAND).is_file()


def write_bundle(bundle: Bundle, folder: Path) -> None:
    """Write a bundle to a folder, which is made; the manifest is written last.

    Raises ``SourceError`` where the folder holds something already, or cannot be written.
    """
    entries = tuple(
        _Entry(
            name=name,
            argv=answer.argv,
            status=answer.status,
            size=len(answer.stdout),
            sha256=hashlib.sha256(answer.stdout).hexdigest(),
            stderr=answer.stderr,
            problem=answer.problem,
        )
        for name, answer in bundle.answers.items()
    )
    manifest = _Manifest(
        format=FORMAT,
        version=VERSION,
        host=bundle.host,
        started=bundle.started,
        finished=bundle.finished,
        changed=bundle.changed,
        tools=_tools(bundle),
        machines=None if bundle.machines is None else dict(bundle.machines),
        commands=entries,
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            message = f"The folder {folder} is not empty."
            raise SourceError(message, "Name a new folder, or remove what is in it.")
        for name, answer in bundle.answers.items():
            (folder / name).write_bytes(answer.stdout)
        content = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        (folder / MANIFEST).write_bytes(content + b"\n")
    except OSError as error:
        message = f"The folder {folder} cannot be written: {error.strerror}."
        raise SourceError(message, "Name a folder that you may write.") from error


def _tools(bundle: Bundle) -> dict[str, str]:
    """Return the first line that each tool says of its version."""
    found = {}
    for name, answer in bundle.answers.items():
        kind, dash, tool = name.partition("-")
        if dash and kind == "version" and answer.status == 0:
            lines = answer.stdout.decode(errors="replace").splitlines()
            found[tool] = lines[0].strip() if lines else ""
    return found


def read_bundle(folder: Path) -> Bundle:
    """Return the bundle in a folder.

    A file that is missing, or not of the size and hash that the manifest names, gives an answer
    that says so and is not believed. Raises ``SourceError`` where the manifest is damaged or of
    another version, or the folder cannot be read.
    """
    with reading(folder):
        manifest = folder / MANIFEST
        if not manifest.is_file():
            return _by_hand(folder)
        described = _manifest(manifest)
        answers = {entry.name: _answer(folder, entry) for entry in described.commands}
    return Bundle(
        described.host,
        answers,
        described.started,
        described.finished,
        described.changed,
        described.machines,
    )


def _manifest(path: Path) -> _Manifest:
    try:
        described = msgspec.json.decode(path.read_bytes(), type=_Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"{path} is damaged: {error}."
        raise SourceError(message, "Save the host again with 'ringfence collect --bundle'.") from (
            error
        )
    if described.version != VERSION:
        message = f"{path} is of version {described.version}, this program reads {VERSION}."
        raise SourceError(message, "Save the host again with this version of Ringfence.")
    return described


def _answer(folder: Path, entry: _Entry) -> Answer:
    stdout, problem = b"", entry.problem
    path = folder / entry.name
    # A name that leads out of the folder is no command's.
    if path.parent != folder or not path.is_file():
        problem = problem or "has no file in the saved folder"
    elif path.stat().st_size != entry.size:
        problem = f"wrote {entry.size} bytes, of which the saved file holds {path.stat().st_size}"
    else:
        stdout = path.read_bytes()
        if hashlib.sha256(stdout).hexdigest() != entry.sha256:
            problem = "wrote something else than the saved file holds"
    return Answer(entry.argv, entry.status, stdout, entry.stderr, problem)


def _by_hand(folder: Path) -> Bundle:
    known = {command.name: command.argv for command in (*HOST_COMMANDS, *NAMESPACE_COMMANDS)}
    answers = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith(".") and path.stat().st_size <= _MOST_BYTES:
            argv = known.get(path.name, (path.name,))
            answers[path.name] = Answer(argv, 0, path.read_bytes())
    return Bundle(folder.name, answers)
