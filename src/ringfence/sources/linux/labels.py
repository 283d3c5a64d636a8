"""The names of a host's port groups, each for one thing, and the same for it on every host.

A machine that starts on another host is on the group there that is called as its own is here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.gathering import ovs_bridge_names

_IN_VLAN: Final = " VLAN "
_OWN_PORT: Final = "openvswitch"


@dataclass(frozen=True, slots=True)
class Labels:
    """Makes names of port groups beside ``interfaces``, of which any may be a switch somewhere."""

    interfaces: frozenset[str] = frozenset()

    @staticmethod
    def of(bundles: Iterable[Bundle]) -> Labels:
        """Return what makes names for some hosts together."""
        return Labels(frozenset(name for bundle in bundles for name in _interfaces(bundle)))

    def in_vlan(self, switch: str, vlan: str) -> str:
        """Return ``br0-10``, or ``br0 VLAN 10`` where that may be taken for another's."""
        name = f"{switch}-{vlan}"
        parts = name.removeprefix(f"{switch}-").split("-")
        ends = ("-".join(parts[: count + 1]) for count in range(len(parts)))
        taken = any(f"{switch}-{end}" in self.interfaces for end in ends)
        return f"{switch}{_IN_VLAN}{vlan}" if taken else name

    def in_network(self, network: str, group: str, vlan: str) -> str:
        """Return ``prod/web``, with the VLAN behind it where a NIC asks for one of its own."""
        shown = json.dumps(group) if _IN_VLAN in group or '"' in group else group
        name = f"{network}/{shown}" if group else f"{network} (network)"
        return f"{name}{_IN_VLAN}{vlan}" if vlan else name


def _interfaces(bundle: Bundle) -> Iterator[str]:
    """Yield the names of a host's interfaces, but of Open vSwitch's own ports its bridges alone."""
    yield from ovs_bridge_names(bundle)
    found = bundle.json("addresses")
    for item in found if isinstance(found, list) else ():
        info = item.get("linkinfo") if isinstance(item, dict) else None
        kind = info.get("info_kind") if isinstance(info, dict) else None
        if isinstance(item, dict) and kind != _OWN_PORT and isinstance(item.get("ifname"), str):
            yield item["ifname"]
