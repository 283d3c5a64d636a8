"""A datacenter of the size that a management server holds at most, made from a seed."""

from __future__ import annotations

import random

from ringfence.model.hosts import Host, PhysicalNic
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    PortGroup,
    SwitchMember,
    Teaming,
    UplinkBinding,
    VirtualSwitch,
)
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Policy


def large_snapshot(hosts: int, machines: int, port_groups: int, seed: int = 1) -> Snapshot:
    """Return hosts on one distributed switch, and machines spread over them by chance."""
    chance = random.Random(seed)  # noqa: S311 (the same network each time, not a secret)
    teaming = Teaming(policy="loadbalance", active=("uplink1",), standby=("uplink2",))
    return Snapshot(
        sources=(),
        hosts=tuple(_host(number) for number in range(hosts)),
        switches=(
            VirtualSwitch(
                id="switch",
                name="switch",
                kind="distributed",
                members=tuple(_member(number) for number in range(hosts)),
            ),
        ),
        port_groups=tuple(
            PortGroup(
                id=f"network-{number}",
                name=f"network-{number}",
                switch="switch",
                vlan=AccessVlan(vlan=number % 4000 + 1),
                teaming=teaming,
            )
            for number in range(port_groups)
        ),
        mirror_sessions=(),
        machines=tuple(
            _machine(number, chance.randrange(hosts), chance.randrange(port_groups))
            for number in range(machines)
        ),
    )


def large_policy(zones: int) -> Policy:
    """Return a policy with zones that no network is in yet, over one physical domain."""
    return Policy.model_validate(
        {
            "ringfence": 1,
            "name": "large",
            "configuration": "virtual-separation",
            "zones": {
                f"zone-{number}": {"trust": number, "networks": [f"zone-{number}-*"]}
                for number in range(zones)
            },
            "fabric": {"domains": {"site": {"uplinks": ["*"], "native": "none"}}},
        }
    )


def _host(number: int) -> Host:
    name = f"host-{number}"
    nics = tuple(PhysicalNic(id=f"{name}/vmnic{nic}", name=f"vmnic{nic}") for nic in range(2))
    return Host(id=name, name=name, physical_nics=nics, kernel_interfaces=())


def _member(number: int) -> SwitchMember:
    uplinks = tuple(
        UplinkBinding(name=f"uplink{nic + 1}", physical_nics=(f"host-{number}/vmnic{nic}",))
        for nic in range(2)
    )
    return SwitchMember(host=f"host-{number}", uplinks=uplinks)


def _machine(number: int, host: int, network: int) -> Machine:
    nic = VirtualNic(
        id=f"machine-{number}/4000",
        label="Network adapter 1",
        port_group=f"network-{network}",
        connected=True,
        start_connected=True,
        addresses=(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}/24",),
    )
    name = f"machine-{number}"
    return Machine(id=name, name=name, host=f"host-{host}", power="on", nics=(nic,), passthrough=())
