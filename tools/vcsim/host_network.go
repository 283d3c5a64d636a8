package main

import (
	"strconv"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// networkSystem is a host's network configuration with the writes that the library lacks, or
// does without telling the host. It shares its data with HostSystem.config.network.
type networkSystem struct {
	simulator.HostNetworkSystem
}

func newNetworkSystem(ref types.ManagedObjectReference, host *mo.HostSystem) *networkSystem {
	s := &networkSystem{}
	s.Self = ref
	s.Host = host
	s.NetworkInfo = host.Config.Network
	s.DnsConfig = host.Config.Network.DnsConfig
	s.IpRouteConfig = host.Config.Network.IpRouteConfig
	return s
}

// changed tells those who wait for updates.
func (s *networkSystem) changed() {
	host := simulator.Map.Get(s.Host.Self)
	simulator.Map.Update(host, []types.PropertyChange{{Name: "config.network", Val: *s.NetworkInfo}})
	s.NetworkInfo = s.Host.Config.Network
}

func invalid(property string) *soap.Fault {
	return simulator.Fault("A specified parameter was not correct: "+property,
		&types.InvalidArgument{InvalidProperty: property})
}

func notFound(name string) *soap.Fault {
	return simulator.Fault("The object or item referred to could not be found: "+name, new(types.NotFound))
}

// UpdatePortGroup replaces the specification of a standard port group.
func (s *networkSystem) UpdatePortGroup(req *types.UpdatePortGroup) soap.HasFault {
	body := new(methods.UpdatePortGroupBody)
	group := findPortgroup(s.NetworkInfo, req.PgName)
	if group == nil {
		body.Fault_ = notFound(req.PgName)
		return body
	}
	spec := req.Portgrp
	if spec.VlanId < 0 || spec.VlanId > 4095 {
		body.Fault_ = invalid("portgrp.vlanId")
		return body
	}
	vswitch := findSwitch(s.NetworkInfo, spec.VswitchName)
	if vswitch == nil {
		body.Fault_ = notFound(spec.VswitchName)
		return body
	}
	group.Spec = spec
	group.Vswitch = vswitch.Key
	group.ComputedPolicy = computedPolicy(vswitch.Spec.Policy, &group.Spec.Policy)
	s.changed()
	body.Res = new(types.UpdatePortGroupResponse)
	return body
}

// UpdateVirtualSwitch replaces the specification of a standard switch; its port groups inherit anew.
func (s *networkSystem) UpdateVirtualSwitch(req *types.UpdateVirtualSwitch) soap.HasFault {
	body := new(methods.UpdateVirtualSwitchBody)
	vswitch := findSwitch(s.NetworkInfo, req.VswitchName)
	if vswitch == nil {
		body.Fault_ = notFound(req.VswitchName)
		return body
	}
	policy := *vswitch.Spec.Policy
	if req.Spec.Policy != nil {
		policy = computedPolicy(&policy, req.Spec.Policy)
	}
	vswitch.Spec = req.Spec
	vswitch.Spec.Policy = &policy
	vswitch.Pnic = nil
	if bond, ok := req.Spec.Bridge.(*types.HostVirtualSwitchBondBridge); ok {
		for _, device := range bond.NicDevice {
			vswitch.Pnic = append(vswitch.Pnic, "key-vim.host.PhysicalNic-"+device)
		}
	}
	for i := range s.NetworkInfo.Portgroup {
		group := &s.NetworkInfo.Portgroup[i]
		if group.Spec.VswitchName == vswitch.Name {
			group.ComputedPolicy = computedPolicy(&policy, &group.Spec.Policy)
		}
	}
	s.changed()
	body.Res = new(types.UpdateVirtualSwitchResponse)
	return body
}

// AddVirtualSwitch adds a switch with a complete policy.
func (s *networkSystem) AddVirtualSwitch(req *types.AddVirtualSwitch) soap.HasFault {
	body := new(methods.AddVirtualSwitchBody)
	if findSwitch(s.NetworkInfo, req.VswitchName) != nil {
		body.Fault_ = simulator.Fault("", &types.AlreadyExists{Name: req.VswitchName})
		return body
	}
	made := HostSwitch{Name: req.VswitchName}
	if req.Spec != nil {
		if bond, ok := req.Spec.Bridge.(*types.HostVirtualSwitchBondBridge); ok {
			made.Nics = bond.NicDevice
		}
	}
	vswitch := standardSwitch(made)
	if req.Spec != nil && req.Spec.Policy != nil {
		policy := computedPolicy(vswitch.Spec.Policy, req.Spec.Policy)
		vswitch.Spec.Policy = &policy
	}
	s.NetworkInfo.Vswitch = append(s.NetworkInfo.Vswitch, vswitch)
	s.changed()
	body.Res = new(types.AddVirtualSwitchResponse)
	return body
}

// AddPortGroup adds a port group, and its network where the datacenter has none of the name.
func (s *networkSystem) AddPortGroup(req *types.AddPortGroup) soap.HasFault {
	body := new(methods.AddPortGroupBody)
	if req.Portgrp.Name == "" || req.Portgrp.VlanId < 0 || req.Portgrp.VlanId > 4095 {
		body.Fault_ = invalid("portgrp")
		return body
	}
	if findPortgroup(s.NetworkInfo, req.Portgrp.Name) != nil {
		body.Fault_ = simulator.Fault("", &types.AlreadyExists{Name: req.Portgrp.Name})
		return body
	}
	if err := addPortgroup(s.NetworkInfo, req.Portgrp); err != nil {
		body.Fault_ = notFound(req.Portgrp.VswitchName)
		return body
	}
	network := s.network(req.Portgrp.Name)
	network.Host = union(network.Host, []types.ManagedObjectReference{s.Host.Self})
	s.Host.Network = union(s.Host.Network, []types.ManagedObjectReference{network.Self})
	s.changed()
	body.Res = new(types.AddPortGroupResponse)
	return body
}

// network finds the datacenter's network of the name, or makes it.
func (s *networkSystem) network(name string) *mo.Network {
	folder := s.folder()
	for _, ref := range folder.ChildEntity {
		if network, ok := simulator.Map.Get(ref).(*mo.Network); ok && network.Name == name {
			return network
		}
	}
	network := &mo.Network{}
	network.Name = name
	network.ManagedEntity.Name = name
	simulator.Map.PutEntity(folder, simulator.Map.NewEntity(network))
	self := network.Self
	network.Summary = &types.NetworkSummary{Network: &self, Name: name, Accessible: true}
	folder.ChildEntity = append(folder.ChildEntity, self)
	return network
}

func (s *networkSystem) folder() *simulator.Folder {
	dc, _ := datacenterOf(simulator.Map.Get(s.Host.Self).(mo.Entity))
	return simulator.Map.Get(dc.NetworkFolder).(*simulator.Folder)
}

// RemovePortGroup removes a port group, and its network when no other host has it.
func (s *networkSystem) RemovePortGroup(req *types.RemovePortGroup) soap.HasFault {
	body := new(methods.RemovePortGroupBody)
	group := findPortgroup(s.NetworkInfo, req.PgName)
	if group == nil {
		body.Fault_ = notFound(req.PgName)
		return body
	}
	if vswitch := findSwitch(s.NetworkInfo, group.Spec.VswitchName); vswitch != nil {
		vswitch.Portgroup = dropped(vswitch.Portgroup, group.Key)
	}
	var rest []types.HostPortGroup
	for _, g := range s.NetworkInfo.Portgroup {
		if g.Spec.Name != req.PgName {
			rest = append(rest, g)
		}
	}
	s.NetworkInfo.Portgroup = rest
	network := s.network(req.PgName)
	simulator.RemoveReference(&s.Host.Network, network.Self)
	simulator.RemoveReference(&network.Host, s.Host.Self)
	if len(network.Host) == 0 {
		simulator.RemoveReference(&s.folder().ChildEntity, network.Self)
		simulator.Map.Remove(network.Self)
	}
	s.changed()
	body.Res = new(types.RemovePortGroupResponse)
	return body
}

func dropped(all []string, text string) []string {
	var rest []string
	for _, one := range all {
		if one != text {
			rest = append(rest, one)
		}
	}
	return rest
}

// nextVersion counts a configuration version up.
func nextVersion(version string) string {
	n, _ := strconv.Atoi(version)
	return strconv.Itoa(n + 1)
}
