"""Sections of an OPNsense's or pfSense's configuration that let through more than its rules say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from ringfence.model.rules import NotUnderstood

# Where each of these stands, and is switched on, packets pass in ways that are not modelled.
_OPENING: Final = {
    "bridges/bridged": "frames are bridged",
    "ipsec/phase1": "what comes out of tunnels is not followed",
    "openvpn/openvpn-server": "what comes out of tunnels is not followed",
    "openvpn/openvpn-client": "what comes out of tunnels is not followed",
    "l2tp[mode='server']": "what comes out of tunnels is not followed",
    "pppoes/pppoe": "what comes out of tunnels is not followed",
    "installedpackages/wireguard/tunnels/item": "what comes out of tunnels is not followed",
    "installedpackages/miniupnpd/config[enable='on']": "machines open ports by themselves",
    "installedpackages/squid/config[transparent_proxy='on']": "packets are handed to a program",
    "OPNsense/Firewall/Filter/rules/rule": "rules of this kind are not read",
    "OPNsense/Firewall/Filter/snatrules/rule": "rules of this kind are not read",
    "OPNsense/Firewall/Filter/npt/rule": "rules of this kind are not read",
    "OPNsense/Firewall/Filter/onetoone/rule": "rules of this kind are not read",
    "OPNsense/Firewall/DNat/rule": "rules of this kind are not read",
    "OPNsense/wireguard/server/servers/server": "what comes out of tunnels is not followed",
    "OPNsense/OpenVPN/Instances/Instance": "what comes out of tunnels is not followed",
    "OPNsense/Swanctl/Connections/Connection": "what comes out of tunnels is not followed",
    "OPNsense/proxy/forward[transparentMode='1']": "packets are handed to a program",
    "OPNsense/quagga/general[enabled='1']": "routes come from other routers",
    "installedpackages/frr/config[enable='on']": "routes come from other routers",
    "system/disablefilter": "the rules are switched off",
    "system/disablescrub": "fragments are not put together",
}
_KNOWN: Final = frozenset(
    [
        "aliases",
        "apikeys",
        "backupcount",
        "bridges",
        "ca",
        "captiveportal",
        "cert",
        "cron",
        "crl",
        "ddnsconfigs",
        "dhcpd",
        "dhcpd6",
        "dhcpdv6",
        "dhcp6relay",
        "dhcrelay",
        "dhcrelay6",
        "diag",
        "dnsmasq",
        "dnshaper",
        "dnsupdates",
        "dyndnses",
        "ezshaper",
        "filter",
        "gateways",
        "gifs",
        "gres",
        "hasync",
        "hostid",
        "ifgroups",
        "igmpproxy",
        "installedpackages",
        "interfaces",
        "ipsec",
        "kea",
        "l2tp",
        "laggs",
        "lastchange",
        "load_balancer",
        "monit_type",
        "nat",
        "notifications",
        "ntpd",
        "OPNsense",
        "openvpn",
        "ppps",
        "pppoes",
        "proxyarp",
        "qinqs",
        "radvd",
        "revision",
        "rrd",
        "schedules",
        "separator",
        "shaper",
        "snmpd",
        "ssh",
        "sshdata",
        "staticroutes",
        "sysctl",
        "syslog",
        "system",
        "theme",
        "trigger_initial_wizard",
        "unbound",
        "version",
        "virtualip",
        "vlans",
        "voucher",
        "widgets",
        "wireless",
        "wizardtemp",
        "wol",
    ]
)
_KNOWN_NAT: Final = frozenset(("outbound", "rule", "onetoone", "npt", "separator"))
_KNOWN_FILTER: Final = frozenset(("rule", "separator"))
_KNOWN_OPNSENSE: Final = frozenset(
    [
        "captiveportal",
        "cron",
        "DHCRelay",
        "dnsmasq",
        "Dnsmasq",
        "DynDNS",
        "Firewall",
        "Gateways",
        "Git",
        "HAProxy",
        "HostDiscovery",
        "IDS",
        "IPsec",
        "Interfaces",
        "Kea",
        "monit",
        "Monit",
        "Netflow",
        "NetSNMP",
        "Nginx",
        "node_exporter",
        "ntpd",
        "OpenVPN",
        "OpenVPNExport",
        "proxy",
        "ProxySSO",
        "quagga",
        "Quagga",
        "radvd",
        "SSHOnlyTunnel",
        "Swanctl",
        "Syslog",
        "TrafficShaper",
        "trust",
        "unboundplus",
        "wireguard",
        "freeradius",
        "acmeclient",
        "AcmeClient",
        "hasync",
        "nodeexporter",
        "telegraf",
        "Routes",
        "wol",
        "relayd",
    ]
)


def told_of(root: etree._Element) -> Iterator[NotUnderstood]:
    """Yield what is switched on and may let more through, and sections that are not known."""
    for path, why in _OPENING.items():
        for element in root.iterfind(path):
            if not _is_off(element):
                name = element.findtext("descr") or element.findtext("description") or ""
                text = f"<{path.partition('[')[0]}> {name}".strip()
                yield NotUnderstood(line=element.sourceline, text=text, why=why)
    for path, known in (("nat", _KNOWN_NAT), ("filter", _KNOWN_FILTER)):
        for element in root.iterfind(f"{path}/*"):
            if element.tag not in known and (len(element) or element.tag == "bypassstaticroutes"):
                text = f"<{path}> <{element.tag!s}>"
                yield NotUnderstood(
                    line=element.sourceline, text=text, why="the section is not known"
                )
    for parent, known in ((root, _KNOWN), (root.find("OPNsense"), _KNOWN_OPNSENSE)):
        for section in parent if parent is not None else ():
            if section.tag not in known and (len(section) or (section.text or "").strip()):
                text = f"<{section.tag!s}>"
                yield NotUnderstood(
                    line=section.sourceline, text=text, why="the section is not known"
                )


def _is_off(element: etree._Element) -> bool:
    off, disabled = element.findtext("enabled"), element.find("disabled")
    if element.find("disable") is not None:
        return True
    return off in {"0", "no"} or (disabled is not None and disabled.text != "0")
