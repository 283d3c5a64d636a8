"""Ways for frames beside a switch: interfaces on top of others, and programs (ip-link(8)).

What is on a NIC (a VLAN device, macvlan) leads where the NIC leads. On a machine's cable, or on a
switch's own interface, it is one more way for frames, which is only modelled where the host itself
is at its end. A program of XDP may hand frames to any interface.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.model.facts import NotRead
from ringfence.sources.linux.links import TAGGED

if TYPE_CHECKING:
    from ringfence.sources.linux.found_switches import FoundSwitch
    from ringfence.sources.linux.links import Link, Links
    from ringfence.sources.linux.spaces import Spaces


def stacked(host: Links, switch: FoundSwitch, machines: frozenset[str]) -> NotRead | None:
    """Return why frames of a switch may get elsewhere by what stands on top of its interfaces."""
    ports = {each for port in switch.ports for each in port.interfaces}
    own = switch.own.keys() - ports
    for link in host.values():
        at_own = link.parent in own and not _ends_in_host(link, host)
        if at_own or link.parent in (ports & machines):
            detail = f"where {link.name} on {link.parent} brings frames is not modelled"
            return NotRead(reason="not-understood", detail=detail)
    return None


def _ends_in_host(link: Link, host: Links) -> bool:
    """Tell whether a device is a VLAN of the host's own: an own interface, if the VLAN is there.

    A switch takes tags that it does not know for no tags at all, so that both have to know one
    kind of them.
    """
    below = host.get(link.parent or "")
    kinds = {link.vlan_protocol, "" if below is None else below.vlan_protocol}
    return link.kind == "vlan" and link.master is None and kinds <= {"", TAGGED}


def redirected(spaces: Spaces) -> NotRead | None:
    """Return why frames of any switch may get elsewhere by programs on interfaces of a host.

    Wherever such a program is, it may send by any interface, those of other namespaces too.
    """
    for links in spaces.links.values():
        for link in links.values():
            if link.program:
                detail = f"where a program of XDP on {link.name} brings frames is not modelled"
                return NotRead(reason="not-understood", detail=detail)
    return None
