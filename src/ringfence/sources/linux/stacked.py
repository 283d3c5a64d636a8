"""Interfaces on top of others: VLAN devices, macvlan and their like (ip-link(8)).

What is on a NIC leads where the NIC leads. On a machine's cable, or on a switch's own interface, it
is one more way for frames, which is only modelled where the host itself is at its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.model.facts import NotRead

if TYPE_CHECKING:
    from ringfence.sources.linux.found_switches import FoundSwitch
    from ringfence.sources.linux.links import Link, Links


def stacked(host: Links, switch: FoundSwitch, machines: frozenset[str]) -> NotRead | None:
    """Return why frames of a switch may get elsewhere by what stands on top of its interfaces."""
    ports = {each for port in switch.ports for each in port.interfaces}
    own = switch.own.keys() - ports
    for link in host.values():
        at_own = link.parent in own and not _ends_in_host(link)
        if at_own or link.parent in (ports & machines):
            detail = f"where {link.name} on {link.parent} brings frames is not modelled"
            return NotRead(reason="not-understood", detail=detail)
    return None


def _ends_in_host(link: Link) -> bool:
    """Tell whether a device is a VLAN of the host's own: an own interface, if the VLAN is there."""
    return link.kind == "vlan" and link.master is None
