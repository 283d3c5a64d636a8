"""What the policy declares of the physical side, told to the naive interpreter in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.reach.fabric import numbers
from ringfence.reach.interfaces import device_interfaces
from ringfence.replay.wiring import WiredDomain, WiredInterface, Wiring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.model.inventory import Inventory
    from ringfence.policy.document import Policy


def wiring(inventory: Inventory, policy: Policy) -> Wiring:
    """Return the domains, device attachments and external zones of a policy."""
    return Wiring(
        domains=tuple(
            WiredDomain(
                name=name,
                uplinks=domain.uplinks,
                vlans=None if domain.vlans is None else tuple(numbers(domain.vlans)),
                native=domain.native,
                private_vlans=domain.private_vlans,
                double_tags=domain.double_tags != "drop",
            )
            for name, domain in policy.fabric.domains.items()
        ),
        interfaces=tuple(_interfaces(inventory, policy)),
        external_zones=tuple(name for name, zone in policy.zones.items() if zone.external),
    )


def _interfaces(inventory: Inventory, policy: Policy) -> Iterator[WiredInterface]:
    for device in inventory.snapshot.devices:
        declared = policy.devices.get(device.id)
        for name, attachment, nic in device_interfaces(inventory, device, declared):
            yield WiredInterface(
                device=device.id,
                name=name,
                nic=nic,
                domain=attachment.domain if attachment else None,
                vlan=attachment.vlan if attachment else None,
                zone=attachment.zone if attachment else None,
            )
