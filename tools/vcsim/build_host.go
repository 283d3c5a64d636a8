package main

import (
	"path"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func (b *builder) host(parent mo.Entity, at string, h *Host) (*simulator.HostSystem, error) {
	host := &simulator.HostSystem{}
	host.Self = b.reference("HostSystem", "host-")
	if b.esx() {
		host.Self = esx.HostSystem.Self
	}
	host.Name = h.Name
	self := host.Self
	b.hardware(host, h)
	product := b.product()
	host.Runtime = types.HostRuntimeInfo{
		ConnectionState:   types.HostSystemConnectionState(orDefault(h.Connection, "connected")),
		PowerState:        types.HostSystemPowerStatePoweredOn,
		InMaintenanceMode: h.Maintenance,
		BootTime:          b.bootTime(),
	}
	host.Summary.Host = &self
	host.Summary.Runtime = &host.Runtime
	host.Summary.OverallStatus = types.ManagedEntityStatusGreen
	host.Summary.ManagementServerIp = b.scenario.Server.Name
	host.Summary.Config = types.HostConfigSummary{Name: h.Name, Port: 443, Product: &product}
	network, err := b.hostNetwork(h)
	if err != nil {
		return nil, err
	}
	host.Config = &types.HostConfigInfo{
		Host:                  self,
		Product:               product,
		Network:               network,
		VirtualNicManagerInfo: nicManager(h, network),
		Service:               &types.HostServiceInfo{Service: hostServices(h)},
		Firewall:              hostFirewall(h),
		Option:                optionValues(h.Options),
		DateTimeInfo: &types.HostDateTimeInfo{
			TimeZone:            types.HostDateTimeSystemTimeZone{Key: "UTC", Name: "UTC", Description: "UTC"},
			SystemClockProtocol: "ntp",
			NtpConfig:           &types.HostNtpConfig{Server: h.NTP},
		},
		LockdownMode:  types.HostLockdownMode(orDefault(h.Lockdown, "lockdownDisabled")),
		AdminDisabled: types.NewBool(h.Lockdown != "" && h.Lockdown != "lockdownDisabled"),
	}
	host.DatastoreBrowser = types.ManagedObjectReference{
		Type: "HostDatastoreBrowser", Value: "datastoreBrowser-" + self.Value,
	}
	for _, card := range h.PCI {
		host.Config.PciPassthruInfo = append(host.Config.PciPassthruInfo, &types.HostPciPassthruInfo{
			Id: card.ID, DependentDevice: card.ID, PassthruEnabled: true, PassthruCapable: true, PassthruActive: true,
		})
	}
	host.Summary.Config.VmotionEnabled = len(selected(host.Config.VirtualNicManagerInfo, "vmotion")) > 0
	for _, group := range h.Portgroups {
		host.Network = union(host.Network, []types.ManagedObjectReference{b.networks[group.Name].Self})
	}
	for _, ref := range host.Network {
		network := simulator.Map.Get(ref).(*mo.Network)
		network.Host = append(network.Host, self)
	}
	b.put(parent, path.Join(at, h.Name), host)
	b.hosts[h.Name] = host
	b.subsystems(host, h)
	return host, nil
}

func (b *builder) product() types.AboutInfo {
	about := esx.ServiceContent.About
	b.about(&about)
	about.InstanceUuid = ""
	return about
}

func (b *builder) hardware(host *simulator.HostSystem, h *Host) {
	uuid := orDefault(h.UUID, stableUUID("host", h.Name))
	cores := h.Cores
	if cores == 0 {
		cores = 32
	}
	summary := &types.HostHardwareSummary{
		Vendor: "Harbour Computers", Model: "Quay 2U", Uuid: uuid,
		MemorySize: h.MemoryMB << 20, CpuModel: "Generic x86-64", CpuMhz: orNumber(h.CPUMHz, 2600),
		NumCpuPkgs: 2, NumCpuCores: cores, NumCpuThreads: cores * 2, NumNics: int32(len(h.Nics)),
	}
	host.Summary.Hardware = summary
	host.Hardware = &types.HostHardwareInfo{
		SystemInfo: types.HostSystemInfo{Vendor: summary.Vendor, Model: summary.Model, Uuid: uuid},
		CpuInfo: types.HostCpuInfo{
			NumCpuPackages: 2, NumCpuCores: cores, NumCpuThreads: cores * 2,
			Hz: int64(summary.CpuMhz) * 1000000,
		},
		MemorySize: summary.MemorySize,
	}
	device := func(id, name string) {
		host.Hardware.PciDevice = append(host.Hardware.PciDevice, types.HostPciDevice{
			Id: id, ClassId: 0x200, VendorName: "Intel Corporation", DeviceName: name,
			VendorId: -32634, DeviceId: 5475,
		})
	}
	for _, nic := range h.Nics {
		device(nic.PCI, "Ethernet Controller")
	}
	for _, card := range h.PCI {
		device(card.ID, card.Name)
	}
}

// subsystems registers the objects that HostSystem.configManager points to. They share
// their data with the host's config, so that a change made by one is seen by the other.
func (b *builder) subsystems(host *simulator.HostSystem, h *Host) {
	id := host.Self.Value[len("host-"):]
	if b.esx() {
		id = "ha"
	}
	add := func(field **types.ManagedObjectReference, kind, prefix string, make func(types.ManagedObjectReference) mo.Reference) {
		ref := types.ManagedObjectReference{Type: kind, Value: prefix + "-" + id}
		*field = &ref
		simulator.Map.Put(make(ref))
	}
	manager := &host.ConfigManager
	add(&manager.NetworkSystem, "HostNetworkSystem", "networkSystem", func(ref types.ManagedObjectReference) mo.Reference {
		return newNetworkSystem(ref, &host.HostSystem)
	})
	add(&manager.ServiceSystem, "HostServiceSystem", "serviceSystem", func(ref types.ManagedObjectReference) mo.Reference {
		return newServiceSystem(ref, &host.HostSystem)
	})
	add(&manager.FirewallSystem, "HostFirewallSystem", "firewallSystem", func(ref types.ManagedObjectReference) mo.Reference {
		system := &simulator.HostFirewallSystem{}
		system.Self = ref
		system.FirewallInfo = host.Config.Firewall
		return system
	})
	add(&manager.AdvancedOption, "OptionManager", "EsxHostAdvSettings", func(ref types.ManagedObjectReference) mo.Reference {
		return simulator.NewOptionManager(&ref, host.Config.Option)
	})
	add(&manager.HostAccessManager, "HostAccessManager", "hostAccessManager", func(ref types.ManagedObjectReference) mo.Reference {
		return newAccessManager(ref, &host.HostSystem, h.LockdownExceptions)
	})
	add(&manager.VirtualNicManager, "HostVirtualNicManager", "virtualNicManager", func(ref types.ManagedObjectReference) mo.Reference {
		system := &mo.HostVirtualNicManager{}
		system.Self = ref
		system.Info = *host.Config.VirtualNicManagerInfo
		return system
	})
	add(&manager.DateTimeSystem, "HostDateTimeSystem", "dateTimeSystem", func(ref types.ManagedObjectReference) mo.Reference {
		return &mo.HostDateTimeSystem{Self: ref, DateTimeInfo: *host.Config.DateTimeInfo}
	})
}

func selected(info *types.HostVirtualNicManagerInfo, kind string) []string {
	for _, config := range info.NetConfig {
		if config.NicType == kind {
			return config.SelectedVnic
		}
	}
	return nil
}
