"""Rule sets made by chance that name sets, or translate, as text for iptables-restore."""

from __future__ import annotations

from random import Random

IPSETS = """\
create servers hash:ip
add servers 10.0.2.10
create networks hash:net
add networks 10.0.2.0/24
add networks 10.0.2.64/26 nomatch
add networks 10.9.0.0/17
create services hash:ip,port
add services 10.0.2.10,tcp:80
add services 10.0.2.99,udp:53
add services 10.0.2.10,icmp:echo-request
add services 10.9.200.1,gre:0
create ports bitmap:port range 0-1024
add ports 22
add ports 53
create ways hash:net,iface
add ways 10.0.2.0/24,eth1
create pairs hash:ip,port,ip
add pairs 10.0.2.10,tcp:22,10.0.1.10
add pairs 10.0.2.99,udp:53,192.0.2.7
create wide hash:net,port
add wide 10.9.0.0/16,tcp:80
add wide 10.0.2.0/25,udp:53
create masked hash:ip netmask 27
add masked 10.0.2.99
create span bitmap:ip range 10.0.2.0/24
add span 10.0.2.10-10.0.2.20
create six hash:net family inet6
add six fd00:2::/64
add six fd00:2::99 nomatch
add six fd00:9::1
create services6 hash:ip,port family inet6
add services6 fd00:2::10,tcp:80
add services6 fd00:9::1,udp:53
add services6 fd00:2::99,icmpv6:echo-request
create both list:set
add both servers
add both services
"""
SET_MATCHES = (
    "-m set --match-set servers dst",
    "-m set ! --match-set servers dst",
    "-m set --match-set networks dst",
    "-m set ! --match-set networks dst",
    "-m set --match-set services dst,dst",
    "-m set --match-set services dst,src",
    "-m set --match-set services dst",
    "-m set --match-set ports dst",
    "-m set --match-set both dst",
    "-m set --match-set both dst,dst",
    "-m set --match-set pairs dst,dst,src",
    "-m set --match-set wide dst,dst",
    "-m set --match-set masked dst",
    "-m set ! --match-set span dst",
)
SET_MATCHES_6 = (
    "-m set --match-set six dst",
    "-m set ! --match-set six dst",
    "-m set --match-set services6 dst,dst",
    "-m set --match-set ports dst",
)


def ruleset_of_sets(chance: Random, *, six: bool = False) -> str:
    """Return a table for iptables-restore, or ip6tables-restore, of rules that name ``IPSETS``."""
    known = SET_MATCHES_6 if six else SET_MATCHES
    lines = [
        "*filter",
        ":INPUT ACCEPT [0:0]",
        f":FORWARD {chance.choice(('ACCEPT', 'DROP'))} [0:0]",
    ]
    for _ in range(chance.randint(2, 6)):
        more = () if six else ("-m set --match-set ways dst,dst",)
        chosen = chance.choice((*known, *more))
        also = chance.choice(("", "", "-p tcp", "-p udp", chance.choice(known)))
        lines.append(f"-A FORWARD {chosen} {also} -j {chance.choice(('ACCEPT', 'DROP'))}")
    return "\n".join([*lines, "COMMIT", ""])


def translating_ruleset(chance: Random) -> str:
    """Return tables for iptables-restore that translate destinations and sources.

    Of several destinations the kernel takes one, where the interpreter says that each can be.
    """
    lines = ["*nat", ":PREROUTING ACCEPT [0:0]", ":POSTROUTING ACCEPT [0:0]"]
    ends = ("", "-d 10.0.1.1", "-d 10.0.2.99", "-d 10.9.0.0/16", "! -d 10.0.2.0/24", "-s 10.0.1.10")
    for _ in range(chance.randint(1, 4)):
        with_ports = chance.choice(("-p tcp", "-p udp", "-p tcp -m tcp --dport 22"))
        match, target = chance.choice(
            (
                ("", "DNAT --to-destination 10.0.2.10"),
                (with_ports, "DNAT --to-destination 10.0.2.10:8080"),
                (with_ports, "DNAT --to-destination 10.0.2.11"),
                (with_ports, "REDIRECT --to-ports 2222"),
                ("", "REDIRECT"),
                ("", "ACCEPT"),
            )
        )
        lines.append(f"-A PREROUTING {chance.choice(ends)} {match} -j {target}")
    if chance.random() < 0.3:
        lines.append("-A PREROUTING -d 10.9.0.0/16 -j NETMAP --to 10.0.0.0/16")
    for _ in range(chance.randint(1, 3)):
        match, target = chance.choice(
            (
                ("-o eth1", "MASQUERADE"),
                ("-p tcp", "MASQUERADE --to-ports 30000-39999"),
                ("", "SNAT --to-source 10.0.2.7"),
                ("-p udp", "SNAT --to-source 10.0.2.7:4000-4999"),
                ("", "ACCEPT"),
            )
        )
        source = chance.choice(("", "-s 10.0.1.10", "-s 192.0.2.7"))
        lines.append(f"-A POSTROUTING {source} {match} -j {target}")
    policy = chance.choice(("ACCEPT", "DROP"))
    lines += ["COMMIT", "*filter", ":INPUT ACCEPT [0:0]", f":FORWARD {policy} [0:0]"]
    for _ in range(chance.randint(1, 3)):
        end = chance.choice(("-d 10.0.2.10", "-d 10.0.2.99", "-s 10.0.1.10", ""))
        protocol = chance.choice(("-p tcp", "-p udp", ""))
        lines.append(f"-A FORWARD {end} {protocol} -j {chance.choice(('ACCEPT', 'DROP'))}")
    return "\n".join([*lines, "COMMIT", ""])
