"""Which commands of a Cisco ASA are read, which matter to nothing that passes, and which might."""

from __future__ import annotations

from typing import Final

from ringfence.model.rules import NotUnderstood
from ringfence.sources.rule_syntax.asa_inspection import REFUSING_ACTIONS
from ringfence.sources.rule_syntax.asa_text import Command

_READ: Final = frozenset(
    (
        "ASA",
        "access-group",
        "access-list",
        "class-map",
        "interface",
        "ip",
        "ipv6",
        "name",
        "nat",
        "object",
        "object-group",
        "policy-map",
        "route",
        "same-security-traffic",
        "service-policy",
        "shun",
    )
)
# Management of the device, its logs and its own services: they let nothing through it.
_IDLE: Final = frozenset(
    (
        "aaa",
        "aaa-server",
        "arp",
        "asdm",
        "auth-prompt",
        "banner",
        "boot",
        "call-home",
        "checksum",
        "clock",
        "config-register",
        "console",
        "ddns",
        "dhcp",
        "dhcpd",
        "dns",
        "dns-guard",
        "dns-group",
        "domain-name",
        "dynamic-access-policy-record",
        "enable",
        "end",
        "exit",
        "failover",
        "flow-export",
        "fragment",
        "ftp",
        "group-policy",
        "hostname",
        "hpm",
        "http",
        "icmp",
        "key",
        "license",
        "logging",
        "mac-address",
        "management-access",
        "monitor-interface",
        "mtu",
        "mtu-discovery",
        "names",
        "no",
        "ntp",
        "object-group-search",
        "pager",
        "passwd",
        "password",
        "password-policy",
        "privilege",
        "prompt",
        "quota",
        "service",
        "sla",
        "smtp-server",
        "snmp",
        "snmp-map",
        "snmp-server",
        "ssh",
        "ssl",
        "sysopt",
        "telnet",
        "terminal",
        "tftp-server",
        "threat-detection",
        "time-range",
        "timeout",
        "tls-proxy",
        "track",
        "tunnel-group",
        "user-identity",
        "username",
        "vpn-addr-assign",
        "vpn-sessiondb",
        "vpn-simultaneous-logins",
        "xlate",
    )
)
_IDLE_CRYPTO: Final = frozenset(
    ("ca", "dynamic-map", "ikev1", "ikev2", "ipsec", "isakmp", "key", "map", "engine")
)
_IDLE_OF_INTERFACE: Final = frozenset(
    (
        "channel-group",
        "delay",
        "description",
        "duplex",
        "ip",
        "ipv6",
        "lacp",
        "mac-address",
        "management-only",
        "member-interface",
        "nameif",
        "no",
        "port-channel",
        "power-supply",
        "security-level",
        "shutdown",
        "speed",
        "switchport",
        "flowcontrol",
        "vlan",
        "zone-member",
        "bridge-group",
        "policy-route",
        "ipsec",
        "tunnel",
        "cts",
        "dhcprelay",
        "ospf",
        "authentication",
        "failover",
        "hello-interval",
    )
)
_POLICY_WORDS: Final = frozenset(
    ("class", "description", "inspect", "parameters", "flow-export", "user-statistics", "no")
)


def unread(commands: list[Command]) -> tuple[list[NotUnderstood], set[int]]:
    """Return the lines that might matter and are not read, and the numbers of those that do not."""
    notes: list[NotUnderstood] = []
    idle: set[int] = set()
    for command in commands:
        why = _why(command)
        if why:
            notes.append(NotUnderstood(line=command.line, text=command.text, why=why))
        elif command.words[0] not in _READ:
            idle |= {command.line, *(line.line for line in command.below)}
        for line in command.below:
            why = _why_below(command, line)
            if why:
                notes.append(NotUnderstood(line=line.line, text=line.text, why=why))
    return notes, idle


def _why(command: Command) -> str:  # noqa: C901, PLR0911 (one return for each reason)
    """Return why a command is not understood; nothing where it is read, or matters to nothing."""
    words = command.words
    if words[0].startswith("Cryptochecksum:"):
        return ""
    if words[0] == "crypto":
        if words[1:2] == ("map",) and "interface" in words:
            return "what comes out of tunnels passes without the rules of its interface"
        if "enable" in words:
            return "what comes out of tunnels passes without the rules of its interface"
        return "" if words[1:2] and words[1] in _IDLE_CRYPTO else "it is not known"
    if words[0] == "webvpn":
        return (
            "remote users pass" if any(line.words[0] == "enable" for line in command.below) else ""
        )
    if words[0] == "router":
        return "routes come from other routers"
    if words[0] == "ip":
        known = words[1:2] in {("local",), ("audit",)} or words[1:3] == ("verify", "reverse-path")
        return "" if known else "it is not known"
    if words[0] == "ipv6":
        known = words[1:2] in {
            ("route",),
            ("icmp",),
            ("enable",),
            ("neighbor",),
            ("unicast-routing",),
        }
        return "" if known else "it is not known"
    if words[0] == "firewall":
        return "the device bridges" if words[1:2] == ("transparent",) else ""
    if words[0] == "access-group" and "per-user-override" in words:
        return "lists of single users may let more through"
    if words[0] == "access-group":
        known = words[2:] == ("global",) or (words[3:4] == ("interface",) and len(words) > 4)
        return "" if known else "it is not known"
    if words[0] in _READ | _IDLE:
        return ""
    return "it is not known"


def _why_below(command: Command, line: Command) -> str:
    if command.words[0] == "interface":
        return "" if line.words[0] in _IDLE_OF_INTERFACE else "it is not known"
    if command.starts("policy-map") and not command.starts("policy-map", "type"):
        if line.words[:2] == ("set", "connection"):
            harmless = "tcp-state-bypass" not in line.words
            return "" if harmless else "packets pass that belong to no conversation"
        known = line.words[0] in _POLICY_WORDS | REFUSING_ACTIONS
        return "" if known else "it is not known"
    return ""
