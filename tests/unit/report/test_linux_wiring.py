"""A host on Linux as it is drawn: its bridge is one network, and what is unused is none."""

from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host, KernelInterface
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    PortGroup,
    SwitchKind,
    SwitchMember,
    TrunkVlan,
    VirtualSwitch,
    Vlan,
    VlanRange,
)
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.policy.document import Policy
from ringfence.reach.port_settings import PortSetting, unread_setting
from ringfence.report.view.shape import TabShape, Wirings

EVERY = TrunkVlan(ranges=(VlanRange(0, 4094),))


def group(identity: str, name: str, vlan: Vlan) -> PortGroup:
    return PortGroup(id=identity, name=name, switch="br", host="h", vlan=vlan)


def tabs(kind: SwitchKind) -> tuple[TabShape, ...]:
    """The networks that are drawn of a switch with a machine, an own interface, and one unused."""
    nic = VirtualNic(id="m/nic", label="eth0", port_group="machines")
    own = KernelInterface(
        id="h/br0", name="br0", port_group="own", services=("management",), addresses=()
    )
    host = Host(id="h", name="kvm1", kernel_interfaces=(own,), physical_nics=())
    snapshot = Snapshot(
        sources=(ReadingSource(kind="linux", name="kvm1"),),
        hosts=(host,),
        switches=(
            VirtualSwitch(
                id="br", name="br0", kind=kind, members=(SwitchMember(host="h", uplinks=()),)
            ),
        ),
        port_groups=(
            group("machines", "br0", EVERY),
            group("own", "br0", NoVlan()),
            group("unused", "br0-30", AccessVlan(vlan=30)),
        ),
        machines=(Machine(id="m", name="m", host="h", nics=(nic,)),),
    )
    policy = Policy.model_validate(
        {"ringfence": 1, "name": "p", "configuration": "full-collapse", "zones": {}}
    )
    (switch,) = Wirings(Inventory(snapshot), policy).shape(host).switches
    return switch.tabs


def test_a_bridge_and_its_own_interface_are_one_network() -> None:
    (tab,) = tabs("linux-bridge")
    assert (tab.name, tab.vlan) == ("br0", "trunk 0-4094")
    assert [kernel.name for kernel in tab.kernels] == ["br0"]


def test_port_groups_of_vsphere_are_drawn_also_where_nothing_is_attached() -> None:
    assert "br0-30" in {tab.name for tab in tabs("standard")}


def test_what_was_read_and_not_understood_needs_no_rights() -> None:
    why = NotRead(reason="not-understood", detail="the mirror span copies frames to it")
    setting = PortSetting(vlan=why, teaming=None, blocked=why)
    told = list(unread_setting(group("g", "br0-10", NoVlan()), setting))
    assert {each.how for each in told} == {"configure what is modelled"}
    assert all("the mirror span" in each.what for each in told)
    refused = PortSetting(vlan=NotRead(reason="no-permission"), teaming=None, blocked=False)
    (only,) = unread_setting(group("g", "br0-10", NoVlan()), refused)
    assert only.how.startswith("let the account read")
