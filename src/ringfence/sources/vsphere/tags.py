"""Tags of machines, which only the REST API of a vCenter Server gives."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ringfence.connections.vsphere import VsphereConnection
from ringfence.foundation.errors import SourceError
from ringfence.model.facts import Fact, NotRead
from ringfence.model.machines import Tag

_SESSION: Final = "/rest/com/vmware/cis/session"
_TAGGING: Final = "/rest/com/vmware/cis/tagging"


class _NoTagsError(Exception):
    """The REST API is not there, or refused."""


def read_tags(connection: VsphereConnection) -> Fact[Mapping[str, tuple[Tag, ...]]]:
    """Return the tags of machines by the server's id of each, ``NotRead`` where there are none.

    The REST API has its own session, opened with the same account. Tags decide who belongs to a
    zone only where a policy says so, so an error of this API never ends the reading.
    """
    if not connection.is_vcenter:
        return NotRead(reason="not-supported", detail="a single host has no tags")
    settings = connection.settings
    if not settings.password:
        return NotRead(reason="not-collected", detail="tags need a login by password")
    try:
        return _Rest(connection).tags()
    except (_NoTagsError, SourceError) as error:
        return NotRead(reason="not-collected", detail=f"the tags' own API: {error}"[:200])


class _Rest:
    """The tagging service over the connection's own HTTPS client."""

    def __init__(self, connection: VsphereConnection) -> None:
        settings = connection.settings
        self._https = connection.https
        login = f"{settings.user}:{settings.password.reveal()}".encode()
        basic = {"Authorization": f"Basic {base64.b64encode(login).decode()}"}
        self._headers = {"Accept": "application/json"}
        session = self._call("POST", _SESSION, basic)
        if not isinstance(session, str):
            raise _NoTagsError("it opened no session")
        self._headers["vmware-api-session-id"] = session

    def tags(self) -> Mapping[str, tuple[Tag, ...]]:
        """Return the tags by machine, and end the session."""
        found: dict[str, list[Tag]] = {}
        categories: dict[str, str] = {}
        for tag_id in self._call("GET", f"{_TAGGING}/tag"):
            tag = self._call("GET", f"{_TAGGING}/tag/id:{tag_id}")
            category_id = str(tag["category_id"])
            if category_id not in categories:
                category = self._call("GET", f"{_TAGGING}/category/id:{category_id}")
                categories[category_id] = str(category["name"])
            record = Tag(category=categories[category_id], name=str(tag["name"]))
            path = f"{_TAGGING}/tag-association/id:{tag_id}?~action=list-attached-objects"
            for attached in self._call("POST", path):
                if attached.get("type") == "VirtualMachine":
                    found.setdefault(str(attached["id"]), []).append(record)
        self._call("DELETE", _SESSION)
        return {
            moid: tuple(sorted(tags, key=lambda tag: (tag.category, tag.name)))
            for moid, tags in found.items()
        }

    def _call(self, method: str, path: str, more: Mapping[str, str] | None = None) -> Any:
        answer = self._https.request(method, path, headers={**self._headers, **(more or {})})
        if answer.status != 200:
            raise _NoTagsError(f"it answered with HTTP status {answer.status}")
        try:
            return msgspec.json.decode(answer.body)["value"] if answer.body else None
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            raise _NoTagsError("it answered with something that is not its JSON") from error
