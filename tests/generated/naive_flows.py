"""What flows permit, asked naively: packet by packet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address, ip_network

from ringfence.model.packet import ICMP, TCP, UDP, Header
from ringfence.policy.document import Flow

Sources = tuple[tuple[str, str], ...]
"""First and last address of ranges that packets are sent from."""


def naive_services() -> Mapping[str, Callable[[Header], bool]]:
    """Return services as flows name them, and which packets they permit."""
    return {
        "any": lambda header: bool(header.source),
        "tcp/80": lambda header: header.protocol == TCP and header.destination_port == 80,
        "udp": lambda header: header.protocol == UDP,
        "tcp/1-79": lambda header: (
            header.protocol == TCP and 0 < (header.destination_port or 0) < 80
        ),
        "icmp/8": lambda header: (
            header.protocol == ICMP and header.icmp_type == 8 and ":" not in header.destination
        ),
    }


def permitted(
    flows: list[Flow],
    header: Header,
    closed: tuple[str, ...],
    sources: Sources | None,
    *,
    hidden: bool,
) -> bool | None:
    """Tell whether a flow permits a packet that crosses none of the ``closed`` devices.

    Where it is ``hidden`` who sent it, one of ``sources`` has; ``None`` where flows permit some of
    these, and not others.
    """
    of = _of_sources(flows, sources) if hidden else [one for one in flows if _is_from(one, header)]
    if of is None:
        return None
    return any(
        naive_services()[name](header)
        for flow in of
        if not set(closed) & set(flow.through)
        for name in flow.services
    )


def _is_from(flow: Flow, header: Header) -> bool:
    """Tell whether a packet has a source that a flow names, or the flow names none."""
    return not flow.source or _named(flow, header.source, header.source) is True


def _of_sources(flows: Iterable[Flow], sources: Sources | None) -> list[Flow] | None:
    """Return the flows that packets from some sources may be of.

    ``None`` where some of the sources are named by a flow and others are not.
    """
    found = []
    for flow in flows:
        named = {True}
        if flow.source:
            named = {_named(flow, *one) for one in sources or (("0.0.0.0", "ffff::"),)}
        if named == {True}:
            found.append(flow)
        elif named != {False}:
            return None
    return found


def _named(flow: Flow, first: str, last: str) -> bool | None:
    """Tell whether one network of a flow names all of a range, ``None`` where only a part."""
    low, high = ip_address(first), ip_address(last)
    if low.version != high.version:
        return None
    answers = {False}
    for text in map(str, flow.source):
        network = ip_network(text)
        if network.version != low.version:
            continue
        start, end = int(network[0]), int(network[-1])
        if start <= int(low) and int(high) <= end:
            return True
        if start <= int(high) and int(low) <= end:
            answers.add(True)
    return None if True in answers else False
