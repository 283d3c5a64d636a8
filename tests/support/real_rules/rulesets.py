"""Rule sets made by chance, as text that nft and iptables-restore load."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

ADDRESSES = ("10.0.1.0/24", "10.0.2.0/25", "10.0.1.10", "10.0.2.10-10.0.2.98", "10.9.0.0/17")
ADDRESSES_6 = ("fd00:1::/64", "fd00:2::10", "fd00:9::/32", "fd00:2::11-fd00:2::ffff")
PORTS = ("22", "80", "53", "1024-65535", "23-79", "81", "0-1023")
VERDICTS = ("accept", "accept", "drop", "drop", "reject", "return", "continue")
WAYS = ("eth0", "eth1", '"eth*"', "{ eth0, lo }", "@ways")
STATES = ("new", "established,related", "!= new", "{ new, untracked }")
CHAINS = ("first", "second")


@dataclass(frozen=True)
class Words:
    """What rules are made of: addresses, prefixes and ranges, ports, and names of interfaces.

    ``set_ways`` are the elements of the set ``@ways``, ``service`` is a port of sets and maps.
    """

    addresses: tuple[str, ...] = ADDRESSES
    addresses_6: tuple[str, ...] = ADDRESSES_6
    ports: tuple[str, ...] = PORTS
    ways: tuple[str, ...] = WAYS
    set_ways: tuple[str, ...] = ("eth0", "wan")
    service: int = 22


WORDS = Words()

# What is not modelled, or what a listing of nftables leaves out.
OPEN = (
    "limit rate 1/hour",
    "meta mark 1",
    "ct mark 0",
    "tcp flags == syn",
    "ip6 nexthdr tcp",
    "ip6 nexthdr != udp",
    "meta length > 60",
    "ip ttl 64",
    "fib daddr type local",
    "meta l4proto icmp icmp type echo-request",
    "ip saddr . tcp dport != { 10.0.1.10 . 22 }",
)


def nft_ruleset(chance: Random, *, modelled: bool, words: Words = WORDS) -> str:
    """Return a table of nftables with sets, maps, chains and rules."""
    hooks = ["forward", *(hook for hook in ("input", "prerouting") if chance.random() < 0.5)]
    if chance.random() < 0.4:
        hooks.append("postrouting")
    lines = ["table inet lab {", *nft_sets(chance, words)]
    # A chain may only go to those behind it.
    for number, name in enumerate(CHAINS):
        behind = CHAINS[number + 1 :]
        lines += nft_chain(chance, name, "", behind, modelled=modelled, words=words)
    for hook in hooks:
        priority = chance.choice((-10, 0, 10))
        # What has no rule at all for it must still get through now and then.
        policy = chance.choice(("accept", "drop")) if hook != "prerouting" else "accept"
        head = f"type filter hook {hook} priority {priority}; policy {policy};"
        lines += nft_chain(chance, f"at_{hook}", head, CHAINS, modelled=modelled, words=words)
    return "\n".join([*lines, "}", ""])


def nft_sets(chance: Random, words: Words) -> list[str]:
    """Return the sets and the map that rules of a table may name."""
    four = chance.sample(words.addresses[:3], 2)
    ways = ", ".join(f'"{way}"' for way in words.set_ways)
    by_protocol = f"{{ tcp . {words.service}, udp . 53 }}"
    decided = f"{{ {words.service} : accept, 80 : drop }}"
    return [
        f"set hosts {{ type ipv4_addr; flags interval; auto-merge; elements = {{ {four[0]} }}; }}",
        f"set services {{ type inet_proto . inet_service; elements = {by_protocol}; }}",
        f"set ways {{ type ifname; elements = {{ {ways} }}; }}",
        f"map verdicts {{ type inet_service : verdict; elements = {decided}; }}",
    ]


def nft_chain(
    chance: Random,
    name: str,
    head: str,
    targets: tuple[str, ...],
    *,
    modelled: bool,
    words: Words = WORDS,
) -> list[str]:
    """Return a chain with rules; ``head`` is what makes a base chain of it, ``targets`` others."""
    rules = [
        _nft_rule(chance, targets, name, words, modelled=modelled)
        for _ in range(chance.randint(1, 6))
    ]
    return [f"chain {name} {{", *([head] if head else []), *rules, "}"]


def _nft_rule(
    chance: Random, targets: tuple[str, ...], chain: str, words: Words, *, modelled: bool
) -> str:
    if chance.random() < 0.1:
        return "tcp dport vmap @verdicts"
    if chance.random() < 0.1:
        return "meta l4proto vmap { icmp : accept, 47 : drop, udp : continue }"
    matches = [_nft_match(chance, chain, words) for _ in range(chance.choice((0, 1, 1, 2)))]
    verdict = chance.choice((*VERDICTS, *(f"jump {name}" for name in targets)))
    if targets and chance.random() < 0.1:
        verdict = f"goto {chance.choice(targets)}"
    if verdict == "reject" and chain not in {"at_forward", "at_input"}:
        verdict = "drop"  # the kernel refuses it before and after routing
    if verdict == "reject" and chance.random() < 0.3:
        tcp = () if modelled else ("meta nfproto ipv4 meta l4proto tcp reject with tcp reset",)
        verdict = chance.choice((*tcp, "reject with icmpv6 no-route", "reject with icmp type 3"))
        matches = []
    if not modelled and chance.random() < 0.15:
        matches = [chance.choice(OPEN)]
    noise = chance.choice(("", "", "counter", 'log prefix "x"', "meta mark set 1"))
    # Two addresses of different families, or two transports, can stand in no rule together.
    return " ".join(part for part in (*_compatible(matches), noise, verdict) if part)


def _compatible(matches: list[str]) -> list[str]:
    kinds = {"ip ", "ip6", "tcp", "udp", "icm", "met"}
    chosen: list[str] = []
    for match in matches:
        kind = match[:3]
        if kind not in kinds or not any(other[:3] in kinds for other in chosen):
            chosen.append(match)
    return chosen


def _nft_match(chance: Random, chain: str, words: Words) -> str:
    no = chance.choice(("", "", "!= "))
    side, port = chance.choice(("saddr", "daddr")), chance.choice(("sport", "dport"))
    outs = () if chain in {"at_input", "at_prerouting"} else ("oifname",)
    way = chance.choice(("iifname", "iifname", *outs))
    return chance.choice(
        (
            f"ip {side} {no}{chance.choice(words.addresses)}",
            f"ip {side} {no}{{ {', '.join(chance.sample(words.addresses, 2))} }}",
            f"ip {side} {no}@hosts",
            f"ip6 {side} {no}{chance.choice(words.addresses_6)}",
            f"tcp {port} {no}{chance.choice(words.ports)}",
            f"tcp {port} {no}{{ 22, 80-90 }}",
            f"udp {port} {chance.choice(('', '!= ', '>= ', '< '))}53",
            "meta l4proto . th dport @services",
            "meta l4proto { tcp, udp } th dport 53",
            f"meta l4proto {no}{chance.choice(('tcp', '{ udp, icmp }', '47'))}",
            f"meta nfproto {chance.choice(('ipv4', 'ipv6'))}",
            f"icmp type {no}echo-request",
            "icmp code 3",
            f"icmpv6 type {no}echo-request",
            f"tcp flags & (fin|syn|rst|ack) {chance.choice(('==', '!='))} syn",
            "tcp flags syn",
            f"ct state {chance.choice(STATES)}",
            f"{way} {no}{chance.choice(words.ways)}",
        )
    )


BELIEVABLE = """\
table inet edge {
    comment "the edge"
    set management { type ipv4_addr; flags interval; elements = { 10.0.1.10, 10.8.0.0/16 }; }
    set flood { type ipv4_addr; flags dynamic; timeout 1m; size 1000; }
    set named { typeof meta iifname; elements = { "eth0", "br-lan" }; }
    map services { type ipv4_addr . inet_service : verdict; flags interval;
        elements = { 10.0.2.10 . 443 : accept, 10.0.2.0/24 . 8000-8080 : jump seen }; }
    map inside { type inet_service : ipv4_addr; elements = { 80 : 10.0.2.10, 81 : 10.0.2.11 }; }
    counter refused { }
    limit slow { rate 5/minute burst 3 packets }
    quota much { over 500 mbytes }
    chain seen { log prefix "seen: " level info flags all counter name refused
        limit name "slow" drop; accept comment "the \'rest\'"; }
    chain input { type filter hook input priority filter - 5; policy drop;
        iif lo accept
        ct state vmap { invalid : drop, established : accept, related : accept }
        ip saddr @management tcp dport { 22, 443, 8000-8100 } limit rate 10/minute accept
        tcp flags & (fin | syn | rst | ack) == syn tcp option maxseg size 500-1460 drop
        icmpv6 type { nd-neighbor-solicit, nd-router-advert, echo-request } ip6 hoplimit 255 accept
        meta pkttype != unicast drop
        fib saddr . iif oif missing drop
        ct count over 20 reject with tcp reset
        add @flood { ip saddr limit rate over 10/second } drop
        reject
    }
    chain forward { type filter hook forward priority filter; policy drop;
        ct state established,related accept
        ip daddr . tcp dport vmap @services
        iifname @named oifname != "eth*" meta l4proto { tcp, udp } th dport 53 accept
        ip6 saddr fd00:1::-fd00:1::ffff ip6 daddr != { fd00:2::/64, fd00:9::1 } accept
        ip daddr & 255.255.0.255 == 10.0.0.10 meta mark set 0x10 accept
        meta mark & 0xff == 0x10 ct mark set meta mark accept
        ip frag-off & 0x1fff != 0 drop
        exthdr frag exists drop
        ether saddr 02:00:00:00:01:0a vlan id 5 accept
        udp length > 1000 quota over 5 mbytes drop
        meta nfproto ipv6 reject with icmpv6 admin-prohibited
        reject with icmpx host-unreachable
    }
}
table ip translation {
    chain prerouting { type nat hook prerouting priority dstnat; policy accept;
        iifname "eth0" tcp dport 8080 dnat to 10.0.2.10:80
        ip daddr 10.0.1.1 udp dport 5353 redirect to :53
        tcp dport 2222 dnat to 10.0.2.10-10.0.2.20
    }
    chain postrouting { type nat hook postrouting priority srcnat + 5; policy accept;
        oifname "eth1" meta l4proto tcp ip saddr 10.0.1.0/24 masquerade to :1024-65535 random
        ip saddr 10.9.0.0/16 snat to 10.0.2.1 persistent
    }
    chain early { type filter hook prerouting priority raw; policy accept; udp dport 53 notrack; }
}
"""

OPEN_MATCHES = (
    "-m limit --limit 1/hour --limit-burst 3",
    "-m mark ! --mark 0x1",
    "-m length --length 60:100",
    "-m addrtype --dst-type LOCAL",
    "-m statistic --mode nth --every 2 --packet 0",
)


def iptables_ruleset(chance: Random, *, six: bool, modelled: bool) -> str:
    """Return tables for iptables-restore, or for ip6tables-restore."""
    lines = []
    tables = (
        ("filter", ("INPUT", "FORWARD")),
        ("mangle", ("PREROUTING", "POSTROUTING")),
        ("raw", ("PREROUTING",)),
    )
    for table, hooks in tables:
        lines += [f"*{table}"]
        for hook in hooks:
            policy = chance.choice(("ACCEPT", "DROP")) if table == "filter" else "ACCEPT"
            lines.append(f":{hook} {policy} [0:0]")
        lines += [f":{name} - [0:0]" for name in CHAINS]
        for number, name in enumerate(CHAINS):
            lines += _iptables_rules(
                chance, name, CHAINS[number + 1 :], table=table, six=six, modelled=modelled
            )
        for hook in hooks:
            lines += _iptables_rules(chance, hook, CHAINS, table=table, six=six, modelled=modelled)
        lines.append("COMMIT")
    return "\n".join([*lines, ""])


def _iptables_rules(
    chance: Random,
    chain: str,
    targets: tuple[str, ...],
    *,
    table: str,
    six: bool,
    modelled: bool,
) -> list[str]:
    rules = []
    # Before connections are tracked, no packet has a state.
    states = ("-m conntrack --ctstate NEW", "-m state ! --state NEW") if table != "raw" else ("",)
    for _ in range(chance.randint(1, 5)):
        target = chance.choice(("-j ACCEPT", "-j ACCEPT", "-j DROP", "-j DROP", "-j RETURN"))
        if targets and chance.random() < 0.3:
            target = f"{chance.choice(('-j', '-j', '-g'))} {chance.choice(targets)}"
        elif chance.random() < 0.1:
            target = "-j LOG --log-prefix x"
        matches = (
            _network(chance, six=six),
            _way(chance, chain),
            _transport(chance, six=six),
            chance.choice(("", "", "", *states)),
            chance.choice(("", "", '-m comment --comment "a -j DROP"')),
            "" if modelled or chance.random() < 0.85 else chance.choice(OPEN_MATCHES),
        )
        rules.append(" ".join(part for part in (f"-A {chain}", *matches, target) if part))
    return rules


def _network(chance: Random, *, six: bool) -> str:
    side, no = chance.choice(("-s", "-d")), chance.choice(("", "", "! "))
    one = "fd00:2::/64" if six else "10.0.2.0/25"
    ends = "fd00:2::11-fd00:2::ffff" if six else "10.0.2.11-10.0.2.99"
    source = "fd00:1::10" if six else "10.0.1.0/255.255.255.0"
    return chance.choice(
        (
            "",
            "",
            f"{no}{side} {one}",
            f"{no}{side} {source}",
            f"-m iprange {no}--dst-range {ends}",
        )
    )


def _way(chance: Random, chain: str) -> str:
    options = ["", "", "-i eth0", "! -i eth+", "-i +"] if chain != "POSTROUTING" else ["", ""]
    if chain in {"FORWARD", "POSTROUTING"}:
        options += ["-o eth1", "! -o eth0"]
    return chance.choice(options)


def _transport(chance: Random, *, six: bool) -> str:
    no = chance.choice(("", "", "! "))
    ping = (
        f"-p ipv6-icmp -m icmp6 {no}--icmpv6-type 128"
        if six
        else f"-p icmp -m icmp {no}--icmp-type {chance.choice(('8', '8/3', 'echo-request'))}"
    )
    return chance.choice(
        (
            "",
            "",
            f"{no}-p tcp",
            "-p 47",
            f"-p tcp -m tcp {no}--dport 22",
            f"-p tcp -m tcp --sport 1024: {no}--dport 23:80",
            f"-p udp -m udp {no}--dport :53",
            f"-p tcp -m multiport {no}--dports 22,80:90",
            f"-p udp -m multiport {no}--ports 53,80",
            f"-p tcp -m tcp {no}--tcp-flags FIN,SYN,RST,ACK SYN",
            "-p tcp -m tcp --syn",
            ping,
        )
    )
