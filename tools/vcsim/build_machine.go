package main

import (
	"fmt"
	"path"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

func (b *builder) machine(at string, d *Datacenter, m *Machine) error {
	folder, ok := b.entities[path.Join(at, "vm", m.Folder)].(*simulator.Folder)
	if !ok {
		return fmt.Errorf("machine %s: no folder vm/%s", m.Name, m.Folder)
	}
	host := b.hosts[m.Host]
	if host == nil {
		return fmt.Errorf("machine %s: no host %q", m.Name, m.Host)
	}
	pool, err := b.poolOf(m, host)
	if err != nil {
		return err
	}
	vm := &simulator.VirtualMachine{}
	vm.Self = b.reference("VirtualMachine", "vm-")
	vm.Name = m.Name
	self, hostRef, poolRef := vm.Self, host.Self, pool.Self
	vm.ResourcePool = &poolRef
	vm.EnvironmentBrowser = *environmentBrowser(*host.Parent)
	b.machineConfig(vm, d, m)
	vm.Runtime = types.VirtualMachineRuntimeInfo{
		Host: &hostRef, ConnectionState: types.VirtualMachineConnectionStateConnected,
		PowerState: powerState(m.Power), MaxCpuUsage: 2600 * m.CPUs, MaxMemoryUsage: m.MemoryMB,
		FaultToleranceState: types.VirtualMachineFaultToleranceStateNotConfigured,
	}
	vm.Guest = b.guest(m)
	if err := b.nics(vm, host, m); err != nil {
		return err
	}
	b.passthrough(vm, m)
	vm.Summary = types.VirtualMachineSummary{
		Vm: &self, Runtime: vm.Runtime, OverallStatus: types.ManagedEntityStatusGreen,
		Config: types.VirtualMachineConfigSummary{
			Name: m.Name, Template: m.Template, VmPathName: vm.Config.Files.VmPathName,
			MemorySizeMB: m.MemoryMB, NumCpu: m.CPUs, NumEthernetCards: int32(len(m.Nics)),
			Uuid: vm.Config.Uuid, InstanceUuid: vm.Config.InstanceUuid, GuestId: vm.Config.GuestId,
			GuestFullName: vm.Config.GuestFullName, Annotation: m.Annotation,
			CpuReservation:    int32(*vm.Config.CpuAllocation.Reservation),
			MemoryReservation: int32(*vm.Config.MemoryAllocation.Reservation),
		},
		Guest: &types.VirtualMachineGuestSummary{
			GuestId: vm.Config.GuestId, HostName: vm.Guest.HostName, IpAddress: vm.Guest.IpAddress,
			ToolsStatus: vm.Guest.ToolsStatus, ToolsRunningStatus: vm.Guest.ToolsRunningStatus,
		},
	}
	vm.Summary.QuickStats.GuestHeartbeatStatus = types.ManagedEntityStatusGreen
	vm.GuestHeartbeatStatus = types.ManagedEntityStatusGreen
	later.set(self, orDefault(m.FTEncryption, "ftEncryptionOpportunistic"))
	for _, tag := range m.Tags {
		if err := b.tags.add(self.Value, tag); err != nil {
			return fmt.Errorf("machine %s: %w", m.Name, err)
		}
	}
	folder.ChildEntity = append(folder.ChildEntity, self)
	host.Vm = append(host.Vm, self)
	pool.Vm = append(pool.Vm, self)
	b.put(folder, path.Join(at, "vm", m.Folder, m.Name), vm)
	b.machines[m.Name] = vm
	return nil
}

func (b *builder) poolOf(m *Machine, host *simulator.HostSystem) (*simulator.ResourcePool, error) {
	at := b.pathOf(*host.Parent)
	pool := b.pools[path.Join(at, "Resources", m.Pool)]
	if pool == nil {
		return nil, fmt.Errorf("machine %s: no resource pool %q beside host %s", m.Name, m.Pool, m.Host)
	}
	return pool, nil
}

func powerState(text string) types.VirtualMachinePowerState {
	switch text {
	case "off":
		return types.VirtualMachinePowerStatePoweredOff
	case "suspended":
		return types.VirtualMachinePowerStateSuspended
	}
	return types.VirtualMachinePowerStatePoweredOn
}

func (b *builder) machineConfig(vm *simulator.VirtualMachine, d *Datacenter, m *Machine) {
	now := b.scenario.Time
	none := Allocation{}
	cpu, memory := m.CPU, m.Memory
	if cpu == nil {
		cpu = &none
	}
	if memory == nil {
		memory = &none
	}
	self := vm.Self
	resources := types.ResourceConfigSpec{
		Entity: &self, LastModified: &now,
		CpuAllocation:    allocation(cpu, 1000*m.CPUs),
		MemoryAllocation: allocation(memory, 10*m.MemoryMB),
	}
	vm.ResourceConfig = &resources
	folder := fmt.Sprintf("[%s] %s", orDefault(d.Datastore, "shared-1"), m.Name)
	locked := m.Memory != nil && m.Memory.Reservation >= int64(m.MemoryMB)
	vm.Config = &types.VirtualMachineConfigInfo{
		ChangeVersion: "1", Modified: now, Name: m.Name, Template: m.Template, Version: "vmx-19",
		GuestId: orDefault(m.Guest, "debian11_64Guest"), GuestFullName: "Debian GNU/Linux 11 (64-bit)",
		Uuid:         orDefault(m.UUID, stableUUID("bios", m.Name)),
		InstanceUuid: orDefault(m.InstanceUUID, stableUUID("instance", m.Name)),
		Annotation:   m.Annotation, Firmware: "efi",
		Files: types.VirtualMachineFileInfo{
			VmPathName: folder + "/" + m.Name + ".vmx", SnapshotDirectory: folder + "/",
			SuspendDirectory: folder + "/", LogDirectory: folder + "/",
		},
		Tools:             &types.ToolsConfigInfo{ToolsUpgradePolicy: "manual"},
		BootOptions:       &types.VirtualMachineBootOptions{EfiSecureBootEnabled: types.NewBool(true)},
		Hardware:          types.VirtualHardware{NumCPU: m.CPUs, NumCoresPerSocket: m.CPUs, MemoryMB: m.MemoryMB},
		CpuAllocation:     &resources.CpuAllocation,
		MemoryAllocation:  &resources.MemoryAllocation,
		ExtraConfig:       optionValues(m.Options),
		MigrateEncryption: orDefault(m.MigrateEncrypted, "opportunistic"),
		LatencySensitivity: &types.LatencySensitivity{
			Level: types.LatencySensitivitySensitivityLevelNormal,
		},
		MemoryReservationLockedToMax: types.NewBool(locked),
	}
	vm.Config.Hardware.Device = append(vm.Config.Hardware.Device, standardDevices...)
	vm.Config.Hardware.Device = append(vm.Config.Hardware.Device, bootDisk(folder, m.Name))
}

// standardDevices are shared by all machines: nobody changes them.
var standardDevices = []types.BaseVirtualDevice{
	&types.VirtualPCIController{VirtualController: types.VirtualController{
		VirtualDevice: types.VirtualDevice{Key: 100, DeviceInfo: description("PCI controller 0", "PCI controller 0")},
	}},
	&types.ParaVirtualSCSIController{VirtualSCSIController: types.VirtualSCSIController{
		SharedBus: types.VirtualSCSISharingNoSharing,
		VirtualController: types.VirtualController{
			VirtualDevice: types.VirtualDevice{
				Key: 1000, DeviceInfo: description("SCSI controller 0", "VMware paravirtual SCSI"),
				ControllerKey: 100, UnitNumber: types.NewInt32(3),
			},
			Device: []int32{2000},
		},
	}},
}

func description(label, summary string) *types.Description {
	return &types.Description{Label: label, Summary: summary}
}

func bootDisk(folder, name string) types.BaseVirtualDevice {
	const kilobytes = 40 << 20
	return &types.VirtualDisk{
		VirtualDevice: types.VirtualDevice{
			Key: 2000, DeviceInfo: description("Hard disk 1", "41,943,040 KB"),
			ControllerKey: 1000, UnitNumber: types.NewInt32(0),
			Backing: &types.VirtualDiskFlatVer2BackingInfo{
				VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{
					FileName: folder + "/" + name + ".vmdk",
				},
				DiskMode: "persistent", ThinProvisioned: types.NewBool(true),
			},
		},
		CapacityInKB: kilobytes, CapacityInBytes: kilobytes << 10,
	}
}

func (b *builder) guest(m *Machine) *types.GuestInfo {
	running := orDefault(m.Tools, "guestToolsRunning")
	if m.Power == "off" || m.Power == "suspended" || m.Template {
		running = "guestToolsNotRunning"
	}
	guest := &types.GuestInfo{
		ToolsRunningStatus: running, ToolsStatus: types.VirtualMachineToolsStatusToolsNotRunning,
		ToolsVersionStatus2: "guestToolsUnmanaged", GuestState: "notRunning",
	}
	if running != "guestToolsRunning" {
		return guest
	}
	guest.ToolsStatus = types.VirtualMachineToolsStatusToolsOk
	guest.GuestState = "running"
	guest.GuestId = orDefault(m.Guest, "debian11_64Guest")
	guest.GuestFamily = "linuxGuest"
	guest.HostName = m.Name
	return guest
}
