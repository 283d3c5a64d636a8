"""A believable Harbour datacenter for tests of the report: four hosts, 60 machines and more."""

from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host, KernelInterface, PhysicalNic
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    PortGroup,
    SecurityPolicy,
    SecuritySetting,
    SwitchMember,
    Teaming,
    UplinkBinding,
    VirtualSwitch,
)
from ringfence.model.places import Cluster, Datacenter
from ringfence.model.snapshot import ReadingSource, Snapshot, Unread
from ringfence.policy.document import Policy
from ringfence.policy.membership import Membership

HOSTS = (1, 2, 3, 4)
REFUSED = NotRead(reason="no-permission", detail="System.Read is missing on vSwitch0")
VLANS = {"Management": 10, "Migration": 11, "MGMT-VMs-12": 12, "CDE-300": 300}
NETWORK_ZONES = {
    "Management": "management",
    "Migration": "migration",
    "MGMT-VMs-12": "management",
    "DMZ-100": "dmz",
    "APP-200": "application",
    "CDE-300": "cardholder",
}

POLICY = {
    "ringfence": 1,
    "name": "harbour",
    "configuration": "full-collapse",
    "zones": {
        "outside": {"trust": 0, "external": True, "attached": ["edge-firewall:wan"]},
        "dmz": {"trust": 20, "networks": ["DMZ-*"]},
        "application": {"trust": 50, "networks": ["APP-*"]},
        "cardholder": {"trust": 90, "sensitive": True, "networks": ["CDE-*"]},
        "management": {"trust": 100, "role": "management", "networks": ["Management", "MGMT-*"]},
        "migration": {"trust": 100, "role": "migration", "networks": ["Migration"]},
    },
    "flows": [
        {
            "from": "outside",
            "to": "dmz",
            "services": ["tcp/80", "tcp/443"],
            "through": "edge-firewall",
            "owner": "web-team",
            "reason": "the shop",
        },
        {"from": "dmz", "to": "application", "services": "tcp/8443", "through": "inner-firewall"},
        {
            "from": "application",
            "to": "cardholder",
            "services": "tcp/1433",
            "through": "inner-firewall",
            "owner": "payments-team",
            "reason": "card authorisation",
            "review-by": "2027-06-30",
        },
    ],
    "devices": {
        "edge-firewall": {"physical": True},
        "inner-firewall": {"machine": "fw-1"},
    },
    "fabric": {"domains": {"site": {"uplinks": "*/vmnic*", "native": "none"}}},
}


def policy() -> Policy:
    """The policy of Harbour."""
    return Policy.model_validate(POLICY)


def security(origin: str, *, promiscuous: bool = False) -> SecurityPolicy:
    """Everything rejected, promiscuous mode perhaps not."""
    return SecurityPolicy(
        promiscuous=SecuritySetting(accept=promiscuous, origin=origin),
        mac_changes=SecuritySetting(accept=False, origin=origin),
        forged_transmits=SecuritySetting(accept=False, origin=origin),
    )


def _host(number: int, *, faulty: bool) -> Host:
    identity = f"host-{number}"
    down = faulty and number == 4
    return Host(
        id=identity,
        name=f"esx-{number}.harbour.example",
        cluster="cluster-1",
        physical_nics=tuple(
            PhysicalNic(
                id=f"{identity}/vmnic{index}",
                name=f"vmnic{index}",
                speed=0 if down and index == 1 else 25000 if index in (2, 3) else 10000,
            )
            for index in range(6)
        ),
        kernel_interfaces=tuple(
            KernelInterface(
                id=f"{identity}/vmk{index}",
                name=f"vmk{index}",
                port_group=f"pg-{number}-{group}",
                services=(service,),
                addresses=(f"10.1.{10 + index}.{10 + number}/24",),
            )
            for index, (group, service) in enumerate(
                (("Management", "management"), ("Migration", "migration"))
            )
        ),
    )


def _standard(number: int, name: str, nics: tuple[int, int]) -> VirtualSwitch:
    names = tuple(f"vmnic{nic}" for nic in nics)
    return VirtualSwitch(
        id=f"host-{number}/{name}",
        name=name,
        kind="standard",
        members=(
            SwitchMember(
                host=f"host-{number}",
                uplinks=tuple(
                    UplinkBinding(name=each, physical_nics=(f"host-{number}/{each}",))
                    for each in names
                ),
            ),
        ),
        teaming=Teaming(policy="loadbalance_srcid", active=names),
    )


def _standard_groups(number: int, *, faulty: bool) -> list[PortGroup]:
    groups = []
    for name, vlan in VLANS.items():
        if faulty and number == 4 and name == "MGMT-VMs-12":
            continue
        first, second = ("vmnic4", "vmnic5") if name == "CDE-300" else ("vmnic0", "vmnic1")
        if name == "Migration":
            first, second = second, first
        wrong_vlan = faulty and number == 3 and name == "CDE-300"
        wrong_security = faulty and number == 4 and name == "CDE-300"
        switch = f"host-{number}/{'vSwitch1' if name == 'CDE-300' else 'vSwitch0'}"
        groups.append(
            PortGroup(
                id=f"pg-{number}-{name}",
                name=name,
                switch=switch,
                host=f"host-{number}",
                vlan=AccessVlan(vlan=200 if wrong_vlan else vlan),
                security=REFUSED
                if faulty and number == 4 and switch.endswith("vSwitch0")
                else security(switch, promiscuous=wrong_security),
                teaming=Teaming(policy="failover_explicit", active=(first,), standby=(second,)),
            )
        )
    return groups


def _distributed() -> tuple[VirtualSwitch, list[PortGroup]]:
    teaming = Teaming(policy="loadbalance_loadbased", active=("Uplink 1", "Uplink 2"))
    switch = VirtualSwitch(
        id="dvs-1",
        name="Zones",
        kind="distributed",
        members=tuple(
            SwitchMember(
                host=f"host-{number}",
                uplinks=(
                    UplinkBinding(name="Uplink 1", physical_nics=(f"host-{number}/vmnic2",)),
                    UplinkBinding(name="Uplink 2", physical_nics=(f"host-{number}/vmnic3",)),
                ),
            )
            for number in HOSTS
        ),
        teaming=teaming,
    )
    groups = [
        PortGroup(
            id=f"dvpg-{vlan}",
            name=name,
            switch=switch.id,
            vlan=AccessVlan(vlan=vlan),
            security=security(switch.id),
            teaming=teaming,
        )
        for name, vlan in (("DMZ-100", 100), ("APP-200", 200))
    ]
    return switch, groups


def machine(name: str, host: int, networks: list[tuple[str, str]], zone: str | None) -> Machine:
    """A machine with a NIC in each of the networks, given as (port group id, address)."""
    identity = f"vm-{name}"
    return Machine(
        id=identity,
        name=name,
        host=f"host-{host}",
        power="on",
        nics=tuple(
            VirtualNic(
                id=f"{identity}/{4000 + index}",
                label=f"Network adapter {index + 1}",
                port_group=port_group,
                connected=True,
                addresses=(address,),
            )
            for index, (port_group, address) in enumerate(networks)
        ),
    )


def machines(*, faulty: bool) -> list[tuple[Machine, str | None]]:
    """Every machine with the zone that it belongs to, ``None`` for the appliance."""
    made: list[tuple[Machine, str | None]] = []
    for number in range(1, 21):
        group = "dvpg-200" if faulty and number == 7 else "dvpg-100"
        networks = [(group, f"10.1.100.{10 + number}/24")]
        made.append((machine(f"web-{number:02}", _spread(number), networks, "dmz"), "dmz"))
    for number in range(1, 25):
        networks = [("dvpg-200", f"10.1.200.{10 + number}/24")]
        if faulty and number == 13:
            networks.append((f"pg-{_spread(number)}-CDE-300", "10.1.30.113/24"))
        made.append(
            (machine(f"app-{number:02}", _spread(number), networks, "application"), "application")
        )
    for number in range(1, 15):
        host = _spread(number)
        networks = [(f"pg-{host}-CDE-300", f"10.1.30.{10 + number}/24")]
        made.append((machine(f"db-{number:02}", host, networks, "cardholder"), "cardholder"))
    for index, name in enumerate(("vcenter-1", "backup-1", "log-1"), start=1):
        networks = [(f"pg-{index}-MGMT-VMs-12", f"10.1.12.{10 + index}/24")]
        made.append((machine(name, index, networks, "management"), "management"))
    gate = [
        ("dvpg-100", "10.1.100.1/24"),
        ("dvpg-200", "10.1.200.1/24"),
        ("pg-1-CDE-300", "10.1.30.1/24"),
    ]
    made.append((machine("fw-1", 1, gate, None), None))
    return made


def _spread(number: int) -> int:
    return 1 + (number - 1) % len(HOSTS)


def inventory(*, faulty: bool = True) -> Inventory:
    """The Harbour datacenter, with faults planted or as it should be."""
    switch, groups = _distributed()
    switches = [switch]
    for number in HOSTS:
        switches.append(_standard(number, "vSwitch0", (0, 1)))
        switches.append(_standard(number, "vSwitch1", (4, 5)))
        groups.extend(_standard_groups(number, faulty=faulty))
    unread = Unread(
        object="host-4/vSwitch0",
        name="vSwitch0 on esx-4",
        property="security",
        why=REFUSED,
    )
    return Inventory(
        Snapshot(
            sources=(
                ReadingSource(
                    kind="vsphere",
                    name="vcenter.harbour.example",
                    product="VMware vCenter Server 8.0.3",
                    account="HARBOUR\\ringfence",
                    started="2026-11-23T09:13:41Z",
                    finished="2026-11-23T09:14:02Z",
                ),
            ),
            datacenters=(Datacenter(id="dc-1", name="Harbour", path="/Harbour"),),
            clusters=(
                Cluster(id="cluster-1", name="compute", hosts=tuple(f"host-{n}" for n in HOSTS)),
            ),
            hosts=tuple(_host(number, faulty=faulty) for number in HOSTS),
            switches=tuple(switches),
            port_groups=tuple(groups),
            machines=tuple(each for each, _ in machines(faulty=faulty)),
            unread=(unread,) if faulty else (),
        )
    )


def memberships(datacenter: Inventory, *, faulty: bool = True) -> tuple[Membership, ...]:
    """The memberships of every NIC and kernel interface of Harbour."""
    belongs = {each.id: zone for each, zone in machines(faulty=faulty)}
    found = []
    for owner, nic in datacenter.virtual_nics():
        zone = belongs.get(owner.id)
        network = NETWORK_ZONES[datacenter.port_groups[str(nic.port_group)].name]
        device = "inner-firewall" if owner.name == "fw-1" else None
        agreed = "agreed" if zone == network else "misplaced"
        found.append(
            Membership(
                attachment=nic.id,
                owner=owner.id,
                kind="virtual-nic",
                standing="device" if device else agreed,
                zone=zone,
                network_zones=(network,),
                machine_zones=(zone,) if zone else (),
                device=device,
            )
        )
    for host, interface in datacenter.kernel_interfaces():
        network = NETWORK_ZONES[datacenter.port_groups[str(interface.port_group)].name]
        found.append(
            Membership(
                attachment=interface.id,
                owner=host.id,
                kind="kernel-interface",
                standing="placement-unchecked",
                zone=network,
                network_zones=(network,),
                machine_zones=(),
            )
        )
    return tuple(found)
