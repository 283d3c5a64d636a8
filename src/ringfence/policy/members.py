"""Which zone each place of an inventory belongs to, and how its two statements agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host, KernelInterface
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine
from ringfence.policy.document import Policy
from ringfence.policy.membership import Membership, PlaceKind, Standing
from ringfence.policy.networks import NetworkStatements
from ringfence.policy.selectors import Matcher, matcher
from ringfence.policy.statements import (
    KernelStatements,
    MachineStatements,
    Statement,
    unread,
)


@dataclass(frozen=True, slots=True)
class UnlistedOwner:
    """A machine or host whose NICs or kernel interfaces were not read: its places are not known.

    ``zones`` are those that its machine's statement names or may name; none where nothing is said.
    """

    owner: str
    zones: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Memberships:
    """The membership of every virtual NIC and kernel interface, in the order of the snapshot."""

    every: tuple[Membership, ...]
    unlisted: tuple[UnlistedOwner, ...]

    @cached_property
    def by_attachment(self) -> Mapping[str, Membership]:
        """Memberships by the id of the virtual NIC or kernel interface."""
        return {membership.attachment: membership for membership in self.every}

    @cached_property
    def by_owner(self) -> Mapping[str, tuple[Membership, ...]]:
        """Memberships by the id of the machine or host; owners without a place are absent."""
        return _grouped((membership.owner, membership) for membership in self.every)

    @cached_property
    def by_zone(self) -> Mapping[str, tuple[Membership, ...]]:
        """Memberships by their zone; those whose zone is not decided are absent."""
        return _grouped((it.zone, it) for it in self.every if it.zone is not None)


def memberships(policy: Policy, inventory: Inventory) -> Memberships:
    """Return the zone and standing of every place.

    A policy that was loaded has selectors that can be read; one made otherwise may raise
    ``PolicyError``.
    """
    placing = _Placing(policy, inventory)
    unlisted: list[UnlistedOwner] = []
    every = [*placing.machines(unlisted), *placing.hosts(unlisted)]
    return Memberships(tuple(every), tuple(unlisted))


def _grouped(pairs: Iterable[tuple[str, Membership]]) -> Mapping[str, tuple[Membership, ...]]:
    groups: dict[str, list[Membership]] = {}
    for key, membership in pairs:
        groups.setdefault(key, []).append(membership)
    return {key: tuple(group) for key, group in groups.items()}


def device_of(policy: Policy) -> Mapping[str, Matcher]:
    """Return a test of machine names for each declared device that is a machine."""
    return {
        name: matcher(device.machine)
        for name, device in policy.devices.items()
        if device.machine is not None
    }


class _Placing:
    """Asks the statements of each place and judges them together."""

    def __init__(self, policy: Policy, inventory: Inventory) -> None:
        self._inventory = inventory
        self._networks = NetworkStatements(policy, inventory)
        self._machines = MachineStatements(policy, inventory)
        self._kernel = KernelStatements(policy)
        self._devices = device_of(policy)
        self._declaring = {name for name, zone in policy.zones.items() if zone.machines}
        # Tens of thousands of places have few combinations of statements.
        self._judged: dict[tuple[Statement, Statement], _Judgement] = {}

    def machines(self, unlisted: list[UnlistedOwner]) -> Iterator[Membership]:
        for machine in self._inventory.snapshot.machines:
            belongs = self._machines.of(machine)
            if isinstance(machine.nics, NotRead):
                zones = belongs.zones + belongs.perhaps
                reason = unread(f"the NICs of {machine.name} were", machine.nics)
                unlisted.append(UnlistedOwner(machine.id, zones, reason))
                continue
            yield from self._nics(machine, belongs, self._device(machine))

    def _nics(
        self, machine: Machine, belongs: Statement, device: str | None
    ) -> Iterator[Membership]:
        if isinstance(machine.nics, NotRead):
            return
        for nic in machine.nics:
            if nic.port_group is None:
                judgement = _detached(belongs)
            else:
                stands = self._networks.of(nic.port_group, nic.port, nic.addresses, reported=True)
                judgement = self._judgement(stands, belongs)
            if device is not None:
                judgement = _of_device(judgement, device)
            yield _membership(nic.id, machine.id, "virtual-nic", judgement, device)

    def hosts(self, unlisted: list[UnlistedOwner]) -> Iterator[Membership]:
        for host in self._inventory.snapshot.hosts:
            if isinstance(host.kernel_interfaces, NotRead):
                facts = host.kernel_interfaces
                reason = unread(f"the kernel interfaces of {host.name} were", facts)
                unlisted.append(UnlistedOwner(host.id, (), reason))
                continue
            for interface in host.kernel_interfaces:
                yield self._kernel_interface(host, interface)

    def _kernel_interface(self, host: Host, interface: KernelInterface) -> Membership:
        belongs = self._kernel.of(interface)
        if interface.port_group is None:
            judgement = _detached(belongs)
        else:
            stands = self._networks.of(
                interface.port_group, interface.port, interface.addresses, reported=False
            )
            judgement = _judged(stands, belongs)
        return _membership(interface.id, host.id, "kernel-interface", judgement, None)

    def _device(self, machine: Machine) -> str | None:
        if machine.template is True:
            return None
        return next((name for name, test in self._devices.items() if test(machine.name)), None)

    def _judgement(self, stands: Statement, belongs: Statement) -> _Judgement:
        known = self._judged.get((stands, belongs))
        if known is None:
            known = _judged(stands, belongs)
            if known.standing == "placement-unchecked" and known.zone in self._declaring:
                reason = (
                    f"the machines of no zone match, though {known.zone} says what belongs there"
                )
                known = replace(known, reasons=(*known.reasons, reason))
            self._judged[stands, belongs] = known
        return known


@dataclass(frozen=True, slots=True)
class _Judgement:
    """The part of a membership that places with the same statements share."""

    standing: Standing
    zone: str | None
    network_zones: tuple[str, ...]
    machine_zones: tuple[str, ...]
    candidates: tuple[str, ...]
    reasons: tuple[str, ...]


def _membership(
    attachment: str, owner: str, kind: PlaceKind, judgement: _Judgement, device: str | None
) -> Membership:
    return Membership(
        attachment=attachment,
        owner=owner,
        kind=kind,
        standing=judgement.standing,
        zone=judgement.zone,
        network_zones=judgement.network_zones,
        machine_zones=judgement.machine_zones,
        candidates=judgement.candidates,
        reasons=judgement.reasons,
        device=device,
    )


def _judged(stands: Statement, belongs: Statement) -> _Judgement:
    """Judge where a place stands together with what it belongs to."""
    standing, zone, candidates = _decided(stands, belongs)
    return _Judgement(
        standing=standing,
        zone=zone,
        network_zones=stands.zones + stands.reported,
        machine_zones=belongs.zones,
        candidates=candidates,
        reasons=stands.reasons + belongs.reasons,
    )


def _decided(stands: Statement, belongs: Statement) -> tuple[Standing, str | None, tuple[str, ...]]:
    """Return the standing, the zone whose attackers start there, and the zones that may be meant.

    What the machine is decides its zone before where it is attached; a statement that is not
    decided leaves the other one's zone, and shows in the standing.
    """
    where = tuple(dict.fromkeys(stands.zones + stands.reported))
    own = belongs.zones[0] if len(belongs.zones) == 1 and not belongs.perhaps else None
    if belongs.perhaps:
        candidates = belongs.zones + belongs.perhaps
        return "unread", None, _together(candidates, where, stands.perhaps)
    if len(belongs.zones) > 1:
        return "ambiguous", None, belongs.zones
    if stands.perhaps:
        return "unread", own, _together(where, stands.perhaps)
    if len(where) > 1:
        return "ambiguous", own, where
    return _of_one_each(stands, where[0] if where else None, own)


def _of_one_each(
    stands: Statement, where: str | None, own: str | None
) -> tuple[Standing, str | None, tuple[str, ...]]:
    """Judge a place of which each statement names one zone or none."""
    if where is None:
        return ("nowhere" if own is None else "network-unchecked"), own, ()
    if own is not None and own != where:
        return "misplaced", own, ()
    if stands.reported:
        # Only the guest says so: that can contradict, not decide or confirm.
        return ("network-unchecked", own, ()) if own else ("unread", None, (where,))
    return ("agreed" if own else "placement-unchecked"), where, ()


def _together(*parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(zone for part in parts for zone in part))


def _detached(belongs: Statement) -> _Judgement:
    own = belongs.zones[0] if len(belongs.zones) == 1 and not belongs.perhaps else None
    reasons = ("it has no network", *belongs.reasons)
    return _Judgement("detached", own, (), belongs.zones, belongs.perhaps, reasons)


def _of_device(judgement: _Judgement, device: str) -> _Judgement:
    """Return the judgement of a place of a declared device: it may stand in several zones."""
    reasons = (f"its machine is the device {device}", *judgement.reasons)
    return replace(judgement, standing="device", zone=None, candidates=(), reasons=reasons)
