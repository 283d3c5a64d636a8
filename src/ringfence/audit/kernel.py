"""Kernel interfaces that serve the infrastructure, and the networks they stand on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.audit.check import Outcomes, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host, KernelInterface, KernelService
from ringfence.model.network import PortGroup


@dataclass(frozen=True, slots=True)
class Serving:
    """A kernel interface that serves something, on a port group that was read."""

    host: Host
    interface: KernelInterface
    services: tuple[KernelService, ...]
    group: PortGroup
    target: Target

    @property
    def path(self) -> str:
        """The path of the interface below its host."""
        return f"kernel_interfaces[{self.interface.id}]"


def serving_interfaces(context: AuditContext) -> Iterator[Serving]:
    """Yield the kernel interfaces with services whose facts were read."""
    for host, interface in context.inventory.kernel_interfaces():
        group = interface.port_group
        if isinstance(group, NotRead) or isinstance(interface.services, NotRead):
            continue
        record = context.inventory.port_groups.get(group or "")
        if record is not None and interface.services:
            target = context.targets.kernel_interface(host, interface)
            target = target.concerning(*context.attached.zones_of(record))
            yield Serving(host, interface, interface.services, record, target)


def unread_interfaces(context: AuditContext) -> Outcomes:
    """Yield what was not read of kernel interfaces: all of a host, or one of their facts."""
    for host in context.inventory.hosts.values():
        if isinstance(host.kernel_interfaces, NotRead):
            yield Unread(context.targets.host(host), "kernel_interfaces", host.kernel_interfaces)
    for host, interface in context.inventory.kernel_interfaces():
        target = context.targets.kernel_interface(host, interface)
        for name, fact in (("services", interface.services), ("port_group", interface.port_group)):
            if isinstance(fact, NotRead):
                yield Unread(target, f"kernel_interfaces[{interface.id}].{name}", fact)


def is_for_machines(context: AuditContext, group: PortGroup) -> bool:
    """Tell whether a port group is the network of zones without a role, and of those only."""
    zones = context.attached.zones_of(group)
    return bool(zones) and not any(map(context.is_infrastructure, zones))
