"""Network interfaces as ``ip -j -d addr`` and ``bridge -j`` tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ringfence.model.facts import NotRead

CABLES: Final = frozenset(("veth", "netkit"))
"""Kinds of interfaces that come in pairs: what goes into one comes out of the other."""
_HARDWARE: Final = "ether"
_PROTOCOL: Final = {"vlan": "protocol", "bridge": "vlan_protocol"}
TAGGED: Final = "802.1Q"
"""The tags that fabrics know; those of 802.1ad are others."""


class _Info(msgspec.Struct):
    """What a link is, and as what it serves its master; each kind has data of its own."""

    info_kind: str | None = None
    info_data: dict[str, Any] = {}
    info_slave_kind: str | None = None
    info_slave_data: dict[str, Any] = {}


class _Address(msgspec.Struct):
    family: str | None = None
    local: str | None = None
    prefixlen: int | None = None


class _Link(msgspec.Struct):
    ifindex: int
    ifname: str
    flags: list[str] = []
    link_type: str = ""
    address: str = ""
    master: str | None = None
    link: str | None = None
    link_index: int | None = None
    link_netnsid: int | None = None
    promiscuity: int = 0
    mtu: int = 0
    operstate: str = ""
    xdp: Any = None
    linkinfo: _Info = msgspec.field(default_factory=_Info)
    addr_info: list[_Address] = []


@dataclass(frozen=True, slots=True)
class Link:
    """One interface. ``kind`` is what the kernel calls a virtual one (``veth``), "" for hardware.

    ``parent`` is the interface below a VLAN or macvlan device, ``vlan`` the tag of a VLAN device.
    ``below_index`` is the number of the parent, or of the other end of a cable of two virtual
    interfaces, and ``below_space`` what this namespace calls the one it is in (``None``: this one).
    ``enslaved`` is how it is part of its ``master`` (``bridge``, ``bond``, ``vrf``). New ports of
    a bridge that filters VLANs are in its ``default_vlan``, 0 for none; the tags that it, or a
    VLAN device, knows are of ``vlan_protocol``. A ``program`` of XDP may do anything to frames.
    """

    name: str
    index: int
    kind: str
    up: bool
    running: bool
    mac: str
    mtu: int
    promiscuous: bool
    addresses: tuple[str, ...]
    master: str | None = None
    enslaved: str = ""
    parent: str | None = None
    below_index: int | None = None
    below_space: int | None = None
    vlan: int | None = None
    vlan_protocol: str = ""
    mode: str = ""
    filtering: bool = False
    isolated: bool = False
    default_vlan: int = 0
    program: bool = False

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """Its addresses but those that mean this very system."""
        return tuple(one for one in self.addresses if not one.startswith(("127.", "::1/")))


Links = Mapping[str, Link]


def links(content: Any, what: str) -> Links | NotRead:
    """Return the interfaces of one namespace by name; ``NotRead`` where the answer is none.

    ``what`` names the answer. A namespace always has the interface that leads to itself, so an
    answer without any was cut off.
    """
    if isinstance(content, NotRead):
        return content
    if not isinstance(content, list) or not content:
        return _damaged(what, "no interface is in it")
    found: dict[str, Link] = {}
    # iproute2 leaves empty objects where a filter hid an entry.
    for item in (item for item in content if item != {}):
        try:
            read = msgspec.convert(item, _Link)
        except msgspec.ValidationError as error:
            return _damaged(what, str(error))
        if read.ifname in found:
            return _damaged(what, f"{read.ifname} stands there twice")
        found[read.ifname] = _link(read)
    return found


def _damaged(what: str, why: str) -> NotRead:
    return NotRead(reason="not-understood", detail=f"{what}: {why}")


def _link(read: _Link) -> Link:
    info, data, slave = read.linkinfo, read.linkinfo.info_data, read.linkinfo.info_slave_data
    kind = info.info_kind or ("" if read.link_type == _HARDWARE else read.link_type)
    cable = kind in CABLES
    return Link(
        name=read.ifname,
        index=read.ifindex,
        kind=kind,
        up="UP" in read.flags,
        running="LOWER_UP" in read.flags,
        mac=read.address,
        mtu=read.mtu,
        promiscuous=read.promiscuity > 0,
        addresses=tuple(
            f"{one.local}/{one.prefixlen}" for one in read.addr_info if one.local is not None
        ),
        master=read.master,
        enslaved=info.info_slave_kind or ("?" if read.master else ""),
        parent=None if cable else read.link,
        below_index=read.link_index,
        below_space=read.link_netnsid,
        vlan=_number(data.get("id")) if kind == "vlan" else None,
        vlan_protocol=str(data.get(_PROTOCOL.get(kind, ""), "")),
        mode=str(data.get("mode", "")),
        filtering=bool(data.get("vlan_filtering")),
        isolated=bool(slave.get("isolated")),
        default_vlan=_number(data.get("vlan_default_pvid")) or 0,
        program=read.xdp is not None,
    )


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None
