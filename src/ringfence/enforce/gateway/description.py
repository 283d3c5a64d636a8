"""A zone gateway as its rules need it: which zone each interface faces, and what may pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ringfence.enforce.gateway.networks import Network, behind, within
from ringfence.foundation.errors import EnforceError
from ringfence.foundation.text import listed
from ringfence.model.connections import STARTING_ICMP
from ringfence.model.facts import Record
from ringfence.model.inventory import Inventory
from ringfence.model.packet import PROTOCOL_NAMES
from ringfence.model.rules import Device
from ringfence.policy.document import Flow, Policy
from ringfence.policy.narrowing import flow_terms
from ringfence.policy.selectors import address_prefix
from ringfence.policy.services import ServiceTerm


class Side(Record, frozen=True):
    """A zone that a gateway faces: by which interfaces, and the addresses that belong behind them.

    ``networks`` of different sides share no address. ``manages`` tells that the zone is for
    management, so that the gateway itself answers it.
    """

    zone: str
    interfaces: tuple[str, ...]
    networks: tuple[str, ...]
    manages: bool = False

    def of_family(self, family: int) -> tuple[str, ...]:
        """Return the networks of one IP family."""
        return of_family(self.networks, family)


class Permit(Record, frozen=True):
    """A flow that passes the gateway; ``number`` is its place in the policy, from 1.

    ``sources`` and ``destinations`` are what it is narrowed to, all of a zone's where ``None``.
    """

    number: int
    source: str
    destination: str
    services: tuple[ServiceTerm, ...]
    sources: tuple[str, ...] | None = None
    destinations: tuple[str, ...] | None = None


class Gateway(Record, frozen=True):
    """What a gateway's rules are made of."""

    device: str
    policy: str
    sides: tuple[Side, ...]
    permits: tuple[Permit, ...]

    def side(self, zone: str) -> Side:
        """Return the side that faces a zone."""
        return next(side for side in self.sides if side.zone == zone)


def of_family(networks: Iterable[str], family: int) -> tuple[str, ...]:
    """Return the networks of one IP family."""
    return tuple(one for one in networks if (":" in one) == (family == 6))


def describe(
    device: Device, facing: Mapping[str, str], policy: Policy, inventory: Inventory
) -> Gateway:
    """Return the gateway that ``device`` is, with the flows that pass it.

    ``facing`` is the zone that each of its interfaces is attached to. Raises ``EnforceError`` with
    a sentence that names it for what a gateway's rules cannot say.
    """
    _require_two(device, facing)
    interfaces: defaultdict[str, list[str]] = defaultdict(list)
    for name, zone in sorted(facing.items()):
        interfaces[zone].append(name)
    networks = behind(device, facing, policy)
    sides = tuple(
        Side(
            zone=zone,
            interfaces=tuple(interfaces[zone]),
            networks=tuple(map(str, networks[zone])),
            manages=policy.zones[zone].role == "management",
        )
        for zone in policy.by_trust()
        if zone in interfaces
    )
    permits = tuple(
        _permit(number, flow, policy, inventory, networks)
        for number, flow in enumerate(policy.flows, 1)
        if _passes(number, flow, device.name, interfaces)
    )
    return Gateway(device=device.name, policy=policy.name, sides=sides, permits=permits)


def _require_two(device: Device, facing: Mapping[str, str]) -> None:
    if len(set(facing.values())) < 2:
        zones = listed(sorted(set(facing.values()))) or "no zone"
        message = f"The interfaces of {device.name} face {zones}: a gateway stands between two."
        raise EnforceError(message, f"Say what they are attached to, under devices.{device.name}.")


def _passes(number: int, flow: Flow, device: str, faced: Iterable[str]) -> bool:
    """Tell whether a flow goes through the gateway."""
    zones = [zone for zone in (flow.from_, flow.to) if zone not in faced]
    if device not in flow.through:
        return not flow.through and not zones
    if zones:
        message = f"{_said(number, flow)} goes through {device}, and no interface faces {zones[0]}."
        raise EnforceError(message, "Attach an interface to it, or take the device from the flow.")
    return True


def _said(number: int, flow: Flow) -> str:
    return f"Flow {number} ({listed(flow.services)} from {flow.from_} to {flow.to})"


def _permit(
    number: int,
    flow: Flow,
    policy: Policy,
    inventory: Inventory,
    networks: Mapping[str, tuple[Network, ...]],
) -> Permit:
    terms = flow_terms(policy, flow, inventory)
    if terms.missing:
        message = f"{_said(number, flow)} is for machines that are not known: {terms.missing[0]}."
        raise EnforceError(message, "Narrow it by addresses, or collect what is missing.")
    ends = tuple(
        None if addresses is None else _narrowed(number, flow, zone, addresses, networks[zone])
        for zone, addresses in ((flow.from_, terms.source), (flow.to, terms.destination))
    )
    permit = Permit(
        number=number,
        source=flow.from_,
        destination=flow.to,
        services=terms.services,
        sources=ends[0],
        destinations=ends[1],
    )
    sets = [
        tuple(map(str, networks[zone])) if end is None else end
        for zone, end in zip((flow.from_, flow.to), ends, strict=True)
    ]
    families = {family for family in (4, 6) if all(of_family(one, family) for one in sets)}
    for term in terms.services:
        _require(number, flow, term, families)
    return permit


def _narrowed(
    number: int, flow: Flow, zone: str, addresses: Iterable[str], networks: Iterable[Network]
) -> tuple[str, ...]:
    """Return those of the addresses that are in a zone's networks."""
    wanted = tuple(address_prefix(text) for text in addresses)
    found = within(wanted, networks)
    if not found:
        narrowed = listed(map(str, wanted)) or "no address"
        message = f"{_said(number, flow)} is narrowed to {narrowed}, none of it behind {zone}."
        raise EnforceError(message, "Correct the flow, or the addresses and routes of the gateway.")
    return tuple(map(str, found))


def _require(number: int, flow: Flow, term: ServiceTerm, families: set[int]) -> None:
    """Refuse a service that no rule of a gateway would let pass."""
    wanted = families if term.family is None else families & {term.family}
    if not wanted:
        message = f"{_said(number, flow)} has {term}, and its ends share no address family for it."
        raise EnforceError(message, "Give both sides of the gateway such addresses.")
    starting = STARTING_ICMP.get(term.protocol or 0, ())
    for types in term.icmp_types:
        for kind in range(types.first, types.last + 1):
            if kind not in starting:
                name = PROTOCOL_NAMES[term.protocol or 0]
                message = (
                    f"{_said(number, flow)} has {name}/{kind}, which begins no conversation for "
                    "connection tracking."
                )
                raise EnforceError(message, "Errors about what is permitted pass without a flow.")


def pairs(gateway: Gateway) -> Iterator[tuple[Side, Side]]:
    """Yield every ordered pair of different sides."""
    for source in gateway.sides:
        for destination in gateway.sides:
            if source != destination:
                yield source, destination
