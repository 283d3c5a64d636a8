"""The NSX distributed firewall: one security policy, which says nothing of other addresses."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.enforce.gateway.description import Gateway, pairs
from ringfence.enforce.vendors.target import Filter, Target
from ringfence.model.packet import ICMPV6


def _filters(gateway: Gateway) -> Iterator[Filter]:
    yield Filter("ringfence mixed", gateway.permits, tuple(pairs(gateway)))


TARGET = Target(
    name="nsx",
    label="the NSX distributed firewall",
    platform="nsxt",
    families=(4, 6),
    filters=_filters,
    finished=lambda _, text: text.rstrip("\n") + "\n",
    unwritten=frozenset({ICMPV6}),
    writes=frozenset({"comment", "icmp_type", "logging"}),
)
