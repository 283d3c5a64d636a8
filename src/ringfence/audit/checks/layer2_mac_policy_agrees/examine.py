"""Compares the two places of the MAC policy on distributed switches, port groups and ports."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.security import (
    SETTINGS,
    SettingName,
    accepts,
    disagreements,
    live_ports,
    must_reject,
    setting_of,
    unread_ports,
)
from ringfence.foundation.text import listed
from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import Port, PortGroup, SecurityPolicy, VirtualSwitch

WORDS: dict[SettingName, str] = {
    "promiscuous": "promiscuous mode",
    "mac_changes": "MAC address changes",
    "forged_transmits": "forged transmits",
}


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each object that keeps the policy in two places."""
    for switch in context.distributed_switches:
        yield from _judged(context.targets.switch(switch), switch)
    for group in context.port_groups:
        if not _inherits_a_difference(context, group):
            yield from _judged(context.targets.port_group(group), group)
    yield from unread_ports(context)
    for port in live_ports(context):
        if _sets_it_itself(port) and not _told_by_value(context, port):
            yield from _judged(context.targets.port(port), port)


def _judged(target: Target, record: VirtualSwitch | PortGroup | Port) -> Outcomes:
    deprecated = record.deprecated_security
    if deprecated is None:
        return
    unread = next(_unread(record.security, deprecated), None)
    if unread is not None:
        yield Unread(target, *unread)
        return
    different = disagreements(record.security, deprecated)
    if not different:
        yield Passed(target)
        return
    said = [f"{WORDS[name]} ({_word(record.security, name)})" for name in different]
    yield Failed(
        target=target,
        property="deprecated_security",
        found={name: accepts(deprecated, name) for name in different},
        expected={name: accepts(record.security, name) for name in different},
        sentence=f"{target.opening} says one thing in its MAC policy and another in the deprecated "
        f"security policy about {listed(said)}: whoever reads the wrong one is misled.",
        fix=tuple(
            target.change(
                f"deprecated_security.{name}.accept",
                before=accepts(deprecated, name),
                after=accepts(record.security, name),
            )
            for name in different
        ),
    )


def _unread(
    current: Fact[SecurityPolicy], deprecated: Fact[SecurityPolicy]
) -> Iterator[tuple[str, NotRead]]:
    for place, policy in (("security", current), ("deprecated_security", deprecated)):
        for name in SETTINGS:
            fact = setting_of(policy, name)
            if isinstance(fact, NotRead):
                yield f"{place}.{name}", fact


def _word(policy: Fact[SecurityPolicy], name: SettingName) -> str:
    return "accepted and rejected" if accepts(policy, name) else "rejected and accepted"


def _inherits_a_difference(context: AuditContext, group: PortGroup) -> bool:
    """Tell whether the switch has the same difference, and the port group sets neither place."""
    switch = context.inventory.switches.get(group.switch)
    if switch is None or group.deprecated_security is None:
        return False
    own = any(
        not isinstance(fact, NotRead) and fact.origin == group.id
        for place in (group.security, group.deprecated_security)
        for fact in (setting_of(place, name) for name in SETTINGS)
    )
    return not own and bool(disagreements(switch.security, switch.deprecated_security))


def _sets_it_itself(port: Port) -> bool:
    return isinstance(port.overridden, NotRead) or bool(
        {"security", "mac-management"} & set(port.overridden)
    )


def _told_by_value(context: AuditContext, port: Port) -> bool:
    """Tell whether the setting's own check reports the port already."""
    return any(must_reject(context, name) and accepts(port.security, name) for name in SETTINGS)
