"""The commands whose output is what is known of a host. None of them changes anything.

A command's name is also the name of the file that its output is saved in. Some are asked of every
host; the others follow from what those said: one for each bridge of Open vSwitch, each namespace,
each machine of libvirt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

_SETTINGS: Final = (
    "cd /proc/sys/net && grep -r --include=ip_forward --include=forwarding"
    " --include=force_forwarding --include=rp_filter --include=disable_ipv6"
    " --include=proxy_arp --include='arp_*' --include='bridge-nf-call-*' ''"
    " $(ls -d ipv4/ip_forward ipv4/conf ipv6/conf bridge 2>/dev/null)"
)
"""Reads a few settings of every interface; 'sysctl -a' would read all there are, which is slow."""
_ANY_OPENFLOW: Final = ",".join(f"OpenFlow1{minor}" for minor in range(6))
OVS_COLUMNS: Final = {
    "bridge": "_uuid,name,ports,mirrors,controller,fail_mode,datapath_type,other_config,protocols,"
    "external_ids,stp_enable,rstp_enable,flood_vlans",
    "port": "_uuid,name,interfaces,tag,trunks,cvlans,vlan_mode,bond_mode,lacp,protected,"
    "other_config,external_ids",
    "interface": "_uuid,name,type,options,external_ids,admin_state,link_state,mac_in_use,ofport,"
    "error",
    "mirror": "_uuid,name,select_all,select_src_port,select_dst_port,select_vlan,output_port,"
    "output_vlan",
    "controller": "_uuid,target,is_connected",
    "manager": "_uuid,target,is_connected",
}
"""The columns asked for, all of which Open vSwitch 2.8 and later have."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command under its name; ``seconds`` is the longest that it may take."""

    name: str
    argv: tuple[str, ...]
    seconds: float = 20


def _ovs_list(table: str) -> Command:
    words = ("ovs-vsctl", "--timeout=10", "-f", "json", f"--columns={OVS_COLUMNS[table]}", "list")
    return Command(f"ovs-{table}", (*words, table))


def _virsh(name: str, *words: str) -> Command:
    return Command(name, ("virsh", "--quiet", "--connect", "qemu:///system", *words))


HOST_COMMANDS: Final = (
    Command("uname", ("uname", "-nr")),
    Command("machine-id", ("cat", "/etc/machine-id")),
    Command("os-release", ("cat", "/etc/os-release")),
    Command("version-ip", ("ip", "-V")),
    Command("version-nft", ("nft", "--version")),
    Command("version-ovs", ("ovs-vsctl", "--version")),
    Command("version-libvirt", ("virsh", "--version")),
    Command("cpu", ("lscpu", "-J")),
    Command("memory", ("cat", "/proc/meminfo")),
    Command("addresses", ("ip", "-j", "-d", "addr")),
    Command("namespaces", ("ip", "-j", "netns", "list")),
    Command("bridge-links", ("bridge", "-j", "-d", "link")),
    Command("bridge-vlans", ("bridge", "-j", "vlan", "show")),
    *map(_ovs_list, OVS_COLUMNS),
    Command("listening", ("ss", "-H", "-n", "-l", "-t", "-u", "-p")),
    Command("groups", ("getent", "group")),
    _virsh("domains", "list", "--all", "--uuid"),
    _virsh("networks", "net-list", "--all", "--name"),
    _virsh("filters", "nwfilter-list"),
    _virsh("filter-bindings", "nwfilter-binding-list"),
)
"""What is asked of every host."""

FRAME_RULES: Final = Command("frame-rules", ("ebtables-save",))
"""What libvirt's network filters have become; asked only where one is in force."""

NAMESPACE_COMMANDS: Final = (
    Command("neighbours", ("ip", "-j", "neigh")),
    Command("routes-4", ("ip", "-j", "-4", "route", "show", "table", "all")),
    Command("routes-6", ("ip", "-j", "-6", "route", "show", "table", "all")),
    Command("rules-4", ("ip", "-j", "-4", "rule")),
    Command("rules-6", ("ip", "-j", "-6", "rule")),
    Command("settings", ("sh", "-c", _SETTINGS)),
    Command("nftables", ("nft", "-j", "list", "ruleset")),
)
"""What is asked of the host itself and of each namespace: how it routes and filters."""


def part_name(kind: str, of: str) -> str:
    """Return the name of a command about one thing: its kind, then the thing's own name."""
    return f"{kind}.{quote(of, safe='')}"


def parts(names: Iterator[str] | tuple[str, ...], kind: str) -> Iterator[tuple[str, str]]:
    """Yield name and thing of the commands of a kind among ``names``."""
    for name in names:
        before, dot, of = name.partition(".")
        if dot and before == kind:
            yield name, unquote(of)


def of_namespace(namespace: str) -> Iterator[Command]:
    """Yield the commands that are asked inside a named network namespace."""
    inside = ("ip", "netns", "exec", namespace)
    addresses = Command("addresses", ("ip", "-j", "-d", "addr"))
    for command in (addresses, *NAMESPACE_COMMANDS):
        name = part_name(f"netns-{command.name}", namespace)
        yield Command(name, (*inside, *command.argv), command.seconds)


def of_bridge(bridge: str) -> Iterator[Command]:
    """Yield the commands about a bridge of Open vSwitch: its flows, and how many there are."""
    for name, word in (("ovs-flows", "dump-flows"), ("ovs-flow-count", "dump-aggregate")):
        words = ("ovs-ofctl", "--timeout=10", "-O", _ANY_OPENFLOW, word)
        yield Command(part_name(name, bridge), (*words, bridge))


def of_domain(uuid: str) -> Iterator[Command]:
    """Yield the commands about a machine of libvirt: as it is, and as another host would get it."""
    yield _virsh(part_name("domain", uuid), "dumpxml", uuid)
    yield _virsh(part_name("migratable", uuid), "dumpxml", "--migratable", uuid)


def of_network(name: str) -> Iterator[Command]:
    """Yield the command about a network of libvirt."""
    yield _virsh(part_name("network", name), "net-dumpxml", name)
