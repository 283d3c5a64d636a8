"""Looks for the native VLAN, and for untagged frames that would land in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ringfence.audit.check import Failed, Outcome, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.tagging import numbers_of, vlan_value
from ringfence.audit.wiring import nics_anywhere
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.network import NoVlan, PortGroup, TrunkVlan, Vlan
from ringfence.reach.fabric import DomainFacts, FabricFacts


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each port group."""
    examiner = _Examiner(context)
    for group in context.port_groups:
        if group.backing == "vlan":
            yield from examiner.port_group(group)


@dataclass(frozen=True)
class _Examiner:
    context: AuditContext

    @cached_property
    def fabric(self) -> FabricFacts:
        return FabricFacts.of(self.context.policy, self.context.inventory)

    def port_group(self, group: PortGroup) -> Outcomes:
        target = self.context.targets.port_group(group)
        if isinstance(group.vlan, NotRead):
            yield Unread(target, "vlan", group.vlan)
        elif isinstance(group.vlan, NoVlan):
            yield self._untagged(target, group)
        elif not isinstance(group.vlan, TrunkVlan):
            yield self._tagged(target, group, group.vlan)

    def _untagged(self, target: Target, group: PortGroup) -> Outcome:
        nics = nics_anywhere(self.context.inventory, group)
        if isinstance(nics, NotRead):
            return Unread(target, "uplinks", nics)
        domains = [self.fabric.domains.get(self.fabric.domain_of(nic)) for nic in nics]
        if all(domain is not None and _drops_untagged(domain) for domain in domains):
            return Passed(target)
        natives = sorted({domain.native for domain in domains if domain and domain.native})
        where = f"native VLAN {listed(map(str, natives))}" if natives else "a native VLAN"
        return self._failed(
            target, NoVlan(), f"sends untagged frames, which land in {where} outside the host"
        )

    def _tagged(self, target: Target, group: PortGroup, vlan: Vlan) -> Outcome:
        nics = nics_anywhere(self.context.inventory, group)
        if isinstance(nics, NotRead):
            everywhere = self._natives(self.fabric.domains.values())
            if everywhere & set(numbers_of(vlan)):
                return Unread(target, "uplinks", nics)
            return Passed(target)
        behind = {self.fabric.domain_of(nic) for nic in nics}
        domains = [domain for name, domain in self.fabric.domains.items() if name in behind]
        used = sorted(self._natives(domains) & set(numbers_of(vlan)))
        if not used or not nics:
            return Passed(target)
        return self._failed(target, vlan, f"uses VLAN {used[0]}, the native VLAN")

    def _natives(self, domains: Iterable[DomainFacts]) -> set[int]:
        standard = self.context.policy.standards.vlans.native
        found = {domain.native for domain in domains}
        return {native for native in (standard, *found) if native is not None}

    def _failed(self, target: Target, vlan: Vlan, does: str) -> Failed:
        return Failed(
            target=target,
            property="vlan",
            found=vlan_value(vlan),
            expected="a VLAN that is not native",
            sentence=f"{target.opening} {does}, where untagged frames of every port meet.",
        )


def _drops_untagged(domain: DomainFacts) -> bool:
    return domain.native_known and domain.native is None
