package main

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func (b *builder) cluster(at string, c *Cluster) error {
	folder := b.entities[path.Join(at, "host")].(*simulator.Folder)
	cluster := &simulator.ClusterComputeResource{}
	cluster.Self = b.reference("ClusterComputeResource", "domain-c")
	cluster.Name = c.Name
	here := path.Join(at, "host", c.Name)
	folder.ChildEntity = append(folder.ChildEntity, cluster.Self)
	b.put(folder, here, cluster)

	summary := &types.ClusterComputeResourceSummary{}
	summary.OverallStatus = types.ManagedEntityStatusGreen
	cluster.Summary = summary
	cluster.ConfigurationEx = &types.ClusterConfigInfoEx{
		ComputeResourceConfigInfo: types.ComputeResourceConfigInfo{VmSwapPlacement: "vmDirectory"},
		DrsConfig: types.ClusterDrsConfigInfo{
			Enabled: &c.DRS, EnableVmBehaviorOverrides: types.NewBool(true),
			DefaultVmBehavior: types.DrsBehaviorFullyAutomated, VmotionRate: 3,
		},
		DasConfig: types.ClusterDasConfigInfo{
			Enabled: &c.HA, AdmissionControlEnabled: &c.HA, HostMonitoring: "enabled", FailoverLevel: 1,
		},
	}
	pool := b.pool(cluster, path.Join(here, "Resources"), "Resources", Allocation{Expandable: true}, Allocation{Expandable: true})
	cluster.ResourcePool = &pool.Self
	for i := range c.Hosts {
		host, err := b.host(cluster, here, &c.Hosts[i])
		if err != nil {
			return err
		}
		cluster.Host = append(cluster.Host, host.Self)
		cluster.Network = union(cluster.Network, host.Network)
		addCapacity(&summary.ComputeResourceSummary, host)
	}
	for _, p := range c.Pools {
		parent := b.pools[path.Join(here, "Resources", p.Parent)]
		if parent == nil {
			return fmt.Errorf("pool %s: no parent pool %s in cluster %s", p.Name, p.Parent, c.Name)
		}
		child := b.pool(parent, path.Join(here, "Resources", p.Name), p.Name, p.CPU, p.Memory)
		child.Owner = cluster.Self
		parent.ResourcePool.ResourcePool = append(parent.ResourcePool.ResourcePool, child.Self)
	}
	pool.Owner = cluster.Self
	cluster.EnvironmentBrowser = environmentBrowser(cluster.Self)
	simulator.Map.Put(browser(*cluster.EnvironmentBrowser))
	return nil
}

func (b *builder) standaloneHost(at string, h *Host) error {
	folder := b.entities[path.Join(at, "host")].(*simulator.Folder)
	resource := &mo.ComputeResource{}
	resource.Self = b.reference("ComputeResource", "domain-s")
	if b.esx() {
		resource.Self.Value = "ha-compute-res"
	}
	resource.Name = h.Name
	here := path.Join(at, "host", h.Name)
	folder.ChildEntity = append(folder.ChildEntity, resource.Self)
	b.put(folder, here, resource)
	summary := &types.ComputeResourceSummary{OverallStatus: types.ManagedEntityStatusGreen}
	resource.Summary = summary
	resource.ConfigurationEx = &types.ComputeResourceConfigInfo{VmSwapPlacement: "vmDirectory"}
	pool := b.pool(resource, path.Join(here, "Resources"), "Resources", Allocation{Expandable: true}, Allocation{Expandable: true})
	if b.esx() {
		pool = b.renamed(pool, here)
	}
	pool.Owner = resource.Self
	resource.ResourcePool = &pool.Self
	resource.EnvironmentBrowser = environmentBrowser(resource.Self)
	simulator.Map.Put(browser(*resource.EnvironmentBrowser))
	host, err := b.host(resource, here, h)
	if err != nil {
		return err
	}
	resource.Host = append(resource.Host, host.Self)
	resource.Network = host.Network
	addCapacity(summary, host)
	return nil
}

// renamed gives the root pool of a single host the id that every ESXi host uses.
func (b *builder) renamed(pool *simulator.ResourcePool, here string) *simulator.ResourcePool {
	simulator.Map.Remove(pool.Self)
	pool.Self = esx.ResourcePool.Self
	simulator.Map.Put(pool)
	return pool
}

// environmentBrowser is the reference of the browser that a compute resource and its machines share.
func environmentBrowser(resource types.ManagedObjectReference) *types.ManagedObjectReference {
	return &types.ManagedObjectReference{Type: "EnvironmentBrowser", Value: "envbrowser-" + resource.Value}
}

func browser(ref types.ManagedObjectReference) *simulator.EnvironmentBrowser {
	object := &simulator.EnvironmentBrowser{}
	object.Self = ref
	return object
}

func addCapacity(s *types.ComputeResourceSummary, host *simulator.HostSystem) {
	hardware := host.Summary.Hardware
	s.TotalCpu += hardware.CpuMhz * int32(hardware.NumCpuCores)
	s.TotalMemory += hardware.MemorySize
	s.NumCpuCores += hardware.NumCpuCores
	s.NumCpuThreads += hardware.NumCpuThreads
	s.EffectiveCpu = s.TotalCpu
	s.EffectiveMemory = s.TotalMemory >> 20
	s.NumHosts++
	s.NumEffectiveHosts++
}

func (b *builder) pool(parent mo.Entity, at, name string, cpu, memory Allocation) *simulator.ResourcePool {
	pool := &simulator.ResourcePool{}
	pool.Self = b.reference("ResourcePool", "resgroup-")
	pool.Name = name
	self := pool.Self
	pool.Config = b.resources(&self, &cpu, &memory)
	pool.Runtime.OverallStatus = types.ManagedEntityStatusGreen
	pool.Summary = &types.ResourcePoolSummary{Name: name, Config: pool.Config, Runtime: pool.Runtime}
	b.put(parent, at, pool)
	b.pools[at] = pool
	return pool
}

func (b *builder) resources(self *types.ManagedObjectReference, cpu, memory *Allocation) types.ResourceConfigSpec {
	now := b.scenario.Time
	return types.ResourceConfigSpec{
		Entity: self, LastModified: &now,
		CpuAllocation:    allocation(cpu, 4000),
		MemoryAllocation: allocation(memory, 163840),
	}
}

// allocation translates an allocation; normal is the number of shares that "normal" means.
func allocation(a *Allocation, normal int32) types.ResourceAllocationInfo {
	limit := int64(-1)
	if a.Limit != nil {
		limit = *a.Limit
	}
	reservation, expandable := a.Reservation, a.Expandable
	return types.ResourceAllocationInfo{
		Reservation: &reservation, Limit: &limit, ExpandableReservation: &expandable,
		Shares: shares(a.Shares, normal),
	}
}

func shares(text string, normal int32) *types.SharesInfo {
	level := types.SharesLevel(text)
	switch level {
	case types.SharesLevelLow:
		return &types.SharesInfo{Level: level, Shares: normal / 2}
	case types.SharesLevelHigh:
		return &types.SharesInfo{Level: level, Shares: normal * 2}
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(text, "custom:")); err == nil {
		return &types.SharesInfo{Level: types.SharesLevelCustom, Shares: int32(n)}
	}
	return &types.SharesInfo{Level: types.SharesLevelNormal, Shares: normal}
}

// rules sets the placement rules and groups of a cluster, once its machines are there.
func (b *builder) rules(datacenter string, c *Cluster) error {
	cluster := b.entities[path.Join("/", datacenter, "host", c.Name)].(*simulator.ClusterComputeResource)
	config := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
	user := types.NewBool(true)
	for _, g := range c.Groups {
		machines, err := b.machineReferences(g.Machines)
		if err != nil {
			return fmt.Errorf("group %s: %w", g.Name, err)
		}
		info := types.ClusterGroupInfo{Name: g.Name, UserCreated: user}
		if len(g.Hosts) == 0 {
			config.Group = append(config.Group, &types.ClusterVmGroup{ClusterGroupInfo: info, Vm: machines})
			continue
		}
		group := &types.ClusterHostGroup{ClusterGroupInfo: info}
		for _, name := range g.Hosts {
			group.Host = append(group.Host, b.hosts[name].Self)
		}
		config.Group = append(config.Group, group)
	}
	for i, r := range c.Rules {
		enabled, mandatory := r.Enabled, r.Mandatory
		info := types.ClusterRuleInfo{
			Key: int32(i + 1), Status: types.ManagedEntityStatusGreen, Enabled: &enabled, Name: r.Name,
			Mandatory: &mandatory, UserCreated: user, InCompliance: user,
			RuleUuid: stableUUID("rule", c.Name, r.Name),
		}
		machines, err := b.machineReferences(r.Machines)
		if err != nil {
			return fmt.Errorf("rule %s: %w", r.Name, err)
		}
		var rule types.BaseClusterRuleInfo
		switch r.Kind {
		case "affinity":
			rule = &types.ClusterAffinityRuleSpec{ClusterRuleInfo: info, Vm: machines}
		case "anti-affinity":
			rule = &types.ClusterAntiAffinityRuleSpec{ClusterRuleInfo: info, Vm: machines}
		case "machine-host":
			rule = &types.ClusterVmHostRuleInfo{
				ClusterRuleInfo: info, VmGroupName: r.MachineGroup,
				AffineHostGroupName: r.HostGroup, AntiAffineHostGroupName: r.AntiHosts,
			}
		default:
			return fmt.Errorf("rule %s: kind %q is none of affinity, anti-affinity, machine-host", r.Name, r.Kind)
		}
		config.Rule = append(config.Rule, rule)
	}
	cluster.Configuration = types.ClusterConfigInfo{
		DasConfig: config.DasConfig, DrsConfig: config.DrsConfig, Rule: config.Rule,
	}
	return nil
}

func (b *builder) machineReferences(names []string) ([]types.ManagedObjectReference, error) {
	var refs []types.ManagedObjectReference
	for _, name := range names {
		machine := b.machines[name]
		if machine == nil {
			return nil, fmt.Errorf("no machine %q", name)
		}
		refs = append(refs, machine.Self)
	}
	return refs, nil
}

// union appends what is not yet there.
func union(all, more []types.ManagedObjectReference) []types.ManagedObjectReference {
	for _, ref := range more {
		if simulator.FindReference(all, ref) == nil {
			all = append(all, ref)
		}
	}
	return all
}

// bootTime is a fixed time some days before the scenario's own.
func (b *builder) bootTime() *time.Time {
	t := b.scenario.Time.Add(-30 * 24 * time.Hour)
	return &t
}
