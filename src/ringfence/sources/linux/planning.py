"""What libvirt would attach NICs to on each host, so that a machine can be followed elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ringfence.model.facts import NotRead
from ringfence.model.network import PortGroup, SwitchMember, VirtualSwitch

if TYPE_CHECKING:
    from ringfence.sources.linux.libvirt_networks import Networks, Wanted
    from ringfence.sources.linux.switch_records import SwitchRecords

_ELSEWHERE: Final = NotRead(
    reason="not-understood", detail="what this network of libvirt stands for there is not known"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The port groups of one host by what descriptions ask for, made when first asked for.

    Where its switches are ``unread``, a machine there may be attached to anything. ``unsettled``
    are the NICs, by id, that are not where their description says now, and go there elsewhere.
    """

    records: SwitchRecords
    networks: Networks | NotRead
    unread: NotRead | None = None
    unsettled: dict[str, NotRead] = field(default_factory=dict)

    def group(self, wanted: Wanted | None) -> str | None:
        """Return the id of a port group, ``None`` where the host has nothing of the kind."""
        if wanted is None:
            return None
        label = wanted.label(self.records.labels)
        if self.unread is not None:
            return self._unknown(label, self.unread)
        if wanted.network:
            return self._in_network(wanted, label)
        return self.records.planned(wanted.bridge, label, wanted.carried)

    def _in_network(self, wanted: Wanted, label: str) -> str | None:
        if isinstance(self.networks, NotRead):
            return self._unknown(label, self.networks)
        network = self.networks.get(wanted.network)
        if network is None:
            return None
        if isinstance(network, NotRead):
            return self._unknown(label, network)
        if network.bridge is None:
            return self._unknown(label, _ELSEWHERE)
        carried = wanted.carried or network.carried(wanted.group)
        return self.records.planned(network.bridge, label, carried)

    def _unknown(self, label: str, why: NotRead) -> str:
        """Return a port group on a switch of which nothing is known: it may lead anywhere."""
        host = self.records.host
        switch = f"{host}/switch/libvirt (not known)"
        if all(one.id != switch for one in self.records.switches):
            member = SwitchMember(host=host, uplinks=why)
            self.records.switches.append(
                VirtualSwitch(
                    id=switch,
                    name="libvirt (not known)",
                    kind="linux-bridge",
                    members=(member,),
                    teaming=None,
                )
            )
        identity = f"{switch}/group/{label}"
        group = PortGroup(id=identity, name=label, switch=switch, host=host, vlan=why, teaming=None)
        self.records.groups.setdefault(identity, group)
        return identity
