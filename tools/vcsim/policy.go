package main

import "github.com/vmware/govmomi/vim25/types"

// switchPolicy is the policy of a standard switch: complete, since nothing is above it.
func switchPolicy(s HostSwitch) *types.HostNetworkPolicy {
	policy := hostPolicy(s.Policy)
	base := types.HostNetworkPolicy{
		Security: &types.HostNetworkSecurityPolicy{
			AllowPromiscuous: types.NewBool(false), MacChanges: types.NewBool(false),
			ForgedTransmits: types.NewBool(false),
		},
		NicTeaming: &types.HostNicTeamingPolicy{
			Policy: "loadbalance_srcid", ReversePolicy: types.NewBool(true),
			NotifySwitches: types.NewBool(true), RollingOrder: types.NewBool(false),
			FailureCriteria: &types.HostNicFailureCriteria{
				CheckSpeed: "minimum", Speed: 10, CheckDuplex: types.NewBool(false),
				FullDuplex: types.NewBool(false), CheckErrorPercent: types.NewBool(false),
				CheckBeacon: types.NewBool(false),
			},
			NicOrder: &types.HostNicOrderPolicy{ActiveNic: s.Nics},
		},
		OffloadPolicy: &types.HostNetOffloadCapabilities{
			CsumOffload: types.NewBool(true), TcpSegmentation: types.NewBool(true),
			ZeroCopyXmit: types.NewBool(true),
		},
		ShapingPolicy: &types.HostNetworkTrafficShapingPolicy{Enabled: types.NewBool(false)},
	}
	complete := computedPolicy(&base, &policy)
	return &complete
}

// hostPolicy translates a scenario's policy; what it leaves out stays unset, that is, inherited.
func hostPolicy(p Policy) types.HostNetworkPolicy {
	policy := types.HostNetworkPolicy{
		Security:      &types.HostNetworkSecurityPolicy{},
		NicTeaming:    &types.HostNicTeamingPolicy{},
		OffloadPolicy: &types.HostNetOffloadCapabilities{},
		ShapingPolicy: &types.HostNetworkTrafficShapingPolicy{Enabled: p.Shaping},
	}
	if s := p.Security; s != nil {
		policy.Security.AllowPromiscuous = s.Promiscuous
		policy.Security.MacChanges = s.MACChanges
		policy.Security.ForgedTransmits = s.ForgedTransmits
	}
	if t := p.Teaming; t != nil {
		policy.NicTeaming.Policy = t.Policy
		policy.NicTeaming.NotifySwitches = t.NotifySwitches
		policy.NicTeaming.RollingOrder = t.Rolling
		if t.CheckBeacon != nil {
			policy.NicTeaming.FailureCriteria = &types.HostNicFailureCriteria{CheckBeacon: t.CheckBeacon}
		}
		if t.Active != nil || t.Standby != nil {
			policy.NicTeaming.NicOrder = &types.HostNicOrderPolicy{ActiveNic: t.Active, StandbyNic: t.Standby}
		}
	}
	return policy
}

// computedPolicy is the switch's policy with the port group's own fields in their place:
// inheritance on a standard switch is field by field (HostPortGroup.computedPolicy).
func computedPolicy(base, own *types.HostNetworkPolicy) types.HostNetworkPolicy {
	security, teaming := *base.Security, *base.NicTeaming
	offload, shaping := *base.OffloadPolicy, *base.ShapingPolicy
	if o := own.Security; o != nil {
		overrideFlag(&security.AllowPromiscuous, o.AllowPromiscuous)
		overrideFlag(&security.MacChanges, o.MacChanges)
		overrideFlag(&security.ForgedTransmits, o.ForgedTransmits)
	}
	if o := own.NicTeaming; o != nil {
		if o.Policy != "" {
			teaming.Policy = o.Policy
		}
		overrideFlag(&teaming.ReversePolicy, o.ReversePolicy)
		overrideFlag(&teaming.NotifySwitches, o.NotifySwitches)
		overrideFlag(&teaming.RollingOrder, o.RollingOrder)
		if o.NicOrder != nil {
			teaming.NicOrder = o.NicOrder
		}
		if o.FailureCriteria != nil {
			criteria := *teaming.FailureCriteria
			overrideFlag(&criteria.CheckBeacon, o.FailureCriteria.CheckBeacon)
			teaming.FailureCriteria = &criteria
		}
	}
	if o := own.OffloadPolicy; o != nil {
		overrideFlag(&offload.CsumOffload, o.CsumOffload)
		overrideFlag(&offload.TcpSegmentation, o.TcpSegmentation)
		overrideFlag(&offload.ZeroCopyXmit, o.ZeroCopyXmit)
	}
	if o := own.ShapingPolicy; o != nil && o.Enabled != nil {
		shaping = *o
	}
	return types.HostNetworkPolicy{
		Security: &security, NicTeaming: &teaming, OffloadPolicy: &offload, ShapingPolicy: &shaping,
	}
}

func overrideFlag(field **bool, own *bool) {
	if own != nil {
		*field = own
	}
}
