"""The settings of a port that decide where its frames go, and what to say where one is unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import PortGroup, Teaming, UplinkTags, Vlan
from ringfence.reach.results import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ringfence.model.inventory import Inventory


class PortSetting(msgspec.Struct, frozen=True, gc=False):
    """The settings of a port that decide where its frames go, after overrides."""

    vlan: Fact[Vlan]
    teaming: Fact[Teaming | None]
    blocked: Fact[bool]


def unread_setting(group: PortGroup, setting: PortSetting) -> Iterator[Missing]:
    """Yield what was not read of the settings of a port of a group."""
    vlan, teaming = setting.vlan, setting.teaming
    if isinstance(setting.blocked, NotRead):
        yield Missing(
            what=f"whether ports of {group.name} are blocked was not read{_why(setting.blocked)}",
            how=_how(setting.blocked, "the ports of the distributed switch"),
        )
    if isinstance(vlan, NotRead):
        yield Missing(
            what=f"the VLAN of {group.name} was not read: {vlan.detail or vlan.reason}",
            how=_how(vlan, "the network configuration, and collect again"),
        )
    if isinstance(teaming, NotRead):
        yield Missing(
            what=f"the uplinks that {group.name} uses were not read",
            how=_how(teaming, "the teaming policy, and collect again"),
        )


def _how(fact: NotRead, what: str) -> str:
    """Return what settles a fact: what was read and not understood no right to read helps."""
    if fact.reason == "not-understood":
        return "configure what is modelled"
    return f"let the account read {what}"


def _why(fact: NotRead) -> str:
    return f": {fact.detail}" if fact.reason == "not-understood" and fact.detail else ""


def unread_tags(
    inventory: Inventory, switch: str, every: Iterable[Fact[UplinkTags | None]]
) -> Iterator[Missing]:
    """Yield what was not read of the tags that a switch's uplinks carry, once."""
    unread = next((tags for tags in every if isinstance(tags, NotRead)), None)
    if unread is not None:
        known = inventory.switches.get(switch)
        yield Missing(
            what=f"which VLANs the uplinks of {known.name if known else switch} carry is not "
            f"known: {unread.detail or unread.reason}",
            how="let the account read the switch, or configure what is modelled",
        )
