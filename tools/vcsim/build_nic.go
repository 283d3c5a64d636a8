package main

import (
	"fmt"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const firstNicKey = 4000

func (b *builder) nics(vm *simulator.VirtualMachine, host *simulator.HostSystem, m *Machine) error {
	for i := range m.Nics {
		nic := &m.Nics[i]
		card, err := b.card(vm, host, m, nic, i)
		if err != nil {
			return fmt.Errorf("machine %s, NIC %d: %w", m.Name, i, err)
		}
		vm.Config.Hardware.Device = append(vm.Config.Hardware.Device, card)
		if vm.Guest.GuestState == "running" {
			vm.Guest.Net = append(vm.Guest.Net, guestNic(nic, card))
			if vm.Guest.IpAddress == "" && len(nic.Addresses) > 0 {
				vm.Guest.IpAddress, _ = splitPrefix(nic.Addresses[0])
			}
		}
	}
	return nil
}

func (b *builder) card(vm *simulator.VirtualMachine, host *simulator.HostSystem, m *Machine, nic *MachineNic, index int) (types.BaseVirtualDevice, error) {
	unit := int32(7 + index)
	connected := isTrue(nic.Connected, m.Power != "off" && !m.Template)
	base := types.VirtualEthernetCard{
		AddressType: orDefault(nic.AddressType, "assigned"),
		MacAddress:  orDefault(nic.MAC, machineMAC(m.Name, index)),
	}
	base.Key = orNumber(nic.Key, firstNicKey+int32(index))
	base.UnitNumber = &unit
	base.ControllerKey = 100
	base.WakeOnLanEnabled = types.NewBool(true)
	base.Connectable = &types.VirtualDeviceConnectInfo{
		StartConnected: isTrue(nic.AtPowerOn, true), AllowGuestControl: true,
		Connected: connected, Status: "ok",
	}
	if err := b.backing(vm, host, m, nic, index, &base); err != nil {
		return nil, err
	}
	switch nic.Kind {
	case "sriov":
		return &types.VirtualSriovEthernetCard{
			VirtualEthernetCard:   base,
			AllowGuestOSMtuChange: types.NewBool(false),
			SriovBacking: &types.VirtualSriovEthernetCardSriovBackingInfo{
				PhysicalFunctionBacking: pciBacking(nic.Function, "Ethernet Controller"),
			},
		}, nil
	case "e1000":
		return &types.VirtualE1000{VirtualEthernetCard: base}, nil
	case "", "vmxnet3":
		card := &types.VirtualVmxnet3{}
		card.VirtualEthernetCard = base
		return card, nil
	}
	return nil, fmt.Errorf("kind %q is none of vmxnet3, e1000, sriov", nic.Kind)
}

// backing attaches the NIC to its network and tells network, host and port about it.
func (b *builder) backing(vm *simulator.VirtualMachine, host *simulator.HostSystem, m *Machine, nic *MachineNic, index int, card *types.VirtualEthernetCard) error {
	label := fmt.Sprintf("Network adapter %d", index+1)
	self := vm.Self
	if nic.Switch == "" {
		network := b.networks[nic.Network]
		if network == nil {
			return fmt.Errorf("no standard port group %q in the datacenter", nic.Network)
		}
		ref := network.Self
		card.DeviceInfo = description(label, nic.Network)
		backing := &types.VirtualEthernetCardNetworkBackingInfo{Network: &ref}
		backing.DeviceName = nic.Network
		backing.UseAutoDetect = types.NewBool(false)
		card.Backing = backing
		attach(&vm.Network, &network.Vm, ref, self)
		group := findPortgroup(host.Config.Network, nic.Network)
		if group != nil && card.Connectable.Connected {
			group.Port = append(group.Port, types.HostPortGroupPort{
				Key: fmt.Sprint(50331648 + b.next), Mac: []string{card.MacAddress}, Type: "virtualMachine",
			})
			b.next++
		}
		return nil
	}
	connection, group, err := b.connect(nic.Switch, nic.Network, fmt.Sprintf("%s:%d", m.Name, index))
	if err != nil {
		return err
	}
	card.DeviceInfo = description(label, "DVSwitch: "+connection.SwitchUuid)
	card.Backing = &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{Port: *connection}
	attach(&vm.Network, &group.object.Vm, group.object.Self, self)
	group.owner.object.Summary.Vm = append(group.owner.object.Summary.Vm, self)
	hostRef := host.Self
	port := group.owner.get(connection.PortKey)
	port.ProxyHost = &hostRef
	port.Connectee = &types.DistributedVirtualSwitchPortConnectee{
		ConnectedEntity: &self, NicKey: fmt.Sprint(card.Key), Type: "vmVnic",
	}
	return nil
}

// attach notes the machine at the network and the network at the machine, once each. A
// machine's NICs are built one after the other, so only the last entry can repeat.
func attach(networks, machines *[]types.ManagedObjectReference, network, machine types.ManagedObjectReference) {
	if simulator.FindReference(*networks, network) == nil {
		*networks = append(*networks, network)
	}
	if n := len(*machines); n == 0 || (*machines)[n-1] != machine {
		*machines = append(*machines, machine)
	}
}

// machineMAC derives an address of the range that vCenter assigns from.
func machineMAC(name string, index int) string {
	id := stableUUID("nic", name, fmt.Sprint(index))
	return fmt.Sprintf("00:50:56:a%c:%s:%s", id[0], id[2:4], id[4:6])
}

func guestNic(nic *MachineNic, device types.BaseVirtualDevice) types.GuestNicInfo {
	card := device.(types.BaseVirtualEthernetCard).GetVirtualEthernetCard()
	info := types.GuestNicInfo{
		Network: nic.Network, MacAddress: card.MacAddress, Connected: card.Connectable.Connected,
		DeviceConfigId: card.Key,
	}
	if len(nic.Addresses) == 0 {
		return info
	}
	info.IpConfig = &types.NetIpConfigInfo{}
	for _, text := range nic.Addresses {
		address, length := splitPrefix(text)
		info.IpAddress = append(info.IpAddress, address)
		info.IpConfig.IpAddress = append(info.IpConfig.IpAddress, types.NetIpConfigInfoIpAddress{
			IpAddress: address, PrefixLength: length, State: "preferred",
		})
	}
	return info
}

func (b *builder) passthrough(vm *simulator.VirtualMachine, m *Machine) {
	for i, p := range m.Passthrough {
		device := &types.VirtualPCIPassthrough{}
		device.Key = 13000 + int32(i)
		device.ControllerKey = 100
		device.DeviceInfo = description(fmt.Sprintf("PCI device %d", i), orDefault(p.Name, "Ethernet Controller"))
		device.Backing = pciBacking(p.Device, orDefault(p.Name, "Ethernet Controller"))
		vm.Config.Hardware.Device = append(vm.Config.Hardware.Device, device)
	}
}

func pciBacking(id, name string) *types.VirtualPCIPassthroughDeviceBackingInfo {
	backing := &types.VirtualPCIPassthroughDeviceBackingInfo{
		Id: id, DeviceId: "1563", SystemId: "BYPASS", VendorId: -32634,
	}
	backing.DeviceName = name
	return backing
}

// pathOf is the inventory path of a compute resource.
func (b *builder) pathOf(ref types.ManagedObjectReference) string {
	e := simulator.Map.Get(ref).(mo.Entity)
	at := ""
	for e.Entity().Parent != nil {
		at = "/" + e.Entity().Name + at
		e = simulator.Map.Get(*e.Entity().Parent).(mo.Entity)
	}
	return at
}
