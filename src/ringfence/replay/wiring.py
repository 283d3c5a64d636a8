"""What the interpreter is told besides the snapshot: the physical side, as an operator declares it.

These are inputs of its own, so that the interpreter knows nothing of policies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ringfence.model.facts import Fact
from ringfence.model.network import UplinkTags

Bound = Literal["lower", "upper"]
"""What is not known or not modelled passes less (``lower``) or more (``upper``) than it may."""


@dataclass(frozen=True, slots=True)
class WiredDomain:
    """A layer-2 domain of the physical network.

    ``uplinks`` are patterns ``host/physical-nic`` (``fnmatch``, case matters), ``vlans`` the first
    and last number of each range of tags carried (``None``: 1 to 4094), ``native`` the VLAN of
    untagged frames, ``private_vlans`` whether its switches know the private VLAN pairs.
    ``double_tags`` tells whether they may send on, by its inner tag, a frame of the native VLAN.
    ``tags`` is nothing of the domain's own: it is what the uplink that leads there makes of tags.
    """

    name: str
    uplinks: tuple[str, ...] = ()
    vlans: tuple[tuple[int, int], ...] | None = None
    native: int | Literal["none", "unknown"] = "unknown"
    private_vlans: bool = False
    double_tags: bool = True
    tags: Fact[UplinkTags | None] = None


@dataclass(frozen=True, slots=True)
class WiredInterface:
    """What an interface of a device is attached to: one of ``nic``, ``domain`` and ``zone``.

    ``nic`` is the id of a virtual NIC, ``zone`` an external zone. ``vlan`` is the VLAN of the
    ``domain``; ``None`` or 0 is untagged. With none of the three, it is attached to something that
    is not known. ``addresses`` (with prefix length) are for configurations that hold none.
    """

    device: str
    name: str
    nic: str | None = None
    domain: str | None = None
    vlan: int | None = None
    zone: str | None = None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wiring:
    """Domains, the attachments of devices' interfaces, and the zones outside."""

    domains: tuple[WiredDomain, ...] = ()
    interfaces: tuple[WiredInterface, ...] = ()
    external_zones: tuple[str, ...] = ()
