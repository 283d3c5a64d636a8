"""The policy of a network made by chance: zones, flows, the firewall, and what is physical."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import msgspec

from made_networks.plan import Plan, Segment

_SERVICES = (
    "tcp/8443",
    "tcp/5432-5433",
    "udp/53",
    "tcp",
    "icmp/8",
    "icmpv6/128",
    "tcp/22,80,443",
    "any",
)


class Declared:
    """What the policy of a network declares; some flows by chance.

    ``leads`` are the NICs of each host with the segment behind them, ``bridged`` the names of the
    Linux bridges of each segment.
    """

    def __init__(
        self,
        chance: Random,
        plan: Plan,
        leads: Mapping[str, Mapping[str, Segment]],
        bridged: Mapping[str, set[str]],
    ) -> None:
        self._plan, self._leads, self._bridged = plan, leads, bridged
        self._flows = [self._flow(chance) for _ in range(chance.randint(0, 4))]
        self._loose = chance.random() < 0.3

    def _flow(self, chance: Random) -> dict[str, Any]:
        one, other = chance.sample([*self._plan.zones], 2)
        flow: dict[str, Any] = {"from": one, "to": other, "services": chance.choice(_SERVICES)}
        if chance.random() < 0.5:
            flow["through"] = "firewall"
        # Where sources are hidden, who sent a packet could not be told from what is delivered.
        if chance.random() < 0.25 and not self._plan.translates:
            flow["source"] = [
                f"10.{self._plan.zones[one]}.0.0/28",
                f"fd00:{self._plan.zones[one]}::/64",
            ]
        return flow

    def accepted(self) -> tuple[str, ...]:
        """Return a rule of nftables for each flow, now and then one that lets more by."""
        return tuple(rule for flow in self._flows for rule in self._rules(flow))

    def _rules(self, flow: Mapping[str, Any]) -> Iterator[str]:
        ways = f'iifname "{flow["from"]}" oifname "{flow["to"]}" '
        protocol, _, numbers = str(flow["services"]).partition("/")
        word = {"tcp": "dport", "udp": "dport", "icmp": "type", "icmpv6": "type"}.get(protocol, "")
        matched = f"{protocol} {word} {{ {numbers} }} " if numbers else ""
        if not numbers and word:
            matched = f"meta l4proto {protocol} "
        if "source" not in flow or self._loose:
            yield f"{ways}{matched}accept"
            return
        for family, source in zip(("ip", "ip6"), flow["source"], strict=True):
            if protocol != {"ip": "icmpv6", "ip6": "icmp"}[family]:
                yield f"{ways}{family} saddr {source} {matched}accept"

    def text(self) -> str:
        """Return the policy, as JSON, which is YAML too."""
        zones: dict[str, Any] = {
            name: {
                "trust": 20 * place,
                "networks": [{"vlan": str(vlan)}, *self._bridges(name)],
                "machines": [{"name": f"{name}-*"}],
            }
            for place, (name, vlan) in enumerate(self._plan.zones.items(), 1)
        }
        # The own services of devices are management's, which is nowhere here.
        zones["management"] = {"trust": 100, "role": "management", "networks": [{"switch": "none"}]}
        declared = {
            "ringfence": 1,
            "name": "made",
            "configuration": "virtual-separation",
            "zones": zones,
            "flows": self._flows,
            "devices": {"firewall": self._device()},
            "fabric": {"domains": {one.name: self._domain(one) for one in self._plan.segments}},
        }
        return msgspec.json.encode(declared).decode()

    def _bridges(self, zone: str) -> Iterator[dict[str, str]]:
        segment = self._plan.segment_of(zone)
        if segment.native == zone:
            yield from ({"switch": name} for name in sorted(self._bridged.get(segment.name, ())))

    def _device(self) -> dict[str, Any]:
        device: dict[str, Any] = {"kind": "firewall", "config": ["devices/firewall"]}
        if self._plan.firewall_on:
            return device | {"machine": "firewall"}
        return device | {
            "physical": True,
            "interfaces": {
                zone: {
                    "domain": segment.name,
                    "vlan": 0 if segment.native == zone else vlan,
                }
                for zone, vlan in self._plan.zones.items()
                for segment in (self._plan.segment_of(zone),)
            },
        }

    def _domain(self, segment: Segment) -> dict[str, Any]:
        uplinks = [
            f"{host}/{nic}"
            for host, leads in self._leads.items()
            for nic, other in leads.items()
            if other is segment
        ]
        if segment.kind == "flat":
            return {"uplinks": uplinks, "native": 1}
        return {
            "uplinks": uplinks,
            "vlans": ",".join(map(str, self._plan.vlans(segment))),
            "native": self._plan.zones[segment.native] if segment.native else "none",
        }
