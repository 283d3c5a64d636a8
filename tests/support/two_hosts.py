"""Two hosts with libvirt and a cable between them, whose networks differ, and guests on them.

The network ``prod`` has a group of ports ``web`` on both: VLAN 10 on the first host, by mistake
VLAN 20, that of the database, on the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from guest_image import GUEST_MODULES, write_image
from libvirt_host import Console, LibvirtHost, guest_xml, libvirt_host
from packets_compared import Sent, echo, syn
from ringfence.sources.linux.bundle import Bundle
from running_host import run

BUSYBOX = "/bin/busybox"
POLICY = """
ringfence: 1
name: guests
configuration: full-collapse
zones:
  clients: {trust: 10, networks: [{vlan: 30}], machines: [{name: "clients*"}]}
  web: {trust: 20, networks: [{vlan: 10}], machines: [{name: "web*"}]}
  database: {trust: 80, networks: [{vlan: 20}], machines: [{name: "database*"}]}
services: {http: tcp/80, sql: tcp/5432}
flows:
  - {from: clients, to: web, services: [http], through: wall}
  - {from: web, to: database, services: [sql], through: wall}
devices:
  wall: {kind: firewall, machine: wall}
fabric:
  domains:
    cable: {uplinks: ["*/nic0"], vlans: "10,20,30", native: none}
"""
RULES = """
table inet firewall {
  chain own {
    type filter hook input priority 0; policy drop;
  }
  chain passing {
    type filter hook forward priority 0; policy drop;
    ct state established accept
    iifname "eth0" oifname "eth1" ip saddr 10.30.0.0/24 ip daddr 10.10.0.0/24 tcp dport 80 accept
    iifname "eth1" oifname "eth2" ip saddr 10.10.0.0/24 ip daddr 10.20.0.0/24 tcp dport 5432 accept
  }
}
"""
ADDRESSES = {"clients1": "10.30.0.1", "web1": "10.10.0.1", "database1": "10.20.0.1"}
WEB = "<source network='prod' portgroup='web'/>"
DATABASE = "<source bridge='br0'/><vlan><tag id='20'/></vlan><virtualport type='openvswitch'/>"
STRAY = "10.20.0.77"
"""An address of the database's network that the web server takes as well."""


@dataclass
class TwoHosts:
    """The hosts, and the consoles of their guests by name."""

    first: LibvirtHost
    second: LibvirtHost
    image: Path
    consoles: dict[str, Console] = field(default_factory=dict)

    def guest(self, number: int, name: str, host: LibvirtHost, kind: str, attached: str) -> None:
        """Start a guest that is attached in some way; it is not yet ready."""
        host.virsh("create", given=guest_xml(number, name, self.image, attached, kind))
        self.consoles[name] = host.console(name)

    def serve(self, name: str, port: int) -> None:
        """Let a guest have its addresses, a way to others, and a service."""
        network = ADDRESSES[name].rpartition(".")[0]
        console = self.consoles[name]
        console.ready()
        commands = (
            f"ip addr add {ADDRESSES[name]}/24 dev eth0",
            "ip link set eth0 up",
            f"ip route add default via {network}.254",
            f"nc -ll -p {port} -e echo served &",
        )
        for command in commands:
            assert console.run(command) == ("", 0), command

    def sent(self) -> list[Sent]:
        """Send packets between all machines, and tell which arrived."""
        return [
            self._connects("clients1", "web1", 80),
            self._connects("web1", "database1", 5432),
            self._connects("web1", "database1", 22),
            self._connects("clients1", "database1", 5432),
            self._connects("database1", "web1", 80),
            self._strays(),
        ]

    def _connects(self, source: str, destination: str, port: int) -> Sent:
        there = ADDRESSES[destination]
        header = syn(ADDRESSES[source], there, port)
        command = f"nc -w 1 {there} {port}"
        if source in self.consoles:
            answer, _ = self.consoles[source].run(f"{command} </dev/null 2>/dev/null")
        else:
            inside = ("ip", "netns", "exec", f"{self.first.space}-{source}")
            answer = run(*inside, "sh", "-c", f"{BUSYBOX} {command} </dev/null 2>&1 || true")
        return Sent(source, destination, header, "served" in answer)

    def _strays(self) -> Sent:
        """Let the web server ask the database as if it were beside it."""
        there = ADDRESSES["database1"]
        ask = f"ip addr add {STRAY}/24 dev eth0; ping -c 2 -W 1 -I {STRAY} {there} >/dev/null"
        answer, _ = self.consoles["web1"].run(
            f"{ask} && echo answered; ip addr del {STRAY}/24 dev eth0"
        )
        return Sent("web1", "database1", echo(STRAY, there), "answered" in answer)

    def close(self) -> None:
        """Close the consoles."""
        for console in self.consoles.values():
            console.close()

    def bundles(self) -> list[Bundle]:
        """Return what both hosts say."""
        return [self.first.bundle(), self.second.bundle()]

    def tag(self, vlan: int) -> None:
        """Put the database into another VLAN while it runs."""
        described = self.second.virsh("dumpxml", "--migratable", "database1")
        nic = described[described.index("<interface") : described.index("</interface>")]
        before = nic[nic.index("<tag id=") :].split("'")[1]
        changed = nic.replace(f"<tag id='{before}'/>", f"<tag id='{vlan}'/>")
        self.second.virsh("update-device", "database1", "--live", given=f"{changed}</interface>")

    def migrate(self) -> None:
        """Move the web server to the second host while it runs."""
        there = f"qemu+unix:///system?socket={self.second.folder}/run/libvirt-sock"
        data = f"unix://{self.second.folder}/data.sock"
        self.consoles.pop("web1").close()
        self.first.virsh("migrate", "web1", there, "--live", "--unsafe", "--migrateuri", data)
        self.consoles["web1"] = self.second.console("web1")


@contextmanager
def two_hosts(folder: Path) -> Iterator[TwoHosts]:
    """Yield both hosts, the firewall on the first, and guests that serve."""
    image = write_image(folder / "image", GUEST_MODULES)
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(libvirt_host(name, folder / name)) for name in ("hva", "hvb")
        )
        there = ("peer", "name", "nic0", "netns", second.space)
        first.ip("link", "add", "nic0", "type", "veth", *there)
        for host in (first, second):
            host.ip("link", "set", "nic0", "up")
        _firewall(first)
        first.machine("clients1", {"eth0": f"{ADDRESSES['clients1']}/24"})
        inside = ("ip", "netns", "exec", f"{first.space}-clients1")
        run(*inside, "ip", "route", "add", "default", "via", "10.30.0.254")
        run(*inside, "ethtool", "-K", "eth0", "tx", "off")
        for host in (first, second):
            host.open_vswitch()
            host.bridge("br0", "nic0 vlan_mode=trunk trunks=10,20,30")
        ports = ("clients1-eth0 tag=30", "wall-eth0 tag=30", "wall-eth1 tag=10", "wall-eth2 tag=20")
        for port in ports:
            first.vsctl("add-port", "br0", *port.split())
        hosts = TwoHosts(first, second, image)
        stack.callback(hosts.close)
        first.libvirt()
        first.network("prod", "br0", {"web": 10})
        hosts.guest(1, "web1", first, "network", WEB)
        second.libvirt(like=first)
        second.network("prod", "br0", {"web": 20})
        hosts.guest(2, "database1", second, "bridge", DATABASE)
        hosts.serve("web1", 80)
        hosts.serve("database1", 5432)
        yield hosts


def _firewall(host: LibvirtHost) -> None:
    cables = {"eth0": "10.30.0.254/24", "eth1": "10.10.0.254/24", "eth2": "10.20.0.254/24"}
    inside = ("ip", "netns", "exec", host.machine("wall", cables))
    run(*inside, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=1")
    run(*inside, "nft", "-f", "-", given=RULES)
    for interface in cables:
        run(*inside, "ethtool", "-K", interface, "tx", "off")
