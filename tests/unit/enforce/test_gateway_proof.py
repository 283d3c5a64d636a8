"""A gateway's rules, read back by the reader of nft, do what the policy says, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address, ip_network
from random import Random

import pytest

from gateway_world import ADDRESSES, flows_by_chance, gateway_policy, interface, world
from ringfence.enforce.gateway.ruleset import table
from ringfence.foundation.progress import SilentProgress
from ringfence.model.inventory import Inventory
from ringfence.model.packet import ICMP, ICMPV6, TCP, Header
from ringfence.operations.gateway import in_force, meant
from ringfence.operations.prove import prove
from ringfence.operations.subject import Subject
from ringfence.policy.document import Flow, Policy
from ringfence.policy.services import service_terms
from ringfence.reach.results import Proof
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.wiring import Bound, WiredInterface, Wiring

SEEDS = range(8)
BOUNDS: tuple[Bound, Bound] = ("lower", "upper")
PACKETS = 150


@lru_cache(maxsize=1)
def subject_of(seed: int) -> Subject:
    return world(gateway_policy(flows_by_chance(Random(f"flows {seed}"))))


def proved(subject: Subject, rules: str = "") -> Proof:
    made = in_force(subject, meant(subject), rules)
    device = made.inventory.devices["fw"]
    assert device.not_understood == ()
    assert device.reassembles == (4, 6)
    proof = prove(made, SilentProgress()).proof
    assert proof is not None
    return proof


def works(proof: Proof) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(pair.source, pair.destination): pair.working for pair in proof.pairs}


def verdicts(proof: Proof) -> set[str]:
    return {pair.verdict for pair in proof.pairs}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_pair_is_proved_and_every_flow_works(seed: int) -> None:
    subject = subject_of(seed)
    proof = proved(subject)
    assert verdicts(proof) == {"PROVED"}
    for pair in proof.pairs:
        assert pair.flows_work is (True if pair.declared else None), (pair.source, pair.destination)


@pytest.mark.parametrize("seed", SEEDS)
def test_single_packets_pass_exactly_where_a_flow_permits_them(seed: int) -> None:
    subject = subject_of(seed)
    policy = subject.required_policy()
    made = in_force(subject, meant(subject))
    wiring = Wiring(
        interfaces=tuple(WiredInterface("fw", interface(zone), zone=zone) for zone in ADDRESSES),
        external_zones=tuple(ADDRESSES),
    )
    passed = 0
    interpreters = [Interpreter(Inventory(made.snapshot), wiring, bound) for bound in BOUNDS]
    for source, header in packets(policy, Random(f"packets {seed}")):
        expected = allowed(policy, source, header)
        for interpreter in interpreters:
            places = {one.place for one in interpreter.deliveries(f"external:{source}", header)}
            arrived = {place for place in ADDRESSES if f"external:{place}" in places} - {source}
            # What passes the gateway's own interfaces has not arrived; what it takes in has.
            arrived |= places & {"device:fw"}
            assert arrived == expected, (interpreter, source, header)
        passed += bool(expected)
    assert passed > PACKETS // 30


def packets(policy: Policy, chance: Random) -> Iterator[tuple[str, Header]]:
    """Packets between all kinds of addresses, most of them between zones that a flow names."""
    pool = {
        zone: [
            str(network[chance.randrange(2, 250)])
            for text in texts
            for network in (ip_network(text, strict=False),)
        ]
        for zone, texts in ADDRESSES.items()
    }
    pool["outside"] += ["198.51.100.9", "2001:db8:7::9", "8.8.8.8"]
    pool["dmz"] += ["10.1.0.17", "fd00:1::7"]
    pool["inner ring"] += ["10.2.200.1", "10.9.0.4"]
    pool["management"] += ["10.3.0.200", "fd00:3::8"]
    for _ in range(PACKETS):
        at, owner, destination = (chance.choice(tuple(ADDRESSES)) for _ in range(3))
        if chance.random() < 0.6:
            flow = chance.choice(policy.flows)
            at, destination = flow.from_, flow.to
        # Most senders tell the truth about who they are.
        owner = at if chance.random() < 0.8 else owner
        end = chance.choice(pool[destination])
        same = [one for one in pool[owner] if (":" in one) == (":" in end)]
        six = ":" in end
        protocol = chance.choice((TCP, TCP, 17, 50, 132, ICMPV6 if six else ICMP))
        ported = protocol in {TCP, 17, 132}
        icmp = protocol in {ICMP, ICMPV6}
        yield (
            at,
            Header(
                source=chance.choice(same),
                destination=end,
                protocol=protocol,
                source_port=chance.randrange(1024, 65536) if ported else None,
                destination_port=chance.choice((22, 53, 80, 443, 444, 450, 500, 501, 5005, 5011))
                if ported
                else None,
                icmp_type=(128 if six else 8) if icmp else None,
                icmp_code=0 if icmp else None,
                tcp_flags=2 if protocol == TCP else None,
            ),
        )


def allowed(policy: Policy, at: str, header: Header) -> set[str]:
    """Where a packet may get, by the words of the policy: nothing here knows of rules."""
    if home(header.source) != at:
        return set()
    if header.destination in own():
        return {"device:fw"} if at == "management" and manages(header) else set()
    destination = home(header.destination)
    flows = (flow for flow in policy.flows if (flow.from_, flow.to) == (at, destination))
    if at != destination and any(permits(policy, flow, header) for flow in flows):
        return {destination}
    return set()


def manages(header: Header) -> bool:
    """Whether the gateway itself answers such a packet of its managers."""
    asks = header.icmp_type in {8, 128}
    return asks or (header.protocol, header.destination_port) == (TCP, 22)


def own() -> set[str]:
    return {text.partition("/")[0] for texts in ADDRESSES.values() for text in texts}


def home(address: str) -> str:
    """The zone that an address belongs to: where no other is, outside."""
    inside = [zone for zone, texts in ADDRESSES.items() if holds(texts, address)]
    return inside[0] if inside else "outside"


def holds(prefixes: tuple[object, ...], address: str) -> bool:
    one = ip_address(address)
    networks = (ip_network(str(text), strict=False) for text in prefixes)
    return any(one in network for network in networks if network.version == one.version)


def permits(policy: Policy, flow: Flow, header: Header) -> bool:
    ends = ((flow.source, header.source), (flow.destination, header.destination))
    if not all(holds(narrowed, address) for narrowed, address in ends if narrowed):
        return False
    for term in service_terms(policy.services, flow.services):
        if term.protocol not in {None, header.protocol}:
            continue
        port = header.destination_port
        if not term.ports or any(one.first <= (port or 0) <= one.last for one in term.ports):
            return True
    return False


FLOWS = [
    {"from": "outside", "to": "dmz", "services": ["tcp/443"]},
    {"from": "dmz", "to": "inner ring", "services": ["tcp/5432"], "source": ["10.1.0.16/28"]},
    {"from": "management", "to": "inner ring", "services": ["tcp/22", "icmp/8"]},
]


def rules_of(subject: Subject) -> list[str]:
    return table(meant(subject).gateway).splitlines()


def accepting() -> list[int]:
    rules = rules_of(world(gateway_policy(FLOWS)))
    return [place for place, line in enumerate(rules) if '"flow/' in line]


@pytest.mark.parametrize("place", accepting())
def test_a_rule_that_is_missing_is_noticed(place: int) -> None:
    subject = world(gateway_policy(FLOWS))
    rules = rules_of(subject)
    # Where a rule of the other family is left, the service may still work by that.
    flow = rules[place].split('"')[1]
    number = int(flow.removeprefix("flow/")) - 1
    kept = [line for line in rules if not (f'"{flow}"' in line and service(line) == "")]
    kept = [
        line for line in kept if f'"{flow}"' not in line or service(line) != service(rules[place])
    ]
    before, after = proved(subject), proved(subject, "\n".join(kept))
    pair = (str(FLOWS[number]["from"]), str(FLOWS[number]["to"]))
    assert works(after)[pair] != works(before)[pair]


def service(line: str) -> str:
    """What a rule of a flow says of the service."""
    words = line.partition("daddr")[2].partition(" ct state")[0].split()
    return " ".join(words[1:]).replace("icmpv6", "icmp")


WIDENED = (
    (
        'ip daddr @net4/dmz tcp dport 443 ct state new counter name "flow/1"',
        'ip daddr @net4/dmz ct state new counter name "flow/1"',
    ),
    ("tcp dport 443 ", "tcp dport 443-444 "),
    ("ip saddr 10.1.0.16/28 ", "ip saddr 10.1.0.0/24 "),
    (
        'log prefix "refuse dmz > inner ring" group 47 drop',
        'log prefix "refuse dmz > inner ring" group 47 accept',
    ),
    ("    ct state established accept\n    ct state related", "    accept\n    ct state related"),
    ("iifname . oifname vmap {", 'iifname "to-dmz" accept\n    iifname . oifname vmap {'),
    (
        "hook input priority filter; policy drop;\n",
        "hook input priority filter; policy drop;\n    tcp dport 22 accept\n",
    ),
)


@pytest.mark.parametrize(("was", "now"), WIDENED)
def test_a_rule_that_is_too_wide_is_noticed(was: str, now: str) -> None:
    subject = world(gateway_policy(FLOWS))
    rules = table(meant(subject).gateway)
    assert was in rules
    assert verdicts(proved(subject, rules.replace(was, now, 1))) != {"PROVED"}
