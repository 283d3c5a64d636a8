package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// ReconfigureDvsTask changes mirror sessions, discovery, flow export, network I/O control and the
// settings that new port groups inherit.
func (h *switchHandler) ReconfigureDvsTask(req *types.ReconfigureDvs_Task) soap.HasFault {
	task := simulator.CreateTask(h.Self, "reconfigureDvs", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		config := h.Config.(*types.VMwareDVSConfigInfo)
		common := req.Spec.GetDVSConfigSpec()
		if common.ConfigVersion != "" && common.ConfigVersion != config.ConfigVersion {
			return nil, new(types.ConcurrentAccess)
		}
		if len(common.Host) > 0 || common.UplinkPortPolicy != nil {
			return nil, new(types.NotSupported)
		}
		if common.DefaultPortConfig != nil {
			config.DefaultPortConfig = merge(config.DefaultPortConfig, common.DefaultPortConfig)
		}
		if spec, ok := req.Spec.(*types.VMwareDVSConfigSpec); ok {
			if spec.LinkDiscoveryProtocolConfig != nil {
				config.LinkDiscoveryProtocolConfig = spec.LinkDiscoveryProtocolConfig
			}
			if spec.IpfixConfig != nil {
				config.IpfixConfig = spec.IpfixConfig
			}
			for _, change := range spec.VspanConfigSpec {
				config.VspanSession = mirrored(config.VspanSession, change)
			}
		}
		config.ConfigVersion = nextVersion(config.ConfigVersion)
		return nil, nil
	})
	return &methods.ReconfigureDvs_TaskBody{
		Res: &types.ReconfigureDvs_TaskResponse{Returnval: task.Run()},
	}
}

// mirrored adds, replaces or removes a mirror session.
func mirrored(sessions []types.VMwareVspanSession, change types.VMwareDVSVspanConfigSpec) []types.VMwareVspanSession {
	session := change.VspanSession
	if session.Key == "" {
		session.Key = "vspan-" + session.Name
	}
	var rest []types.VMwareVspanSession
	for _, one := range sessions {
		if one.Key != session.Key {
			rest = append(rest, one)
		}
	}
	if change.Operation == string(types.ConfigSpecOperationRemove) {
		return rest
	}
	return append(rest, session)
}

// EnableNetworkResourceManagement turns network I/O control on or off.
func (h *switchHandler) EnableNetworkResourceManagement(req *types.EnableNetworkResourceManagement) soap.HasFault {
	h.Config.GetDVSConfigInfo().NetworkResourceManagementEnabled = &req.Enable
	return &methods.EnableNetworkResourceManagementBody{Res: new(types.EnableNetworkResourceManagementResponse)}
}

// AddDVPortgroupTask adds port groups that inherit what they do not set.
func (h *switchHandler) AddDVPortgroupTask(ctx *simulator.Context, req *types.AddDVPortgroup_Task) soap.HasFault {
	task := simulator.CreateTask(h.Self, "addDVPortgroup", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		for _, spec := range req.Spec {
			for _, ref := range h.Portgroup {
				if nameOf(ref) == spec.Name {
					return nil, &types.DuplicateName{Name: spec.Name, Object: ref}
				}
			}
			if fault := checkVLAN(spec.DefaultPortConfig); fault != nil {
				return nil, fault
			}
			ctx.Session.Registry.Put(&portgroupHandler{h.added(spec)})
		}
		return nil, nil
	})
	return &methods.AddDVPortgroup_TaskBody{
		Res: &types.AddDVPortgroup_TaskResponse{Returnval: task.Run()},
	}
}

func (h *switchHandler) added(spec types.DVPortgroupConfigSpec) *simulator.DistributedVirtualPortgroup {
	folder := simulator.Map.Get(*h.Parent).(*simulator.Folder)
	group := &simulator.DistributedVirtualPortgroup{}
	group.Name, group.ManagedEntity.Name = spec.Name, spec.Name
	simulator.Map.PutEntity(folder, simulator.Map.NewEntity(group))
	self, owner := group.Self, h.Self
	group.Key = self.Value
	config := h.Config.GetDVSConfigInfo()
	base, ok := config.DefaultPortConfig.(*types.VMwareDVSPortSetting)
	if !ok {
		base = baseSetting(nil)
	}
	policy := spec.Policy
	if policy == nil {
		policy = OverrideFlag{}.policy()
	}
	group.Config = types.DVPortgroupConfigInfo{
		Key: group.Key, Name: spec.Name, DistributedVirtualSwitch: &owner, NumPorts: spec.NumPorts,
		DefaultPortConfig: merge(inherit(base), spec.DefaultPortConfig),
		Type:              orDefault(spec.Type, "earlyBinding"), BackingType: orDefault(spec.BackingType, "standard"),
		Policy: policy, ConfigVersion: "1", AutoExpand: types.NewBool(true), Uplink: types.NewBool(false),
		LogicalSwitchUuid: spec.LogicalSwitchUuid, SegmentId: spec.SegmentId,
	}
	group.Summary = &types.NetworkSummary{Network: &self, Name: spec.Name, Accessible: true}
	group.Host = append(group.Host, h.Summary.HostMember...)
	h.Portgroup = append(h.Portgroup, self)
	h.Summary.PortgroupName = append(h.Summary.PortgroupName, spec.Name)
	folder.ChildEntity = append(folder.ChildEntity, self)
	for _, ref := range h.Summary.HostMember {
		host := simulator.Map.Get(ref).(*simulator.HostSystem)
		host.Network = append(host.Network, self)
	}
	if dc, ok := datacenterOf(folder); ok {
		dc.Network = append(dc.Network, self)
	}
	return group
}

// datacenterOf finds the datacenter that an entity is in.
func datacenterOf(e mo.Entity) (*simulator.Datacenter, bool) {
	for e.Entity().Parent != nil {
		e = simulator.Map.Get(*e.Entity().Parent).(mo.Entity)
		if dc, ok := e.(*simulator.Datacenter); ok {
			return dc, true
		}
	}
	return nil, false
}
