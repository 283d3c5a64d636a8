"""Saved answers of an NSX manager: the files of a folder, or one file with all of them.

A folder holds ``infra.json`` (``GET /policy/api/v1/infra?filter=Type-``), and beside it what the
other requests of ``FILES`` answered. One file may hold lists of services, groups and policies too,
as other analysers of NSX save them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ringfence.foundation.errors import SourceError
from ringfence.foundation.files import is_folder, is_regular, is_there, reading
from ringfence.model.facts import NOT_COLLECTED, Fact
from ringfence.sources.nsx.values import Answer, flag, number, objects, path_of, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

INFRA: Final = "infra.json"
FILES: Final = {
    INFRA: "/policy/api/v1/infra?filter=Type-",
    "virtual-machines.json": "/api/v1/fabric/virtual-machines",
    "vifs.json": "/api/v1/fabric/vifs",
    "transport-nodes.json": "/api/v1/transport-nodes",
    "exclude-list.json": "/policy/api/v1/infra/settings/firewall/security/exclude-list",
    "system-exclude-list.json": (
        "/policy/api/v1/infra/settings/firewall/security/exclude-list/filter?system_owned=true"
    ),
    "firewall.json": "/policy/api/v1/infra/settings/firewall/security",
}
"""The files of a folder, and the request that each holds the answer of."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a segment, and which profiles are bound to it."""

    answer: Answer
    maps: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment, its ports, and which profiles are bound to it."""

    answer: Answer
    ports: tuple[Port, ...]
    maps: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the manager answered; what was not saved is ``NotRead``.

    ``services`` and ``groups`` are found by their paths. ``excluded`` are the paths of what the
    firewall leaves out, ``own_excluded`` what it leaves out of its own accord, ``nodes`` the hosts
    that it was installed on, ``enabled`` whether it is on at all.
    """

    name: str
    services: Mapping[str, Answer]
    groups: Mapping[str, Answer]
    policies: tuple[Answer, ...]
    machines: Fact[tuple[Answer, ...]]
    nics: Fact[tuple[Answer, ...]]
    nodes: Fact[tuple[Answer, ...]]
    excluded: Fact[tuple[str, ...]]
    own_excluded: Fact[tuple[Answer, ...]]
    enabled: Fact[bool]
    segments: tuple[Segment, ...] = ()
    guard_profiles: tuple[Answer, ...] = ()
    discovery_profiles: tuple[Answer, ...] = ()


def read_answers(saved: Path) -> Answers:
    """Return the answers at ``saved``, a folder or a file.

    Raises ``SourceError`` where a file is missing, damaged, or holds only a part of an answer.
    """
    if not is_there(saved):
        raise SourceError(f"There is nothing at {saved}.", "Name the saved answers of the manager.")
    if is_folder(saved):
        return _of_folder(saved)
    whole = _json(saved)
    return _of_one_file(saved, whole) if "domains" in whole else _of_infra(saved.name, whole, {})


def _of_folder(folder: Path) -> Answers:
    if not is_there(folder / INFRA):
        raise SourceError(
            f"{folder} holds no {INFRA}.", f"Save what the manager answers to {FILES[INFRA]} there."
        )
    others = {name: _json(folder / name) for name in FILES if is_there(folder / name)}
    infra = others.pop(INFRA)
    return _of_infra(folder.name, infra, others)


def _of_infra(name: str, infra: Answer, others: Mapping[str, Answer]) -> Answers:
    found = [*_below(infra)]
    services = {
        path_of(one): {**one, "service_entries": [*_entries(one)]}
        for kind, one in found
        if kind == "Service"
    }
    exclude = others.get("exclude-list.json")
    return Answers(
        name=name,
        services=services,
        groups={path_of(one): one for kind, one in found if kind == "Group"},
        policies=tuple(
            {**one, "rules": [*_rules(one)]} for kind, one in found if kind == "SecurityPolicy"
        ),
        machines=_listed(others, "virtual-machines.json"),
        nics=_listed(others, "vifs.json"),
        nodes=_listed(others, "transport-nodes.json"),
        excluded=_members(exclude),
        own_excluded=_listed(others, "system-exclude-list.json"),
        enabled=_enabled(others.get("firewall.json")),
        segments=tuple(_segment(one) for kind, one in found if kind == "Segment"),
        guard_profiles=tuple(one for kind, one in found if kind == "SpoofGuardProfile"),
        discovery_profiles=tuple(one for kind, one in found if kind == "IPDiscoveryProfile"),
    )


def _segment(segment: Answer) -> Segment:
    ports = (one for kind, one in _children(segment) if kind == "SegmentPort")
    return Segment(segment, tuple(Port(one, _maps(one)) for one in ports), _maps(segment))


def _maps(answer: Answer) -> tuple[Answer, ...]:
    return tuple(one for kind, one in _children(answer) if kind.endswith("ProfileBindingMap"))


def _of_one_file(saved: Path, whole: Answer) -> Answers:
    domains = objects(whole, "domains")
    resources = [one["resources"] for one in domains if isinstance(one.get("resources"), dict)]
    groups = [group for each in resources for group in objects(each, "groups")]
    exclude = whole.get("exclude_list")
    nics = whole.get("virtual_network_interface")
    nodes = whole.get("transport_nodes")
    return Answers(
        name=saved.name,
        services={path_of(one): one for one in objects(whole, "services")},
        groups={path_of(one): one for one in groups},
        policies=tuple(one for each in resources for one in objects(each, "security_policies")),
        machines=objects(whole, "virtual_machines"),
        nics=NOT_COLLECTED if nics is None else objects(whole, "virtual_network_interface"),
        nodes=NOT_COLLECTED if nodes is None else objects(whole, "transport_nodes"),
        excluded=_members(exclude if isinstance(exclude, dict) else None),
        own_excluded=NOT_COLLECTED,
        enabled=NOT_COLLECTED,
    )


def _members(answer: Answer | None) -> Fact[tuple[str, ...]]:
    """Return what a list of what is left out holds, where the answer says so."""
    if answer is None or "members" not in answer:
        return NOT_COLLECTED
    return texts(answer, "members")


def _enabled(answer: Answer | None) -> Fact[bool]:
    """Return whether the firewall is on, where the answer says so."""
    if answer is None or "enable_firewall" not in answer:
        return NOT_COLLECTED
    return flag(answer, "enable_firewall", default=True)


def _json(path: Path) -> Answer:
    if not is_regular(path):
        raise SourceError(f"{path} is no file.", _SAVE)
    with reading(path):
        content = path.read_bytes()
    try:
        found: Any = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SourceError(f"{path} is not the whole of an answer: {error}.", _SAVE) from error
    if not isinstance(found, dict):
        raise SourceError(f"{path} holds no answer of the manager.", _SAVE)
    if "error_code" in found or "httpStatus" in found:
        told = found.get("error_message") or found.get("httpStatus")
        raise SourceError(
            f"{path} holds an error in place of an answer: {told}.",
            "Ask again with an account that may read it, or leave the file out.",
        )
    return found


_SAVE: Final = "Save the manager's answer again, all of it."


def _listed(answers: Mapping[str, Answer], file: str) -> Fact[tuple[Answer, ...]]:
    answer = answers.get(file)
    if answer is None or "results" not in answer:
        return NOT_COLLECTED
    found = objects(answer, "results")
    told = number(answer, "result_count")
    if told > len(found):
        message = f"{file} holds {len(found)} of the {told} results of its request."
        raise SourceError(message, "Save every page, as one list of results.")
    return found


def _below(answer: Answer) -> Iterator[tuple[str, Answer]]:
    """Yield every object below another, with its kind."""
    waiting = [answer]
    while waiting:
        for child in objects(waiting.pop(), "children"):
            kind = text(child, "resource_type").removeprefix("Child")
            inside = child.get(kind)
            if isinstance(inside, dict):
                yield kind, inside
                waiting.append(inside)


def _entries(service: Answer) -> Iterator[Answer]:
    yield from objects(service, "service_entries")
    yield from (one for kind, one in _children(service) if kind.endswith("ServiceEntry"))


def _rules(policy: Answer) -> Iterable[Answer]:
    """Return the rules of a policy, which an answer may hold as children or as a list."""
    listed = objects(policy, "rules")
    return listed or tuple(one for kind, one in _children(policy) if kind == "Rule")


def _children(answer: Answer) -> Iterator[tuple[str, Answer]]:
    for child in objects(answer, "children"):
        kind = text(child, "resource_type").removeprefix("Child")
        inside = child.get(kind)
        if isinstance(inside, dict):
            yield text(inside, "resource_type", kind), inside
