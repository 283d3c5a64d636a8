package main

// Host is an ESXi host.
type Host struct {
	Name               string          `json:"name"`
	UUID               string          `json:"uuid"`
	CPUMHz             int32           `json:"cpu_mhz"`
	Cores              int16           `json:"cores"`
	MemoryMB           int64           `json:"memory_mb"`
	Connection         string          `json:"connection"` // connected | disconnected | notResponding
	Maintenance        bool            `json:"maintenance"`
	Nics               []PhysicalNic   `json:"nics"`
	PCI                []PCIDevice     `json:"pci"`
	Switches           []HostSwitch    `json:"switches"`
	Portgroups         []HostPortgroup `json:"portgroups"`
	Kernel             []KernelNic     `json:"kernel"`
	Stacks             []Stack         `json:"stacks"`
	Services           []HostService   `json:"services"`
	Firewall           HostFirewall    `json:"firewall"`
	Lockdown           string          `json:"lockdown"`
	LockdownExceptions []string        `json:"lockdown_exceptions"`
	Options            map[string]any  `json:"options"`
	NTP                []string        `json:"ntp"`
	DNS                []string        `json:"dns"`
}

// PCIDevice is a card that no switch uses; machines may be given it whole.
type PCIDevice struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// PhysicalNic is a physical NIC; Link false means no link.
type PhysicalNic struct {
	Device string `json:"device"`
	MAC    string `json:"mac"`
	PCI    string `json:"pci"`
	Driver string `json:"driver"`
	Speed  int32  `json:"speed"` // Mbit/s
	Link   *bool  `json:"link"`
}

// HostSwitch is a standard switch.
type HostSwitch struct {
	Name      string    `json:"name"`
	Nics      []string  `json:"nics"`
	MTU       int32     `json:"mtu"`
	Ports     int32     `json:"ports"`
	Policy    Policy    `json:"policy"`
	Discovery Discovery `json:"discovery"`
}

// HostPortgroup is a port group of a standard switch; unset policy fields inherit.
type HostPortgroup struct {
	Name   string `json:"name"`
	Switch string `json:"switch"`
	VLAN   int32  `json:"vlan"`
	Policy Policy `json:"policy"`
}

// Policy is the network policy of a standard switch or port group.
type Policy struct {
	Security *Security `json:"security"`
	Teaming  *Teaming  `json:"teaming"`
	Shaping  *bool     `json:"shaping"`
}

// Security is the layer-2 policy; nil fields inherit.
type Security struct {
	Promiscuous     *bool `json:"promiscuous"`
	MACChanges      *bool `json:"mac_changes"`
	ForgedTransmits *bool `json:"forged_transmits"`
}

// Teaming is the failover order; Active nil inherits it.
type Teaming struct {
	Policy         string   `json:"policy"`
	Active         []string `json:"active"`
	Standby        []string `json:"standby"`
	NotifySwitches *bool    `json:"notify_switches"`
	Rolling        *bool    `json:"rolling"`
	CheckBeacon    *bool    `json:"check_beacon"`
}

// Discovery is the link discovery protocol.
type Discovery struct {
	Protocol  string `json:"protocol"`
	Operation string `json:"operation"`
}

// KernelNic is a kernel interface on a standard or (with Switch) distributed port group.
type KernelNic struct {
	Device    string   `json:"device"`
	Portgroup string   `json:"portgroup"`
	Switch    string   `json:"switch"`
	Port      string   `json:"port"`
	IP        string   `json:"ip"`
	Mask      string   `json:"mask"`
	IPv6      []string `json:"ipv6"`
	MAC       string   `json:"mac"`
	MTU       int32    `json:"mtu"`
	Stack     string   `json:"stack"`
	Services  []string `json:"services"` // management, vmotion, vSphereReplication, faultToleranceLogging, vsan…
}

// Stack is a TCP/IP stack of the host.
type Stack struct {
	Key     string `json:"key"`
	Gateway string `json:"gateway"`
}

// HostService is a service such as TSM-SSH.
type HostService struct {
	Key     string `json:"key"`
	Label   string `json:"label"`
	Running bool   `json:"running"`
	Policy  string `json:"policy"` // on | off | automatic
}

// HostFirewall is the host's own firewall.
type HostFirewall struct {
	IncomingBlocked *bool     `json:"incoming_blocked"`
	OutgoingBlocked *bool     `json:"outgoing_blocked"`
	Rulesets        []Ruleset `json:"rulesets"`
}

// Ruleset is one rule set of the host firewall.
type Ruleset struct {
	Key      string   `json:"key"`
	Label    string   `json:"label"`
	Enabled  bool     `json:"enabled"`
	AllIP    bool     `json:"all_ip"`
	IPs      []string `json:"ips"`
	Networks []string `json:"networks"` // 10.1.12.0/24
	Port     int32    `json:"port"`
	Protocol string   `json:"protocol"`
	Outbound bool     `json:"outbound"`
	Required bool     `json:"required"`
}
