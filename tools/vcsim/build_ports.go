package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// connect gives a machine's NIC or a kernel interface a port of a distributed port group.
func (b *builder) connect(switchName, groupName, label string) (*types.DistributedVirtualSwitchPortConnection, *groupRecord, error) {
	group := b.groups[switchName+"/"+groupName]
	if group == nil {
		return nil, nil, fmt.Errorf("no port group %q on switch %q", groupName, switchName)
	}
	key := group.owner.newPort(group.object, "")
	group.owner.nics[label] = key
	return &types.DistributedVirtualSwitchPortConnection{
		SwitchUuid: group.owner.object.Uuid, PortgroupKey: group.object.Key, PortKey: key,
		ConnectionCookie: int32(len(group.owner.ports)),
	}, group, nil
}

// kernelPorts connects the kernel interfaces that use distributed port groups.
func (b *builder) kernelPorts(d *Datacenter) error {
	hosts := append([]Host{}, d.Hosts...)
	for _, c := range d.Clusters {
		hosts = append(hosts, c.Hosts...)
	}
	for _, h := range hosts {
		host := b.hosts[h.Name]
		for i, k := range h.Kernel {
			if k.Switch == "" {
				continue
			}
			connection, group, err := b.connect(k.Switch, k.Portgroup, h.Name+":"+k.Device)
			if err != nil {
				return fmt.Errorf("host %s, %s: %w", h.Name, k.Device, err)
			}
			host.Config.Network.Vnic[i].Spec.DistributedVirtualPort = connection
			host.Config.Network.Vnic[i].Port = connection.PortKey
			self := host.Self
			port := group.owner.get(connection.PortKey)
			port.ProxyHost = &self
			port.Connectee = &types.DistributedVirtualSwitchPortConnectee{
				ConnectedEntity: &self, NicKey: k.Device, Type: connecteeType(k),
			}
		}
	}
	return nil
}

func connecteeType(k KernelNic) string {
	for _, service := range k.Services {
		if service == "management" {
			return "hostConsoleVnic"
		}
	}
	return "hostVmkVnic"
}

// switchPorts finishes a switch: spare ports, overrides, mirror sessions, port counts.
func (b *builder) switchPorts(s *DistributedSwitch) error {
	record := b.switches[s.Name]
	for _, g := range s.Portgroups {
		group := b.groups[s.Name+"/"+g.Name]
		for i := 0; i < g.Spare; i++ {
			record.newPort(group.object, "")
		}
	}
	for i := range s.Ports {
		key, err := record.resolve(s.Ports[i].Port)
		if err != nil {
			return err
		}
		port := record.get(key)
		base := b.settingOf(port.PortgroupKey)
		port.Config.Setting = override(base, &s.Ports[i].Setting)
	}
	config := record.object.Config.(*types.VMwareDVSConfigInfo)
	for i, m := range s.Mirrors {
		session, err := record.mirror(&m, i)
		if err != nil {
			return err
		}
		config.VspanSession = append(config.VspanSession, *session)
	}
	config.NumPorts = int32(len(record.ports))
	record.object.Summary.NumPorts = config.NumPorts
	record.object.FetchDVPortsResponse.Returnval = record.ports
	return nil
}

func (b *builder) settingOf(groupKey string) *types.VMwareDVSPortSetting {
	for _, group := range b.groups {
		if group.object.Key == groupKey {
			return group.object.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting)
		}
	}
	return baseSetting(nil)
}

// resolve turns "web-01:0" (the machine's first NIC) into a port key; a number stays one.
func (r *switchRecord) resolve(label string) (string, error) {
	if key, ok := r.nics[label]; ok {
		return key, nil
	}
	if _, ok := r.index[label]; ok {
		return label, nil
	}
	return "", fmt.Errorf("switch %s: no port %q", r.object.Name, label)
}

func (r *switchRecord) mirror(m *Mirror, index int) (*types.VMwareVspanSession, error) {
	ports := func(labels []string) ([]string, error) {
		var keys []string
		for _, label := range labels {
			key, err := r.resolve(label)
			if err != nil {
				return nil, fmt.Errorf("mirror %s: %w", m.Name, err)
			}
			keys = append(keys, key)
		}
		return keys, nil
	}
	received, err := ports(m.SourceReceived)
	if err != nil {
		return nil, err
	}
	transmitted, err := ports(m.SourceTransmitted)
	if err != nil {
		return nil, err
	}
	destination, err := ports(m.DestinationPorts)
	if err != nil {
		return nil, err
	}
	key := orDefault(m.Key, strconv.Itoa(index+1))
	if !strings.Contains(key, "-") {
		key = "vspan-" + key
	}
	return &types.VMwareVspanSession{
		Key: key, Name: m.Name, Enabled: m.Enabled, SessionType: orDefault(m.Kind, "dvPortMirror"),
		SourcePortReceived:    &types.VMwareVspanPort{PortKey: received, Vlans: m.SourceVLANs},
		SourcePortTransmitted: &types.VMwareVspanPort{PortKey: transmitted},
		DestinationPort: &types.VMwareVspanPort{
			PortKey: destination, UplinkPortName: m.DestinationUplinks, IpAddress: m.DestinationIPs,
		},
		EncapsulationVlanId: m.EncapsulationVLAN, NormalTrafficAllowed: m.NormalTraffic, SamplingRate: 1,
	}, nil
}
