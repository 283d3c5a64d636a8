"""Inventories of a few places, for tests of where they belong."""

from dataclasses import dataclass, field

from ringfence.model.hosts import Host, KernelInterface
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine, Tag, VirtualNic
from ringfence.model.network import AccessVlan, Port, PortGroup, VirtualSwitch
from ringfence.model.places import Cluster, Folder, ResourcePool
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Policy
from ringfence.policy.members import memberships


@dataclass
class Placed:
    """Port groups ``g-<name>``, machines and kernel interfaces, as they are added."""

    groups: list = field(default_factory=list)
    machines: list = field(default_factory=list)
    interfaces: list = field(default_factory=list)
    ports: list = field(default_factory=list)
    pools: tuple = ()

    def group(self, name, vlan=1, **more):
        """Add a port group on the switch ``Zones``."""
        setting = AccessVlan(vlan=vlan) if isinstance(vlan, int) else vlan
        self.groups.append(PortGroup(id=f"g-{name}", name=name, switch="s-1", vlan=setting, **more))
        return self

    def machine(self, name, *networks, folder="/DC/vm", tags=(), addresses=(), **more):
        """Add a machine with a NIC in each network; a network may be any fact."""
        more.setdefault(
            "nics",
            tuple(
                VirtualNic(
                    id=f"{name}/{index}",
                    label=f"Network adapter {index + 1}",
                    port_group=f"g-{network}" if isinstance(network, str) else network,
                    connected=True,
                    addresses=addresses,
                )
                for index, network in enumerate(networks)
            ),
        )
        if isinstance(tags, tuple):
            tags = tuple(Tag(*tag.split("=")) for tag in tags)
        folder_id = f"f-{folder}" if isinstance(folder, str) else folder
        self.machines.append(Machine(id=name, name=name, folder=folder_id, tags=tags, **more))
        return self

    def interface(self, name, network, services=(), addresses=()):
        """Add a kernel interface of the only host."""
        self.interfaces.append(
            KernelInterface(
                id=name,
                name=name,
                port_group=f"g-{network}" if isinstance(network, str) else network,
                services=services,
                addresses=addresses,
            )
        )
        return self

    def overridden_port(self, nic, vlan):
        """Give a live port a VLAN of its own; the NIC is put on it by ``nic``'s port."""
        self.ports.append(
            Port(
                id=f"p-{nic}",
                key="1",
                switch="s-1",
                port_group="",
                overridden=("vlan",),
                vlan=AccessVlan(vlan=vlan) if isinstance(vlan, int) else vlan,
            )
        )
        return self

    @property
    def inventory(self):
        """What was added, as an inventory."""
        folders = ("/DC/vm", "/DC/vm/dmz", "/DC/vm/dmz/web", "/DC/vm/app", "/DC/vm/mgmt")
        interfaces = tuple(self.interfaces)
        return Inventory(
            Snapshot(
                sources=(),
                folders=tuple(Folder(id=f"f-{path}", name=path, path=path) for path in folders),
                clusters=(Cluster(id="c-1", name="compute"),),
                hosts=(Host(id="h-1", name="esx-1", kernel_interfaces=interfaces),),
                switches=(VirtualSwitch(id="s-1", name="Zones", kind="distributed"),),
                port_groups=tuple(self.groups),
                ports=tuple(self.ports),
                machines=tuple(self.machines),
                pools=self.pools,
            )
        )

    def members(self, policy):
        """The memberships under a policy."""
        return memberships(policy, self.inventory)

    def member(self, policy, attachment):
        """The membership of one attachment under a policy."""
        return self.members(policy).by_attachment[attachment]


def pool(name, parent=None):
    """A resource pool of the cluster; its id is its name."""
    owner = None if parent else "c-1"
    return ResourcePool(id=name, name=name, parent=parent, owner=owner)


def policy_of(zones, **more):
    """A policy with zones as a policy file writes them."""
    return Policy.model_validate(
        {"ringfence": 1, "name": "t", "configuration": "full-collapse", "zones": zones, **more}
    )
