"""What a NIC of libvirt is attached to by its description, and what that is on each host.

A description names a network of libvirt and a group of its ports, or a bridge, and maybe VLANs of
its own; which bridge and which VLANs a network stands for, each host says for itself
(libvirt's formatdomain.html, formatnetwork.html). So a machine that starts on another host, or
moves there, gets what the same words mean there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringfence.connections.hardened_xml import parse_xml
from ringfence.foundation.errors import SourceError
from ringfence.model.facts import NotRead
from ringfence.sources.linux.found_switches import Carried, access, ranges_of

if TYPE_CHECKING:
    from lxml import etree

    from ringfence.sources.linux.bundle import Bundle
    from ringfence.sources.linux.labels import Labels

_YES: Final = "yes"
_HIGHEST: Final = 4094


@dataclass(frozen=True, slots=True)
class Network:
    """A network of libvirt: the bridge it stands for, and what its groups of ports carry.

    ``own`` is what it says for every port, ``usual`` the group of ports that name none. Without a
    bridge, what its ports are attached to is not modelled.
    """

    bridge: str | None
    groups: Mapping[str, Carried]
    own: Carried | None = None
    usual: str = ""

    def carried(self, group: str) -> Carried | None:
        """Return what a port of a group carries, ``None`` where nothing is said of VLANs."""
        return self.groups.get(group or self.usual) or self.own


Networks = Mapping[str, Network | NotRead]
"""The networks of a host by name; ``NotRead`` for one whose description was not understood."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a description asks for: a port of a network or of a bridge, with VLANs of its own."""

    network: str = ""
    group: str = ""
    bridge: str = ""
    carried: Carried | None = None

    def label(self, labels: Labels) -> str:
        """Return the same for the same words on every host: ``prod/web``, ``br0-10``."""
        vlan = "" if self.carried is None else _text(self.carried)
        if self.network:
            return labels.in_network(self.network, self.group, vlan)
        return labels.in_vlan(self.bridge, vlan) if vlan else self.bridge


def _text(carried: Carried) -> str:
    ranges = (f"{first}" if first == last else f"{first}-{last}" for first, last in carried.ranges)
    numbers = ",".join(ranges)
    if carried.is_access:
        return numbers
    native = "" if carried.untagged is None else f" native {carried.untagged}"
    return f"trunk-{numbers}{native}"


def networks(bundle: Bundle) -> Networks | NotRead:
    """Return the networks of libvirt by name; ``NotRead`` where it did not tell which there are."""
    listed = bundle.lines("networks")
    if isinstance(listed, NotRead):
        return listed
    found: dict[str, Network | NotRead] = {}
    for name, network in bundle.about("network"):
        text = bundle.text(name)
        if isinstance(text, NotRead):
            found[network] = text
            continue
        try:
            found[network] = _network(parse_xml(text.encode(), name))
        except SourceError as error:
            found[network] = NotRead(reason="not-understood", detail=str(error))
    missing = NotRead(reason="not-collected", detail="its description was not saved")
    return {name: found.get(name, missing) for name in {*listed, *found}}


def _network(root: etree._Element) -> Network:
    bridge = root.find("bridge")
    groups = list(root.iterfind("portgroup"))
    usual = next((one.get("name", "") for one in groups if one.get("default") == _YES), "")
    return Network(
        bridge=None if bridge is None else bridge.get("name"),
        groups={
            one.get("name", ""): carried for one in groups if (carried := vlans_of(one)) is not None
        },
        own=vlans_of(root),
        usual=usual,
    )


def wanted(interface: etree._Element, known: Networks | NotRead) -> Wanted | None:
    """Return what a NIC's description asks for; ``None`` where that is not modelled.

    A running machine's own description says of a network's port what it became: VLANs that are its
    network's (one of ``known``) are not the NIC's own.
    """
    source = interface.find("source")
    said = {} if source is None else dict(source.attrib)
    carried = vlans_of(interface)
    network, group = str(said.get("network", "")), str(said.get("portgroup", ""))
    kind = interface.get("type", "")
    if network and kind in {"network", "bridge"}:
        here = known.get(network) if isinstance(known, Mapping) else None
        if isinstance(here, Network) and kind == "bridge" and carried == here.carried(group):
            carried = None
        return Wanted(network=network, group=group, carried=carried)
    bridge = str(said.get("bridge", ""))
    return Wanted(bridge=bridge, carried=carried) if kind == "bridge" and bridge else None


def vlans_of(parent: etree._Element) -> Carried | None:
    """Return what ``<vlan>`` below an element says; ``None`` where there is none.

    Raises ``SourceError`` for a tag that is no number of a VLAN.
    """
    vlan = parent.find("vlan")
    tags = [] if vlan is None else list(vlan.iterfind("tag"))
    numbers = [_tag(tag.get("id", "")) for tag in tags]
    if vlan is None or not numbers:
        return None
    native = next(
        (number for tag, number in zip(tags, numbers, strict=True) if tag.get("nativeMode")), None
    )
    if len(numbers) == 1 and native is None and vlan.get("trunk") != _YES:
        return access(numbers[0])
    return Carried(ranges_of(numbers), native)


def _tag(text: str) -> int:
    if text.isdecimal() and int(text) <= _HIGHEST:
        return int(text)
    message = f"The tag {text!r} is no number of a VLAN, expected 0 to {_HIGHEST}."
    raise SourceError(message, "Save the description with 'virsh dumpxml' again.")
