"""Small networks made by chance that are built for real: hosts, trunks, bonds, ports and rules."""

from __future__ import annotations

from random import Random

import msgspec

from ringfence.lab.addressing import (
    FIRST_MACHINE,
    GATEWAY,
    address_6,
    addresses,
    gateways,
    interface,
    mac,
)
from ringfence.lab.layout import Bond, Cable, End, Interface, Layout, Node, Switch, SwitchPort

NAMES = ("alpha", "beta", "gamma", "delta")
PORTS = (22, 53, 80, 443, 5432, 8443)


class NetworkMaker:
    """Makes the network of a seed, with the policy that declares what is physical in it."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        vlans = self._chance.sample(range(2, 200), 4)
        self._zones = dict(zip(NAMES[: self._chance.randint(2, 4)], sorted(vlans), strict=False))
        self._hosts = [f"h{number}" for number in range(1, self._chance.randint(1, 3) + 1)]
        self._teamed = {host for host in self._hosts if self._chance.random() < 0.3}

    def layout(self) -> Layout:
        """Return the network."""
        machines = tuple(self._machines())
        hosts = tuple(self._host(number, name, machines) for number, name in enumerate(self._hosts))
        fabric = self._fabric()
        firewall = self._firewall()
        nodes = (*hosts, fabric, *machines, firewall)
        cables = [Cable(End(one.name, "eth0"), End(one.host, one.name)) for one in machines]
        for host in hosts:
            cables += [
                Cable(End(host.name, one.name), End("fabric", f"{host.name}-{one.name}"))
                for one in host.interfaces
                if one.name.startswith("nic")
            ]
        cables += [
            Cable(End("firewall", zone), End("fabric", f"fw-{zone}")) for zone in self._zones
        ]
        return Layout(
            configuration="virtual-separation",
            nodes=nodes,
            cables=tuple(cables),
            policy=self._policy(),
        )

    def _machines(self) -> list[Node]:
        made = []
        for zone, vlan in self._zones.items():
            for number in range(1, self._chance.randint(1, 2) + 1):
                place = FIRST_MACHINE + number - 1
                made.append(
                    Node(
                        name=f"{zone}-{number}",
                        kind="machine",
                        zone=zone,
                        host=self._chance.choice(self._hosts),
                        interfaces=(interface("eth0", vlan, place),),
                        gateways=gateways(vlan),
                        neighbours=(
                            f"{address_6(vlan, GATEWAY)} lladdr {mac(vlan, GATEWAY)} dev eth0",
                        ),
                    )
                )
        return made

    def _host(self, number: int, name: str, machines: tuple[Node, ...]) -> Node:
        mine = [one for one in machines if one.host == name]
        nics = ("nic0", "nic1") if name in self._teamed else ("nic0",)
        ports = [self._machine_port(one) for one in mine]
        bonds: tuple[Bond, ...] = ()
        trunks = self._trunks()
        if name in self._teamed:
            bonds = (Bond(name="team0", interfaces=nics, trunks=trunks),)
        else:
            ports.append(SwitchPort(interface="nic0", mode="trunk", trunks=trunks))
        plugs = (*nics, *(one.name for one in mine))
        return Node(
            name=name,
            kind="host",
            interfaces=tuple(
                Interface(name=plug, mac=mac(230, 16 * number + place))
                for place, plug in enumerate(plugs)
            ),
            switches=(Switch(name="br0", kind="open-vswitch", ports=tuple(ports), bonds=bonds),),
        )

    def _machine_port(self, machine: Node) -> SwitchPort:
        """Return a port in the machine's VLAN, now and then in another, or a trunk."""
        vlan = self._zones[machine.zone]
        kind = self._chance.random()
        if kind < 0.12:
            vlan = self._chance.choice([*self._zones.values()])
        if kind > 0.9:
            return SwitchPort(
                interface=machine.name, mode="native-untagged", tag=vlan, trunks=self._trunks()
            )
        return SwitchPort(interface=machine.name, tag=vlan)

    def _trunks(self) -> tuple[int, ...]:
        """Return some of the VLANs; none listed would be all."""
        vlans = [vlan for vlan in self._zones.values() if self._chance.random() < 0.85]
        return tuple(sorted(vlans)) or (min(self._zones.values()),)

    def _carried(self) -> tuple[int, ...]:
        return tuple(sorted(self._zones.values()))

    def _fabric(self) -> Node:
        uplinks = [
            f"{host}-{nic}"
            for host in self._hosts
            for nic in (("nic0", "nic1") if host in self._teamed else ("nic0",))
        ]
        ports = (
            *(SwitchPort(interface=name, mode="trunk", trunks=self._carried()) for name in uplinks),
            *(SwitchPort(interface=f"fw-{zone}", tag=vlan) for zone, vlan in self._zones.items()),
        )
        return Node(
            name="fabric",
            kind="fabric",
            interfaces=tuple(
                Interface(name=port.interface, mac=mac(231, place))
                for place, port in enumerate(ports)
            ),
            switches=(Switch(name="rack", kind="open-vswitch", ports=ports),),
        )

    def _firewall(self) -> Node:
        return Node(
            name="firewall",
            kind="firewall",
            interfaces=tuple(interface(zone, vlan, GATEWAY) for zone, vlan in self._zones.items()),
            neighbours=tuple(
                f"{address_6(vlan, number)} lladdr {mac(vlan, number)} dev {zone}"
                for zone, vlan in self._zones.items()
                for number in (FIRST_MACHINE, FIRST_MACHINE + 1)
            ),
            ruleset=self._ruleset(),
            reverse_path=self._chance.random() < 0.5,
            forwards=True,
        )

    def _ruleset(self) -> str:
        policy = "accept" if self._chance.random() < 0.15 else "drop"
        state = ["ct state established accept"] if self._chance.random() < 0.8 else []
        rules = [*state, *(self._rule() for _ in range(self._chance.randint(2, 8)))]
        return "\n".join(
            (
                "flush ruleset",
                "table inet made {",
                "chain forward {",
                f"type filter hook forward priority 0; policy {policy};",
                *rules,
                "}",
                "chain input {",
                "type filter hook input priority 0; policy drop;",
                "}",
                "}",
                "",
            )
        )

    def _rule(self) -> str:
        chance = self._chance
        one, other = chance.sample([*self._zones], 2)
        parts = []
        if chance.random() < 0.6:
            parts.append(f'iifname "{one}"')
        if chance.random() < 0.5:
            parts.append(f'oifname "{other}"')
        family = chance.choice(("ip", "ip6"))
        for side, zone in (("saddr", one), ("daddr", other)):
            if chance.random() < 0.5:
                parts.append(f"{family} {side} {self._prefix(family, zone)}")
        port = chance.choice(PORTS)
        parts.append(
            chance.choice(
                (
                    f"tcp dport {port}",
                    f"udp dport {port}",
                    f"tcp dport {port}-{port + chance.randint(1, 400)}",
                    f"tcp sport {port}",
                    "meta l4proto tcp",
                    "meta l4proto udp",
                    "ct state new",
                )
            )
        )
        return " ".join((*parts, chance.choice(("accept", "accept", "accept", "drop"))))

    def _prefix(self, family: str, zone: str) -> str:
        vlan = self._zones[zone]
        four, six = addresses(vlan, FIRST_MACHINE)
        if self._chance.random() < 0.5:
            return (four if family == "ip" else six).partition("/")[0]
        return f"10.{vlan}.0.0/24" if family == "ip" else f"fd00:{vlan}::/64"

    def _policy(self) -> str:
        zones = {
            name: {
                "trust": 20 * place,
                "networks": [{"vlan": str(vlan)}],
                "machines": [{"name": f"{name}-*"}],
            }
            for place, (name, vlan) in enumerate(self._zones.items(), 1)
        }
        # The own services of devices are management's, which is nowhere here.
        zones["management"] = {"trust": 100, "role": "management", "networks": [{"switch": "none"}]}
        carried = ",".join(map(str, self._carried()))
        declared = {
            "ringfence": 1,
            "name": "made",
            "configuration": "virtual-separation",
            "zones": zones,
            "devices": {
                "firewall": {
                    "kind": "firewall",
                    "physical": True,
                    "config": ["devices/firewall"],
                    "interfaces": {
                        zone: {"domain": "trunk", "vlan": vlan}
                        for zone, vlan in self._zones.items()
                    },
                }
            },
            "fabric": {
                "domains": {"trunk": {"uplinks": ["*/nic*"], "vlans": carried, "native": "none"}}
            },
        }
        return msgspec.json.encode(declared).decode()
