package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// generate makes a large datacenter of a plain form: clusters of up to 32 hosts, switches of
// up to 250 port groups and 500 hosts, machines spread evenly.
func generate(text string) (*Scenario, error) {
	size := map[string]int{"hosts": 32, "machines": 400, "portgroups": 20}
	for _, part := range strings.Split(text, ",") {
		key, value, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(value)
		if _, known := size[key]; !known || err != nil || n < 1 {
			return nil, fmt.Errorf("-generate: %q is not hosts=N, machines=N or portgroups=N", part)
		}
		size[key] = n
	}
	s := &Scenario{
		Schema: 1, Name: "generated", Time: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC),
		Server: Server{
			Kind: "vcenter", Name: "vcenter.large.example", Version: "8.0.2",
			InstanceUUID: stableUUID("generated", text),
			User:         "administrator@vsphere.local", Password: "harbour",
		},
		Settings: map[string]any{"event.maxAge": 30.0},
	}
	dc := Datacenter{Name: "Large", Folders: []string{"vm/zone-0", "vm/zone-1", "vm/zone-2", "vm/zone-3"}}
	const perCluster = 32
	for i := 0; i < size["hosts"]; i++ {
		if i%perCluster == 0 {
			dc.Clusters = append(dc.Clusters, Cluster{Name: fmt.Sprintf("cluster-%03d", i/perCluster), DRS: true, HA: true})
		}
		c := &dc.Clusters[i/perCluster]
		c.Hosts = append(c.Hosts, generatedHost(i))
	}
	generatedSwitches(&dc, size["portgroups"])
	for i := 0; i < size["machines"]; i++ {
		dc.Machines = append(dc.Machines, generatedMachine(&dc, i, size["hosts"]))
	}
	s.Datacenters = []Datacenter{dc}
	return s, nil
}

const hostsPerSwitch = 512 // a multiple of the hosts per cluster

func generatedHost(i int) Host {
	name := fmt.Sprintf("esx-%04d.large.example", i)
	h := Host{
		Name: name, CPUMHz: 2600, Cores: 64, MemoryMB: 1 << 20, Lockdown: "lockdownNormal",
		Switches: []HostSwitch{{Name: "vSwitch0", Nics: []string{"vmnic0", "vmnic1"}}},
		Portgroups: []HostPortgroup{
			{Name: "Management", Switch: "vSwitch0", VLAN: 10}, {Name: "Migration", Switch: "vSwitch0", VLAN: 11},
		},
		Kernel: []KernelNic{
			{Device: "vmk0", Portgroup: "Management", IP: fmt.Sprintf("10.1.%d.%d/16", i/250, i%250+1), Services: []string{"management"}},
			{Device: "vmk1", Portgroup: "Migration", IP: fmt.Sprintf("10.2.%d.%d/16", i/250, i%250+1), Services: []string{"vmotion"}},
		},
		Services: []HostService{{Key: "TSM-SSH"}, {Key: "TSM"}, {Key: "ntpd", Running: true, Policy: "on"}},
		Options:  map[string]any{"Net.BlockGuestBPDU": 1.0, "Syslog.global.logHost": "ssl://log.large.example:1514"},
		NTP:      []string{"10.1.12.5"},
	}
	for n := 0; n < 4; n++ {
		h.Nics = append(h.Nics, PhysicalNic{Device: fmt.Sprintf("vmnic%d", n), MAC: stableMAC(name, fmt.Sprint(n))})
	}
	return h
}

// generatedSwitches makes a switch for every 512 hosts and shares the port groups out.
func generatedSwitches(dc *Datacenter, groups int) {
	count := 0
	for _, c := range dc.Clusters {
		for _, h := range c.Hosts {
			if count%hostsPerSwitch == 0 {
				dc.Switches = append(dc.Switches, DistributedSwitch{
					Name: fmt.Sprintf("dvs-%02d", count/hostsPerSwitch), Uplinks: []string{"Uplink 1", "Uplink 2"},
				})
			}
			s := &dc.Switches[len(dc.Switches)-1]
			s.Members = append(s.Members, SwitchMember{
				Host: h.Name, Nics: map[string]string{"Uplink 1": "vmnic2", "Uplink 2": "vmnic3"},
			})
			count++
		}
	}
	for i := 0; i < groups; i++ {
		s := &dc.Switches[i%len(dc.Switches)]
		vlan := int32(100 + i%3800)
		s.Portgroups = append(s.Portgroups, DistributedPortgroup{
			Name: fmt.Sprintf("ZONE%d-%04d", i%4, i), Setting: PortSetting{VLAN: &VLAN{Access: &vlan}},
		})
	}
}

func generatedMachine(dc *Datacenter, i, hosts int) Machine {
	host := i % hosts
	s := &dc.Switches[host/hostsPerSwitch]
	group := i / hosts % max(len(s.Portgroups), 1)
	m := Machine{
		Name: fmt.Sprintf("machine-%05d", i), Host: fmt.Sprintf("esx-%04d.large.example", host),
		Folder: fmt.Sprintf("zone-%d", i%4), CPUs: 2, MemoryMB: 4096, MigrateEncrypted: "required",
		Options: map[string]any{"tools.guest.desktop.autolock": "TRUE", "isolation.tools.copy.disable": "TRUE"},
	}
	if len(s.Portgroups) > 0 {
		m.Nics = []MachineNic{{
			Network: s.Portgroups[group].Name, Switch: s.Name,
			Addresses: []string{fmt.Sprintf("10.%d.%d.%d/24", 16+i/62500, i/250%250, i%250+1)},
		}}
	}
	return m
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}
