"""Holds the uplinks of each switch against the domains of the fabric."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.settings import setting_value
from ringfence.audit.wiring import nic_names, switch_members
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.network import SwitchMember, UplinkBinding, VirtualSwitch
from ringfence.reach.fabric import UNDECLARED, FabricFacts
from ringfence.reach.joined_domains import domain_behind, joined_domains

_WITH_NATIVE: Final = ("open-vswitch", "linux-bridge")
"""The kinds of switches of which an uplink may have a native VLAN of its own."""


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each switch with uplinks on each host."""
    fabric = FabricFacts.of(context.policy, context.inventory)
    if not fabric.domains:
        return
    for switch in context.inventory.switches.values():
        if isinstance(switch.members, NotRead):
            yield Unread(context.targets.switch(switch), "members", switch.members)
        for member in switch_members(switch):
            yield from _Examiner(context, fabric, switch, member).outcomes()


@dataclass(frozen=True)
class _Examiner:
    context: AuditContext
    fabric: FabricFacts
    switch: VirtualSwitch
    member: SwitchMember

    def outcomes(self) -> Outcomes:
        uplinks, target = self.member.uplinks, self._target
        if isinstance(uplinks, NotRead):
            yield Unread(target, self._path, uplinks)
            return
        used = [uplink for uplink in uplinks if uplink.physical_nics]
        failed = [*self._undeclared(used), *self._joined(), *self._natives(used)]
        settings = self.switch.settings
        if used and self.switch.kind in _WITH_NATIVE and isinstance(settings, NotRead):
            failed.append(Unread(self._target, "settings[native-vlan].value", settings))
        yield from failed
        if used and not failed:
            yield Passed(target)

    @property
    def _target(self) -> Target:
        return self.context.targets.switch(self.switch, self.member.host)

    @property
    def _path(self) -> str:
        return f"members[{self.member.host}].uplinks"

    def _undeclared(self, uplinks: list[UplinkBinding]) -> Iterator[Failed]:
        nics = tuple(
            nic
            for uplink in uplinks
            for nic in uplink.physical_nics
            if self.fabric.domain_of(nic) == UNDECLARED
        )
        if nics:
            names = nic_names(self.context.inventory, nics)
            yield Failed(
                target=self._target,
                property=self._path,
                found=names,
                expected="physical NICs that one domain of the fabric names",
                sentence=f"{self._target.opening} has the physical NICs {listed(names)}, which "
                "no single domain of the fabric names: they may lead anywhere.",
            )

    def _joined(self) -> Iterator[Failed | Unread]:
        for joined in joined_domains(self.fabric, self.switch, self.member):
            one, other = joined.uplinks
            path = f"{self._path}[{one.name},{other.name}]"
            if joined.unread is not None:
                yield Unread(self._target, f"{path}.tags", joined.unread)
                continue
            names = nic_names(self.context.inventory, (*one.physical_nics, *other.physical_nics))
            yield Failed(
                target=self._target,
                property=path,
                found=sorted(joined.domains),
                expected="one domain of the fabric for each VLAN",
                sentence=f"{self._target.opening} joins the physical networks "
                f"{listed(sorted(joined.domains))}: frames pass between {listed(names)}.",
            )

    def _natives(self, uplinks: list[UplinkBinding]) -> Iterator[Failed]:
        for uplink in uplinks:
            native = setting_value(self.switch.settings, f"native-vlan[{uplink.name}]")
            domain = domain_behind(self.fabric, uplink)
            if isinstance(native, NotRead) or domain is None or not domain.native_known:
                continue
            if native != domain.native:
                lands = (
                    f"drops frames without a tag in {domain.name}"
                    if domain.native is None
                    else f"puts them into VLAN {domain.native}"
                )
                yield Failed(
                    target=self._target,
                    property=f"{self._path}[{uplink.name}].native",
                    found=native,
                    expected=domain.native or "no frames without a tag",
                    sentence=f"{self._target.opening} sends VLAN {native} untagged by its uplink "
                    f"{uplink.name}, and the physical network {lands}.",
                )
