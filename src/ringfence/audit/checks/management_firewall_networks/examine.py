"""Compares the networks of each enabled ruleset with those that the policy declares."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.kernel import is_for_machines, serving_interfaces
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.hosts import HostFirewallRuleset
from ringfence.policy.selectors import interface_address

Network = IPv4Network | IPv6Network


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each host, where the policy declares management networks."""
    declared = _declared(context)
    if not declared:
        return
    allowed = declared + _of_interfaces(context)
    for host in context.inventory.hosts.values():
        target = context.targets.host(host)
        if isinstance(host.firewall, NotRead):
            yield Unread(target, "firewall.rulesets", host.firewall)
        elif isinstance(host.firewall.rulesets, NotRead):
            yield Unread(target, "firewall.rulesets", host.firewall.rulesets)
        else:
            yield _judged(target, host.firewall.rulesets, allowed)


def _judged(
    target: Target, rulesets: tuple[HostFirewallRuleset, ...], allowed: list[Network]
) -> Failed | Passed:
    wide = {
        ruleset.key: strangers
        for ruleset in rulesets
        if ruleset.enabled and ruleset.configurable and (strangers := _strangers(ruleset, allowed))
    }
    if not wide:
        return Passed(target)
    said = [f"{key} to {listed(networks)}" for key, networks in sorted(wide.items())]
    return Failed(
        target=target,
        property="firewall.rulesets",
        found=wide,
        expected=[str(network) for network in allowed],
        sentence=f"{target.opening} opens {listed(said)}, beyond the management networks.",
        fix_risk="Whoever uses the service from elsewhere no longer reaches it.",
    )


def _strangers(ruleset: HostFirewallRuleset, allowed: list[Network]) -> list[str]:
    if ruleset.all_addresses:
        return ["every address"]
    return [text for text in ruleset.networks if not _is_within(text, allowed)]


def _is_within(text: str, allowed: list[Network]) -> bool:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return False
    return any(_contains(outer, network) for outer in allowed)


def _contains(outer: Network, inner: Network) -> bool:
    if isinstance(outer, IPv4Network) and isinstance(inner, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, IPv6Network) and isinstance(inner, IPv6Network):
        return inner.subnet_of(outer)
    return False


def _declared(context: AuditContext) -> list[Network]:
    """Return the networks of the standard, or else the addresses of the zones that may manage."""
    standard = context.policy.standards.management
    texts = standard.networks or tuple(
        address
        for name in standard.reachable_from
        if name in context.policy.zones
        for address in context.policy.zones[name].addresses
    )
    return [ip_network(text, strict=False) for text in texts]


def _of_interfaces(context: AuditContext) -> list[Network]:
    """Return the networks on which hosts serve each other, such as that of migration."""
    found: set[Network] = set()
    for serving in serving_interfaces(context):
        addresses = serving.interface.addresses
        if isinstance(addresses, NotRead) or is_for_machines(context, serving.group):
            continue
        read = (interface_address(address) for address in addresses)
        found |= {address.network for address in read if address is not None}
    return sorted(found, key=str)
