"""The hosts of libvirt among which machines may move, and what each would be attached to there.

libvirt binds no machine to a host: whoever may use it starts a machine on another, or moves it
there while it runs. Named namespaces stay where they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.model.places import Cluster, PlacementRule

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def _stays(reading: HostReading) -> PlacementRule:
    return PlacementRule(
        name=f"machines of {reading.host.name} that are not libvirt's",
        kind="keep-on-hosts",
        enabled=True,
        mandatory=True,
        machines=reading.staying,
        hosts=(reading.host.id,),
    )
