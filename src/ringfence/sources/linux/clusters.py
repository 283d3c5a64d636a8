"""The hosts of libvirt among which machines may move, and what each would be attached to there.

libvirt binds no machine to a host: whoever may use it starts a machine on another, or moves it
there while it runs. Named namespaces stay where they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ringfence.model.facts import NotRead
from ringfence.model.places import Cluster, PlacementRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ringfence.model.machines import Machine, VirtualNic
    from ringfence.sources.linux.reading import HostReading

LIBVIRT: Final = "libvirt"


def libvirt_cluster(readings: Iterable[HostReading]) -> Cluster | None:
    """Return the hosts with libvirt as a cluster, ``None`` where there are not two.

    Each of them gets a port group for whatever a machine on any of them asks for.
    """
    hosts = [one for one in readings if one.plan is not None]
    if len(hosts) < 2:
        return None
    wanted = {each for one in hosts for each in one.wants}
    for one in hosts:
        for each in wanted:
            if one.plan is not None:
                one.plan.group(each)
    return Cluster(
        id=LIBVIRT,
        name=LIBVIRT,
        hosts=tuple(one.host.id for one in hosts),
        moves_machines=False,
        restarts_machines=False,
        rules=tuple(_stays(one) for one in hosts if one.staying),
        settings=(),
    )


def machines_in(cluster: Cluster | None, reading: HostReading) -> Iterable[Machine]:
    """Return the machines of a host, as what they are in a cluster.

    A NIC that is now elsewhere than its description says has no one name for both: what it is
    attached to, here or on another host, is not known.
    """
    unsettled = {} if reading.plan is None or cluster is None else reading.plan.unsettled
    for machine in reading.machines:
        nics = machine.nics
        if isinstance(nics, NotRead) or unsettled.keys().isdisjoint(nic.id for nic in nics):
            yield machine
            continue
        open_ = (_attached(nic, unsettled.get(nic.id)) for nic in nics)
        yield msgspec.structs.replace(machine, nics=tuple(open_))


def _attached(nic: VirtualNic, why: NotRead | None) -> VirtualNic:
    return nic if why is None else msgspec.structs.replace(nic, port_group=why, port=why)


def _stays(reading: HostReading) -> PlacementRule:
    return PlacementRule(
        name=f"machines of {reading.host.name} that are not libvirt's",
        kind="keep-on-hosts",
        enabled=True,
        mandatory=True,
        machines=reading.staying,
        hosts=(reading.host.id,),
    )
