"""Layer-2 security settings: found where they are set, told with all that inherits them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ringfence.audit.check import Failed, Outcome, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.foundation.text import listed
from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import (
    RENUMBERING,
    Port,
    PortGroup,
    SecurityPolicy,
    SecuritySetting,
    VirtualSwitch,
)

SettingName = Literal["promiscuous", "mac_changes", "forged_transmits"]
SETTINGS: Final[tuple[SettingName, ...]] = ("promiscuous", "mac_changes", "forged_transmits")


@dataclass(frozen=True, slots=True)
class SecurityQuestion:
    """One of the three settings: its words, and what an object that accepts it lets happen.

    ``bridging_device`` tells that a declared device which bridges may need it on its own ports.
    """

    setting: SettingName
    words: str
    consequence: str
    risk: str
    bridging_device: bool


def must_reject(context: AuditContext, setting: SettingName) -> bool:
    """Tell whether the policy's standard wants the setting rejected."""
    standard = context.policy.standards.layer2
    return {
        "promiscuous": standard.promiscuous_mode,
        "mac_changes": standard.mac_changes,
        "forged_transmits": standard.forged_transmits,
    }[setting] == "reject"


def setting_of(policy: Fact[SecurityPolicy], setting: SettingName) -> Fact[SecuritySetting]:
    """Return one setting of a security policy."""
    if isinstance(policy, NotRead):
        return policy
    found: Fact[SecuritySetting] = getattr(policy, setting)
    return found


def accepts(policy: Fact[SecurityPolicy], setting: SettingName) -> bool:
    """Tell whether a policy was read and accepts the setting."""
    found = setting_of(policy, setting)
    return not isinstance(found, NotRead) and found.accept


def disagreements(
    current: Fact[SecurityPolicy], deprecated: Fact[SecurityPolicy | None]
) -> tuple[SettingName, ...]:
    """Return the settings that were read in both places of the MAC policy and differ."""
    if deprecated is None:
        return ()
    found = []
    for name in SETTINGS:
        now, old = setting_of(current, name), setting_of(deprecated, name)
        if not (isinstance(now, NotRead) or isinstance(old, NotRead)) and now.accept != old.accept:
            found.append(name)
    return tuple(found)


def examine_setting(context: AuditContext, question: SecurityQuestion) -> Outcomes:
    """Yield what switches, port groups and live ports do with one setting."""
    if not must_reject(context, question.setting):
        return
    examiner = _Examiner(context, question)
    for switch in context.vsphere_switches:
        yield examiner.switch(switch)
    for group in context.port_groups:
        yield from examiner.port_group(group)
    yield from unread_ports(context)
    for port in live_ports(context):
        yield from examiner.port(port)


def live_ports(context: AuditContext) -> Iterator[Port]:
    """Yield the live ports that were read, those of uplinks left out."""
    groups = context.inventory.port_groups
    for port in context.inventory.ports.values():
        group = groups.get(port.port_group)
        if group is None or not group.uplink:
            yield port


def distributed_ports(context: AuditContext) -> Iterator[Port]:
    """Yield those that may differ from their port groups: not the ports of switches on Linux."""
    switches = context.inventory.switches
    kinds = {identity: switch.kind for identity, switch in switches.items()}
    return (port for port in live_ports(context) if kinds.get(port.switch) not in RENUMBERING)


def unread_ports(context: AuditContext) -> Outcomes:
    """Yield each distributed switch as unread where live ports were not read at all."""
    ports = context.snapshot.ports
    if isinstance(ports, NotRead):
        for switch in context.distributed_switches:
            yield Unread(context.targets.switch(switch), "ports", ports)


@dataclass(frozen=True)
class _Examiner:
    context: AuditContext
    question: SecurityQuestion

    def switch(self, switch: VirtualSwitch) -> Outcome:
        target = self.context.targets.switch(switch)
        fact = setting_of(switch.security, self.question.setting)
        if isinstance(fact, NotRead):
            return Unread(target, self._property, fact)
        if not fact.accept:
            return Passed(target)
        heirs = self._heirs(switch)
        and_heirs = f", and so {_do(heirs)} {listed(heirs)}, inheriting it" if heirs else ""
        return self._failed(target, and_heirs, [f"inherited by {heir}" for heir in heirs])

    def port_group(self, group: PortGroup) -> Outcomes:
        target = self.context.targets.port_group(group)
        fact = setting_of(group.security, self.question.setting)
        if isinstance(fact, NotRead):
            yield Unread(target, self._property, fact)
        elif not fact.accept or self._is_exempt(group):
            yield Passed(target)
        elif not self._told_by_switch(group, fact):
            yield self._failed(target, self._overriding(group, fact))

    def port(self, port: Port) -> Outcomes:
        target = self.context.targets.port(port)
        fact = setting_of(port.security, self.question.setting)
        group = self.context.inventory.port_groups.get(port.port_group)
        inherits = not isinstance(port.overridden, NotRead) and not (
            {"security", "mac-management"} & set(port.overridden)
        )
        if isinstance(fact, NotRead):
            if not inherits:
                yield Unread(target, self._property, fact)
        elif not fact.accept or self._is_devices(port):
            yield Passed(target)
        elif not (group is not None and accepts(group.security, self.question.setting)):
            yield self._failed(target, ", overriding its port group")

    def _failed(self, target: Target, addition: str, evidence: list[str] | None = None) -> Failed:
        question = self.question
        return Failed(
            target=target,
            property=self._property,
            found=True,
            expected=False,
            sentence=f"{target.opening} accepts {question.words}{addition}: "
            f"{question.consequence}.",
            evidence=tuple(evidence or ()),
            fix=(target.change(self._property, before=True, after=False),),
            fix_risk=question.risk,
        )

    @property
    def _property(self) -> str:
        return f"security.{self.question.setting}.accept"

    def _heirs(self, switch: VirtualSwitch) -> list[str]:
        found = []
        for group in self.context.attached.port_groups.get(switch.id, ()):
            fact = setting_of(group.security, self.question.setting)
            if not isinstance(fact, NotRead) and fact.accept and fact.origin == switch.id:
                found.append(f"port group {group.name}")
        return sorted(found)

    def _told_by_switch(self, group: PortGroup, fact: SecuritySetting) -> bool:
        switch = self.context.inventory.switches.get(group.switch)
        return (
            switch is not None
            and fact.origin == switch.id
            and accepts(switch.security, self.question.setting)
        )

    def _overriding(self, group: PortGroup, fact: SecuritySetting) -> str:
        switch = self.context.inventory.switches.get(group.switch)
        name = "its switch" if switch is None else f"switch {switch.name}"
        return f", overriding {name}" if fact.origin == group.id else f", inherited from {name}"

    def _is_exempt(self, group: PortGroup) -> bool:
        return self.question.bridging_device and self.context.attached.devices_only(group)

    def _is_devices(self, port: Port) -> bool:
        connectee = port.connectee
        return (
            self.question.bridging_device
            and isinstance(connectee, str)
            and self.context.attached.is_device(connectee)
        )


def _do(names: list[str]) -> str:
    return "does" if len(names) == 1 else "do"
