"""What a server said of one managed object: values, and what it would not say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from lxml import etree

from ringfence.connections.soap import Reference
from ringfence.model.facts import Fact, NotRead
from ringfence.sources.vsphere.values import Plain, at, items, kind, text

T = TypeVar("T")

_REASONS: Final = {
    "NoPermission": "no-permission",
    "NotAuthenticated": "no-permission",
    "RestrictedByAdministrator": "no-permission",
    "InvalidProperty": "not-supported",
    "NotSupported": "not-supported",
    "MethodNotFound": "not-supported",
    "NotImplemented": "not-supported",
}


@dataclass(slots=True)
class Content:
    """A managed object with its properties by path, and why others are missing.

    A path may be asked for where only a longer or shorter one was read: ``config.template`` is
    found inside ``config``.
    """

    reference: Reference
    values: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, NotRead] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The server's id of the object."""
        return self.reference.value

    def at(self, path: str) -> Any:
        """Return the value at ``path``, a ``NotRead``, or ``None`` where it is not set."""
        if path in self.values:
            return self.values[path]
        if path in self.missing:
            return self.missing[path]
        above = path
        while "." in above:
            above = above.rpartition(".")[0]
            if above in self.values:
                return at(self.values[above], path[len(above) + 1 :])
            if above in self.missing:
                return self.missing[above]
        return None

    def fact(self, path: str, read: Callable[[Any], T], unset: Fact[T]) -> Fact[T]:
        """Return what ``read`` makes of the value at ``path``, ``unset`` where there is none.

        A value that ``read`` cannot make sense of is ``NotRead``, never a crash and never a guess.
        """
        value = self.at(path)
        if value is None:
            return unset
        if isinstance(value, NotRead):
            return value
        try:
            return read(value)
        except (ValueError, LookupError, TypeError) as error:
            return NotRead(reason="not-understood", detail=f"{path}: {error}"[:200])

    def text(self, path: str) -> str:
        """Return the text at ``path``, empty where there is none or it was not read."""
        return text(self.at(path))

    def items(self, path: str) -> list[Any]:
        """Return the list at ``path``, empty where there is none or it was not read."""
        value = self.at(path)
        return [] if isinstance(value, NotRead) else items(value)


def not_read(fault: str, detail: str = "") -> NotRead:
    """Return why something was not read, from the type of the fault in its place."""
    reason: Any = _REASONS.get(fault, "fault")
    said = detail or ("" if reason != "fault" else fault or "no reason given")
    return NotRead(reason=reason, detail=said)


def contents(returnval: etree._Element, plain: Plain, roots: frozenset[str]) -> Iterator[Content]:
    """Yield the objects of a page of the property collector; ``roots`` as in ``content_of``."""
    for element in returnval.iterchildren("{*}objects"):
        yield content_of(element, plain, roots)


def content_of(element: etree._Element, plain: Plain, roots: frozenset[str]) -> Content:
    """Return the object that an ``ObjectContent`` element describes.

    Only properties whose first name is in ``roots`` are kept. Raises ``ValueError`` where there is
    no object in it.
    """
    reference = element.find("{*}obj")
    if reference is None or not reference.get("type") or not reference.text:
        raise ValueError("it describes no managed object")
    values: dict[str, Any] = {}
    for child in element.iterchildren("{*}propSet"):
        if len(child) != 2:
            continue
        path, value = child[0].text or "", child[1]
        if path.partition(".")[0] not in roots:
            continue
        values[path] = _references(value) if path == "childEntity" else plain.value(value)
    missing: dict[str, NotRead] = {}
    for child in element.iterchildren("{*}missingSet"):
        fault = plain.value(child)
        inner = at(fault, "fault.fault")
        privilege = text(inner, "privilegeId")
        missing[text(fault, "path")] = not_read(
            kind(inner), f"needs the privilege {privilege}" if privilege else ""
        )
    return Content(Reference(reference.get("type") or "", reference.text), values, missing)


def _references(value: etree._Element) -> list[Reference]:
    """Return references with their types, which tell what an account cannot see."""
    return [Reference(child.get("type") or "", child.text or "") for child in value]
