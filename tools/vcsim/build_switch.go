package main

import (
	"fmt"
	"path"
	"strconv"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// switchRecord is a distributed switch under construction.
type switchRecord struct {
	object *simulator.DistributedVirtualSwitch
	port   int // next free port key
	ports  []types.DistributedVirtualPort
	index  map[string]int // port key -> index in ports
	nics   map[string]string
}

// groupRecord is a distributed port group under construction.
type groupRecord struct {
	object *simulator.DistributedVirtualPortgroup
	owner  *switchRecord
}

func (b *builder) distributedSwitch(dc *simulator.Datacenter, at string, d *Datacenter, s *DistributedSwitch) error {
	folder, ok := b.entities[path.Join(at, "network", d.SwitchesDir)].(*simulator.Folder)
	if !ok {
		return fmt.Errorf("switch %s: no folder network/%s", s.Name, d.SwitchesDir)
	}
	dvs := &simulator.DistributedVirtualSwitch{}
	dvs.Self = b.reference("VmwareDistributedVirtualSwitch", "dvs-")
	dvs.Name = s.Name
	dvs.Uuid = orDefault(s.UUID, switchUUID(s.Name))
	product := types.DistributedVirtualSwitchProductSpec{
		Name: "DVS", Vendor: "VMware, Inc.", Version: orDefault(s.Version, "7.0.3"), ForwardingClass: "etherswitch",
	}
	base := baseSetting(s.Uplinks)
	if s.Defaults != nil {
		base = override(base, s.Defaults)
	}
	config := &types.VMwareDVSConfigInfo{
		DVSConfigInfo: types.DVSConfigInfo{
			Uuid: dvs.Uuid, Name: s.Name, MaxPorts: 2147483647, ProductInfo: product,
			UplinkPortPolicy:                    &types.DVSNameArrayUplinkPortPolicy{UplinkPortName: s.Uplinks},
			DefaultPortConfig:                   base,
			ConfigVersion:                       "1",
			CreateTime:                          *b.bootTime(),
			NetworkResourceManagementEnabled:    types.NewBool(isTrue(s.NIOC, true)),
			NetworkResourceControlVersion:       "version3",
			InfrastructureTrafficResourceConfig: traffic(s.Traffic),
			HealthCheckConfig:                   healthChecks(s.HealthCheck),
			Policy: &types.DVSPolicy{
				AutoPreInstallAllowed: types.NewBool(false), AutoUpgradeAllowed: types.NewBool(false),
				PartialUpgradeAllowed: types.NewBool(true),
			},
		},
		MaxMtu:                 orNumber(s.MTU, 1500),
		LacpApiVersion:         "multipleLag",
		MulticastFilteringMode: "legacyFiltering",
		LinkDiscoveryProtocolConfig: &types.LinkDiscoveryProtocolConfig{
			Protocol: orDefault(s.Discovery.Protocol, "lldp"), Operation: orDefault(s.Discovery.Operation, "none"),
		},
		IpfixConfig: &types.VMwareIpfixConfig{ActiveFlowTimeout: 60, IdleFlowTimeout: 15, SamplingRate: 4096},
	}
	if s.IPFIX != nil {
		config.IpfixConfig.CollectorIpAddress = s.IPFIX.Collector
		config.IpfixConfig.CollectorPort = s.IPFIX.Port
	}
	for _, p := range s.PVLANs {
		config.PvlanConfig = append(config.PvlanConfig, types.VMwareDVSPvlanMapEntry{
			PrimaryVlanId: p.Primary, SecondaryVlanId: p.Secondary, PvlanType: p.Kind,
		})
	}
	dvs.Config = config
	dvs.Summary = types.DVSSummary{Name: s.Name, Uuid: dvs.Uuid, ProductInfo: &product, Contact: &types.DVSContactInfo{}}
	dvs.Runtime = &types.DVSRuntimeInfo{}
	folder.ChildEntity = append(folder.ChildEntity, dvs.Self)
	b.put(folder, path.Join(at, "network", d.SwitchesDir, s.Name), dvs)

	record := &switchRecord{object: dvs, index: make(map[string]int), nics: make(map[string]string)}
	b.switches[s.Name] = record
	uplink := s.UplinkGroup
	if uplink.Name == "" {
		uplink.Name = s.Name + "-DVUplinks"
	}
	if uplink.Setting.VLAN == nil {
		uplink.Setting.VLAN = &VLAN{Trunk: [][2]int32{{0, 4094}}}
	}
	b.portgroup(dc, folder, record, at, d.SwitchesDir, &uplink, true)
	for i := range s.Portgroups {
		b.portgroup(dc, folder, record, at, d.SwitchesDir, &s.Portgroups[i], false)
	}
	for _, m := range s.Members {
		if err := b.member(record, s, &m, uplink.Name); err != nil {
			return err
		}
	}
	return nil
}

// switchUUID has the form that distributed switches use.
func switchUUID(name string) string {
	id := stableUUID("switch", name)
	return fmt.Sprintf("50 %s %s %s %s %s %s %s-%s %s %s %s %s %s %s %s", id[0:2], id[2:4], id[4:6],
		id[6:8], id[9:11], id[11:13], id[14:16], id[16:18], id[19:21], id[21:23], id[24:26], id[26:28],
		id[28:30], id[30:32], id[32:34])
}

func (b *builder) portgroup(dc *simulator.Datacenter, folder *simulator.Folder, owner *switchRecord, at, dir string, g *DistributedPortgroup, uplink bool) {
	group := &simulator.DistributedVirtualPortgroup{}
	group.Self = b.reference("DistributedVirtualPortgroup", "dvportgroup-")
	group.Name = g.Name
	group.ManagedEntity.Name = g.Name
	group.Key = group.Self.Value
	self, dvs := group.Self, owner.object
	config := dvs.Config.(*types.VMwareDVSConfigInfo)
	owned := dvs.Self
	group.Config = types.DVPortgroupConfigInfo{
		Key: group.Key, Name: g.Name, DistributedVirtualSwitch: &owned,
		DefaultPortConfig: override(config.DefaultPortConfig.(*types.VMwareDVSPortSetting), &g.Setting),
		Type:              orDefault(g.Type, "earlyBinding"), BackingType: orDefault(g.Backing, "standard"),
		Policy: g.Overrides.policy(), ConfigVersion: "1", AutoExpand: types.NewBool(!uplink),
		Uplink: types.NewBool(uplink), LogicalSwitchUuid: g.LogicalSwitch, SegmentId: g.Segment,
		VmVnicNetworkResourcePoolKey: "-1",
	}
	group.Summary = &types.NetworkSummary{Network: &self, Name: g.Name, Accessible: true}
	dvs.Portgroup = append(dvs.Portgroup, self)
	dvs.Summary.PortgroupName = append(dvs.Summary.PortgroupName, g.Name)
	folder.ChildEntity = append(folder.ChildEntity, self)
	dc.Network = append(dc.Network, self)
	if uplink {
		config.UplinkPortgroup = append(config.UplinkPortgroup, self)
	}
	b.put(folder, path.Join(at, "network", dir, g.Name), group)
	b.groups[dvs.Name+"/"+g.Name] = &groupRecord{object: group, owner: owner}
}

func (o OverrideFlag) policy() *types.VMwareDVSPortgroupPolicy {
	return &types.VMwareDVSPortgroupPolicy{
		DVPortgroupPolicy: types.DVPortgroupPolicy{
			BlockOverrideAllowed: o.Block, ShapingOverrideAllowed: o.Shaping,
			LivePortMovingAllowed:              o.LivePortMoving,
			PortConfigResetAtDisconnect:        isTrue(o.ResetAtDisconnect, true),
			NetworkResourcePoolOverrideAllowed: types.NewBool(o.ResourcePool),
			TrafficFilterOverrideAllowed:       types.NewBool(o.TrafficFilter),
		},
		VlanOverrideAllowed: o.VLAN, UplinkTeamingOverrideAllowed: o.Teaming,
		SecurityPolicyOverrideAllowed: o.Security, IpfixOverrideAllowed: types.NewBool(o.IPFIX),
		MacManagementOverrideAllowed: types.NewBool(o.MACManagement),
	}
}

// member makes a host a member of the switch: uplink ports, the proxy switch, the networks.
func (b *builder) member(record *switchRecord, s *DistributedSwitch, m *SwitchMember, uplinkGroup string) error {
	host := b.hosts[m.Host]
	if host == nil {
		return fmt.Errorf("switch %s: no host %q", s.Name, m.Host)
	}
	dvs := record.object
	config := dvs.Config.(*types.VMwareDVSConfigInfo)
	group := b.groups[s.Name+"/"+uplinkGroup]
	backing := &types.DistributedVirtualSwitchHostMemberPnicBacking{}
	self := host.Self
	proxy := types.HostProxySwitch{
		DvsUuid: dvs.Uuid, DvsName: s.Name, Key: "key-vim.host.HostProxySwitch-" + dvs.Uuid,
		NumPorts: 2560, NumPortsAvailable: 2500, ConfigNumPorts: 256, Mtu: config.MaxMtu,
		Spec: types.HostProxySwitchSpec{Backing: backing},
	}
	member := types.DistributedVirtualSwitchHostMember{
		Config: types.DistributedVirtualSwitchHostMemberConfigInfo{
			Host: &self, MaxProxySwitchPorts: 256, Backing: backing,
		},
		Status: "up",
	}
	for _, name := range s.Uplinks {
		device := m.Nics[name]
		key := record.newPort(group.object, name)
		member.UplinkPortKey = append(member.UplinkPortKey, key)
		proxy.UplinkPort = append(proxy.UplinkPort, types.KeyValue{Key: key, Value: name})
		port := record.get(key)
		port.ProxyHost = &self
		if device == "" {
			continue
		}
		port.Connectee = &types.DistributedVirtualSwitchPortConnectee{
			ConnectedEntity: &self, NicKey: device, Type: "pnic",
		}
		proxy.Pnic = append(proxy.Pnic, "key-vim.host.PhysicalNic-"+device)
		backing.PnicSpec = append(backing.PnicSpec, types.DistributedVirtualSwitchHostMemberPnicSpec{
			PnicDevice: device, UplinkPortKey: key, UplinkPortgroupKey: group.object.Key,
		})
	}
	config.Host = append(config.Host, member)
	host.Config.Network.ProxySwitch = append(host.Config.Network.ProxySwitch, proxy)
	dvs.Summary.HostMember = append(dvs.Summary.HostMember, self)
	dvs.Summary.NumHosts++
	dvs.Runtime.HostMemberRuntime = append(dvs.Runtime.HostMemberRuntime, types.HostMemberRuntimeInfo{
		Host: self, Status: "up",
	})
	for _, ref := range dvs.Portgroup {
		group := simulator.Map.Get(ref).(*simulator.DistributedVirtualPortgroup)
		group.Host = append(group.Host, self)
	}
	host.Network = append(host.Network, dvs.Portgroup...)
	return nil
}

// newPort makes a port of a group; its settings are inherited until an override is laid over.
func (r *switchRecord) newPort(group *simulator.DistributedVirtualPortgroup, name string) string {
	key := strconv.Itoa(r.port)
	r.port++
	r.index[key] = len(r.ports)
	r.ports = append(r.ports, types.DistributedVirtualPort{
		Key: key, DvsUuid: r.object.Uuid, PortgroupKey: group.Key,
		Config: types.DVPortConfigInfo{Name: name, ConfigVersion: "1"},
	})
	group.PortKeys = append(group.PortKeys, key)
	group.Config.NumPorts++
	return key
}

func (r *switchRecord) get(key string) *types.DistributedVirtualPort { return &r.ports[r.index[key]] }

func traffic(kinds []TrafficShare) []types.DvsHostInfrastructureTrafficResource {
	var all []types.DvsHostInfrastructureTrafficResource
	for _, t := range kinds {
		limit, reservation := int64(-1), t.Reservation
		all = append(all, types.DvsHostInfrastructureTrafficResource{
			Key: t.Key, Description: t.Key + " traffic type",
			AllocationInfo: types.DvsHostInfrastructureTrafficResourceAllocation{
				Limit: &limit, Reservation: &reservation, Shares: shares(t.Shares, 50),
			},
		})
	}
	return all
}

func healthChecks(enabled []string) []types.BaseDVSHealthCheckConfig {
	on := func(kind string) *bool {
		for _, name := range enabled {
			if name == kind {
				return types.NewBool(true)
			}
		}
		return types.NewBool(false)
	}
	vlan, teaming := &types.VMwareDVSVlanMtuHealthCheckConfig{}, &types.VMwareDVSTeamingHealthCheckConfig{}
	vlan.Enable, teaming.Enable = on("vlan"), on("teaming")
	return []types.BaseDVSHealthCheckConfig{vlan, teaming}
}
