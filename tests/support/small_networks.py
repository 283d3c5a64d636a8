"""Small networks for the engine, described in a few words each."""

from collections.abc import Iterable, Mapping

from ringfence.model.facts import Fact
from ringfence.model.hosts import Host, PhysicalNic
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    PortGroup,
    SwitchMember,
    Teaming,
    UplinkBinding,
    VirtualSwitch,
    Vlan,
)
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Condition,
    Device,
    DeviceInterface,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Route,
    Rule,
)
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.policy.document import Policy
from ringfence.policy.membership import Membership
from ringfence.reach.question import Question

SOURCE = ReadingSource(kind="test", name="test", finished="2026-11-23T09:14:00Z")
ZONES: Mapping[str, object] = {
    "low": {"trust": 10, "networks": ["low*"]},
    "high": {"trust": 90, "networks": ["high*"]},
}


def host(name: str, nics: int = 2) -> Host:
    """A host with physical NICs vmnic0, vmnic1 and so on."""
    physical = tuple(
        PhysicalNic(id=f"{name}/vmnic{number}", name=f"vmnic{number}") for number in range(nics)
    )
    return Host(id=name, name=name, cluster="c", physical_nics=physical, kernel_interfaces=())


def switch(on: str, name: str = "sw", nics: Iterable[int] = (0,)) -> VirtualSwitch:
    """A standard switch with one uplink for each of the numbered physical NICs."""
    uplinks = tuple(
        UplinkBinding(name=f"vmnic{number}", physical_nics=(f"{on}/vmnic{number}",))
        for number in nics
    )
    return VirtualSwitch(
        id=f"{on}/{name}",
        name=name,
        kind="standard",
        members=(SwitchMember(host=on, uplinks=uplinks),),
    )


def group(
    on: str,
    name: str,
    vlan: Fact[Vlan] | int,
    *,
    switch_name: str = "sw",
    teaming: Fact[Teaming | None] = None,
) -> PortGroup:
    """A standard port group; a number is its access VLAN."""
    return PortGroup(
        id=f"{on}/{name}",
        name=name,
        switch=f"{on}/{switch_name}",
        host=on,
        vlan=AccessVlan(vlan=vlan) if isinstance(vlan, int) else vlan,
        teaming=teaming,
    )


def machine(name: str, on: str, networks: Mapping[str, str] | str) -> Machine:
    """A running machine; ``networks`` maps port group names to addresses with prefix length."""
    attached = {networks: "10.0.0.1/24"} if isinstance(networks, str) else networks
    nics = tuple(
        VirtualNic(
            id=f"{name}/{number}",
            label=f"Network adapter {number + 1}",
            mac=f"00:50:56:00:{sum(name.encode()) % 256:02x}:{number:02x}",
            port_group=f"{on}/{network}",
            connected=True,
            start_connected=True,
            addresses=(address,),
        )
        for number, (network, address) in enumerate(attached.items())
    )
    return Machine(id=name, name=name, host=on, power="on", nics=nics, passthrough=())


def policy(**parts: object) -> Policy:
    """A policy of the zones low and high over one domain ``site`` that all uplinks lead to."""
    document: dict[str, object] = {
        "ringfence": 1,
        "name": "test",
        "configuration": "full-collapse",
        "zones": ZONES,
        "fabric": {"domains": {"site": {"uplinks": ["*/vmnic*"], "native": 1}}},
    }
    return Policy.model_validate(document | parts)


def members(snapshot: Snapshot, zones: Mapping[str, str]) -> tuple[Membership, ...]:
    """Memberships by the name of the machine; a machine that is not named is a device."""
    return tuple(
        Membership(
            attachment=nic.id,
            owner=one.id,
            kind="virtual-nic",
            standing="agreed" if one.name in zones else "device",
            zone=zones.get(one.name),
            network_zones=(),
            machine_zones=(),
        )
        for one in snapshot.machines
        for nic in one.nics  # type: ignore[union-attr]
    )


def question(
    snapshot: Snapshot, zones: Mapping[str, str], declared: Policy | None = None
) -> Question:
    """A question about a snapshot whose machines are in the given zones."""
    return Question(snapshot, declared or policy(), members(snapshot, zones))


def permit(number: int, *conditions: Condition, action: str = "accept") -> Rule:
    """A rule whose text says its number."""
    return Rule(
        number=number,
        text=f"rule {number}",
        conditions=conditions,
        action=action,  # type: ignore[arg-type]
    )


def tcp(*ports: int) -> tuple[Condition, ...]:
    """TCP to any of some ports."""
    ranges = tuple(NumberRange(port, port) for port in ports)
    return ProtocolMatch(protocols=(6,)), PortMatch(side="destination", ranges=ranges)


def arriving(*names: str) -> InterfaceMatch:
    """Packets that came in by one of some interfaces."""
    return InterfaceMatch(direction="in", names=names)


def sources(*ranges: str) -> AddressMatch:
    """Packets from some addresses."""
    return AddressMatch(side="source", ranges=ranges)


def firewall(*rules: Rule, running_as: Machine, **parts: object) -> Device:
    """A firewall between 10.0.1.0/24 (eth0) and 10.0.2.0/24 (eth1) that drops by default."""
    macs = [str(nic.mac) for nic in running_as.nics]  # type: ignore[union-attr]
    device = {
        "id": "fw",
        "name": "fw",
        "machine": running_as.id,
        "interfaces": (
            DeviceInterface(name="eth0", mac=macs[0], addresses=("10.0.1.1/24",)),
            DeviceInterface(name="eth1", mac=macs[1], addresses=("10.0.2.1/24",)),
        ),
        "chains": (
            Chain(id="forward", name="forward", hook="forward", policy="drop", rules=rules),
            Chain(id="input", name="input", hook="input", policy="drop", rules=()),
        ),
        "routes": (
            Route(destination="10.0.1.0/24", interface="eth0"),
            Route(destination="10.0.2.0/24", interface="eth1"),
        ),
    }
    return Device(**(device | parts))  # type: ignore[arg-type]


def between(*rules: Rule, **parts: object) -> Snapshot:
    """A low and a high machine on one host, and a firewall machine between them."""
    gateway = machine("fw", "h1", {"low": "10.0.1.1/24", "high": "10.0.2.1/24"})
    return Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"),),
        switches=(switch("h1"),),
        port_groups=(group("h1", "low", 10), group("h1", "high", 20)),
        machines=(
            machine("a", "h1", {"low": "10.0.1.5/24"}),
            machine("b", "h1", {"high": "10.0.2.5/24"}),
            gateway,
        ),
        devices=(firewall(*rules, running_as=gateway, **parts),),
    )
