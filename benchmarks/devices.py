"""How long it takes to read saved firewalls, and to compile their rules to exact sets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from ipaddress import ip_network
from itertools import permutations
from random import Random
from typing import Final

from benchmarks.measure import Benchmark, Value, peak_memory
from benchmarks.rule_sets import rule_set
from ringfence.model.rules import AddressMatch, Chain, Device, PortMatch, ProtocolMatch, Rule
from ringfence.reach.chains import ChainCompiler, add_chain_cuts
from ringfence.reach.conditions import Passage
from ringfence.reach.fields import Cuts
from ringfence.reach.fitting import fitted_space
from ringfence.sources.rule_syntax import asa, ipsets, iptables

_COUNT: Final = 20_000
_INTERFACES: Final = ("eth0", "eth1", "eth2", "eth3")


def iptables_save(count: int, seed: int = 1) -> tuple[str, str]:
    """Return sets and rules: ``count`` rules of an enterprise in a chain for each two interfaces.

    Groups of servers are sets, as whoever has 20,000 rules keeps them.
    """
    chance = Random(seed)  # noqa: S311 (a rule set, no secret)
    pairs = list(permutations(_INTERFACES, 2))
    names = [f"{one}-to-{other}" for one, other in pairs]
    sets: dict[tuple[str, ...], str] = {}
    each = count - 2 - len(pairs)
    chains: list[list[str]] = [[] for _ in pairs]
    for rule in rule_set("enterprise", each, seed).rules:
        number = min(int(chance.expovariate(0.3)), len(pairs) - 1)
        chains[number].append(f"-A {names[number]} {' '.join(_options(rule, sets))}")
    lines = ["*filter", ":INPUT DROP [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT ACCEPT [0:0]"]
    lines += [f":{name} - [0:0]" for name in names]
    lines += ["-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"]
    lines += ["-A FORWARD -m conntrack --ctstate INVALID -j DROP"]
    for (one, other), name in zip(pairs, names, strict=True):
        lines.append(f"-A FORWARD -i {one} -o {other} -j {name}")
    lines += [line for chain in chains for line in chain]
    saved = [
        line
        for group, name in sets.items()
        for line in (
            f"create {name} hash:net family inet hashsize 1024 maxelem 65536",
            *(f"add {name} {member}" for member in group),
        )
    ]
    return "\n".join([*saved, ""]), "\n".join([*lines, "COMMIT", ""])


def _options(rule: Rule, sets: dict[tuple[str, ...], str]) -> Iterator[str]:
    for one in rule.conditions:
        if isinstance(one, AddressMatch) and len(one.ranges) == 1:
            yield f"{'-s' if one.side == 'source' else '-d'} {one.ranges[0]}"
        elif isinstance(one, AddressMatch):
            name = sets.setdefault(one.ranges, f"group{len(sets)}")
            yield f"-m set --match-set {name} {'src' if one.side == 'source' else 'dst'}"
    for one in rule.conditions:
        if isinstance(one, ProtocolMatch):
            yield f"-p {'tcp' if one.protocols == (6,) else 'udp'}"
    for one in rule.conditions:
        if isinstance(one, PortMatch):
            ports = ",".join(
                str(part.first) if part.first == part.last else f"{part.first}:{part.last}"
                for part in one.ranges
            )
            yield f"-m multiport --dports {ports}"
    yield "-j ACCEPT" if rule.action == "accept" else "-j DROP"


def running_config(lines: int, seed: int = 1) -> str:
    """Return a Cisco ASA's configuration of so many lines: groups, and a list per interface."""
    chance = Random(seed)  # noqa: S311 (a rule set, no secret)
    head = ["ASA Version 9.12(4)", "hostname bench"]
    for number, name in enumerate(_INTERFACES):
        head += [f"interface Gi0/{number}", f" nameif {name}", f" security-level {number}"]
        head += [f" ip address 10.20{number}.0.1 255.255.0.0"]
    tail = [f"access-group from-{name} in interface {name}" for name in _INTERFACES] + [": end", ""]
    groups: dict[tuple[str, ...], str] = {}
    objects: list[str] = []
    entries: dict[str, list[str]] = {name: [] for name in _INTERFACES}
    count = len(head) + len(tail)
    for rule in rule_set("enterprise", lines, seed).rules:
        before = len(objects)
        name = _INTERFACES[min(int(chance.expovariate(0.7)), len(_INTERFACES) - 1)]
        entries[name] += [f"access-list from-{name} extended {_entry(rule, groups, objects)}"]
        count += 1 + len(objects) - before
        if count >= lines:
            break
    return "\n".join([*head, *objects, *(one for each in entries.values() for one in each), *tail])


def _entry(rule: Rule, groups: dict[tuple[str, ...], str], objects: list[str]) -> str:
    sides = {"source": "any", "destination": "any"}
    protocol, ports = "ip", [""]
    for one in rule.conditions:
        if isinstance(one, AddressMatch):
            if one.ranges not in groups:
                name = groups[one.ranges] = f"GROUP-{len(groups)}"
                objects.append(f"object-group network {name}")
                objects += [f" network-object {_network(text)}" for text in one.ranges]
            sides[one.side] = f"object-group {groups[one.ranges]}"
        elif isinstance(one, ProtocolMatch):
            protocol = "tcp" if one.protocols == (6,) else "udp"
        elif isinstance(one, PortMatch):
            ports = [f" range {part.first} {part.last}" for part in one.ranges]
    action = "permit" if rule.action == "accept" else "deny"
    return f"{action} {protocol} {sides['source']} {sides['destination']}{ports[0]}"


def _network(text: str) -> str:
    network = ip_network(text)
    return f"{network.network_address} {network.netmask}"


def compiled(chains: tuple[Chain, ...]) -> int:
    """Compile what chains let through between each two interfaces; return how many did any."""
    cuts = Cuts()
    add_chain_cuts(cuts, chains)
    space = fitted_space(cuts, [Device(id="fw", name="fw", chains=chains)])
    compiler = ChainCompiler(space, chains, fragments=False)
    return sum(
        compiler.outcome(("forward",), Passage(one, other), space.everything).accepted
        != space.nothing
        for one, other in permutations(_INTERFACES, 2)
    )


def _iptables() -> list[Value]:
    sets, rules = iptables_save(_COUNT)
    start = time.perf_counter()
    if iptables.SYNTAX.read_with is None:
        raise TypeError
    reading = iptables.SYNTAX.read_with(rules, "rules", ipsets.SYNTAX.read(sets, "sets").sets)
    read = time.perf_counter() - start
    if reading.file is None or reading.file.bounded or compiled(reading.chains) != 12:
        message = "the rules were not read exactly"
        raise ValueError(message)
    took = time.perf_counter() - start
    return [
        Value("devices-iptables", took, "s", bar=10.0, peak_mb=peak_memory()),
        Value("devices-iptables-reading", read, "s"),
    ]


def _asa() -> list[Value]:
    text = running_config(_COUNT)
    start = time.perf_counter()
    reading = asa.SYNTAX.read(text, "asa")
    read = time.perf_counter() - start
    if reading.not_understood or compiled(reading.chains) != 12:
        message = "the rules were not read exactly"
        raise ValueError(message)
    took = time.perf_counter() - start
    return [
        Value("devices-asa", took, "s", bar=10.0, peak_mb=peak_memory()),
        Value("devices-asa-reading", read, "s"),
    ]


BENCHMARKS = (
    Benchmark("devices-asa", "20,000 lines of a Cisco ASA, read and compiled", _asa),
    Benchmark("devices-iptables", "20,000 rules of iptables, read and compiled", _iptables),
)
