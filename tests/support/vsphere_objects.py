"""Managed objects as short XML, for tests of what is made of them."""

from __future__ import annotations

from lxml import etree

from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.sources.vsphere.assembly import Assembly
from ringfence.sources.vsphere.catalogue import READ_ORDER, roots
from ringfence.sources.vsphere.content import Content, content_of
from ringfence.sources.vsphere.names import Ids
from ringfence.sources.vsphere.values import Plain

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def xml(text: str) -> etree._Element:
    """An element; ``t:Name`` as an attribute value prefix stays as it is."""
    return etree.fromstring(f"<r {XSI}>{text}</r>")


def plain(text: str) -> object:
    """The plain value of the first element in ``text``."""
    return Plain().value(xml(text)[0])


def object_xml(kind: str, moid: str, properties: dict[str, str], missing: str = "") -> str:
    """An ObjectContent; a property's text is its value's inner XML, with its type before ``|``."""
    parts = []
    for path, value in properties.items():
        type_name, bar, inner = value.partition("|")
        attribute = f' xsi:type="{type_name}"' if bar else ""
        content = inner if bar else value
        parts.append(f"<propSet><name>{path}</name><val{attribute}>{content}</val></propSet>")
    return (
        f'<ObjectContent {XSI}><obj type="{kind}">{moid}</obj>{"".join(parts)}{missing}'
        "</ObjectContent>"
    )


def no_permission(path: str) -> str:
    """A property that the account may not read."""
    return (
        f'<missingSet><path>{path}</path><fault><fault xsi:type="NoPermission">'
        '<object type="X">x</object><privilegeId>System.Read</privilegeId></fault>'
        "<localizedMessage>no</localizedMessage></fault></missingSet>"
    )


def content(
    object_kind: str, moid: str, properties: dict[str, str] | None = None, missing: str = ""
) -> Content:
    """A managed object as the parser hands it on."""
    text = object_xml(object_kind, moid, properties or {}, missing)
    return content_of(etree.fromstring(text), Plain(), roots(object_kind))


def assembled(*contents: Content) -> Assembly:
    """An assembly that took the objects in, in the order in which they are read."""
    order = list(READ_ORDER)
    assembly = Assembly(Ids("s"))
    for each in sorted(contents, key=lambda entry: order.index(entry.reference.type)):
        assembly.add(each)
    return assembly


def references(kind: str, *moids: str) -> str:
    """The value of a property that holds references."""
    inner = "".join(
        f'<ManagedObjectReference type="{kind}">{moid}</ManagedObjectReference>' for moid in moids
    )
    return f"ArrayOfManagedObjectReference|{inner}"


def listed(kind: str, *entries: str) -> str:
    """The value of a property that is an array."""
    return f"ArrayOf{kind}|" + "".join(f"<{kind}>{entry}</{kind}>" for entry in entries)


def port_group_xml(
    name: str, switch: str, vlan: int, *, here: str = "", in_force: str = "false"
) -> str:
    """The inside of a HostPortGroup whose three security settings are ``in_force``."""
    policy = "".join(
        f"<{field}>{in_force}</{field}>"
        for field in ("allowPromiscuous", "macChanges", "forgedTransmits")
    )
    order = "<nicTeaming><policy>x</policy><nicOrder><activeNic>vmnic0</activeNic></nicOrder>"
    return (
        f"<computedPolicy><security>{policy}</security>{order}</nicTeaming></computedPolicy>"
        f"<spec><name>{name}</name><vlanId>{vlan}</vlanId><vswitchName>{switch}</vswitchName>"
        f"<policy>{here}</policy></spec>"
    )


def host(moid: str = "host-1", parent: str = "domain-c1", **more: str) -> Content:
    """A host with one standard switch and the port group ``Net``, VLAN 7."""
    switch = "<name>vSwitch0</name><pnic>key-vim.host.PhysicalNic-vmnic0</pnic><spec/>"
    properties = {
        "name": f"{moid}.example",
        "parent": parent,
        "runtime.connectionState": "connected",
        "config.product": "AboutInfo|<fullName>VMware ESXi 8</fullName>",
        "config.network.pnic": listed(
            "PhysicalNic", "<device>vmnic0</device><pci>0000:5E:00.0</pci><mac>02:00</mac>"
        ),
        "config.network.vswitch": listed("HostVirtualSwitch", switch),
        "config.network.portgroup": listed("HostPortGroup", port_group_xml("Net", "vSwitch0", 7)),
    }
    return content("HostSystem", moid, properties | more)


def device(kind: str, key: int, inner: str) -> str:
    """A device of a machine."""
    return f'<VirtualDevice xsi:type="{kind}"><key>{key}</key>{inner}</VirtualDevice>'


def nic(backing: str, *, key: int = 4000, connected: str = "true", more: str = "") -> str:
    """A NIC of a machine; ``backing`` is the whole element."""
    return device(
        "VirtualVmxnet3",
        key,
        f"{backing}<connectable><startConnected>true</startConnected>"
        f"<connected>{connected}</connected></connectable><macAddress>00:50:56:AA:00:01"
        f"</macAddress><addressType>assigned</addressType>{more}",
    )


def on_standard(name: str) -> str:
    """The backing of a NIC on a standard network."""
    return (
        '<backing xsi:type="VirtualEthernetCardNetworkBackingInfo">'
        f"<deviceName>{name}</deviceName></backing>"
    )


def on_distributed(group: str, port: str = "7", uuid: str = "50 aa") -> str:
    """The backing of a NIC on a distributed port."""
    return (
        '<backing xsi:type="VirtualEthernetCardDistributedVirtualPortBackingInfo"><port>'
        f"<switchUuid>{uuid}</switchUuid><portgroupKey>{group}</portgroupKey>"
        f"<portKey>{port}</portKey></port></backing>"
    )


def virtual_machine(moid: str = "vm-1", *devices: str, **more: str) -> Content:
    """A machine that runs on host-1."""
    properties = {
        "name": f"machine {moid}",
        "parent": "group-v1",
        "runtime.host": "host-1",
        "runtime.powerState": "poweredOn",
        "config.template": "false",
        "config.hardware.device": "ArrayOfVirtualDevice|" + "".join(devices),
    }
    changed = {path.replace("__", "."): value for path, value in more.items()}
    return content("VirtualMachine", moid, properties | changed)


SOURCE = ReadingSource(kind="vsphere", name="test")
SETTING = (
    '<defaultPortConfig xsi:type="VMwareDVSPortSetting"><vlan '
    'xsi:type="VmwareDistributedVirtualSwitchVlanIdSpec"><vlanId>{}</vlanId></vlan>'
    "</defaultPortConfig>"
)


def snapshot(*contents: Content) -> Snapshot:
    """What an assembly makes of the objects."""
    return assembled(*contents).finish(SOURCE)


def tree() -> tuple[Content, ...]:
    """Folders, a datacenter and the cluster of host-1."""
    return (
        content("Folder", "group-d1", {"name": "Datacenters", "childEntity": references("Folder")}),
        content("Datacenter", "datacenter-1", {"name": "Harbour", "parent": "group-d1"}),
        content("Folder", "group-v0", {"name": "vm", "parent": "datacenter-1"}),
        content("Folder", "group-v1", {"name": "dmz", "parent": "group-v0"}),
        content("Folder", "group-h1", {"name": "host", "parent": "datacenter-1"}),
        content("Folder", "group-n1", {"name": "network", "parent": "datacenter-1"}),
        content(
            "ClusterComputeResource",
            "domain-c1",
            {"name": "compute", "parent": "group-h1", "host": references("HostSystem", "host-1")},
        ),
    )


def switch(inner: str = "", **more: str) -> Content:
    """The distributed switch dvs-1, with ``inner`` in its configuration."""
    return content(
        "VmwareDistributedVirtualSwitch",
        "dvs-1",
        {
            "name": "Zones",
            "parent": "group-n1",
            "uuid": "50 aa",
            "portgroup": references("DistributedVirtualPortgroup", "dvportgroup-5"),
            "config": f"VMwareDVSConfigInfo|<maxMtu>1500</maxMtu>{SETTING.format(0)}{inner}",
        }
        | more,
    )


def group(inner: str = "", moid: str = "dvportgroup-5", vlan: int = 100) -> Content:
    """A port group of dvs-1, with ``inner`` in its configuration."""
    return content(
        "DistributedVirtualPortgroup",
        moid,
        {
            "name": "DMZ",
            "parent": "group-n1",
            "key": moid,
            "config": "DVPortgroupConfigInfo|<distributedVirtualSwitch>dvs-1"
            f"</distributedVirtualSwitch><type>earlyBinding</type>{SETTING.format(vlan)}{inner}",
        },
    )


def port(key: int, connectee: str = "", setting: str = "") -> str:
    """A live port of dvportgroup-5."""
    attached = f"<connectee>{connectee}</connectee>" if connectee else ""
    return (
        f"<returnval><key>{key}</key><config><setting>{setting}</setting></config>"
        f"<portgroupKey>dvportgroup-5</portgroupKey>{attached}</returnval>"
    )


ON_VM_1 = "<connectedEntity>vm-1</connectedEntity><nicKey>4000</nicKey>"


def attached() -> Content:
    """A machine with a NIC on port 7 of dvportgroup-5."""
    return virtual_machine("vm-1", nic(on_distributed("dvportgroup-5")))
