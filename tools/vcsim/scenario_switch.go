package main

// DistributedSwitch is a distributed virtual switch.
type DistributedSwitch struct {
	Name        string                 `json:"name"`
	UUID        string                 `json:"uuid"`
	Version     string                 `json:"version"`
	MTU         int32                  `json:"mtu"`
	Uplinks     []string               `json:"uplinks"`
	Members     []SwitchMember         `json:"members"`
	NIOC        *bool                  `json:"network_io_control"`
	Traffic     []TrafficShare         `json:"traffic"`
	HealthCheck []string               `json:"health_check"` // enabled kinds: vlan, teaming
	Discovery   Discovery              `json:"discovery"`
	IPFIX       *IPFIX                 `json:"ipfix"`
	Mirrors     []Mirror               `json:"mirrors"`
	PVLANs      []PrivateVLAN          `json:"private_vlans"`
	Defaults    *PortSetting           `json:"defaults"`
	UplinkGroup DistributedPortgroup   `json:"uplink_portgroup"`
	Portgroups  []DistributedPortgroup `json:"portgroups"`
	Ports       []DistributedPort      `json:"ports"`
}

// SwitchMember says which physical NIC of a host is which uplink.
type SwitchMember struct {
	Host string            `json:"host"`
	Nics map[string]string `json:"nics"` // uplink name -> device
}

// TrafficShare is one kind of infrastructure traffic under network I/O control.
type TrafficShare struct {
	Key         string `json:"key"` // management, vmotion, virtualMachine…
	Shares      string `json:"shares"`
	Reservation int64  `json:"reservation"` // Mbit/s
}

// IPFIX is a flow collector.
type IPFIX struct {
	Collector string `json:"collector"`
	Port      int32  `json:"port"`
}

// Mirror is a port mirroring session; ports are keys, or "machine:N" for the machine's NIC number N.
type Mirror struct {
	Key                string   `json:"key"`
	Name               string   `json:"name"`
	Kind               string   `json:"kind"`
	Enabled            bool     `json:"enabled"`
	SourceReceived     []string `json:"source_received"`
	SourceTransmitted  []string `json:"source_transmitted"`
	DestinationPorts   []string `json:"destination_ports"`
	DestinationUplinks []string `json:"destination_uplinks"`
	DestinationIPs     []string `json:"destination_ips"`
	SourceVLANs        []int32  `json:"source_vlans"`
	EncapsulationVLAN  int32    `json:"encapsulation_vlan"`
	NormalTraffic      bool     `json:"normal_traffic_allowed"`
}

// PrivateVLAN is a row of the private VLAN map.
type PrivateVLAN struct {
	Primary   int32  `json:"primary"`
	Secondary int32  `json:"secondary"`
	Kind      string `json:"kind"` // promiscuous | isolated | community
}

// DistributedPortgroup is a distributed port group.
type DistributedPortgroup struct {
	Name          string       `json:"name"`
	Type          string       `json:"type"`  // earlyBinding | ephemeral | lateBinding
	Spare         int          `json:"spare"` // ports without a connection
	Setting       PortSetting  `json:"setting"`
	Overrides     OverrideFlag `json:"overrides"`
	Backing       string       `json:"backing"` // standard | nsx
	LogicalSwitch string       `json:"logical_switch"`
	Segment       string       `json:"segment"`
}

// OverrideFlag says what a port may override; ResetAtDisconnect defaults to true.
type OverrideFlag struct {
	VLAN              bool  `json:"vlan"`
	Security          bool  `json:"security"`
	MACManagement     bool  `json:"mac"`
	TrafficFilter     bool  `json:"filter"`
	Teaming           bool  `json:"teaming"`
	IPFIX             bool  `json:"ipfix"`
	Block             bool  `json:"block"`
	Shaping           bool  `json:"shaping"`
	LivePortMoving    bool  `json:"live_port_moving"`
	ResourcePool      bool  `json:"resource_pool"`
	ResetAtDisconnect *bool `json:"reset_at_disconnect"`
}

// PortSetting is what a group sets, or what a port overrides: absent parts inherit.
type PortSetting struct {
	VLAN     *VLAN     `json:"vlan"`
	Security *Security `json:"security"` // deprecated place, securityPolicy
	MAC      *MAC      `json:"mac"`      // current place, macManagementPolicy
	Teaming  *Teaming  `json:"teaming"`
	IPFIX    *bool     `json:"ipfix"`
	Blocked  *bool     `json:"blocked"`
	Filter   []Filter  `json:"filter"`
}

// VLAN is one of: access 1-4094 (0: none), trunk ranges, a secondary private VLAN.
type VLAN struct {
	Access  *int32     `json:"access"`
	Trunk   [][2]int32 `json:"trunk"`
	Private *int32     `json:"private"`
}

// MAC is the MAC policy in its current place.
type MAC struct {
	Promiscuous     *bool     `json:"promiscuous"`
	MACChanges      *bool     `json:"mac_changes"`
	ForgedTransmits *bool     `json:"forged_transmits"`
	Learning        *Learning `json:"learning"`
}

// Learning is MAC learning.
type Learning struct {
	Enabled  bool   `json:"enabled"`
	Flooding *bool  `json:"flooding"`
	Limit    *int32 `json:"limit"`
}

// Filter is one rule of a port group's traffic filter, in order.
type Filter struct {
	Description string `json:"description"`
	Action      string `json:"action"`    // accept | drop
	Direction   string `json:"direction"` // incomingPackets | outgoingPackets | both
	Protocol    *int32 `json:"protocol"`
	Source      string `json:"source"`      // address or prefix
	Destination string `json:"destination"` // address or prefix
	Port        *int32 `json:"port"`        // destination port
}

// DistributedPort overrides the settings of one port; Port is a key or "machine:N".
type DistributedPort struct {
	Port    string      `json:"port"`
	Setting PortSetting `json:"setting"`
}
