"""Sections of an OPNsense's or pfSense's configuration that let through more than its rules say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from ringfence.model.rules import NotUnderstood
from ringfence.sources.rule_syntax.pf_switches import is_set

# Where each of these stands, and is switched on, packets pass in ways that are not modelled.
_OPENING: Final = {
    "bridges/bridged": "frames are bridged",
    "ipsec/phase1": "what comes out of tunnels is not followed",
    "openvpn/openvpn-server": "what comes out of tunnels is not followed",
    "openvpn/openvpn-client": "what comes out of tunnels is not followed",
    "l2tp[mode='server']": "what comes out of tunnels is not followed",
    "pppoes/pppoe": "what comes out of tunnels is not followed",
    "installedpackages/wireguard/tunnels/item": "what comes out of tunnels is not followed",
    "gifs/gif": "what comes out of tunnels is not followed",
    "gres/gre": "what comes out of tunnels is not followed",
    "OPNsense/Interfaces/vxlans/vxlan": "what comes out of tunnels is not followed",
    "diag/ipv6nat[enable]": "what comes out of tunnels is not followed",
    "installedpackages/miniupnpd/config[enable]": "machines open ports by themselves",
    "captiveportal/*[enable]": "TCP of those who logged in passes other rules",
    "load_balancer/virtual_server": "packets are sent on to other machines",
    "OPNsense/relayd/general[enabled='1']": "packets are sent on to other machines",
    "installedpackages/squid/config[transparent_proxy='on']": "packets are handed to a program",
    "OPNsense/Firewall/Filter/rules/rule": "rules of this kind are not read",
    "OPNsense/Firewall/Filter/snatrules/rule": "rules of this kind are not read",
    "OPNsense/Firewall/Filter/npt/rule": "rules of this kind are not read",
    "OPNsense/Firewall/Filter/onetoone/rule": "rules of this kind are not read",
    "OPNsense/wireguard/server/servers/server": "what comes out of tunnels is not followed",
    "OPNsense/OpenVPN/Instances/Instance": "what comes out of tunnels is not followed",
    "OPNsense/Swanctl/Connections/Connection": "what comes out of tunnels is not followed",
    "OPNsense/proxy/forward[transparentMode='1']": "packets are handed to a program",
    "OPNsense/quagga/general[enabled='1']": "routes come from other routers",
    "installedpackages/frr/config[enable='on']": "routes come from other routers",
    "igmpproxy/igmpentry": "multicast is passed on",
    "system/disablefilter": "the rules are switched off",
    "system/disablescrub": "fragments are not put together",
    "system/scrub_interface_disable": "fragments are not put together",
    "system/tftpinterface": "packets are handed to a program",
    "system/shellcmd": "a command runs that is not read",
    "system/earlyshellcmd": "a command runs that is not read",
    "system/afterfilterchangeshellcmd": "a command runs that is not read",
}
_SECTIONS: Final = frozenset(
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
_OF_OPNSENSE: Final = frozenset(
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
# What is known below each section; anything else that says something may matter.
_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "nat": frozenset(("outbound", "rule", "onetoone", "npt", "separator")),
    "filter": frozenset(("rule", "separator")),
    "installedpackages": frozenset(),
    "OPNsense/Firewall": frozenset(("Alias", "Category", "Filter", "Lvtemplate")),
    "OPNsense/Firewall/Filter": frozenset(("npt", "onetoone", "rules", "snatrules")),
    "OPNsense/Interfaces": frozenset(
        ("loopbacks", "neighbors", "overview", "settings", "vlans", "vxlans")
    ),
    "OPNsense": _OF_OPNSENSE,
    "": _SECTIONS,
}
_EMPTY: Final = frozenset(("bypassstaticroutes",))
"""What matters by standing there, even if it holds nothing."""


# Settings of packages by how their names begin: they let nothing more through, or stand above.
_PACKAGES: Final = (
    "acme",
    "apcupsd",
    "arping",
    "arpwatch",
    "autoconfigbackup",
    "backup",
    "bandwidthd",
    "bind",
    "cron",
    "darkstat",
    "freeradius",
    "frr",
    "haproxy",
    "iftop",
    "iperf",
    "lcdproc",
    "lightsquid",
    "lldpd",
    "mailreport",
    "menu",
    "miniupnpd",
    "mtr",
    "netsnmp",
    "nmap",
    "nodeexporter",
    "notes",
    "nrpe",
    "ntopng",
    "nut",
    "openvpnclientexport",
    "openvpn-client-export",
    "package",
    "pfblockerng",
    "service",
    "snort",
    "softflowd",
    "squid",
    "sudo",
    "suricata",
    "syslogng",
    "systempatches",
    "tab",
    "telegraf",
    "vnstat",
    "wireguard",
    "zabbix",
)


def told_of(root: etree._Element) -> Iterator[NotUnderstood]:
    """Yield what is switched on and may let more through, and sections that are not known."""
    for path, why in _OPENING.items():
        for element in root.iterfind(path):
            if not _is_off(element):
                name = element.findtext("descr") or element.findtext("description") or ""
                text = f"<{path.partition('[')[0]}> {name}".strip()
                yield NotUnderstood(line=element.sourceline, text=text, why=why)
    for path, known in _KNOWN.items():
        for section in root.iterfind(f"{path}/*" if path else "*"):
            named = section.tag in known or (
                path == "installedpackages" and str(section.tag).startswith(_PACKAGES)
            )
            if not named and (section.tag in _EMPTY or _says_something(section)):
                text = f"<{path}> <{section.tag!s}>" if path else f"<{section.tag!s}>"
                yield NotUnderstood(
                    line=section.sourceline, text=text, why="the section is not known"
                )


def _says_something(section: etree._Element) -> bool:
    return len(section) > 0 or bool((section.text or "").strip())


def _is_off(element: etree._Element) -> bool:
    switches = ("disabled", "disable")
    off = any(is_set(element, one) and element.findtext(one) != "0" for one in switches)
    return off or element.findtext("enabled") in {"0", "no"}
