"""Who may do what in Harbour: duties apart, each principal with one role where it is needed."""

from __future__ import annotations

from datacenter.scenario import Part

READ = ["System.Anonymous", "System.Read", "System.View"]


def harbour_roles() -> list[Part]:
    """The roles of our own, beside those that every vCenter has."""
    return [
        {
            "id": 101,
            "name": "NetworkAdministrator",
            "privileges": sorted(
                [
                    *READ,
                    "DVPortgroup.Create",
                    "DVPortgroup.Delete",
                    "DVPortgroup.Modify",
                    "DVPortgroup.PolicyOp",
                    "DVPortgroup.ScopeOp",
                    "DVSwitch.Create",
                    "DVSwitch.Delete",
                    "DVSwitch.HostOp",
                    "DVSwitch.Modify",
                    "DVSwitch.PolicyOp",
                    "DVSwitch.PortConfig",
                    "DVSwitch.PortSetting",
                    "DVSwitch.Vspan",
                    "Host.Config.Network",
                    "Network.Config",
                ]
            ),
        },
        {
            "id": 102,
            "name": "SecurityAdministrator",
            "privileges": sorted(
                [*READ, "VirtualMachine.Interact.ConsoleInteract", "VirtualMachine.Interact.Reset"]
            ),
        },
        {
            "id": 103,
            "name": "Operator",
            "privileges": sorted(
                [
                    *READ,
                    "Datastore.AllocateSpace",
                    "Network.Assign",
                    "Resource.AssignVMToPool",
                    "Resource.ColdMigrate",
                    "Resource.HotMigrate",
                    "VirtualMachine.Config.EditDevice",
                    "VirtualMachine.Interact.ConsoleInteract",
                    "VirtualMachine.Interact.PowerOff",
                    "VirtualMachine.Interact.PowerOn",
                    "VirtualMachine.Inventory.Create",
                    "VirtualMachine.Inventory.Delete",
                ]
            ),
        },
    ]


def permission(entity: str, principal: str, role: str) -> Part:
    """A group's role on an object and what is below it."""
    return {
        "entity": entity,
        "principal": principal,
        "group": True,
        "role": role,
        "propagate": True,
    }


def harbour_permissions() -> list[Part]:
    """Operators place machines of the two outer zones only."""
    operated = (
        "/Harbour/vm/dmz",
        "/Harbour/vm/app",
        "/Harbour/network/DMZ-100",
        "/Harbour/network/APP-200",
        "/Harbour/host/compute/Resources/dmz",
        "/Harbour/host/compute/Resources/application",
    )
    return [
        permission("/", r"CORP\vsphere-admins", "Admin"),
        permission("/", r"CORP\auditors", "ReadOnly"),
        permission("/Harbour/network", r"CORP\net-admins", "NetworkAdministrator"),
        permission("/Harbour/host", r"CORP\net-admins", "NetworkAdministrator"),
        permission("/Harbour/vm/appliances", r"CORP\sec-admins", "SecurityAdministrator"),
        *(permission(entity, r"CORP\operators", "Operator") for entity in operated),
    ]
