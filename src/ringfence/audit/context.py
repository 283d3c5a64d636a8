"""What checks are given: a snapshot, a policy, and the answers of other rooms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ringfence.audit.attached import Attached
from ringfence.audit.targets import Targets
from ringfence.model.facts import Fact, NotRead
from ringfence.model.hosts import Host
from ringfence.model.inventory import Inventory
from ringfence.model.network import PortGroup, VirtualSwitch
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Policy
from ringfence.policy.members import Memberships
from ringfence.reach.results import Proof
from ringfence.rights.effective import EffectiveRights, effective_rights


@dataclass(frozen=True)
class AuditContext:
    """One snapshot held against one policy.

    ``memberships`` say which zone each attachment belongs to. A check that needs to know who can
    reach whom asks ``proof``, and is UNKNOWN where there is none.
    """

    inventory: Inventory
    policy: Policy
    memberships: Memberships
    proof: Proof | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that is audited."""
        return self.inventory.snapshot

    @cached_property
    def rights(self) -> Fact[EffectiveRights]:
        """Who may do what."""
        return effective_rights(self.inventory)

    @cached_property
    def attached(self) -> Attached:
        """What is attached to which network."""
        return Attached(self.inventory, self.policy, self.memberships)

    @cached_property
    def targets(self) -> Targets:
        """Objects as checks speak of them."""
        return Targets(self.inventory, self.attached)

    @property
    def vsphere_switches(self) -> Iterator[VirtualSwitch]:
        """Standard and distributed switches, whose settings the checks know."""
        for switch in self.inventory.switches.values():
            if switch.kind in {"standard", "distributed"}:
                yield switch

    @property
    def distributed_switches(self) -> Iterator[VirtualSwitch]:
        """Distributed switches."""
        for switch in self.inventory.switches.values():
            if switch.kind == "distributed":
                yield switch

    @property
    def vsphere_hosts(self) -> Iterator[Host]:
        """Hosts that have the settings of vSphere; a system without them has no lockdown."""
        for host in self.inventory.hosts.values():
            lockdown = host.lockdown
            if not (isinstance(lockdown, NotRead) and lockdown.reason == "not-supported"):
                yield host

    @property
    def networks(self) -> Iterator[PortGroup]:
        """Port groups of any switch that machines or kernel interfaces may be attached to."""
        return (group for group in self.inventory.port_groups.values() if not group.uplink)

    @property
    def port_groups(self) -> Iterator[PortGroup]:
        """Those of standard and distributed switches."""
        kinds = {switch.id: switch.kind for switch in self.inventory.switches.values()}
        for group in self.networks:
            if kinds.get(group.switch) in {"standard", "distributed", None}:
                yield group

    def is_infrastructure(self, zone: str) -> bool:
        """Tell whether a zone has a role: management, migration, storage, fault tolerance."""
        declared = self.policy.zones.get(zone)
        return declared is not None and declared.role is not None

    def is_sensitive(self, zones: tuple[str, ...]) -> bool:
        """Tell whether any of the zones is sensitive."""
        declared = self.policy.zones
        return any(zone in declared and declared[zone].sensitive for zone in zones)
