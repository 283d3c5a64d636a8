package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// machineHandler reconfigures a machine without the files of a datastore, which the library's
// own wants and a described datacenter does not have.
type machineHandler struct {
	*simulator.VirtualMachine
}

// Get is how the property collector finds the properties.
func (h *machineHandler) Get() mo.Reference { return h.VirtualMachine }

// ReconfigVMTask changes devices, options, resources and the encryption of migrations.
func (h *machineHandler) ReconfigVMTask(req *types.ReconfigVM_Task) soap.HasFault {
	task := simulator.CreateTask(h.Self, "reconfigVm", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		config, spec := *h.Config, req.Spec
		devices := append([]types.BaseVirtualDevice{}, config.Hardware.Device...)
		for _, change := range spec.DeviceChange {
			var fault types.BaseMethodFault
			if devices, fault = changed(h.Name, devices, change.GetVirtualDeviceConfigSpec()); fault != nil {
				return nil, fault
			}
		}
		config.Hardware.Device = devices
		config.ExtraConfig = mergedOptions(config.ExtraConfig, spec.ExtraConfig)
		if spec.MigrateEncryption != "" {
			config.MigrateEncryption = spec.MigrateEncryption
		}
		resources := *h.ResourceConfig
		if spec.CpuAllocation != nil {
			resources.CpuAllocation = mergedAllocation(resources.CpuAllocation, spec.CpuAllocation)
		}
		if spec.MemoryAllocation != nil {
			resources.MemoryAllocation = mergedAllocation(resources.MemoryAllocation, spec.MemoryAllocation)
		}
		config.CpuAllocation, config.MemoryAllocation = &resources.CpuAllocation, &resources.MemoryAllocation
		config.ChangeVersion = nextVersion(config.ChangeVersion)
		simulator.Map.Update(h.VirtualMachine, []types.PropertyChange{
			{Name: "config", Val: config}, {Name: "resourceConfig", Val: resources},
			{Name: "network", Val: h.networks(devices)},
		})
		return nil, nil
	})
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: task.Run()}}
}

// changed applies one device change to a machine's devices.
func changed(name string, devices []types.BaseVirtualDevice, change *types.VirtualDeviceConfigSpec) ([]types.BaseVirtualDevice, types.BaseMethodFault) {
	key := change.Device.GetVirtualDevice().Key
	at := -1
	highest := int32(firstNicKey - 1)
	for i, device := range devices {
		other := device.GetVirtualDevice().Key
		if other == key {
			at = i
		}
		if _, ok := device.(types.BaseVirtualEthernetCard); ok && other > highest {
			highest = other
		}
	}
	if change.Operation == types.VirtualDeviceConfigSpecOperationAdd {
		if key <= 0 || at >= 0 {
			change.Device.GetVirtualDevice().Key = highest + 1
		}
		completed(name, change.Device)
		return append(devices, change.Device), nil
	}
	if at < 0 {
		return nil, &types.InvalidDeviceSpec{InvalidVmConfig: types.InvalidVmConfig{Property: "deviceChange.device.key"}}
	}
	if change.Operation == types.VirtualDeviceConfigSpecOperationRemove {
		return append(devices[:at], devices[at+1:]...), nil
	}
	completed(name, change.Device)
	devices[at] = change.Device
	return devices, nil
}

// completed fills in what a server adds to a NIC: its label, its address, its network.
func completed(name string, device types.BaseVirtualDevice) {
	ethernet, ok := device.(types.BaseVirtualEthernetCard)
	if !ok {
		return
	}
	card := ethernet.GetVirtualEthernetCard()
	if card.MacAddress == "" {
		card.MacAddress = machineMAC(name, int(card.Key))
	}
	if card.DeviceInfo == nil {
		card.DeviceInfo = description("Network adapter", "")
	}
	if card.Connectable == nil {
		card.Connectable = &types.VirtualDeviceConnectInfo{StartConnected: true, Connected: true, Status: "ok"}
	}
	if backing, ok := card.Backing.(*types.VirtualEthernetCardNetworkBackingInfo); ok && backing.Network == nil {
		for _, e := range simulator.Map.All("Network") {
			if e.Entity().Name == backing.DeviceName {
				ref := e.Reference()
				backing.Network = &ref
			}
		}
	}
}

// networks lists what the NICs are attached to.
func (h *machineHandler) networks(devices []types.BaseVirtualDevice) []types.ManagedObjectReference {
	var refs []types.ManagedObjectReference
	for _, device := range devices {
		ethernet, ok := device.(types.BaseVirtualEthernetCard)
		if !ok {
			continue
		}
		switch backing := ethernet.GetVirtualEthernetCard().Backing.(type) {
		case *types.VirtualEthernetCardNetworkBackingInfo:
			if backing.Network != nil {
				refs = union(refs, []types.ManagedObjectReference{*backing.Network})
			}
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			refs = union(refs, []types.ManagedObjectReference{{
				Type: "DistributedVirtualPortgroup", Value: backing.Port.PortgroupKey,
			}})
		}
	}
	return refs
}

// mergedOptions replaces options of the same key; an empty value removes one.
func mergedOptions(old, fresh []types.BaseOptionValue) []types.BaseOptionValue {
	merged := append([]types.BaseOptionValue{}, old...)
	for _, change := range fresh {
		key, value := change.GetOptionValue().Key, change.GetOptionValue().Value
		var rest []types.BaseOptionValue
		for _, option := range merged {
			if option.GetOptionValue().Key != key {
				rest = append(rest, option)
			}
		}
		merged = rest
		if value != "" {
			merged = append(merged, change)
		}
	}
	return merged
}

// mergedAllocation replaces the parts that the new allocation names.
func mergedAllocation(old types.ResourceAllocationInfo, fresh *types.ResourceAllocationInfo) types.ResourceAllocationInfo {
	if fresh.Reservation != nil {
		old.Reservation = fresh.Reservation
	}
	if fresh.Limit != nil {
		old.Limit = fresh.Limit
	}
	if fresh.Shares != nil {
		old.Shares = fresh.Shares
	}
	return old
}
