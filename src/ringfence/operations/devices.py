"""The devices that a policy declares, as records: their machine, and their configuration."""

from __future__ import annotations

from operator import attrgetter

import msgspec

from ringfence.foundation.errors import PolicyError
from ringfence.foundation.files import is_there
from ringfence.foundation.text import for_terminal, listed
from ringfence.model.facts import NotRead
from ringfence.model.machines import Machine
from ringfence.model.rules import Device, NotUnderstood
from ringfence.model.snapshot import Snapshot
from ringfence.policy.load import LoadedPolicy
from ringfence.policy.members import device_of
from ringfence.sources.devices.saved import read_device

_NOT_GIVEN = NotRead(
    reason="not-collected", detail="the policy names no configuration of the device"
)
_GONE = "the policy names it as a configuration of the device, and it does not exist"


def with_devices(snapshot: Snapshot, loaded: LoadedPolicy) -> Snapshot:
    """Return ``snapshot`` with the devices that the policy declares.

    Besides these, what was read of machines that forward stays, whoever declares them.

    A device that is in the snapshot already stays as it was read then; the configurations of the
    others are read beside the policy, or are what was read of the machine itself, where no other
    is named. What is not given of a device is ``NotRead``. Raises
    ``PolicyError`` where a device could be several machines, ``SourceError`` where a
    configuration cannot be read.
    """
    there = {device.id: device for device in snapshot.devices}
    # What was read of a machine is the device of whatever name the policy gives it.
    of_machine = {device.machine: device for device in snapshot.devices if device.machine}
    found: dict[str, tuple[Machine, ...]] = {
        name: tuple(
            machine
            for machine in snapshot.machines
            if machine.template is not True and fits(machine.name)
        )
        for name, fits in device_of(loaded.policy).items()
    }
    problems = tuple(
        problem for name, machines in found.items() if (problem := _problem(loaded, name, machines))
    )
    if problems:
        raise PolicyError("The policy's devices do not fit what was read:", problems)
    devices = []
    for name in sorted(loaded.policy.devices):
        machine = next((machine.id for machine in found.get(name, ())), None)
        own = None if machine is None else of_machine.get(machine)
        device = there[name] if name in there else _read(name, loaded, own)
        devices.append(msgspec.structs.replace(device, machine=machine))
    claimed = {device.machine for device in devices}
    devices += [
        device
        for device in snapshot.devices
        if device.id == device.machine and device.machine not in claimed
    ]
    devices.sort(key=attrgetter("id"))
    return msgspec.structs.replace(snapshot, devices=tuple(devices))


def _problem(loaded: LoadedPolicy, name: str, machines: tuple[Machine, ...]) -> str:
    # One too many would be taken for a firewall, and no longer for an attacker.
    if len(machines) < 2:
        return ""
    pattern = loaded.policy.devices[name].machine
    names = listed(for_terminal(machine.name) for machine in machines)
    return (
        f"{loaded.position('devices', name, 'machine')}: {for_terminal(str(pattern))} is "
        f"{len(machines)} machines ({names}), expected one. Declare a device for each."
    )


def _read(name: str, loaded: LoadedPolicy, read: Device | None) -> Device:
    declared = loaded.policy.devices[name]
    named = loaded.config_paths(name)
    # That a file is missing is a warning of the policy; what it would have told was not read.
    paths = [path for path in named if is_there(path)]
    if paths:
        device = read_device(name, paths, kind=declared.kind, physical=declared.physical)
        missing = (
            NotUnderstood(line=None, text=one.name, why=_GONE) for one in named if one not in paths
        )
        return msgspec.structs.replace(device, not_understood=(*device.not_understood, *missing))
    if read is not None:
        return msgspec.structs.replace(
            read, id=name, name=name, kind=declared.kind, physical=declared.physical
        )
    return Device(
        id=name,
        name=name,
        kind=declared.kind,
        physical=declared.physical,
        forwards=_NOT_GIVEN,
        interfaces=_NOT_GIVEN,
        chains=_NOT_GIVEN,
        routes=_NOT_GIVEN,
    )
