package main

import (
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

var inherited = types.InheritablePolicy{Inherited: true}

// baseSetting is what a distributed switch starts from: nothing allowed, no VLAN.
func baseSetting(uplinks []string) *types.VMwareDVSPortSetting {
	no := func() *types.BoolPolicy { return &types.BoolPolicy{Value: types.NewBool(false)} }
	yes := func() *types.BoolPolicy { return &types.BoolPolicy{Value: types.NewBool(true)} }
	return &types.VMwareDVSPortSetting{
		DVPortSetting: types.DVPortSetting{
			Blocked:                 no(),
			VmDirectPathGen2Allowed: no(),
			InShapingPolicy:         &types.DVSTrafficShapingPolicy{Enabled: no()},
			OutShapingPolicy:        &types.DVSTrafficShapingPolicy{Enabled: no()},
			NetworkResourcePoolKey:  &types.StringPolicy{Value: "-1"},
			FilterPolicy:            &types.DvsFilterPolicy{},
		},
		Vlan: &types.VmwareDistributedVirtualSwitchVlanIdSpec{},
		UplinkTeamingPolicy: &types.VmwareUplinkPortTeamingPolicy{
			Policy:          &types.StringPolicy{Value: "loadbalance_srcid"},
			ReversePolicy:   yes(),
			NotifySwitches:  yes(),
			RollingOrder:    no(),
			FailureCriteria: &types.DVSFailureCriteria{CheckBeacon: no()},
			UplinkPortOrder: &types.VMwareUplinkPortOrderPolicy{ActiveUplinkPort: uplinks},
		},
		SecurityPolicy: &types.DVSSecurityPolicy{
			AllowPromiscuous: no(), MacChanges: no(), ForgedTransmits: no(),
		},
		MacManagementPolicy: &types.DVSMacManagementPolicy{
			AllowPromiscuous: types.NewBool(false), MacChanges: types.NewBool(false),
			ForgedTransmits: types.NewBool(false),
			MacLearningPolicy: &types.DVSMacLearningPolicy{
				AllowUnicastFlooding: types.NewBool(false), Limit: types.NewInt32(4096), LimitPolicy: "DROP",
			},
		},
		IpfixEnabled: no(),
		TxUplink:     no(),
	}
}

// inherit is a setting of the next level down that overrides nothing: the same values,
// each marked as inherited.
func inherit(base *types.VMwareDVSPortSetting) *types.VMwareDVSPortSetting {
	s := *base
	flag := func(p *types.BoolPolicy) *types.BoolPolicy {
		if p == nil {
			return nil
		}
		return &types.BoolPolicy{InheritablePolicy: inherited, Value: p.Value}
	}
	s.Blocked, s.VmDirectPathGen2Allowed = flag(base.Blocked), flag(base.VmDirectPathGen2Allowed)
	s.IpfixEnabled, s.TxUplink = flag(base.IpfixEnabled), flag(base.TxUplink)
	shaping := func(p *types.DVSTrafficShapingPolicy) *types.DVSTrafficShapingPolicy {
		if p == nil {
			return nil
		}
		return &types.DVSTrafficShapingPolicy{InheritablePolicy: inherited, Enabled: flag(p.Enabled)}
	}
	s.InShapingPolicy, s.OutShapingPolicy = shaping(base.InShapingPolicy), shaping(base.OutShapingPolicy)
	if p := base.NetworkResourcePoolKey; p != nil {
		s.NetworkResourcePoolKey = &types.StringPolicy{InheritablePolicy: inherited, Value: p.Value}
	}
	if p := base.FilterPolicy; p != nil {
		s.FilterPolicy = &types.DvsFilterPolicy{InheritablePolicy: inherited, FilterConfig: p.FilterConfig}
	}
	s.Vlan = inheritVLAN(base.Vlan)
	if p := base.UplinkTeamingPolicy; p != nil {
		teaming := *p
		teaming.InheritablePolicy = inherited
		s.UplinkTeamingPolicy = &teaming
	}
	if p := base.SecurityPolicy; p != nil {
		s.SecurityPolicy = &types.DVSSecurityPolicy{
			InheritablePolicy: inherited, AllowPromiscuous: flag(p.AllowPromiscuous),
			MacChanges: flag(p.MacChanges), ForgedTransmits: flag(p.ForgedTransmits),
		}
	}
	if p := base.MacManagementPolicy; p != nil {
		mac := *p
		mac.InheritablePolicy = inherited
		if p.MacLearningPolicy != nil {
			learning := *p.MacLearningPolicy
			learning.InheritablePolicy = inherited
			mac.MacLearningPolicy = &learning
		}
		s.MacManagementPolicy = &mac
	}
	return &s
}

func inheritVLAN(v types.BaseVmwareDistributedVirtualSwitchVlanSpec) types.BaseVmwareDistributedVirtualSwitchVlanSpec {
	switch x := v.(type) {
	case *types.VmwareDistributedVirtualSwitchVlanIdSpec:
		spec := *x
		spec.Inherited = true
		return &spec
	case *types.VmwareDistributedVirtualSwitchTrunkVlanSpec:
		spec := *x
		spec.Inherited = true
		return &spec
	case *types.VmwareDistributedVirtualSwitchPvlanSpec:
		spec := *x
		spec.Inherited = true
		return &spec
	}
	return v
}

// override lays a scenario's own settings over what is inherited.
func override(base *types.VMwareDVSPortSetting, own *PortSetting) *types.VMwareDVSPortSetting {
	s := inherit(base)
	if own == nil {
		return s
	}
	if own.VLAN != nil {
		s.Vlan = vlanSpec(own.VLAN)
	}
	if p := own.Security; p != nil {
		s.SecurityPolicy.Inherited = false
		overridePolicy(s.SecurityPolicy.AllowPromiscuous, p.Promiscuous)
		overridePolicy(s.SecurityPolicy.MacChanges, p.MACChanges)
		overridePolicy(s.SecurityPolicy.ForgedTransmits, p.ForgedTransmits)
	}
	if p := own.MAC; p != nil {
		s.MacManagementPolicy.Inherited = false
		overrideFlag(&s.MacManagementPolicy.AllowPromiscuous, p.Promiscuous)
		overrideFlag(&s.MacManagementPolicy.MacChanges, p.MACChanges)
		overrideFlag(&s.MacManagementPolicy.ForgedTransmits, p.ForgedTransmits)
		if l := p.Learning; l != nil {
			learning := s.MacManagementPolicy.MacLearningPolicy
			learning.Inherited = false
			learning.Enabled = l.Enabled
			overrideFlag(&learning.AllowUnicastFlooding, l.Flooding)
			if l.Limit != nil {
				learning.Limit = l.Limit
			}
		}
	}
	if p := own.Teaming; p != nil {
		teaming := s.UplinkTeamingPolicy
		teaming.Inherited = false
		if p.Policy != "" {
			teaming.Policy = &types.StringPolicy{Value: p.Policy}
		}
		if p.Active != nil || p.Standby != nil {
			teaming.UplinkPortOrder = &types.VMwareUplinkPortOrderPolicy{
				ActiveUplinkPort: p.Active, StandbyUplinkPort: p.Standby,
			}
		}
	}
	if own.IPFIX != nil {
		s.IpfixEnabled = &types.BoolPolicy{Value: own.IPFIX}
	}
	if own.Blocked != nil {
		s.Blocked = &types.BoolPolicy{Value: own.Blocked}
	}
	if own.Filter != nil {
		s.FilterPolicy = filterPolicy(own.Filter)
	}
	return s
}

func overridePolicy(p *types.BoolPolicy, own *bool) {
	if own != nil {
		p.Value = own
		p.Inherited = false
	}
}

func vlanSpec(v *VLAN) types.BaseVmwareDistributedVirtualSwitchVlanSpec {
	switch {
	case v.Private != nil:
		return &types.VmwareDistributedVirtualSwitchPvlanSpec{PvlanId: *v.Private}
	case v.Trunk != nil:
		spec := &types.VmwareDistributedVirtualSwitchTrunkVlanSpec{}
		for _, r := range v.Trunk {
			spec.VlanId = append(spec.VlanId, types.NumericRange{Start: r[0], End: r[1]})
		}
		return spec
	case v.Access != nil:
		return &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: *v.Access}
	}
	return &types.VmwareDistributedVirtualSwitchVlanIdSpec{}
}

func filterPolicy(filters []Filter) *types.DvsFilterPolicy {
	ruleset := &types.DvsTrafficRuleset{Key: "ruleset-1", Enabled: types.NewBool(true)}
	for i, f := range filters {
		rule := types.DvsTrafficRule{
			Key: stableUUID("rule", f.Description), Description: f.Description,
			Sequence: int32(10 * (i + 1)), Direction: orDefault(f.Direction, "both"),
			Action: &types.DvsDropNetworkRuleAction{},
		}
		if f.Action == "accept" {
			rule.Action = &types.DvsAcceptNetworkRuleAction{}
		}
		qualifier := &types.DvsIpNetworkRuleQualifier{
			SourceAddress: filterAddress(f.Source), DestinationAddress: filterAddress(f.Destination),
		}
		if f.Protocol != nil {
			qualifier.Protocol = &types.IntExpression{Value: *f.Protocol}
		}
		if f.Port != nil {
			qualifier.DestinationIpPort = &types.DvsSingleIpPort{PortNumber: *f.Port}
		}
		rule.Qualifier = []types.BaseDvsNetworkRuleQualifier{qualifier}
		ruleset.Rules = append(ruleset.Rules, rule)
	}
	config := &types.DvsTrafficFilterConfig{TrafficRuleset: ruleset}
	config.AgentName = "dvfilter-generic-vmware"
	return &types.DvsFilterPolicy{FilterConfig: []types.BaseDvsFilterConfig{config}}
}

func filterAddress(text string) types.BaseIpAddress {
	if text == "" {
		return nil
	}
	if !strings.Contains(text, "/") {
		return &types.SingleIp{Address: text}
	}
	address, length := splitPrefix(text)
	return &types.IpRange{AddressPrefix: address, PrefixLength: length}
}
