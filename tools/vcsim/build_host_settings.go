package main

import "github.com/vmware/govmomi/vim25/types"

func hostServices(h *Host) []types.HostService {
	var services []types.HostService
	for _, s := range h.Services {
		services = append(services, types.HostService{
			Key: s.Key, Label: orDefault(s.Label, s.Key), Running: s.Running,
			Policy: orDefault(s.Policy, "off"),
		})
	}
	return services
}

func hostFirewall(h *Host) *types.HostFirewallInfo {
	info := &types.HostFirewallInfo{DefaultPolicy: types.HostFirewallDefaultPolicy{
		IncomingBlocked: types.NewBool(isTrue(h.Firewall.IncomingBlocked, true)),
		OutgoingBlocked: types.NewBool(isTrue(h.Firewall.OutgoingBlocked, true)),
	}}
	for _, r := range h.Firewall.Rulesets {
		direction := types.HostFirewallRuleDirectionInbound
		if r.Outbound {
			direction = types.HostFirewallRuleDirectionOutbound
		}
		hosts := &types.HostFirewallRulesetIpList{AllIp: r.AllIP, IpAddress: r.IPs}
		for _, text := range r.Networks {
			address, length := splitPrefix(text)
			hosts.IpNetwork = append(hosts.IpNetwork, types.HostFirewallRulesetIpNetwork{
				Network: address, PrefixLength: length,
			})
		}
		info.Ruleset = append(info.Ruleset, types.HostFirewallRuleset{
			Key: r.Key, Label: orDefault(r.Label, r.Key), Enabled: r.Enabled, Required: r.Required,
			AllowedHosts: hosts,
			Rule: []types.HostFirewallRule{{
				Port: r.Port, Direction: direction, PortType: types.HostFirewallRulePortTypeDst,
				Protocol: orDefault(r.Protocol, "tcp"),
			}},
		})
	}
	return info
}
