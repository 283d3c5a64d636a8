"""Looks for managers and controllers of switches elsewhere than on the host."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.settings import setting_value
from ringfence.audit.wiring import switch_members
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead

KEY: Final = "open-vswitch.control"
_HERE: Final = ("unix", "punix")
_ENCRYPTED: Final = ("ssl", "pssl")
_LOOPBACK: Final = ("127.", "[::1]", "localhost")


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each host that has Open vSwitch."""
    having = {
        member.host
        for switch in context.inventory.switches.values()
        if switch.kind == "open-vswitch"
        for member in switch_members(switch)
    }
    for host in context.inventory.hosts.values():
        told = setting_value(host.settings, KEY)
        target, path = context.targets.host(host), f"settings[{KEY}].value"
        if isinstance(told, NotRead):
            # A host without Open vSwitch has no such setting, and those of others are not asked.
            if host.id in having or (told.reason != "not-supported" and host.settings != told):
                yield Unread(target, path, told)
            continue
        strangers = [each for each in str(told).split() if not _is_own(each)]
        if not strangers:
            yield Passed(target)
            continue
        encrypted = all(each.partition(":")[0] in _ENCRYPTED for each in strangers)
        yield Failed(
            target=target,
            property=path,
            found=strangers,
            expected="sockets of the host itself",
            sentence=f"Open vSwitch on {target.label} takes orders over the network: "
            f"{listed(strangers)}.",
            severity="medium" if encrypted else None,
        )


def _is_own(target: str) -> bool:
    kind, _, rest = target.partition(":")
    if kind in _HERE:
        return True
    # What listens names its port first, what calls the address.
    address = rest.partition(":")[2] if kind.startswith("p") else rest
    return address.startswith(_LOOPBACK)
