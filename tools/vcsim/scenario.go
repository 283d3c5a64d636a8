package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Scenario describes one management server and everything behind it.
// tests/datacenter/scenario.schema.json documents each key.
type Scenario struct {
	Schema      int            `json:"schema"`
	Name        string         `json:"name"`
	Server      Server         `json:"server"`
	Time        time.Time      `json:"time"`
	Settings    map[string]any `json:"settings"`
	Roles       []Role         `json:"roles"`
	Permissions []Permission   `json:"permissions"`
	Datacenters []Datacenter   `json:"datacenters"`
	Unreadable  []Unreadable   `json:"unreadable"`
}

// Server is what the service says about itself, and who may log in.
type Server struct {
	Kind         string `json:"kind"` // vcenter | esx
	Name         string `json:"name"`
	InstanceUUID string `json:"instance_uuid"`
	Version      string `json:"version"`
	User         string `json:"user"`
	Password     string `json:"password"`
}

// Role is a named set of privileges. Name the system roles Admin, ReadOnly, View,
// NoAccess to refer to them; they need not be listed.
type Role struct {
	ID         int32    `json:"id"`
	Name       string   `json:"name"`
	Privileges []string `json:"privileges"`
}

// Permission gives a role to a principal on the entity at an inventory path ("/" is the root).
type Permission struct {
	Entity    string `json:"entity"`
	Principal string `json:"principal"`
	Group     bool   `json:"group"`
	Role      string `json:"role"`
	Propagate bool   `json:"propagate"`
}

// Unreadable hides properties of objects from the account: they come back as NoPermission.
type Unreadable struct {
	Type string `json:"type"`
	Name string `json:"name"` // object name or managed object id; empty: every object of the type
	Path string `json:"path"` // property path; empty: every property
}

// Datacenter holds clusters, standalone hosts, distributed switches and machines.
type Datacenter struct {
	Name        string              `json:"name"`
	Folders     []string            `json:"folders"` // below the datacenter, "vm/dmz"
	Clusters    []Cluster           `json:"clusters"`
	Hosts       []Host              `json:"hosts"` // standalone
	Switches    []DistributedSwitch `json:"distributed_switches"`
	Machines    []Machine           `json:"machines"`
	Datastore   string              `json:"datastore"`
	SwitchesDir string              `json:"switches_folder"` // below network/
}

// Cluster is a set of hosts with pools and rules.
type Cluster struct {
	Name   string         `json:"name"`
	DRS    bool           `json:"drs"`
	HA     bool           `json:"ha"`
	Hosts  []Host         `json:"hosts"`
	Pools  []Pool         `json:"pools"`
	Groups []ClusterGroup `json:"groups"`
	Rules  []ClusterRule  `json:"rules"`
}

// Pool is a resource pool; Parent names another pool of the cluster (empty: the root pool).
type Pool struct {
	Name   string     `json:"name"`
	Parent string     `json:"parent"`
	CPU    Allocation `json:"cpu"`    // MHz
	Memory Allocation `json:"memory"` // MB
}

// Allocation is a resource allocation; Limit -1 or absent means unlimited.
type Allocation struct {
	Reservation int64  `json:"reservation"`
	Limit       *int64 `json:"limit"`
	Expandable  bool   `json:"expandable"`
	Shares      string `json:"shares"` // low | normal | high | custom:N
}

// ClusterGroup names machines or hosts for rules.
type ClusterGroup struct {
	Name     string   `json:"name"`
	Machines []string `json:"machines"`
	Hosts    []string `json:"hosts"`
}

// ClusterRule is a placement rule: affinity, anti-affinity, or machines to hosts.
type ClusterRule struct {
	Name         string   `json:"name"`
	Kind         string   `json:"kind"` // affinity | anti-affinity | machine-host
	Enabled      bool     `json:"enabled"`
	Mandatory    bool     `json:"mandatory"`
	Machines     []string `json:"machines"`
	MachineGroup string   `json:"machine_group"`
	HostGroup    string   `json:"host_group"`
	AntiHosts    string   `json:"anti_host_group"`
}

// Machine is a virtual machine.
type Machine struct {
	Name             string         `json:"name"`
	Folder           string         `json:"folder"` // below vm/
	Host             string         `json:"host"`
	Pool             string         `json:"pool"`
	Power            string         `json:"power"` // on | off | suspended
	Template         bool           `json:"template"`
	UUID             string         `json:"uuid"`
	InstanceUUID     string         `json:"instance_uuid"`
	CPUs             int32          `json:"cpus"`
	MemoryMB         int32          `json:"memory_mb"`
	Guest            string         `json:"guest"`
	Nics             []MachineNic   `json:"nics"`
	Passthrough      []Passthrough  `json:"passthrough"`
	Options          map[string]any `json:"options"` // extraConfig
	MigrateEncrypted string         `json:"migrate_encryption"`
	FTEncryption     string         `json:"ft_encryption"`
	CPU              *Allocation    `json:"cpu"`
	Memory           *Allocation    `json:"memory"`
	Tags             []string       `json:"tags"`
	Annotation       string         `json:"annotation"`
	Tools            string         `json:"tools"` // guestToolsRunning | guestToolsNotRunning
}

// MachineNic is a virtual NIC on a standard port group (Network) or, with Switch, a distributed one.
type MachineNic struct {
	Key         int32    `json:"key"`
	Kind        string   `json:"kind"` // vmxnet3 | e1000 | sriov
	Network     string   `json:"network"`
	Switch      string   `json:"switch"`
	Port        string   `json:"port"`
	MAC         string   `json:"mac"`
	AddressType string   `json:"address_type"`
	Addresses   []string `json:"addresses"` // with prefix length
	Connected   *bool    `json:"connected"`
	AtPowerOn   *bool    `json:"start_connected"`
	Function    string   `json:"physical_function"` // sriov: PCI id
}

// Passthrough gives a PCI device of the host to the machine.
type Passthrough struct {
	Device string `json:"device"` // PCI id, 0000:5e:00.0
	Name   string `json:"name"`
}

// readScenario reads and checks a scenario file.
func readScenario(path string) (*Scenario, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := new(Scenario)
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if s.Schema != 1 {
		return nil, fmt.Errorf("%s: schema %d, expected 1", path, s.Schema)
	}
	return s, nil
}
