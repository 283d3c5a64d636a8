"""What the policy's flows permit, as sets of headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.policy.narrowing import narrowed_addresses
from ringfence.policy.services import ServiceTerm, service_terms
from ringfence.reach.conditions import port_ranges
from ringfence.reach.fields import IPV4, IPV6, WITH_PORTS, Cuts, Field, Interval, address_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.model.inventory import Inventory
    from ringfence.policy.document import Flow, Policy
    from ringfence.reach.headers import HeaderSet, HeaderSpace


def add_flow_cuts(cuts: Cuts, policy: Policy, inventory: Inventory) -> None:
    """Note every range that the policy's flows compare a field with."""
    for flow in policy.flows:
        for name, interval in _narrowings(flow, inventory):
            cuts.add(name, interval)
        for term in service_terms(policy.services, flow.services):
            if term.protocol is not None:
                cuts.add(Field.PROTOCOL, (term.protocol, term.protocol))
            cuts.add_all(Field.DESTINATION_PORT, port_ranges(term.ports))
            cuts.add_all(Field.ICMP, _icmp(term))


def permitted(space: HeaderSpace, policy: Policy, inventory: Inventory, flow: Flow) -> HeaderSet:
    """Return the headers that a flow permits, as they are delivered."""
    services = space.union(
        [service_headers(space, term) for term in service_terms(policy.services, flow.services)]
    )
    by_field: dict[Field, list[Interval]] = {}
    if flow.source:
        by_field[Field.SOURCE] = []
    if flow.destination:
        by_field[Field.DESTINATION] = []
    for name, interval in _narrowings(flow, inventory):
        by_field[name].append(interval)
    for name, intervals in by_field.items():
        services &= space.intervals(name, intervals)
    return services


def _narrowings(flow: Flow, inventory: Inventory) -> Iterator[tuple[Field, Interval]]:
    for name, selectors in (
        (Field.SOURCE, flow.source),
        (Field.DESTINATION, flow.destination),
    ):
        for text in narrowed_addresses(selectors, inventory):
            yield name, address_interval(text)


def service_headers(space: HeaderSpace, term: ServiceTerm) -> HeaderSet:
    """Return the headers of one term of a service."""
    headers = space.everything
    if term.protocol is not None:
        headers = space.interval(Field.PROTOCOL, (term.protocol, term.protocol))
    if term.family is not None:
        headers &= space.interval(Field.DESTINATION, IPV4 if term.family == 4 else IPV6)
    if term.ports:
        headers &= space.intervals(Field.DESTINATION_PORT, port_ranges(term.ports))
    if term.ports or term.icmp_types:
        # Of a later fragment nobody can tell whose it is: only a whole protocol permits it.
        headers &= space.interval(Field.FRAGMENT, WITH_PORTS)
    if term.icmp_types:
        headers &= space.intervals(Field.ICMP, _icmp(term))
    return headers


def _icmp(term: ServiceTerm) -> Iterator[Interval]:
    for types in term.icmp_types:
        if not term.icmp_codes:
            yield types.first * 256, types.last * 256 + 255
        for codes in term.icmp_codes:
            for kind in range(types.first, types.last + 1):
                yield kind * 256 + codes.first, kind * 256 + codes.last
