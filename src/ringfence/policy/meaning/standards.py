"""Standards and exceptions: that what they name is declared and what they write can be read."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Final

from ringfence.foundation.errors import PolicyError
from ringfence.policy.meaning.parts import Names, Part, references, vlan_mistakes, well_formed
from ringfence.policy.problems import Problem, shown, unknown
from ringfence.policy.selectors import address_prefix
from ringfence.policy.services import service_term

NAMING_WORDS: Final = ("zone", "vlan", "switch", "cluster")
_PER_CENT: Final = re.compile(r"\d{1,3}%")


def standard_mistakes(policy: Part, names: Names) -> Iterator[Problem]:
    """Yield the mistakes of the standards."""
    standards = policy.child("standards")
    yield from vlan_mistakes(standards.child("vlans", "reserved"))
    yield from references(standards.child("nics", "one-zone-per-nic"), "zone", names.zones)
    management = standards.child("management")
    yield from references(management.child("reachable-from"), "zone", names.zones)
    yield from well_formed(management.child("networks"), address_prefix)
    for word, item in management.child("services").words():
        if word not in names.services:
            yield from well_formed(item, service_term)
    yield from _resource_mistakes(standards.child("resources"), names)
    yield from _naming_mistakes(standards.child("naming"))


def _resource_mistakes(resources: Part, names: Names) -> Iterator[Problem]:
    zones = resources.child("zones")
    for name, item in zones.named():
        if name not in names.zones:
            kind = f"a declared zone (in {zones.name})"
            yield Problem(item.position, unknown(kind, name, names.zones))
    shares = [resources.child("security-appliances"), *(item for _, item in zones.named())]
    for share in shares:
        for key, _ in share.named():
            yield from well_formed(share.child(key), _per_cent)


def _per_cent(text: str) -> None:
    if not _PER_CENT.fullmatch(text) or int(text[:-1]) > 100:
        raise PolicyError(f'"{text}" is not a share from 0% to 100%')


def _naming_mistakes(naming: Part) -> Iterator[Problem]:
    for word in re.findall(r"{([^{}]*)}", naming.text or ""):
        if word not in NAMING_WORDS:
            kind = f"a word that names can hold (in {naming.name})"
            yield Problem(naming.position, unknown(kind, word, NAMING_WORDS))


def past_exceptions(policy: Part, today: datetime.date) -> Iterator[Problem]:
    """Yield exceptions that no longer apply: their last day is past."""
    for exception in policy.child("exceptions").items():
        expires = exception.child("expires")
        if expires.day is not None and expires.day < today:
            control = shown(exception.child("control").text)
            sentence = f"was {expires.day}; the exception from {control} no longer applies."
            yield expires.problem(sentence)
