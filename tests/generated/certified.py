"""Certificates of generated networks: accepted, refused when shrunk, and held to a naive check."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from random import Random

import msgspec

from generated.closure import NaiveClosure
from generated.compare import any_case_of
from generated.naive_flows import naive_services
from generated.network import Network, hides_sources, translates
from ringfence.certificate.check import check
from ringfence.foundation.errors import CertificateFailedError
from ringfence.model.certificate import Certificate, Edge, Node, Sent, certificate_bytes
from ringfence.model.facts import NotRead
from ringfence.model.packet import FRAGMENTS, ICMP, ICMPV6, PROTOCOLS_WITH_PORTS, TCP, Header
from ringfence.model.rules import Chain, Rule
from ringfence.model.snapshot import Snapshot
from ringfence.model.snapshot_file import snapshot_hash
from ringfence.policy.document import Flow
from ringfence.reach.certifying import certificate
from ringfence.reach.prove import prove
from ringfence.reach.question import Question

_PACKET = re.compile(r"([0-9a-f.:]+) to ([0-9a-f.:]+)((?:, [a-z -]+ \d+)*)")


def certificate_problem(seed: int) -> str | None:
    """Return what is wrong with the certificate of the network of a seed, if anything is."""
    case = certified_case(seed)
    made = certificate_of(case)
    if made is None:
        return None
    chance = Random(seed)
    again = certificate_of(case)
    if again is None or certificate_bytes(again) != certificate_bytes(made):
        return f"seed {seed}: the same proof gives two certificates"
    if (told := refusal(made, case)) is not None:
        return f"seed {seed}: its certificate is refused: {told}"
    smaller = shrunk(made, chance)
    if smaller is not None and refusal(smaller, case) is None:
        return f"seed {seed}: a set of the least fixpoint was shrunk, and nobody noticed"
    for _ in range(2):
        changed = rule_changed(case, chance)
        if changed is not None and (wrong := _judged(made, changed)) is not None:
            return f"seed {seed}: {wrong}"
    return None


def certified_case(seed: int) -> Network:
    """Return the network of a seed, nobody observing, with a few flows declared by chance."""
    case = any_case_of(seed)
    chance = Random(f"flows {seed}")
    flows = tuple(_narrowed(case, _flows(case, chance), Random(f"narrowed {seed}")))
    return replace(
        case,
        snapshot=msgspec.structs.replace(case.snapshot, mirror_sessions=()),
        policy=case.policy.model_copy(update={"flows": flows}),
    )


def _flows(case: Network, chance: Random) -> Iterator[Flow]:
    zones = list(case.policy.zones)
    for _ in range(chance.choice((0, 1, 2, 4))):
        source, destination = chance.sample(zones, 2)
        services = (chance.choice(list(naive_services())),)
        devices = [name for name in case.policy.devices if chance.random() < 0.4]
        yield Flow(from_=source, to=destination, services=services, through=tuple(devices))


def _narrowed(case: Network, flows: Iterable[Flow], chance: Random) -> Iterator[Flow]:
    """Yield flows, a part of them only from some source, the more where sources are hidden."""
    sources = sorted({header.source for header in case.universe})
    for flow in flows:
        if chance.random() < (0.6 if hides_sources(case) else 0.2):
            address = ip_address(chance.choice(sources))
            longest = address.max_prefixlen
            length = chance.choice((longest, longest - 8, longest - 16))
            network = ip_network(f"{address}/{length}", strict=False)
            yield flow.model_copy(update={"source": (str(network),)})
        else:
            yield flow


def certificate_of(case: Network) -> Certificate | None:
    """Return the certificate of what the engine proves of a network."""
    question = Question(case.snapshot, case.policy, case.memberships)
    proof = prove(case.snapshot, case.policy, case.memberships)
    return certificate(question, case.snapshot, proof)


def refusal(made: Certificate, case: Network) -> str | None:
    """Return why a certificate is refused for a network, ``None`` where it is accepted."""
    try:
        check(made, case.snapshot, case.policy, case.memberships)
    except CertificateFailedError as error:
        return str(error)
    return None


def shrunk(made: Certificate, chance: Random) -> Certificate | None:
    """Return the certificate with one set smaller; ``None`` where it has no set."""
    candidates = [
        (number, place)
        for number, spread in enumerate(made.spreads)
        for place in range(len(spread.sent))
    ]
    if not candidates:
        return None
    number, place = chance.choice(candidates)
    spread = made.spreads[number]
    nodes = list(made.nodes)
    one = spread.sent[place]
    smaller = Sent(
        device=one.device,
        interface=one.interface,
        headers=_without_a_leaf(nodes, one.headers, chance),
    )
    sent = (*spread.sent[:place], smaller, *spread.sent[place + 1 :])
    spreads = list(made.spreads)
    spreads[number] = msgspec.structs.replace(spread, sent=sent)
    return msgspec.structs.replace(made, nodes=tuple(nodes), spreads=tuple(spreads))


def _without_a_leaf(nodes: list[Node], number: int, chance: Random) -> int:
    """Add the nodes of a set without one of its edges; return where it begins."""
    node = nodes[number - 2]
    at = chance.randrange(len(node.edges))
    edge = node.edges[at]
    fewer = list(node.edges)
    if edge.child == 1 or chance.random() < 0.3:
        fewer[at : at + 1] = _narrower(edge)
    else:
        child = _without_a_leaf(nodes, edge.child, chance)
        kept = [Edge(first=edge.first, last=edge.last, child=child)] if child else []
        fewer[at : at + 1] = kept
    if not fewer:
        return 0
    nodes.append(Node(field=node.field, edges=tuple(fewer)))
    return len(nodes) + 1


def _narrower(edge: Edge) -> list[Edge]:
    """Return a part of an edge: without its first value where it has others."""
    if isinstance(edge.first, int) and isinstance(edge.last, int) and edge.first < edge.last:
        return [Edge(first=edge.first + 1, last=edge.last, child=edge.child)]
    return []


def rule_changed(case: Network, chance: Random) -> Network | None:
    """Return a network with one rule of a device or filter changed; ``None`` without any rule."""
    if chance.random() < 0.3:
        return _filter_changed(case, chance)
    found = [
        (device, device.chains, chain, rule)
        for device in case.snapshot.devices
        if not isinstance(device.chains, NotRead)
        for chain in device.chains
        for rule in chain.rules
    ]
    if not found:
        return _filter_changed(case, chance)
    device, all_chains, chain, rule = chance.choice(found)
    other = _changed(rule, chance)
    chains = tuple(_with_rule(one, rule, other) if one is chain else one for one in all_chains)
    devices = tuple(
        msgspec.structs.replace(one, chains=chains) if one is device else one
        for one in case.snapshot.devices
    )
    return replace(case, snapshot=msgspec.structs.replace(case.snapshot, devices=devices))


def _filter_changed(case: Network, chance: Random) -> Network | None:
    """Return a network with one rule of a filter at virtual NICs or ports changed."""
    snapshot = case.snapshot
    found = [
        (table, one, rules, rule)
        for table, field in (("port_filters", "rules"), ("port_groups", "filters"))
        for one in getattr(snapshot, table)
        if not isinstance(rules := getattr(one, field), NotRead)
        for rule in rules
    ]
    if not found:
        return None
    table, at, rules, rule = chance.choice(found)
    other = chance.choice(
        (
            msgspec.structs.replace(rule, action="accept"),
            msgspec.structs.replace(rule, action="drop"),
            msgspec.structs.replace(rule, conditions=rule.conditions[1:]),
            msgspec.structs.replace(rule, direction="both"),
        )
    )
    changed = tuple(other if one is rule else one for one in rules)
    field = "rules" if table == "port_filters" else "filters"
    records = tuple(
        msgspec.structs.replace(one, **{field: changed}) if one is at else one
        for one in getattr(snapshot, table)
    )
    return replace(case, snapshot=msgspec.structs.replace(snapshot, **{table: records}))


def _with_rule(chain: Chain, rule: Rule, other: Rule) -> Chain:
    rules = tuple(other if one is rule else one for one in chain.rules)
    return msgspec.structs.replace(chain, rules=rules)


def _changed(rule: Rule, chance: Random) -> Rule:
    choices: list[Callable[[], Rule]] = [
        lambda: msgspec.structs.replace(rule, action="accept", target=None),
        lambda: msgspec.structs.replace(rule, action="drop", target=None),
        lambda: msgspec.structs.replace(rule, conditions=rule.conditions[1:]),
        lambda: msgspec.structs.replace(rule, conditions=(), action="accept", target=None),
        lambda: msgspec.structs.replace(rule, action="continue", target=None),
    ]
    return chance.choice(choices)()


def _judged(made: Certificate, changed: Network) -> str | None:
    """Return how the checker and the naive closure check differ on a changed network."""
    stamped = stamped_anew(made, changed.snapshot)
    told = refusal(stamped, changed)
    naive = NaiveClosure(stamped, changed)
    failing = next((header for header in changed.universe if naive.refutes(header)), None)
    if told is None:
        return None if failing is None else f"accepted, though it is not closed for {failing}"
    if failing is not None or translates(changed):
        return None
    # The checker looks at every header; the one that it names must fail in the naive check too.
    named = _packet(told)
    if named is not None and naive.refutes(named):
        return None
    return f"refused, though it is closed for all packets tried: {told}"


def stamped_anew(made: Certificate, snapshot: Snapshot) -> Certificate:
    """Return a certificate that names another snapshot."""
    return msgspec.structs.replace(made, snapshot=snapshot_hash(snapshot))


def _packet(told: str) -> Header | None:
    """Return the packet that a refusal names."""
    found = _PACKET.search(told)
    if found is None:
        return None
    values = {name: int(value) for name, value in re.findall(r", ([a-z -]+) (\d+)", found.group(3))}
    protocol = values.get("protocol", 0)
    fragment = FRAGMENTS[values.get("fragment", 0)]
    ported = protocol in PROTOCOLS_WITH_PORTS and fragment != "later"
    icmp = (
        divmod(values.get("icmp", 0), 256)
        if protocol in (ICMP, ICMPV6) and fragment != "later"
        else (None, None)
    )
    return Header(
        source=found.group(1),
        destination=found.group(2),
        protocol=protocol,
        source_port=values.get("source port", 0) if ported else None,
        destination_port=values.get("destination port", 0) if ported else None,
        icmp_type=icmp[0],
        icmp_code=icmp[1],
        tcp_flags=values.get("tcp flags", 0) if protocol == TCP and ported else None,
        fragment=fragment,
    )
