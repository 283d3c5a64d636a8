"""``gateway``: the rules of a zone gateway, made from the policy, proved before they are loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from ringfence.connections.commands import LocalRunner
from ringfence.enforce.gateway.description import Gateway, describe
from ringfence.enforce.gateway.ruleset import TABLE, ruleset, table
from ringfence.enforce.gateway.trial import tried
from ringfence.foundation.errors import EnforceError, UsageError
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import close_match, counted, listed
from ringfence.model.inventory import Inventory
from ringfence.model.rules import Device
from ringfence.operations.prove import prove
from ringfence.operations.result import Result
from ringfence.operations.subject import Subject
from ringfence.policy.document import InterfaceAttachment
from ringfence.reach.interfaces import UNKNOWN_INTERFACE, device_interfaces
from ringfence.sources.devices.tables import with_table


@dataclass(frozen=True, slots=True)
class Meant:
    """What a gateway shall be: its description, and its rules as text."""

    gateway: Gateway
    ruleset: str

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it."""
        return {
            "gateway": self.gateway.device,
            "sides": [
                {"zone": one.zone, "interfaces": one.interfaces, "networks": one.networks}
                for one in self.gateway.sides
            ],
            "flows": [one.number for one in self.gateway.permits],
            "ruleset": self.ruleset,
        }

    def lines(self) -> Iterator[str]:
        """Yield what it is in sentences."""
        sides = ", ".join(f"{one.zone} by {listed(one.interfaces)}" for one in self.gateway.sides)
        flows = counted(len(self.gateway.permits), "flow")
        yield f"{self.gateway.device} faces {sides}, and lets {flows} pass; nothing else."
        if not any(one.manages for one in self.gateway.sides):
            yield "No interface faces a zone with the role management: only its console reaches it."


def meant(subject: Subject, device: str = "") -> Meant:
    """Return what the policy makes of one of its firewalls, the only one where none is named.

    Raises ``UsageError`` where there is no policy or no such device, ``EnforceError`` for what
    rules of nftables cannot say.
    """
    gateway = described(subject, device)
    return Meant(gateway, ruleset(gateway))


def described(subject: Subject, device: str = "") -> Gateway:
    """Return what the policy asks of one of its firewalls; raises as ``meant``."""
    found = chosen_device(subject, device)
    return describe(found, facing(subject, found), subject.required_policy(), subject.inventory)


def write(rules: str, output: Path) -> None:
    """Write rules to a file; raises ``EnforceError`` where that cannot be."""
    try:
        output.write_text(rules, encoding="utf-8")
    except OSError as error:
        raise EnforceError(f"{output} cannot be written: {error.strerror}.") from error


def check(subject: Subject, made: Meant, progress: Progress) -> Result:
    """Let nft and the kernel try the rules, and prove the snapshot with them in force.

    Raises ``EnforceError`` where they cannot be tried.
    """
    progress.step("Trying the rules in a namespace of their own")
    listing = asyncio.run(tried(made.ruleset, LocalRunner()))
    return prove(in_force(subject, made, listing), progress)


def in_force(subject: Subject, made: Meant, listing: str = "") -> Subject:
    """Return the subject with the rules in place of the device's own, as nft lists them."""
    device = subject.inventory.devices[made.gateway.device]
    changed = with_table(device, f"inet {TABLE}", listing or table(made.gateway))
    return with_device(subject, changed)


def with_device(subject: Subject, device: Device) -> Subject:
    """Return the subject with a device in place of the one of its name."""
    devices = tuple(device if one.id == device.id else one for one in subject.snapshot.devices)
    snapshot = msgspec.structs.replace(subject.snapshot, devices=devices)
    return replace(subject, inventory=Inventory(snapshot))


def facing(subject: Subject, device: Device) -> Mapping[str, str]:
    """Return the zone that each interface of a device is attached to, of those that are to one.

    Raises ``EnforceError`` for an interface of which that is not known.
    """
    declared = subject.required_policy().devices.get(device.id)
    found: dict[str, str] = {}
    for name, attachment, nic in device_interfaces(subject.inventory, device, declared):
        if name.startswith(UNKNOWN_INTERFACE):
            label = name.removeprefix(UNKNOWN_INTERFACE) or "its interfaces"
            message = f"It is not known which interface of {device.name} {label} is."
            raise EnforceError(message, f"Name it under devices.{device.id}.interfaces.")
        zone = _zone(subject, device, name, attachment, nic)
        if zone is not None:
            found[name] = zone
    return found


def _zone(
    subject: Subject,
    device: Device,
    name: str,
    attachment: InterfaceAttachment | None,
    nic: str | None,
) -> str | None:
    if attachment is not None and attachment.zone is not None:
        return attachment.zone
    if nic is None:
        if attachment is not None and attachment.domain is not None:
            message = f"{name} of {device.name} is attached to the domain {attachment.domain}."
            advice = "A gateway faces zones by virtual NICs, or zones outside by name."
            raise EnforceError(message, advice)
        return None
    zones = subject.memberships.by_attachment[nic].network_zones
    if len(zones) > 1:
        message = f"{name} of {device.name} is attached to {listed(zones)}: it must face one zone."
        raise EnforceError(message, "Give each zone an interface of its own.")
    return zones[0] if zones else None


def chosen_device(subject: Subject, name: str) -> Device:
    """Return the device of that name, the only firewall of the policy where there is no name.

    Raises ``UsageError`` where there is none, or several.
    """
    declared = subject.required_policy().devices
    if name and name not in declared:
        near = close_match(name, declared)
        advice = f"Did you mean {near!r}?" if near else f"It has {listed(declared) or 'none'}."
        raise UsageError(f"The policy declares no device {name!r}.", advice)
    chosen = [name] if name else [one for one in declared if declared[one].kind == "firewall"]
    if len(chosen) != 1:
        there = listed(chosen) or "none"
        message = f"Of the policy's firewalls ({there}) one has to be named."
        raise UsageError(message, "Name it with --device.")
    return subject.inventory.devices[chosen[0]]
