"""The firewall's rules of a network made by chance, as nft loads them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_interface
from random import Random

from made_networks.plan import Plan
from real_rules.rulesets import CHAINS, Words, nft_chain, nft_sets
from ringfence.lab.addressing import GATEWAY, address, address_6

_PORTS = ("22", "53", "80", "443", "5432", "8443", "1024-65535", "23-79", "5400-5440")
_HIDDEN = 200
"""Number of an address that nothing has, to which translation may lead or from which it comes."""


def firewall_rules(chance: Random, plan: Plan, accepted: tuple[str, ...]) -> str:
    """Return a ruleset: ``accepted`` rules first, and others by chance."""
    words = _words(chance, plan)
    modelled = chance.random() < 0.8
    lines = ["flush ruleset", "table inet made {", *nft_sets(chance, words)]
    for number, name in enumerate(CHAINS):
        behind = CHAINS[number + 1 :]
        lines += nft_chain(chance, name, "", behind, modelled=modelled, words=words)
    strict = chance.random() < 0.7
    lines += nft_chain(chance, "more", "", CHAINS, modelled=modelled, words=words)
    lines += [
        "chain forward {",
        f"type filter hook forward priority 0; policy {'drop' if strict else 'accept'};",
        *(["ct state established,related accept"] if chance.random() < 0.75 else []),
        *accepted,
        *([] if strict and chance.random() < 0.6 else ["jump more"]),
        "}",
    ]
    for hook in ("input", *(one for one in _OTHERS if chance.random() < 0.25)):
        policy = "drop" if hook == "input" else chance.choice(("accept", "accept", "drop"))
        head = f"type filter hook {hook} priority {chance.choice((-10, 0, 10))}; policy {policy};"
        lines += nft_chain(chance, f"at_{hook}", head, CHAINS, modelled=modelled, words=words)
    return "\n".join([*lines, "}", *(_translations(chance, plan) if plan.translates else ()), ""])


_OTHERS = ("prerouting", "postrouting", "forward")


def _words(chance: Random, plan: Plan) -> Words:
    vlans = [*plan.zones.values()]
    four, six = [], []
    for one in plan.machines:
        for text in one.interfaces[0].addresses:
            (six if ":" in text else four).append(str(ip_interface(text).ip))
    four += [f"10.{vlan}.0.0/24" for vlan in vlans] + [
        f"10.{vlan}.0.11-10.{vlan}.0.12" for vlan in vlans
    ]
    four.append(f"10.{chance.choice(vlans)}.0.0/28")
    six += [f"fd00:{vlan}::/64" for vlan in vlans]
    six.append(f"fd00:{vlans[0]}::b-fd00:{vlans[0]}::ffff")
    one, other = chance.sample([*plan.zones], 2)
    return Words(
        addresses=tuple(four),
        addresses_6=tuple(six),
        ports=_PORTS,
        ways=(*plan.zones, f'"{one[:3]}*"', f"{{ {one}, {other} }}", "@ways"),
        set_ways=(one, "wan"),
        service=22,
    )


def _translations(chance: Random, plan: Plan) -> Iterator[str]:
    """Yield tables that translate, of one family or of both."""
    for family in ("ip", "ip6"):
        if chance.random() < 0.7:
            yield f"table {family} changes {{"
            yield "chain before {"
            yield f"type nat hook prerouting priority {chance.choice(('dstnat', '-90'))};"
            for _ in range(chance.randint(0, 2)):
                yield _destination(chance, plan, family)
            yield "}"
            yield "chain behind {"
            yield "type nat hook postrouting priority srcnat;"
            for _ in range(chance.randint(0, 2)):
                yield _source(chance, plan, family)
            yield "}"
            yield "}"


def _at(family: str, vlan: int, number: int) -> str:
    return address(vlan, number) if family == "ip" else address_6(vlan, number)


def _destination(chance: Random, plan: Plan, family: str) -> str:
    one, other = chance.sample([*plan.zones], 2)
    own = _at(family, plan.zones[one], chance.choice((GATEWAY, _HIDDEN)))
    there = _at(family, plan.zones[other], chance.choice((11, 12)))
    way = f'iifname "{one}" ' if chance.random() < 0.5 else ""
    kind = chance.random()
    if kind < 0.2:
        return (
            f"{way}tcp dport {chance.choice((80, 8443))} redirect to :{chance.choice((22, 8080))}"
        )
    if kind < 0.5:
        return f"{way}{family} daddr {own} dnat to {there}"
    port = chance.choice((80, 443, 5432))
    end = f"[{there}]" if family == "ip6" else there
    return f"{way}{family} daddr {own} tcp dport {port} dnat to {end}:{chance.choice((22, 8443))}"


def _source(chance: Random, plan: Plan, family: str) -> str:
    one, other = chance.sample([*plan.zones], 2)
    network = f"10.{plan.zones[one]}.0.0/24" if family == "ip" else f"fd00:{plan.zones[one]}::/64"
    asked = f"{family} saddr {network} " if chance.random() < 0.5 else ""
    way = f'oifname "{other}" '
    if chance.random() < 0.6:
        return f"{asked}{way}masquerade"
    return (
        f"{asked}{way}snat to {_at(family, plan.zones[other], chance.choice((GATEWAY, _HIDDEN)))}"
    )
