package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// The library asserts its own types when it looks objects up in its registry, so an object
// that we extend must stay there as it is. A session has a registry of its own, asked first
// for the object that a method is called on: our handlers stand there, each in front of the
// library's object. Get gives that object to the property collector.

type switchHandler struct {
	*simulator.DistributedVirtualSwitch
}

// Get is how the property collector finds the properties.
func (h *switchHandler) Get() mo.Reference { return h.DistributedVirtualSwitch }

type portgroupHandler struct {
	*simulator.DistributedVirtualPortgroup
}

// Get is how the property collector finds the properties.
func (h *portgroupHandler) Get() mo.Reference { return h.DistributedVirtualPortgroup }

// handled marks a session that has our handlers.
var handled = &mo.HostDateTimeSystem{Self: types.ManagedObjectReference{Type: "Mark", Value: "handled"}}

// handle puts our handlers into the caller's session, once. Every client reads a property
// before it can know the id of a switch or port group to call a method on.
func handle(ctx *simulator.Context) {
	if ctx.Session == nil {
		return
	}
	registry := ctx.Session.Registry
	if registry.Get(handled.Self) != nil {
		return
	}
	for _, e := range simulator.Map.All("VmwareDistributedVirtualSwitch") {
		registry.Put(&switchHandler{e.(*simulator.DistributedVirtualSwitch)})
	}
	for _, e := range simulator.Map.All("DistributedVirtualPortgroup") {
		registry.Put(&portgroupHandler{e.(*simulator.DistributedVirtualPortgroup)})
	}
	for _, e := range simulator.Map.All("VirtualMachine") {
		registry.Put(&machineHandler{e.(*simulator.VirtualMachine)})
	}
	registry.Put(handled)
}

// ReconfigureDVPortgroupTask changes what the specification names and leaves the rest alone.
func (h *portgroupHandler) ReconfigureDVPortgroupTask(req *types.ReconfigureDVPortgroup_Task) soap.HasFault {
	task := simulator.CreateTask(h.Self, "reconfigureDvPortgroup", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		spec, config := req.Spec, h.Config
		if spec.ConfigVersion != "" && spec.ConfigVersion != config.ConfigVersion {
			return nil, new(types.ConcurrentAccess)
		}
		if fault := checkVLAN(spec.DefaultPortConfig); fault != nil {
			return nil, fault
		}
		changes := []types.PropertyChange{}
		if spec.Name != "" {
			config.Name = spec.Name
			changes = append(changes, types.PropertyChange{Name: "name", Val: spec.Name})
		}
		if spec.Description != "" {
			config.Description = spec.Description
		}
		if spec.NumPorts != 0 {
			config.NumPorts = spec.NumPorts
		}
		if spec.Type != "" {
			config.Type = spec.Type
		}
		if spec.Policy != nil {
			config.Policy = spec.Policy
		}
		if spec.AutoExpand != nil {
			config.AutoExpand = spec.AutoExpand
		}
		config.DefaultPortConfig = merge(config.DefaultPortConfig, spec.DefaultPortConfig)
		config.ConfigVersion = nextVersion(config.ConfigVersion)
		simulator.Map.Update(h.DistributedVirtualPortgroup,
			append(changes, types.PropertyChange{Name: "config", Val: config}))
		return nil, nil
	})
	return &methods.ReconfigureDVPortgroup_TaskBody{
		Res: &types.ReconfigureDVPortgroup_TaskResponse{Returnval: task.Run()},
	}
}

// checkVLAN refuses numbers that do not exist.
func checkVLAN(setting types.BaseDVPortSetting) types.BaseMethodFault {
	s, ok := setting.(*types.VMwareDVSPortSetting)
	if !ok {
		return nil
	}
	invalid := &types.InvalidArgument{InvalidProperty: "spec.defaultPortConfig.vlan"}
	switch vlan := s.Vlan.(type) {
	case *types.VmwareDistributedVirtualSwitchVlanIdSpec:
		if vlan.VlanId < 0 || vlan.VlanId > 4094 {
			return invalid
		}
	case *types.VmwareDistributedVirtualSwitchTrunkVlanSpec:
		for _, r := range vlan.VlanId {
			if r.Start < 0 || r.End > 4094 || r.Start > r.End {
				return invalid
			}
		}
	}
	return nil
}

// merge lays the parts that a new setting names over the old one.
func merge(old, fresh types.BaseDVPortSetting) types.BaseDVPortSetting {
	from, ok := fresh.(*types.VMwareDVSPortSetting)
	base, isKnown := old.(*types.VMwareDVSPortSetting)
	if !ok {
		return old
	}
	if !isKnown {
		return fresh
	}
	s := *base
	if from.Blocked != nil {
		s.Blocked = from.Blocked
	}
	if from.FilterPolicy != nil {
		s.FilterPolicy = from.FilterPolicy
	}
	if from.Vlan != nil {
		s.Vlan = from.Vlan
	}
	if from.UplinkTeamingPolicy != nil {
		s.UplinkTeamingPolicy = from.UplinkTeamingPolicy
	}
	if from.SecurityPolicy != nil {
		s.SecurityPolicy = from.SecurityPolicy
	}
	if from.IpfixEnabled != nil {
		s.IpfixEnabled = from.IpfixEnabled
	}
	if from.MacManagementPolicy != nil {
		s.MacManagementPolicy = from.MacManagementPolicy
	}
	return &s
}
