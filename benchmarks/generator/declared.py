"""The policy of a plan, as its file holds it."""

from __future__ import annotations

from typing import Any

from benchmarks.generator.firewalls import CORE, CORE_VLAN, WAN, interface_of
from benchmarks.generator.plan import Plan
from benchmarks.generator.records import DATACENTER, MANAGEMENT_NETWORK
from benchmarks.generator.rules import OUTSIDE_PREFIX
from benchmarks.generator.size import MANAGEMENT, OUTSIDE
from ringfence.policy.document import Policy


def make_policy(plan: Plan) -> Policy:
    """Return the plan's policy."""
    return Policy.model_validate(policy_document(plan))


def policy_document(plan: Plan, *, configurations: bool = False) -> dict[str, Any]:
    """Return the policy as plain data; ``configurations`` names a folder for each firewall."""
    return {
        "ringfence": 1,
        "name": "generated",
        "configuration": "virtual-separation",
        "zones": {zone: _zone(plan, zone) for zone in plan.zones},
        "flows": [
            {
                "from": flow.source,
                "to": flow.destination,
                "services": [f"tcp/{port}" for port in flow.ports],
                "through": list(flow.through),
            }
            for flow in plan.flows
        ],
        "devices": {
            device.name: {
                "kind": "firewall",
                "physical": True,
                "config": [device.name] if configurations else [],
                "interfaces": {interface_of(zone): _attached(plan, zone) for zone in device.zones}
                | ({CORE: {"domain": CORE, "vlan": CORE_VLAN}} if len(plan.devices) > 1 else {}),
            }
            for device in plan.devices
        },
        "fabric": {"domains": _domains(plan)},
    }


def _zone(plan: Plan, zone: str) -> dict[str, Any]:
    if zone == OUTSIDE:
        return {
            "trust": 0,
            "external": True,
            "attached": [f"{plan.devices[0].name}:{WAN}"],
            "addresses": [OUTSIDE_PREFIX],
        }
    if zone == MANAGEMENT:
        return {"trust": 100, "role": "management", "networks": [MANAGEMENT_NETWORK]}
    return {
        "trust": 10 + plan.zones.index(zone) % 80,
        "networks": [f"{zone}-net-*"],
        "machines": [{"folder": f"/{DATACENTER}/vm/{zone}"}],
    }


def _attached(plan: Plan, zone: str) -> dict[str, Any]:
    if zone == OUTSIDE:
        return {"zone": OUTSIDE}
    network = plan.gateway_of[zone]
    return {"domain": f"site-{network.site}", "vlan": network.vlan}


def _domains(plan: Plan) -> dict[str, Any]:
    domains: dict[str, Any] = {
        f"site-{site}": {
            "uplinks": [f"*.site-{site}.example/vmnic2", f"*.site-{site}.example/vmnic3"],
            "native": "none",
        }
        for site in range(plan.size.sites)
    }
    domains["management"] = {"uplinks": ["*/vmnic0", "*/vmnic1"], "native": "none"}
    if len(plan.devices) > 1:
        domains[CORE] = {"native": "none"}
    return domains
