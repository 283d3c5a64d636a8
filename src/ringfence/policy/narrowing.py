"""What a flow permits: its services, and its narrowing of places, by address or machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine
from ringfence.policy.document import Flow, MachineSelector, Policy
from ringfence.policy.selectors import interface_address
from ringfence.policy.services import ServiceTerm, service_terms
from ringfence.policy.statements import machine_test, selector_text, unread


@dataclass(frozen=True, slots=True)
class FlowTerms:
    """A flow with its names resolved.

    ``source`` and ``destination`` are addresses and prefixes; ``None`` is any address, an empty
    tuple is none at all. ``missing`` says what was not read of the machines that the flow selects:
    it may permit more than these terms.
    """

    services: tuple[ServiceTerm, ...]
    source: tuple[str, ...] | None
    destination: tuple[str, ...] | None
    missing: tuple[str, ...] = ()


def flow_terms(policy: Policy, flow: Flow, inventory: Inventory) -> FlowTerms:
    """Return what a flow of a loaded policy permits.

    A machine selector stands for the addresses of the machine's NICs, those that were read: a
    flow never permits more than is known.
    """
    source = Narrowed.of(flow.source, inventory)
    destination = Narrowed.of(flow.destination, inventory)
    return FlowTerms(
        services=service_terms(policy.services, flow.services),
        source=source.addresses if flow.source else None,
        destination=destination.addresses if flow.destination else None,
        missing=tuple(dict.fromkeys(source.missing + destination.missing)),
    )


def narrowed_addresses(
    selectors: Iterable[str | MachineSelector], inventory: Inventory
) -> tuple[str, ...]:
    """Return the addresses and prefixes that selectors name, sorted, without prefix length."""
    return Narrowed.of(selectors, inventory).addresses


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Addresses and prefixes that selectors name, sorted, and what was not read for them."""

    addresses: tuple[str, ...]
    missing: tuple[str, ...]

    @classmethod
    def of(cls, selectors: Iterable[str | MachineSelector], inventory: Inventory) -> Narrowed:
        """Resolve selectors; an address of a machine stands for itself, whatever its prefix is."""
        found: set[str] = set()
        missing: list[str] = []
        for selector in selectors:
            if isinstance(selector, str):
                found.add(selector)
                continue
            selects = machine_test(selector, inventory)
            for machine in inventory.snapshot.machines:
                answer = selects(machine)
                if answer is True:
                    found.update(_addresses(machine, missing))
                elif answer is not False:
                    text = selector_text(selector)
                    missing.append(f"whether {machine.name} is among {text}: {answer}")
        return cls(tuple(sorted(found)), tuple(missing))


def _addresses(machine: Machine, missing: list[str]) -> Iterator[str]:
    if isinstance(machine.nics, NotRead):
        missing.append(unread(f"the NICs of {machine.name} were", machine.nics))
        return
    for nic in machine.nics:
        if isinstance(nic.addresses, NotRead):
            what = f"the addresses of {machine.name}, {nic.label} were"
            missing.append(unread(what, nic.addresses))
            continue
        for text in nic.addresses:
            address = interface_address(text)
            if address is not None:
                yield str(address.ip).partition("%")[0]
