"""A gateway's permits as aerleon takes them: names of networks and services, and terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ringfence.enforce.gateway.description import Gateway, Permit, Side, of_family
from ringfence.enforce.vendors.target import Filter, Target
from ringfence.foundation.errors import EnforceError
from ringfence.model.packet import ICMP, ICMPV6
from ringfence.model.rules import NumberRange
from ringfence.policy.services import ServiceTerm

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,24}")
_ICMP_FAMILY: Final = {ICMP: 4, ICMPV6: 6}


@dataclass(frozen=True, slots=True)
class Words:
    """What aerleon calls protocols and ICMP types, by their numbers."""

    protocols: Mapping[int, str]
    icmp_types: Mapping[int, Mapping[int, str]]


@dataclass(slots=True)
class Terms:
    """Makes the terms of filters, and gathers the definitions that they name."""

    gateway: Gateway
    words: Words
    target: Target
    networks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    services: dict[str, tuple[str, str]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def of(self, one: Filter) -> list[dict[str, Any]]:
        """Return the terms of a filter.

        Raises ``EnforceError`` for a service or name that they cannot say.
        """
        terms = [term for permit in one.permits for term in self._permitting(permit)]
        refusal = {"action": "deny", "logging": True}
        if not one.between:
            return [*terms, {"name": "refuse-all", **refusal}]
        for source, destination in one.between:
            ends = {
                "source-address": self._network(source),
                "destination-address": self._network(destination),
            }
            name = f"refuse-{source.zone}-{destination.zone}"
            terms.append({"name": name, **ends, **refusal})
        return terms

    def _permitting(self, permit: Permit) -> Iterator[dict[str, Any]]:
        ends = [
            self._end(permit, side, narrowed)
            for side, narrowed in (
                (self.gateway.side(permit.source), permit.sources),
                (self.gateway.side(permit.destination), permit.destinations),
            )
        ]
        for family in {4, 6}.difference(self.target.families):
            asked = any(service.family in (None, family) for service in permit.services)
            if asked and all(of_family(self.networks[end], family) for end in ends):
                self.left_out.append(f"flow {permit.number} over IPv{family}")
        for number, service in enumerate(permit.services, 1):
            wanted = self.target.families if service.family is None else {service.family}
            shared = [
                family
                for family in self.target.families
                if family in wanted and all(of_family(self.networks[end], family) for end in ends)
            ]
            if shared and service.protocol in self.target.unwritten:
                self.left_out.append(f"{service} of flow {permit.number}")
            elif shared:
                yield {
                    "name": f"flow-{permit.number}-{number}",
                    "comment": f"flow {permit.number}, {permit.source} to {permit.destination}",
                    "source-address": ends[0],
                    "destination-address": ends[1],
                    **self._service(permit, service),
                    "action": "accept",
                }

    def _end(self, permit: Permit, side: Side, narrowed: tuple[str, ...] | None) -> str:
        """Return the name of the addresses at one end of a permit."""
        if narrowed is None:
            return self._network(side)
        name = f"FLOW_{permit.number}_{'FROM' if side.zone == permit.source else 'TO'}"
        self.networks[name] = narrowed
        return name

    def _network(self, side: Side) -> str:
        """Return the name of the addresses of a side."""
        if not _NAME.fullmatch(side.zone):
            message = f"The zone {side.zone!r} has a name that no such firewall takes."
            raise EnforceError(message, "Use letters, digits, _ and -, 24 at most.")
        name = "ZONE_" + side.zone.upper().replace("-", "_")
        if self.networks.setdefault(name, side.networks) != side.networks:
            message = f"Two zones have names like {side.zone!r}."
            raise EnforceError(message, "Give them names that differ in more than case, - and _.")
        return name

    def _service(self, permit: Permit, service: ServiceTerm) -> dict[str, Any]:
        if service.protocol is None:
            return {}
        protocol = self.words.protocols.get(service.protocol)
        if protocol is None:
            raise _unsaid(permit, service, "aerleon has no name for its protocol")
        said: dict[str, Any] = {"protocol": protocol}
        if service.ports:
            said["destination-port"] = self._ports(protocol, service.ports)
        if service.icmp_codes:
            raise _unsaid(permit, service, "codes of ICMP are not written for every firewall")
        if service.icmp_types:
            names = self.words.icmp_types[_ICMP_FAMILY[service.protocol]]
            numbers = [*_numbers(service.icmp_types)]
            if not names.keys() >= set(numbers):
                raise _unsaid(permit, service, "aerleon has no name for its type")
            said["icmp-type"] = [names[number] for number in numbers]
        return said

    def _ports(self, protocol: str, ranges: tuple[NumberRange, ...]) -> list[str]:
        found = []
        for one in ranges:
            text = str(one.first) if one.first == one.last else f"{one.first}-{one.last}"
            name = f"{protocol}_{text}".upper().replace("-", "_")
            self.services[name] = (protocol, text)
            found.append(name)
        return found

    def definitions(self) -> dict[str, Any]:
        """Return the names that the terms use, as aerleon takes them."""
        return {
            "networks": {
                name: {"values": [{"address": text} for text in addresses]}
                for name, addresses in self.networks.items()
            },
            "services": {
                name: [{"protocol": protocol, "port": ports}]
                for name, (protocol, ports) in self.services.items()
            },
        }


def _numbers(ranges: Iterable[NumberRange]) -> Iterator[int]:
    for one in ranges:
        yield from range(one.first, one.last + 1)


def _unsaid(permit: Permit, service: ServiceTerm, why: str) -> EnforceError:
    flow = f"Flow {permit.number} ({permit.source} to {permit.destination})"
    message = f"{flow} has {service}, which cannot be written: {why}."
    return EnforceError(message, "Write the flow with another service, or this rule by hand.")
