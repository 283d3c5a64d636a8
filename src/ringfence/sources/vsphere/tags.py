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
_ATTACHED: Final = f"{_TAGGING}/tag-association?~action=list-attached-objects-on-tags"


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
    except (KeyError, TypeError, AttributeError):
        detail = "the tags' own API: it answered with something that is not its JSON"
        return NotRead(reason="not-understood", detail=detail)


class _Rest:
    """The tagging service over the connection's own HTTPS client."""

    def __init__(self, connection: VsphereConnection) -> None:
        settings = connection.settings
        self._https = connection.https
        login = f"{settings.user}:{settings.password.reveal()}".encode()
        self._headers = {"Accept": "application/json", "Content-Type": "application/json"}
        self._headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
        session = self._call("POST", _SESSION)
        if not isinstance(session, str):
            raise _NoTagsError("it opened no session")
        del self._headers["Authorization"]
        self._headers["vmware-api-session-id"] = session

    def tags(self) -> Mapping[str, tuple[Tag, ...]]:
        """Return the tags by machine, and end the session."""
        names = [str(tag_id) for tag_id in self._call("GET", f"{_TAGGING}/tag") or ()]
        categories: dict[str, str] = {}
        records: dict[str, Tag] = {}
        for tag_id in names:
            tag = self._call("GET", f"{_TAGGING}/tag/id:{tag_id}")
            category_id = str(tag["category_id"])
            if category_id not in categories:
                category = self._call("GET", f"{_TAGGING}/category/id:{category_id}")
                categories[category_id] = str(category["name"])
            records[tag_id] = Tag(category=categories[category_id], name=str(tag["name"]))
        found: dict[str, list[Tag]] = {}
        for entry in self._call("POST", _ATTACHED, {"tag_ids": names}) or () if names else ():
            for attached in entry.get("object_ids") or ():
                if attached["type"] == "VirtualMachine":
                    found.setdefault(str(attached["id"]), []).append(records[entry["tag_id"]])
        self._call("DELETE", _SESSION)
        return {
            moid: tuple(sorted(tags, key=lambda tag: (tag.category, tag.name)))
            for moid, tags in found.items()
        }

    def _call(self, method: str, path: str, content: Any = None) -> Any:
        body = b"" if content is None else msgspec.json.encode(content)
        answer = self._https.request(method, path, body, self._headers)
        if answer.status != 200:
            raise _NoTagsError(f"it answered with HTTP status {answer.status}")
        try:
            return msgspec.json.decode(answer.body)["value"] if answer.body else None
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            raise _NoTagsError("it answered with something that is not its JSON") from error
