"""A small host in namespaces of this machine, with a real switch, machines and a firewall.

Everything is called ``rft-…`` and removed at the end. The switch daemons are the host's own: they
answer on sockets in a folder, so that another Open vSwitch of this machine is not met.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ringfence.connections.commands import PrefixRunner
from ringfence.foundation.progress import SilentProgress
from ringfence.operations.clock import now
from ringfence.operations.linux_hosts import host_by
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.hosts_to_read import LinuxHosts, gather_hosts

SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
RULES = """
table inet firewall {
  chain own {
    type filter hook input priority 0; policy drop;
  }
  chain passing {
    type filter hook forward priority 0; policy drop;
    ct state established accept
    iifname "eth0" oifname "eth1" ip saddr 10.10.0.0/24 tcp dport 443 accept
  }
}
"""


def run(*argv: str, given: str | None = None) -> str:
    """Run a program, and return what it writes."""
    done = subprocess.run(
        argv, input=given, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{argv}: {done.stderr}"
    return done.stdout


def end(process: int, how: signal.Signals) -> None:
    """Ask a process to end, and wait until it has; in a container nobody may bury it."""
    with suppress(ProcessLookupError):
        os.kill(process, how)
    stat = Path("/proc", str(process), "stat")
    for _ in range(200):
        try:
            state = stat.read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        time.sleep(0.02)


@dataclass
class RunningHost:
    """A host: its namespace is ``rft-NAME``, those of its machines ``rft-NAME-MACHINE``."""

    name: str
    folder: Path

    @property
    def space(self) -> str:
        return f"rft-{self.name}"

    @property
    def prefix(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.space, "env", f"OVS_RUNDIR={self.folder}")

    def ip(self, *words: str, space: str | None = None) -> None:
        run("ip", "-n", space or self.space, *words)

    def run(self, *argv: str, given: str | None = None) -> str:
        return run(*self.prefix, *argv, given=given)

    @property
    def machines(self) -> dict[str, str]:
        """The names of the machines by their namespaces."""
        spaces = (path.name for path in Path("/run/netns").glob(f"{self.space}-*"))
        names = {space: space.removeprefix(f"{self.space}-") for space in spaces}
        return {space: name for space, name in names.items() if name != "outside"}

    def bundle(self) -> Bundle:
        """Return what the host says of itself."""
        host = host_by("kvm1", PrefixRunner(self.prefix), self.machines)
        (bundle,) = gather_hosts(LinuxHosts((host,), now), SilentProgress())
        return bundle

    def vsctl(self, *words: str) -> str:
        return self.run("ovs-vsctl", "--timeout=20", *words)

    def machine(self, name: str, cables: Mapping[str, str], *, port: str = "") -> str:
        """Make a machine whose interfaces have addresses; return its namespace.

        The host's ends of the cables are called ``NAME-INTERFACE``, or ``port``.
        """
        space = f"{self.space}-{name}"
        run("ip", "netns", "add", space)
        self.ip("link", "set", "lo", "up", space=space)
        for interface, address in cables.items():
            end = port or f"{name}-{interface}"
            self.ip("link", "add", end, "type", "veth", "peer", "name", interface, "netns", space)
            self.ip("link", "set", end, "up")
            if address:
                self.ip("addr", "add", address, "dev", interface, space=space)
            self.ip("link", "set", interface, "up", space=space)
        return space

    def uplink(self, name: str) -> None:
        """Make a NIC whose cable leads into a namespace that is no machine of the host."""
        space = f"{self.space}-outside"
        if not Path("/run/netns", space).exists():
            run("ip", "netns", "add", space)
        self.ip("link", "add", name, "type", "veth", "peer", "name", name, "netns", space)
        self.ip("link", "set", name, "up")
        self.ip("link", "set", name, "up", space=space)

    def open_vswitch(self) -> None:
        database, socket = self.folder / "conf.db", self.folder / "db.sock"
        run("ovsdb-tool", "create", str(database), SCHEMA)
        self._daemon("ovsdb-server", str(database), f"--remote=punix:{socket}")
        self.vsctl("--no-wait", "init")
        self._daemon("ovs-vswitchd", f"unix:{socket}", "--disable-system")

    def _daemon(self, program: str, *words: str) -> None:
        files = (f"--{word}={self.folder / program}.{word}" for word in ("pidfile", "unixctl"))
        log = f"--log-file={self.folder / program}.log"
        self.run(program, *words, *files, log, "--detach", "-vconsole:off")

    def bridge(self, name: str, *ports: str) -> None:
        """Make a bridge of Open vSwitch; each port is its name, then its columns."""
        words = ["add-br", name, "--", "set", "bridge", name, "datapath_type=netdev"]
        for port in ports:
            words += ["--", "add-port", name, *port.split()]
        self.vsctl(*words)

    def remove(self) -> None:
        for path in self.folder.glob("*.pidfile"):
            end(int(path.read_text()), signal.SIGTERM)
        for path in Path("/run/netns").glob(f"{self.space}*"):
            run("ip", "netns", "del", path.name)


@contextmanager
def running_host(name: str, folder: Path) -> Iterator[RunningHost]:
    """Yield an empty host that takes no packets for itself but where it has an address."""
    host = RunningHost(f"{name}{os.getpid()}", folder)
    with made(host):
        yield host


@contextmanager
def made(host: RunningHost) -> Iterator[None]:
    """Make the namespace of a host, and remove all of it afterwards."""
    run("ip", "netns", "add", host.space)
    try:
        host.ip("link", "set", "lo", "up")
        for setting in ("ipv4.conf.all.rp_filter", "ipv6.conf.all.disable_ipv6"):
            host.run("sysctl", "-qw", f"net.{setting}=1")
        host.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        yield
    finally:
        host.remove()


@contextmanager
def dmz_in_a_box(folder: Path) -> Iterator[RunningHost]:
    """Yield a host with two machines in two VLANs, and a firewall between these."""
    with running_host("kvm", folder) as host:
        host.machine("web", {"eth0": "10.10.0.1/24"})
        host.machine("database", {"eth0": "10.20.0.1/24"})
        firewall = host.machine("firewall", {"eth0": "10.10.0.254/24", "eth1": "10.20.0.254/24"})
        inside = ("ip", "netns", "exec", firewall)
        run(*inside, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=1")
        run(*inside, "nft", "-f", "-", given=RULES)
        host.uplink("nic0")
        host.open_vswitch()
        host.bridge(
            "br0",
            "nic0 vlan_mode=trunk trunks=10,20",
            "web-eth0 tag=10",
            "database-eth0 tag=20",
            "firewall-eth0 tag=10",
            "firewall-eth1 tag=20",
        )
        yield host
