package main

import (
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

const defaultStack = "defaultTcpipStack"

func (b *builder) hostNetwork(h *Host) (*types.HostNetworkInfo, error) {
	network := &types.HostNetworkInfo{
		IpV6Enabled: types.NewBool(true), AtBootIpV6Enabled: types.NewBool(true),
		DnsConfig: dnsConfig(h),
	}
	for i, nic := range h.Nics {
		network.Pnic = append(network.Pnic, physicalNic(nic, i))
	}
	for _, s := range h.Switches {
		network.Vswitch = append(network.Vswitch, standardSwitch(s))
	}
	for _, g := range h.Portgroups {
		if err := addPortgroup(network, hostPortgroupSpec(g)); err != nil {
			return nil, fmt.Errorf("host %s: %w", h.Name, err)
		}
	}
	for _, k := range h.Kernel {
		network.Vnic = append(network.Vnic, b.kernelNic(h, k))
	}
	stacks := h.Stacks
	if len(stacks) == 0 {
		stacks = []Stack{{Key: defaultStack}}
	}
	for _, s := range stacks {
		route := &types.HostIpRouteConfig{DefaultGateway: s.Gateway}
		if s.Key == defaultStack {
			network.IpRouteConfig = route
		}
		network.NetStackInstance = append(network.NetStackInstance, types.HostNetStackInstance{
			Key: s.Key, Name: s.Key, DnsConfig: dnsConfig(h), IpRouteConfig: route,
			CongestionControlAlgorithm: "newreno", IpV6Enabled: types.NewBool(true),
			RequestedMaxNumberOfConnections: 11000,
		})
	}
	return network, nil
}

func dnsConfig(h *Host) *types.HostDnsConfig {
	name, domain, _ := strings.Cut(h.Name, ".")
	return &types.HostDnsConfig{HostName: name, DomainName: domain, Address: h.DNS, SearchDomain: []string{domain}}
}

func physicalNic(nic PhysicalNic, index int) types.PhysicalNic {
	p := types.PhysicalNic{
		Key:    "key-vim.host.PhysicalNic-" + nic.Device,
		Device: nic.Device,
		Pci:    orDefault(nic.PCI, fmt.Sprintf("0000:%02x:00.%d", 0x19+index/2, index%2)),
		Driver: orDefault(nic.Driver, "ixgben"),
		Mac:    nic.MAC,
	}
	if isTrue(nic.Link, true) {
		p.LinkSpeed = &types.PhysicalNicLinkInfo{SpeedMb: orNumber(nic.Speed, 10000), Duplex: true}
	}
	return p
}

func standardSwitch(s HostSwitch) types.HostVirtualSwitch {
	vswitch := types.HostVirtualSwitch{
		Name: s.Name, Key: "key-vim.host.VirtualSwitch-" + s.Name,
		NumPorts: 2560, NumPortsAvailable: 2500, Mtu: orNumber(s.MTU, 1500),
		Spec: types.HostVirtualSwitchSpec{NumPorts: orNumber(s.Ports, 128), Mtu: orNumber(s.MTU, 1500)},
	}
	for _, nic := range s.Nics {
		vswitch.Pnic = append(vswitch.Pnic, "key-vim.host.PhysicalNic-"+nic)
	}
	if len(s.Nics) > 0 {
		vswitch.Spec.Bridge = &types.HostVirtualSwitchBondBridge{
			NicDevice: s.Nics,
			Beacon:    &types.HostVirtualSwitchBeaconConfig{Interval: 1},
			LinkDiscoveryProtocolConfig: &types.LinkDiscoveryProtocolConfig{
				Protocol:  orDefault(s.Discovery.Protocol, "cdp"),
				Operation: orDefault(s.Discovery.Operation, "none"),
			},
		}
	}
	vswitch.Spec.Policy = switchPolicy(s)
	return vswitch
}

func hostPortgroupSpec(g HostPortgroup) types.HostPortGroupSpec {
	return types.HostPortGroupSpec{
		Name: g.Name, VlanId: g.VLAN, VswitchName: g.Switch, Policy: hostPolicy(g.Policy),
	}
}

// addPortgroup adds a port group to its switch and computes its effective policy.
func addPortgroup(network *types.HostNetworkInfo, spec types.HostPortGroupSpec) error {
	vswitch := findSwitch(network, spec.VswitchName)
	if vswitch == nil {
		return fmt.Errorf("port group %s: no switch %q", spec.Name, spec.VswitchName)
	}
	key := "key-vim.host.PortGroup-" + spec.Name
	vswitch.Portgroup = append(vswitch.Portgroup, key)
	network.Portgroup = append(network.Portgroup, types.HostPortGroup{
		Key: key, Vswitch: vswitch.Key, Spec: spec,
		ComputedPolicy: computedPolicy(vswitch.Spec.Policy, &spec.Policy),
	})
	return nil
}

func findSwitch(network *types.HostNetworkInfo, name string) *types.HostVirtualSwitch {
	for i := range network.Vswitch {
		if network.Vswitch[i].Name == name {
			return &network.Vswitch[i]
		}
	}
	return nil
}

func findPortgroup(network *types.HostNetworkInfo, name string) *types.HostPortGroup {
	for i := range network.Portgroup {
		if network.Portgroup[i].Spec.Name == name {
			return &network.Portgroup[i]
		}
	}
	return nil
}

func (b *builder) kernelNic(h *Host, k KernelNic) types.HostVirtualNic {
	stack := orDefault(k.Stack, defaultStack)
	address, length := splitPrefix(k.IP)
	mask := k.Mask
	if mask == "" {
		mask = maskOf(length)
	}
	ipv6 := &types.HostIpConfigIpV6AddressConfiguration{
		AutoConfigurationEnabled: types.NewBool(false), DhcpV6Enabled: types.NewBool(false),
	}
	for _, text := range k.IPv6 {
		address, length := splitPrefix(text)
		ipv6.IpV6Address = append(ipv6.IpV6Address, types.HostIpConfigIpV6Address{
			IpAddress: address, PrefixLength: length, Origin: "manual", DadState: "preferred",
		})
	}
	nic := types.HostVirtualNic{
		Device: k.Device, Key: "key-vim.host.VirtualNic-" + k.Device,
		Spec: types.HostVirtualNicSpec{
			Ip:                  &types.HostIpConfig{IpAddress: address, SubnetMask: mask, IpV6Config: ipv6},
			Mac:                 orDefault(k.MAC, stableMAC("vmk", h.Name, k.Device)),
			Mtu:                 orNumber(k.MTU, 1500),
			TsoEnabled:          types.NewBool(true),
			NetStackInstanceKey: stack,
		},
	}
	if k.Switch == "" {
		nic.Portgroup = k.Portgroup
		nic.Spec.Portgroup = k.Portgroup
	}
	return nic
}

// stableMAC derives an address of the range that VMware uses for kernel interfaces.
func stableMAC(names ...string) string {
	id := stableUUID(names...)
	return fmt.Sprintf("00:50:56:6%c:%s:%s", id[0], id[2:4], id[4:6])
}

// nicManager lists for each service the candidates and the interfaces chosen.
func nicManager(h *Host, network *types.HostNetworkInfo) *types.HostVirtualNicManagerInfo {
	kinds := []string{
		"faultToleranceLogging", "management", "vSphereBackupNFC", "vSphereReplication",
		"vSphereReplicationNFC", "vmotion", "vsan", "vsanWitness", "vSphereProvisioning",
	}
	info := &types.HostVirtualNicManagerInfo{}
	for _, kind := range kinds {
		config := types.VirtualNicManagerNetConfig{NicType: kind, MultiSelectAllowed: true}
		for _, nic := range network.Vnic {
			candidate := nic
			candidate.Key = kind + "." + nic.Key
			config.CandidateVnic = append(config.CandidateVnic, candidate)
		}
		for _, k := range h.Kernel {
			for _, service := range k.Services {
				if service == kind {
					config.SelectedVnic = append(config.SelectedVnic, kind+".key-vim.host.VirtualNic-"+k.Device)
				}
			}
		}
		info.NetConfig = append(info.NetConfig, config)
	}
	return info
}
