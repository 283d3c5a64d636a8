"""Whether a policy's flows permit one packet: asked flow by flow, apart from the engine's sets."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from ringfence.model.inventory import Inventory
from ringfence.model.packet import Header
from ringfence.model.rules import NumberRange
from ringfence.policy.document import Policy
from ringfence.policy.narrowing import FlowTerms, flow_terms
from ringfence.policy.services import ServiceTerm


class PermittedPackets:
    """What the flows of a policy permit from one zone to another."""

    def __init__(self, policy: Policy, inventory: Inventory) -> None:
        self._flows = tuple(
            (flow.from_, flow.to, flow_terms(policy, flow, inventory)) for flow in policy.flows
        )

    def permits(self, source: str, destination: str, sent: Header, came: Header) -> bool:
        """Tell whether a flow permits a packet that was ``sent`` so, and ``came`` so.

        Devices on the way may translate it: its source is the one that was sent, all else is what
        came.
        """
        return any(
            (from_, to) == (source, destination) and _permits(terms, sent, came)
            for from_, to, terms in self._flows
        )


def _permits(terms: FlowTerms, sent: Header, came: Header) -> bool:
    return (
        any(_is_of(term, came) for term in terms.services)
        and (terms.source is None or _is_in(sent.source, terms.source))
        and (terms.destination is None or _is_in(came.destination, terms.destination))
    )


def _is_of(term: ServiceTerm, header: Header) -> bool:
    if term.protocol not in {None, header.protocol}:
        return False
    # A later fragment has no port or type: only a whole protocol permits it.
    return (not term.ports or _among(header.destination_port, term.ports)) and (
        not term.icmp_types
        or (
            _among(header.icmp_type, term.icmp_types)
            and (not term.icmp_codes or _among(header.icmp_code, term.icmp_codes))
        )
    )


def _among(number: int | None, ranges: Iterable[NumberRange]) -> bool:
    return number is not None and any(one.first <= number <= one.last for one in ranges)


def _is_in(address: str, prefixes: Iterable[str]) -> bool:
    return any(ip_address(address) in ip_network(prefix, strict=False) for prefix in prefixes)
