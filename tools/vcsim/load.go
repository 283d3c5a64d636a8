package main

import (
	"os"
	"path/filepath"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// load serves a saved folder: the simulator reads it, and what a folder does not hold (the
// hosts' own managers, the permissions' index) is made from what it does.
func load(dir string) (*Served, error) {
	model := simulator.VPX()
	if err := model.Load(dir); err != nil {
		return nil, err
	}
	for _, e := range simulator.Map.All("HostSystem") {
		host := e.(*simulator.HostSystem)
		if host.Config == nil {
			unreadable(host.Self, "config")
			continue
		}
		if host.Config.Network != nil {
			relink(dir, host)
		}
	}
	for _, e := range simulator.Map.All("VmwareDistributedVirtualSwitch") {
		if e.(*simulator.DistributedVirtualSwitch).Config == nil {
			unreadable(e.Reference(), "config")
			unreadable(e.Reference(), "FetchDVPorts")
		}
	}
	for _, e := range simulator.Map.All("VirtualMachine") {
		if e.(*simulator.VirtualMachine).Config == nil {
			unreadable(e.Reference(), "config")
		}
	}
	if err := later.read(dir); err != nil {
		return nil, err
	}
	restorePermissions()
	extend()
	tags, err := readTags(dir)
	server := Server{Name: "vcenter.harbour.example", User: "administrator@vsphere.local", Password: "harbour"}
	return &Served{model: model, server: server, tags: tags}, err
}

// unreadable remembers what the account that saved the folder was not allowed to read.
func unreadable(ref types.ManagedObjectReference, path string) {
	settings.Unreadable = append(settings.Unreadable, Unreadable{Type: ref.Type, Name: ref.Value, Path: path})
}

// relink gives a loaded host its managers, sharing the host's data.
func relink(dir string, host *simulator.HostSystem) {
	manager := &host.ConfigManager
	put := func(ref *types.ManagedObjectReference, object func(types.ManagedObjectReference) mo.Reference) {
		if ref != nil {
			simulator.Map.Put(object(*ref))
		}
	}
	put(manager.NetworkSystem, func(ref types.ManagedObjectReference) mo.Reference {
		return newNetworkSystem(ref, &host.HostSystem)
	})
	if host.Config.Service != nil {
		put(manager.ServiceSystem, func(ref types.ManagedObjectReference) mo.Reference {
			return newServiceSystem(ref, &host.HostSystem)
		})
	}
	if host.Config.Firewall != nil {
		put(manager.FirewallSystem, func(ref types.ManagedObjectReference) mo.Reference {
			system := &simulator.HostFirewallSystem{}
			system.Self = ref
			system.FirewallInfo = host.Config.Firewall
			return system
		})
	}
	put(manager.AdvancedOption, func(ref types.ManagedObjectReference) mo.Reference {
		return simulator.NewOptionManager(&ref, host.Config.Option)
	})
	put(manager.HostAccessManager, func(ref types.ManagedObjectReference) mo.Reference {
		exceptions, known := savedExceptions(dir, ref)
		m := newAccessManager(ref, &host.HostSystem, exceptions)
		m.unknown = !known
		return m
	})
	if host.Config.VirtualNicManagerInfo != nil {
		put(manager.VirtualNicManager, func(ref types.ManagedObjectReference) mo.Reference {
			system := &mo.HostVirtualNicManager{}
			system.Self = ref
			system.Info = *host.Config.VirtualNicManagerInfo
			return system
		})
	}
}

// savedExceptions reads the users excepted from lockdown, which govc does not save and we do.
func savedExceptions(dir string, ref types.ManagedObjectReference) ([]string, bool) {
	text, err := os.ReadFile(filepath.Join(dir, ref.Encode(), lockdownExceptions+".xml"))
	if err != nil {
		return nil, false
	}
	var saved types.QueryLockdownExceptionsResponse
	if err := xml.Unmarshal(text, &saved); err != nil {
		return nil, false
	}
	return saved.Returnval, true
}
