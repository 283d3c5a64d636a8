"""A device from its saved configuration: files recognised by what they hold, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_interface
from pathlib import Path
from typing import Final

import msgspec

from ringfence.foundation.discovery import find_parts
from ringfence.foundation.errors import SourceError
from ringfence.foundation.text import listed
from ringfence.model.facts import Fact, NotRead
from ringfence.model.rules import (
    Chain,
    Device,
    DeviceInterface,
    Hook,
    NotUnderstood,
    Route,
    Rule,
    StateMatch,
    UnmodelledMatch,
)
from ringfence.sources import rule_syntax
from ringfence.sources.rule_syntax.ipsets import AddressSet, changed_by_packets
from ringfence.sources.rule_syntax.syntax import BOTH, Family, Reading, RuleSyntax

_MOST_BYTES: Final = 256 * 1024 * 1024
_FIRST: Final = -1_000_001
"""A priority before every other: what stands for rules that were not given."""
_FAMILY_NAMES: Final = {4: "IPv4", 6: "IPv6"}


@dataclass(frozen=True, slots=True)
class SavedFile:
    """What one file says, and where it stands."""

    path: Path
    reading: Reading


def read_device(
    name: str,
    paths: Iterable[Path],
    *,
    kind: str = "firewall",
    physical: bool = False,
    machine: str | None = None,
) -> Device:
    """Return the device ``name`` of the policy, as its saved configuration says it is.

    ``paths`` are files, or folders whose files are all read, hidden ones left out. ``machine`` is
    the id of the virtual machine that it runs as. What no file tells is ``NotRead``; where rules
    of one address family only were given, the other is bounded from both sides. Raises
    ``SourceError`` for a file that is missing, not recognised, damaged, or contradicted by another.
    """
    syntaxes = find_parts(rule_syntax, "SYNTAX", RuleSyntax, "ringfence.rule_syntax")
    files = _read_all(list(_files(name, paths)), syntaxes)
    return device_of_files(name, files, kind=kind, physical=physical, machine=machine)


def device_of_files(
    name: str,
    files: Sequence[SavedFile],
    *,
    kind: str = "firewall",
    physical: bool = False,
    machine: str | None = None,
) -> Device:
    """Return the device ``name`` put together from what its files say, as ``read_device``.

    Raises ``SourceError`` where one file contradicts another.
    """
    interfaces = _interfaces(files)
    forwards = {family: value for file in files for family, value in file.reading.forwards.items()}
    routes = _routes(name, files)
    lacking = [] if isinstance(routes, NotRead) else _without_routes(files, interfaces, forwards)
    chains, not_given = _chains(name, files, interfaces, forwards)
    notes = [note for file in files for note in file.reading.not_understood]
    return Device(
        id=name,
        name=name,
        kind=kind,
        physical=physical,
        machine=machine,
        # Where it is not told, it is taken for what it was declared to be.
        forwards=forwards.get(4, True) or forwards.get(6, True),
        interfaces=interfaces,
        chains=chains,
        routes=routes,
        reverse_path=_reverse_path(files),
        reassembles=reassembles(chains, (*notes, *not_given)),
        not_understood=(*notes, *not_given, *lacking),
        files=tuple(
            msgspec.structs.replace(file.reading.file, name=file.path.name)
            for file in files
            if file.reading.file is not None
        ),
    )


def _files(name: str, paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        try:
            if path.is_dir():
                inside = sorted(each for each in path.iterdir() if not each.name.startswith("."))
                if not any(each.is_file() for each in inside):
                    message = f"The folder {path} of the device {name} holds no file."
                    raise SourceError(message, "Save its configuration there.")
                yield from (each for each in inside if each.is_file())
            else:
                yield path
        except OSError as error:
            raise _unreadable(path, error) from error


def _read_all(paths: Sequence[Path], syntaxes: Sequence[RuleSyntax]) -> list[SavedFile]:
    """Read all files, those last whose rules name the sets of others."""
    texts = [(path, *_recognised(path, syntaxes)) for path in paths]
    found = {path: each.read(text, str(path)) for path, text, each in texts if not each.read_with}
    sets: dict[str, AddressSet] = {}
    for reading in found.values():
        for name in reading.sets.keys() & sets.keys():
            others = [SavedFile(other, one) for other, one in found.items() if name in one.sets]
            raise _twice(f"the set {name}", others)
        sets |= reading.sets
    # A set is one of the whole device: rules of any of its files may change it.
    changed = frozenset[str]().union(
        *(each.changes(text) for _, text, each in texts if each.changes)
    )
    known = changed_by_packets(sets, changed)
    for path, text, each in texts:
        if each.read_with:
            found[path] = each.read_with(text, str(path), known)
    return [SavedFile(path, found[path]) for path in paths]


def _recognised(path: Path, syntaxes: Sequence[RuleSyntax]) -> tuple[str, RuleSyntax]:
    """Return the text of a file, and the syntax that it is in."""
    text = _text(path)
    for syntax in syntaxes:
        if syntax.recognises(text):
            return text, syntax
    first = next((line.strip() for line in text.splitlines() if line.strip()), "nothing")
    known = listed([f"'{syntax.made_by}'" for syntax in syntaxes], most=len(syntaxes))
    message = f"{path} begins with {first[:60]!r}, expected the output of {known}."
    raise SourceError(message, "Save it with one of these, or move the file elsewhere.")


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            message = f"{path} is larger than any configuration ({_MOST_BYTES:,} bytes)."
            raise SourceError(message, "Name the file that holds the configuration.")
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"{path}, line {line}: found a byte that is not UTF-8 text."
        raise SourceError(message, "Save the configuration as plain text again.") from error


def _unreadable(path: Path, error: OSError) -> SourceError:
    message = f"{path} cannot be read: {error.strerror or error}."
    return SourceError(message, "Correct the path in the policy, or the file's permissions.")


def _interfaces(files: Sequence[SavedFile]) -> Fact[tuple[DeviceInterface, ...]]:
    telling = [file for file in files if file.reading.interfaces is not None]
    if not telling:
        return NotRead(reason="not-collected", detail="no file holds its interfaces")
    if len(telling) > 1:
        raise _twice("interfaces", telling)
    return telling[0].reading.interfaces or ()


def _reverse_path(files: Sequence[SavedFile]) -> Fact[tuple[str, ...]]:
    for file in files:
        if file.reading.reverse_path is not None:
            return file.reading.reverse_path
    return NotRead(reason="not-collected", detail="no file holds its reverse-path filters")


def reassembles(
    chains: Fact[tuple[Chain, ...]], notes: Sequence[NotUnderstood]
) -> Fact[tuple[Family, ...]]:
    """Return the families of which netfilter puts fragments together, by a device's chains.

    ``notes`` are what of its rules was not understood. Netfilter does it before all other rules
    once any rule asks for the state of connections of a family, or translates its addresses. Where
    a chain could translate and no rule does, kernels differ.
    """
    if isinstance(chains, NotRead):
        return chains
    tracked: set[Family] = set()
    perhaps: set[Family] = set()
    certain = not notes
    for chain in chains:
        families = {chain.family} if chain.family else BOTH
        if chain.translates:
            perhaps |= families
        for rule in chain.rules:
            certain &= rule.action != "unmodelled"
            if rule.action == "translate":
                tracked |= families
            for condition in rule.conditions:
                certain &= not isinstance(condition, UnmodelledMatch)
                if isinstance(condition, StateMatch):
                    tracked |= families
    if tracked == BOTH or (certain and perhaps <= tracked):
        return tuple(sorted(tracked))
    detail = "whether it tracks connections is not certain"
    return NotRead(reason="not-understood", detail=detail)


def _routes(name: str, files: Sequence[SavedFile]) -> Fact[tuple[Route, ...]]:
    telling = [file for file in files if file.reading.routed]
    for family in sorted(BOTH):
        of_family = [file for file in telling if family in file.reading.routed]
        if len(of_family) > 1:
            raise _twice(f"{_FAMILY_NAMES[family]} routes", of_family)
    if not telling:
        return NotRead(reason="not-collected", detail=f"no file holds the routes of {name}")
    return tuple(route for file in telling for route in file.reading.routes)


def _without_routes(
    files: Sequence[SavedFile],
    interfaces: Fact[tuple[DeviceInterface, ...]],
    forwards: Mapping[Family, bool],
) -> list[NotUnderstood]:
    """Return a note for each family that is forwarded by routes that were not given."""
    given = frozenset[Family]().union(*(file.reading.routed for file in files))
    return [
        NotUnderstood(
            line=None,
            text=f"{_FAMILY_NAMES[family]} routes were not given",
            why=f"save the output of 'ip -j -{family} route' too",
        )
        for family in sorted(BOTH - given)
        if forwards.get(family, True) and _has_addresses(interfaces, family)
    ]


def _chains(
    name: str,
    files: Sequence[SavedFile],
    interfaces: Fact[tuple[DeviceInterface, ...]],
    forwards: Mapping[Family, bool],
) -> tuple[Fact[tuple[Chain, ...]], list[NotUnderstood]]:
    """Return the chains of all files, with what stands for rules and forwarding not given."""
    filtering = [file for file in files if file.reading.filtered]
    if not filtering:
        return NotRead(reason="not-collected", detail=f"no file holds the rules of {name}"), []
    _refuse_twice(filtering)
    chains = [chain for file in filtering for chain in file.reading.chains]
    given = frozenset[Family]().union(*(file.reading.filtered for file in filtering))
    notes = []
    for family in sorted(BOTH - given):
        if _has_addresses(interfaces, family):
            note = _not_given(family)
            forwarded = forwards.get(family, True)
            # What is not forwarded may still be taken in by the device itself.
            chains.append(_open_chain(family, note.text, "prerouting" if forwarded else "input"))
            notes.extend([note] if forwarded else [])
    notes.extend(_translating_twice(chains))
    chains.extend(
        _closed_chain(family) for family in sorted(BOTH) if not forwards.get(family, True)
    )
    return tuple(chains), notes


def _translating_twice(chains: Sequence[Chain]) -> Iterator[NotUnderstood]:
    """Yield a note where old and new tables of iptables both translate: the first of them does."""
    kinds = {
        (chain.family, "-legacy " in chain.id)
        for chain in chains
        if chain.translates and chain.rules
    }
    for family in (4, 6):
        if {(family, True), (family, False)} <= kinds or {(family, True), (0, False)} <= kinds:
            text = f"{_FAMILY_NAMES[family]} is translated by tables of the old kind and the new"
            yield NotUnderstood(line=None, text=text, why="which of them comes first is not known")


def _refuse_twice(files: Sequence[SavedFile]) -> None:
    """Refuse two files with chains of the same name: which of them holds is not known."""
    seen: dict[str, SavedFile] = {}
    for file in files:
        for chain in file.reading.chains:
            other = seen.setdefault(chain.id, file)
            if other is not file:
                raise _twice(f"the chain {chain.id}", [other, file])


def _twice(what: str, files: Sequence[SavedFile]) -> SourceError:
    names = listed([str(file.path) for file in files])
    message = f"The same of one device, {what}, stands in {names}."
    return SourceError(message, "Keep only the file that is true now.")


def _has_addresses(interfaces: Fact[tuple[DeviceInterface, ...]], family: Family) -> bool:
    """Tell whether an interface may have an address of the family, other than to itself."""
    if isinstance(interfaces, NotRead):
        return True
    for interface in interfaces:
        if isinstance(interface.addresses, NotRead):
            return True
        addresses = [ip_interface(text) for text in interface.addresses]
        if any(each.version == family and not each.is_loopback for each in addresses):
            return True
    return False


def _not_given(family: Family) -> NotUnderstood:
    program = "ip6tables-save" if family == 6 else "iptables-save"
    text = f"{_FAMILY_NAMES[family]} rules were not given"
    why = f"save the output of '{program}' too, or show that no interface has such an address"
    return NotUnderstood(line=None, text=text, why=why)


def _open_chain(family: Family, text: str, hook: Hook) -> Chain:
    """Return a chain that may do anything: it stands for rules that were not given."""
    rule = Rule(number=1, text=text, conditions=(), action="unmodelled")
    name = f"{_FAMILY_NAMES[family]} not given"
    return Chain(id=name, name=name, rules=(rule,), family=family, hook=hook, priority=_FIRST)


def _closed_chain(family: Family) -> Chain:
    """Return a chain that forwards nothing, for a family whose forwarding is switched off."""
    name = f"{_FAMILY_NAMES[family]} forwarding is off"
    return Chain(
        id=name,
        name=name,
        rules=(),
        family=family,
        hook="forward",
        priority=_FIRST,
        policy="drop",
    )
