"""Saved folders of managed objects, as ``govc object.save`` writes them: read without a server.

One XML file per object at the top, and answers of methods in a folder named after the object.
The simulator of govmomi reads the same folders (``Model.Load``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from lxml import etree

from ringfence.connections.hardened_xml import parse_xml
from ringfence.foundation.errors import NothingCollectedError, SourceError
from ringfence.foundation.files import is_regular
from ringfence.foundation.progress import Progress
from ringfence.model.facts import NotRead
from ringfence.model.machines import Tag
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.sources.vsphere.assembly import SWITCHES, Assembly
from ringfence.sources.vsphere.catalogue import ALSO_SAVED, READ_ORDER, roots
from ringfence.sources.vsphere.content import Content, content_of
from ringfence.sources.vsphere.names import Ids, short_server
from ringfence.sources.vsphere.rights import roles
from ringfence.sources.vsphere.server_settings import server_settings
from ringfence.sources.vsphere.values import Plain, text, texts

_LARGEST_FILE: Final = 64 * 1024**2  # bytes; a host's file is about a tenth of a megabyte
_MOST_FILES: Final = 1_000_000
_NO_PORTS_SAVED: Final = NotRead(
    reason="not-collected", detail="the folder has no FetchDVPorts of the switch"
)
_WANTED: Final = frozenset({*READ_ORDER, *ALSO_SAVED})
_ROOTS: Final[Mapping[str, frozenset[str]]] = {
    "ServiceInstance": frozenset({"content"}),
    "AuthorizationManager": frozenset({"roleList"}),
    "OptionManager": frozenset({"setting"}),
}


def recognises(path: Path) -> bool:
    """Return whether ``path`` is a folder of saved managed objects."""
    if not path.is_dir():
        return False
    first = min(_objects(path), default=None)
    if first is None or not first.is_file():
        return False
    try:
        with first.open("rb") as file:
            return b"<ObjectContent" in file.read(4096)
    except OSError:
        return False


def read_folder(path: Path, progress: Progress) -> Snapshot:
    """Return the snapshot of a saved folder.

    Raises ``SourceError`` that names the file where one is damaged or hostile, and
    ``NothingCollectedError`` where the folder holds no host and no machine.
    """
    plain = Plain()
    files = _files(path)
    progress.step("reading saved objects", len(files))
    found: dict[str, list[Content]] = {kind: [] for kind in _WANTED}
    for file in files:
        content = _content(file, plain)
        if content.reference.type in found:
            found[content.reference.type].append(content)
        progress.advance()
    about = _about(found["ServiceInstance"])
    server = short_server(_server_uuid(about, found["HostSystem"]), path.resolve().name)
    assembly = Assembly(Ids(server))
    for kind in READ_ORDER:
        for content in found[kind]:
            assembly.add(content)
    if not assembly.hosts and not assembly.machines:
        raise NothingCollectedError(
            f"The folder {path} holds no host and no machine; nothing can be concluded from it.",
            "Save it again with 'govc object.save', from the root of the inventory.",
        )
    _add_ports(path, found, assembly)
    _add_lockdown_exceptions(path, assembly, plain)
    _add_rights(found, assembly)
    assembly.settings = server_settings(found["OptionManager"], text(about, "apiType"))
    assembly.tags = _tags(path)
    return assembly.finish(
        ReadingSource(
            kind="vsphere",
            name=path.name,
            server_id=text(about, "instanceUuid"),
            product=text(about, "fullName"),
            api_version=text(about, "apiVersion"),
            finished=_saved_at(path, plain),
        )
    )


def _objects(path: Path) -> Iterator[Path]:
    """Yield the files of a folder; ``glob`` finds none where the folder may not be read."""
    return (each for each in path.iterdir() if each.name.endswith(".xml"))


def _files(path: Path) -> list[Path]:
    try:
        files = sorted(_objects(path))
    except OSError as error:
        raise SourceError(f"The folder {path} cannot be read: {error.strerror}.") from error
    if not files:
        raise NothingCollectedError(
            f"The folder {path} holds no saved managed objects (files that end in .xml).",
            "Save them with 'govc object.save -d FOLDER'.",
        )
    if len(files) > _MOST_FILES:
        raise SourceError(f"The folder {path} holds more than {_MOST_FILES:,} files.")
    return files


def _root(file: Path) -> etree._Element:
    if not is_regular(file):
        raise SourceError(f"{file} is no file.", "Save that object again.")
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise SourceError(
                f"{file} is larger than {_LARGEST_FILE >> 20} MiB, which no saved object is.",
                "It was not read. Check where it comes from.",
            )
        return parse_xml(file.read_bytes(), str(file))
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}.") from error


def _content(file: Path, plain: Plain) -> Content:
    root = _root(file)
    if etree.QName(root).localname != "ObjectContent":
        raise SourceError(
            f"{file} is no saved managed object: its first element is not ObjectContent.",
            "Take it out of the folder, or save the folder again.",
        )
    kind = root.find("{*}obj")
    wanted = kind.get("type") or "" if kind is not None else ""
    try:
        return content_of(root, plain, _ROOTS.get(wanted) or roots(wanted))
    except ValueError as error:
        raise SourceError(f"{file} is no saved managed object: {error}.") from error


def _about(services: list[Content]) -> Any:
    for service in services:
        return service.at("content.about")
    return None


def _server_uuid(about: Any, hosts: list[Content]) -> str:
    """Return what identifies the server: a single host has only its hardware's UUID."""
    single = text(about, "apiType") == "HostAgent"
    return text(about, "instanceUuid") or "".join(
        host.text("summary.hardware.uuid") for host in hosts[:1] if single
    )


def _add_ports(path: Path, found: Mapping[str, list[Content]], assembly: Assembly) -> None:
    for kind in SWITCHES:
        for content in found[kind]:
            file = path / f"{kind}-{content.id}" / "FetchDVPorts.xml"
            if "/" not in content.id and is_regular(file):
                assembly.add_ports(content.id, _root(file).iterchildren("{*}returnval"))
            else:
                assembly.add_ports(content.id, _NO_PORTS_SAVED)


def _add_lockdown_exceptions(path: Path, assembly: Assembly, plain: Plain) -> None:
    for host, parts in assembly.hosts.items():
        manager = parts.access_manager
        file = path / f"HostAccessManager-{manager}" / "QueryLockdownExceptions.xml"
        if manager and "/" not in manager and is_regular(file):
            accounts = [plain.value(one) for one in _root(file).iterchildren("{*}returnval")]
            assembly.lockdown_exceptions[host] = tuple(sorted(texts(accounts)))


def _saved_at(path: Path, plain: Plain) -> str:
    """Return the server's time when the folder was saved; empty where that was not noted."""
    file = path / "ServiceInstance-ServiceInstance" / "CurrentTime.xml"
    if not is_regular(file):
        return ""
    return next((text(plain.value(one)) for one in _root(file).iterchildren("{*}returnval")), "")


def _add_rights(found: Mapping[str, list[Content]], assembly: Assembly) -> None:
    unset = NotRead(reason="not-collected", detail="the folder has no roles")
    for manager in found["AuthorizationManager"]:
        assembly.roles = manager.fact("roleList", lambda value: roles(value, assembly.ids), unset)
        if not isinstance(assembly.roles, NotRead):
            # Roles and permissions are saved by the same hand: entities carry the permissions.
            assembly.permission_entries = list(_permission_entries(found))


def _permission_entries(found: Mapping[str, list[Content]]) -> Iterator[Any]:
    for kind in READ_ORDER:
        for content in found[kind]:
            yield from content.items("permission")


def _tags(path: Path) -> Any:
    """Return the tags of ``tags.json`` in the folder: lists of category and name by object id."""
    file = path / "tags.json"
    if not is_regular(file):
        return NotRead(reason="not-collected", detail="the folder has no tags.json")
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, tuple[Tag, ...]])
    except (OSError, msgspec.DecodeError) as error:
        raise SourceError(
            f"{file} does not hold tags: {error}.",
            'Expected an object such as {"vm-12": [["zone", "dmz"]]}.',
        ) from error
