package main

import (
	"strconv"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// attachment is a machine's NIC on a distributed port.
type attachment struct {
	machine *simulator.VirtualMachine
	card    *types.VirtualEthernetCard
	backing *types.VirtualEthernetCardDistributedVirtualPortBackingInfo
}

// FetchDVPorts answers with the live ports: settings as they are in force now, what is
// connected, and the running state. Criteria narrow the answer.
func (h *switchHandler) FetchDVPorts(req *types.FetchDVPorts) soap.HasFault {
	body := new(methods.FetchDVPortsBody)
	if settings.hidden(h.Self, "FetchDVPorts") {
		body.Fault_ = simulator.Fault("Permission to perform this operation was denied.", noPermission(h.Self))
		return body
	}
	groups := make(map[string]*simulator.DistributedVirtualPortgroup)
	for _, ref := range h.Portgroup {
		if group, ok := simulator.Map.Get(ref).(*simulator.DistributedVirtualPortgroup); ok {
			groups[group.Key] = group
		}
	}
	attached := h.attachments(groups)
	body.Res = new(types.FetchDVPortsResponse)
	for _, stored := range h.FetchDVPortsResponse.Returnval {
		group := groups[stored.PortgroupKey]
		if group == nil {
			continue
		}
		port := live(stored, group, attached[stored.Key], h.mtu())
		if wanted(req.Criteria, &port, group) {
			body.Res.Returnval = append(body.Res.Returnval, port)
		}
	}
	return body
}

func (h *switchHandler) mtu() int32 {
	if config, ok := h.Config.(*types.VMwareDVSConfigInfo); ok {
		return config.MaxMtu
	}
	return 0
}

// attachments finds the machines' NICs on this switch, giving a port to each that has none yet.
func (h *switchHandler) attachments(groups map[string]*simulator.DistributedVirtualPortgroup) map[string]attachment {
	stored := make(map[string]*types.DistributedVirtualPort)
	for i := range h.FetchDVPortsResponse.Returnval {
		port := &h.FetchDVPortsResponse.Returnval[i]
		stored[port.Key] = port
	}
	attached := make(map[string]attachment)
	var homeless []attachment
	for _, e := range simulator.Map.All("VirtualMachine") {
		machine := e.(*simulator.VirtualMachine)
		if machine.Config == nil {
			continue
		}
		for _, device := range machine.Config.Hardware.Device {
			ethernet, ok := device.(types.BaseVirtualEthernetCard)
			if !ok {
				continue
			}
			card := ethernet.GetVirtualEthernetCard()
			backing, ok := card.Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
			if !ok || backing.Port.SwitchUuid != h.Uuid {
				continue
			}
			a := attachment{machine, card, backing}
			if port := stored[backing.Port.PortKey]; port != nil && port.PortgroupKey == backing.Port.PortgroupKey {
				attached[port.Key] = a
			} else {
				homeless = append(homeless, a)
			}
		}
	}
	for _, a := range homeless {
		if group := groups[a.backing.Port.PortgroupKey]; group != nil {
			a.backing.Port.PortKey = h.add(group)
			attached[a.backing.Port.PortKey] = a
		}
	}
	return attached
}

// add makes a new port of a group.
func (h *switchHandler) add(group *simulator.DistributedVirtualPortgroup) string {
	key := strconv.Itoa(len(h.FetchDVPortsResponse.Returnval) + 10000)
	h.FetchDVPortsResponse.Returnval = append(h.FetchDVPortsResponse.Returnval, types.DistributedVirtualPort{
		Key: key, DvsUuid: h.Uuid, PortgroupKey: group.Key, Config: types.DVPortConfigInfo{ConfigVersion: "1"},
	})
	group.PortKeys = append(group.PortKeys, key)
	return key
}

// live is a stored port with its group's settings of now and what is connected now.
func live(port types.DistributedVirtualPort, group *simulator.DistributedVirtualPortgroup, a attachment, mtu int32) types.DistributedVirtualPort {
	setting := inForce(group.Config.DefaultPortConfig, port.Config.Setting)
	port.Config.Setting = setting
	status := &types.DVPortStatus{Mtu: mtu, TrunkingMode: types.NewBool(false)}
	if a.machine != nil {
		self := a.machine.Self
		port.Connectee = &types.DistributedVirtualSwitchPortConnectee{
			ConnectedEntity: &self, NicKey: strconv.Itoa(int(a.card.Key)), Type: "vmVnic",
		}
		port.ProxyHost = a.machine.Runtime.Host
		status.LinkUp = a.card.Connectable != nil && a.card.Connectable.Connected
		status.LinkPeer, status.MacAddress = a.machine.Name, a.card.MacAddress
	} else if port.Connectee != nil && port.Connectee.Type == "vmVnic" {
		port.Connectee, port.ProxyHost = nil, nil
	} else if port.Connectee != nil {
		status.LinkUp = true
		status.LinkPeer = port.Connectee.NicKey
	}
	if setting.Blocked != nil {
		status.Blocked = isTrue(setting.Blocked.Value, false)
	}
	status.VlanIds, *status.TrunkingMode = ranges(setting.Vlan)
	if port.Connectee != nil {
		port.State = &types.DVPortState{RuntimeInfo: status}
	}
	return port
}

// inForce is the group's setting with what the port itself overrides.
func inForce(group, own types.BaseDVPortSetting) *types.VMwareDVSPortSetting {
	base, ok := group.(*types.VMwareDVSPortSetting)
	if !ok {
		base = baseSetting(nil)
	}
	setting := inherit(base)
	o, ok := own.(*types.VMwareDVSPortSetting)
	if !ok {
		return setting
	}
	if o.Vlan != nil && !o.Vlan.GetVmwareDistributedVirtualSwitchVlanSpec().Inherited {
		setting.Vlan = o.Vlan
	}
	if o.SecurityPolicy != nil && !o.SecurityPolicy.Inherited {
		setting.SecurityPolicy = o.SecurityPolicy
	}
	if o.MacManagementPolicy != nil && !o.MacManagementPolicy.Inherited {
		setting.MacManagementPolicy = o.MacManagementPolicy
	}
	if o.UplinkTeamingPolicy != nil && !o.UplinkTeamingPolicy.Inherited {
		setting.UplinkTeamingPolicy = o.UplinkTeamingPolicy
	}
	if o.FilterPolicy != nil && !o.FilterPolicy.Inherited {
		setting.FilterPolicy = o.FilterPolicy
	}
	if o.Blocked != nil && !o.Blocked.Inherited {
		setting.Blocked = o.Blocked
	}
	if o.IpfixEnabled != nil && !o.IpfixEnabled.Inherited {
		setting.IpfixEnabled = o.IpfixEnabled
	}
	return setting
}

// ranges is the running set of VLANs, and whether the port is a trunk.
func ranges(vlan types.BaseVmwareDistributedVirtualSwitchVlanSpec) ([]types.NumericRange, bool) {
	switch v := vlan.(type) {
	case *types.VmwareDistributedVirtualSwitchVlanIdSpec:
		return []types.NumericRange{{Start: v.VlanId, End: v.VlanId}}, false
	case *types.VmwareDistributedVirtualSwitchTrunkVlanSpec:
		return v.VlanId, true
	case *types.VmwareDistributedVirtualSwitchPvlanSpec:
		return []types.NumericRange{{Start: v.PvlanId, End: v.PvlanId}}, false
	}
	return nil, false
}

// wanted says whether the criteria let a port through.
func wanted(c *types.DistributedVirtualSwitchPortCriteria, port *types.DistributedVirtualPort, group *simulator.DistributedVirtualPortgroup) bool {
	if c == nil {
		return true
	}
	linkUp := port.State != nil && port.State.RuntimeInfo.LinkUp
	flags := []struct {
		asked *bool
		is    bool
	}{
		{c.Connected, port.Connectee != nil},
		{c.Active, linkUp},
		{c.UplinkPort, isTrue(group.Config.Uplink, false)},
	}
	for _, flag := range flags {
		if flag.asked != nil && *flag.asked != flag.is {
			return false
		}
	}
	if len(c.PortgroupKey) > 0 && contains(c.PortgroupKey, port.PortgroupKey) != isTrue(c.Inside, true) {
		return false
	}
	if len(c.PortKey) > 0 && !contains(c.PortKey, port.Key) {
		return false
	}
	if len(c.Host) > 0 {
		return port.ProxyHost != nil && simulator.FindReference(c.Host, *port.ProxyHost) != nil
	}
	return true
}

func contains(all []string, text string) bool {
	for _, one := range all {
		if one == text {
			return true
		}
	}
	return false
}
