package main

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/simulator/vpx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// builder puts a scenario's objects straight into the simulator's registry: going through
// the API's own tasks costs a time that grows with the square of the inventory.
type builder struct {
	scenario *Scenario
	next     int
	entities map[string]mo.Entity // by inventory path
	hosts    map[string]*simulator.HostSystem
	switches map[string]*switchRecord
	networks map[string]*mo.Network // of the datacenter being built
	groups   map[string]*groupRecord
	pools    map[string]*simulator.ResourcePool
	machines map[string]*simulator.VirtualMachine
	tags     Tags
}

// Served is what the server serves: its objects, and the tags that an API of their own tells.
type Served struct {
	model  *simulator.Model
	server Server
	tags   Tags
	time   time.Time
}

// build makes a service that serves the scenario.
func build(s *Scenario) (*Served, error) {
	b := &builder{
		scenario: s,
		next:     1000,
		entities: make(map[string]mo.Entity),
		hosts:    make(map[string]*simulator.HostSystem),
		switches: make(map[string]*switchRecord),
		groups:   make(map[string]*groupRecord),
		pools:    make(map[string]*simulator.ResourcePool),
		machines: make(map[string]*simulator.VirtualMachine),
		tags:     make(Tags),
	}
	model := simulator.VPX()
	if b.esx() {
		model = simulator.ESX()
	}
	content := model.ServiceContent
	b.about(&content.About)
	root := mo.Folder{ChildType: []string{"Folder", "Datacenter"}}
	root.Self = content.RootFolder
	root.Name = "Datacenters"
	if b.esx() {
		root = esx.RootFolder
		root.ChildEntity = nil
	}
	instance := simulator.NewServiceInstance(content, root)
	if b.esx() {
		removeDefaults(content.RootFolder)
	}
	folder := simulator.Map.Get(content.RootFolder).(*simulator.Folder)
	b.entities["/"] = folder
	for i := range s.Datacenters {
		if err := b.datacenter(folder, &s.Datacenters[i]); err != nil {
			return nil, err
		}
	}
	b.settings()
	if err := b.permissions(); err != nil {
		return nil, err
	}
	model.Service = simulator.New(instance)
	extend()
	settings.Unreadable = append(settings.Unreadable, s.Unreadable...)
	return &Served{model: model, server: s.Server, tags: b.tags, time: s.Time}, nil
}

func (b *builder) esx() bool { return b.scenario.Server.Kind == "esx" }

// removeDefaults drops the datacenter and host that the library makes for a single host.
func removeDefaults(root types.ManagedObjectReference) {
	for _, e := range simulator.Map.All("") {
		if e.Reference() != root {
			simulator.Map.Remove(e.Reference())
		}
	}
	folder := simulator.Map.Get(root).(*simulator.Folder)
	folder.ChildEntity = nil
}

// about says what the server is: a release whose API has every property we serve.
func (b *builder) about(about *types.AboutInfo) {
	version := b.scenario.Server.Version
	about.Version = version
	about.ApiVersion = version + ".0"
	about.Build = "22617221"
	about.FullName = fmt.Sprintf("%s %s build-%s", about.Name, version, about.Build)
	about.InstanceUuid = b.scenario.Server.InstanceUUID
	about.LicenseProductVersion = strings.SplitN(version, ".", 2)[0] + ".0"
}

// reference makes a managed object reference with the prefix that such objects have.
func (b *builder) reference(kind, prefix string) types.ManagedObjectReference {
	b.next++
	return types.ManagedObjectReference{Type: kind, Value: fmt.Sprintf("%s%d", prefix, b.next)}
}

// put registers an entity under its parent and remembers its inventory path.
func (b *builder) put(parent mo.Entity, at string, item mo.Entity) {
	simulator.Map.PutEntity(parent, item)
	b.entities[at] = item
}

func (b *builder) datacenter(root *simulator.Folder, d *Datacenter) error {
	dc := &simulator.Datacenter{}
	dc.Self = b.reference("Datacenter", "datacenter-")
	if b.esx() {
		dc.Self = esx.Datacenter.Self
	}
	dc.Name = d.Name
	at := "/" + d.Name
	root.ChildEntity = append(root.ChildEntity, dc.Self)
	b.put(root, at, dc)
	b.networks = make(map[string]*mo.Network)

	top := func(name, prefix string, kinds ...string) *simulator.Folder {
		folder := &simulator.Folder{}
		folder.Self = b.reference("Folder", prefix)
		if b.esx() {
			folder.Self.Value = "ha-folder-" + name
		}
		folder.Name = name
		folder.ChildType = kinds
		b.put(dc, path.Join(at, name), folder)
		return folder
	}
	dc.VmFolder = top("vm", "group-v", "Folder", "VirtualMachine", "VirtualApp").Self
	dc.HostFolder = top("host", "group-h", "Folder", "ComputeResource").Self
	dc.DatastoreFolder = top("datastore", "group-s", "Folder", "Datastore", "StoragePod").Self
	dc.NetworkFolder = top("network", "group-n", "Folder", "Network", "DistributedVirtualSwitch").Self
	dc.Configuration.DefaultHardwareVersionKey = "vmx-19"

	for _, name := range d.Folders {
		if err := b.folder(path.Join(at, name)); err != nil {
			return err
		}
	}
	for i := range d.Clusters {
		b.standardNetworks(dc, at, d.Clusters[i].Hosts)
	}
	b.standardNetworks(dc, at, d.Hosts)
	for i := range d.Clusters {
		if err := b.cluster(at, &d.Clusters[i]); err != nil {
			return err
		}
	}
	for i := range d.Hosts {
		if err := b.standaloneHost(at, &d.Hosts[i]); err != nil {
			return err
		}
	}
	for i := range d.Switches {
		if err := b.distributedSwitch(dc, at, d, &d.Switches[i]); err != nil {
			return err
		}
	}
	for i := range d.Machines {
		if err := b.machine(at, d, &d.Machines[i]); err != nil {
			return err
		}
	}
	return b.finish(d)
}

// finish resolves what refers to objects that are built later.
func (b *builder) finish(d *Datacenter) error {
	if err := b.kernelPorts(d); err != nil {
		return err
	}
	for i := range d.Switches {
		if err := b.switchPorts(&d.Switches[i]); err != nil {
			return err
		}
	}
	for i := range d.Clusters {
		if err := b.rules(d.Name, &d.Clusters[i]); err != nil {
			return err
		}
	}
	return nil
}

// folder makes one folder; its parent has to be there already.
func (b *builder) folder(at string) error {
	parent, ok := b.entities[path.Dir(at)].(*simulator.Folder)
	if !ok {
		return fmt.Errorf("folder %s: %s is not a folder", at, path.Dir(at))
	}
	folder := &simulator.Folder{}
	folder.Self = b.reference("Folder", parent.Self.Value[:len("group-x")])
	folder.Name = path.Base(at)
	folder.ChildType = parent.ChildType
	parent.ChildEntity = append(parent.ChildEntity, folder.Self)
	b.put(parent, at, folder)
	return nil
}

// standardNetworks makes one Network object for each standard port group name of the hosts.
func (b *builder) standardNetworks(dc *simulator.Datacenter, at string, hosts []Host) {
	folder := b.entities[path.Join(at, "network")].(*simulator.Folder)
	for _, host := range hosts {
		for _, group := range host.Portgroups {
			if b.networks[group.Name] != nil {
				continue
			}
			network := &mo.Network{}
			network.Self = b.reference("Network", "network-")
			if b.esx() {
				network.Self.Value = "HaNetwork-" + group.Name
			}
			network.Name = group.Name
			network.ManagedEntity.Name = group.Name
			self := network.Self
			network.Summary = &types.NetworkSummary{Network: &self, Name: group.Name, Accessible: true}
			folder.ChildEntity = append(folder.ChildEntity, self)
			dc.Network = append(dc.Network, self)
			b.networks[group.Name] = network
			b.put(folder, path.Join(at, "network", group.Name), network)
		}
	}
}

// settings replaces the options of the management server by the scenario's.
func (b *builder) settings() {
	manager := simulator.Map.OptionManager()
	if manager == nil {
		return
	}
	if b.esx() {
		for _, host := range b.hosts {
			manager.Setting = host.Config.Option
		}
		return
	}
	options := optionValues(b.scenario.Settings)
	for _, option := range vpx.Setting {
		key := option.GetOptionValue().Key
		// The library's own server reads these; all others come from the scenario.
		if strings.HasPrefix(key, "config.vpxd.sso.") && strings.HasSuffix(key, ".uri") {
			options = append(options, option)
		}
	}
	manager.Setting = options
}
