"""Settings of the management server itself that checks read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ringfence.model.facts import Fact, NotRead, Setting
from ringfence.sources.vsphere.content import Content
from ringfence.sources.vsphere.controls import SERVER_SETTINGS
from ringfence.sources.vsphere.hosts import settings_by_key

_CENTRAL: Final = "VirtualCenter"
_UNSET: Final = NotRead(reason="not-collected", detail="the server's settings were not read")


def server_settings(managers: Iterable[Content], api_type: str) -> Fact[tuple[Setting, ...]]:
    """Return the wanted settings of the ``OptionManager``; a single host has its own elsewhere."""
    if api_type != _CENTRAL:
        return NotRead(reason="not-supported", detail="a single host has no management server")
    for manager in managers:
        return manager.fact(
            "setting", lambda value: settings_by_key(value, SERVER_SETTINGS), _UNSET
        )
    return _UNSET
