"""Debian's own kernel, booted in software emulation: what this machine's kernel may not have.

In it are two hosts, namespaces again: each with a bridge that filters VLANs, a bond of two cables
to the other host, and two machines. All machines are of one IP network: only VLANs part them.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from guest_image import GUEST_MODULES, kernel, needed_by, write_image
from libvirt_host import Console, wait_for
from packets_compared import Sent, echo
from ringfence.connections.commands import Output, not_installed
from ringfence.foundation.progress import SilentProgress
from ringfence.operations.clock import now
from ringfence.operations.linux_hosts import host_by
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.hosts_to_read import LinuxHosts, gather_hosts

POLICY = """
ringfence: 1
name: booted
configuration: virtual-separation
zones:
  web: {trust: 20, networks: [{vlan: 10}], machines: [{name: "web*"}]}
  database: {trust: 80, networks: [{vlan: 20}], machines: [{name: "database*"}]}
fabric:
  domains:
    cable: {uplinks: ["*/left", "*/right"], vlans: "10,20", native: none}
"""
PROGRAMS = ("ip", "bridge", "nft", "grep", "dash")
_KNOWN = frozenset((*PROGRAMS, "cat", "sh", "uname"))
MODULES = ("bridge", "8021q", "bonding", "veth", "nf_tables")
_SETTINGS = (
    "cd /proc/sys/net; echo 1 > ipv4/conf/default/rp_filter; echo 1 > ipv4/conf/all/rp_filter;"
    " echo 1 > ipv6/conf/default/disable_ipv6; echo 1 > ipv6/conf/all/disable_ipv6;"
    " echo 1 > core/devconf_inherit_init_net"
)
"""For all namespaces that are made later: no interface without an address takes in anything."""
HOSTS = ("hva", "hvb")
MACHINES = {
    "web1": ("hva", 10, "10.0.0.1"),
    "database1": ("hva", 20, "10.0.0.2"),
    "web2": ("hvb", 10, "10.0.0.3"),
    "database2": ("hvb", 20, "10.0.0.4"),
}


@dataclass(frozen=True)
class BootedKernel:
    """The kernel, by its console."""

    console: Console

    def run(self, command: str) -> str:
        """Run a command that has to succeed."""
        text, status = self.console.run(f"{_shell(command)} 2>&1")
        assert status == 0, (command, text)
        return text

    def bundle(self, host: str) -> Bundle:
        """Return what a host says of itself."""
        machines = {name: name for name, (on, _, _) in MACHINES.items() if on == host}
        runner = _ConsoleRunner(self.console, ("/usr/sbin/ip", "netns", "exec", host))
        asked = LinuxHosts((host_by(host, runner, machines),), now)
        (bundle,) = gather_hosts(asked, SilentProgress())
        return bundle

    def batch(self, program: str, lines: Iterable[str]) -> None:
        """Run a program of iproute2 with many commands: starting it takes longest."""
        self.run(f"printf '%s\\n' {shlex.join(lines)} | {program} -batch -")

    def sent(self) -> list[Sent]:
        """Let each machine ask each other, all at once."""
        pairs = [(one, other) for one in MACHINES for other in MACHINES if one != other]
        asked = (
            f"(ip netns exec {one} ping -c 2 -W 1 {MACHINES[other][2]} >/dev/null"
            f" && echo {one} {other}) &"
            for one, other in pairs
        )
        answered = self.run(f"{' '.join(asked)} wait").splitlines()
        return [
            Sent(
                one, other, echo(MACHINES[one][2], MACHINES[other][2]), f"{one} {other}" in answered
            )
            for one, other in pairs
        ]


@dataclass(frozen=True)
class _ConsoleRunner:
    """Runs programs by a console, one after the other."""

    console: Console
    prefix: tuple[str, ...]

    async def run(
        self,
        argv: Sequence[str],
        seconds: float,  # noqa: ARG002 (see PATIENCE)
        given: bytes = b"",  # noqa: ARG002 (nothing that reads is given anything)
    ) -> Output:
        """Return what a program answered."""
        if argv[0] not in _KNOWN:
            return Output(None, problem=not_installed(argv[0]))
        words = shlex.join((*self.prefix, *argv))
        text, status = self.console.run(f"{words} 2>/tmp/said")
        said, _ = ("", 0) if status == 0 else self.console.run("cat /tmp/said")
        return Output(status, text.encode(), said)


def _shell(command: str) -> str:
    """Return a command for a shell that takes programs of its path; busybox prefers its own."""
    return f"/usr/sbin/dash -c {shlex.quote(command)}"


@contextmanager
def booted_kernel(folder: Path) -> Iterator[BootedKernel]:
    """Yield the kernel with both hosts as they should be."""
    modules = (*GUEST_MODULES, *MODULES)
    image = write_image(folder / "image", modules, needed_by(PROGRAMS))
    socket = folder / "console"
    words = ("-accel", "tcg", "-cpu", "max", "-m", "192", "-nodefaults", "-no-user-config")
    words += ("-display", "none", "-serial", f"unix:{socket},server=on,wait=off", "-no-reboot")
    words += ("-kernel", str(kernel()[0]), "-initrd", str(image))
    words += ("-append", "console=ttyS0 quiet mitigations=off nokaslr")
    process = subprocess.Popen(("qemu-system-x86_64", *words), stdin=subprocess.DEVNULL)
    try:
        wait_for(socket.exists, "the console")
        console = Console(socket)
        try:
            console.ready()
            booted = BootedKernel(console)
            _make(booted)
            yield booted
        finally:
            console.close()
    finally:
        process.kill()
        process.wait()


def _make(booted: BootedKernel) -> None:
    booted.run(f"mkdir -p /run; mount -t tmpfs none /run; ln -s dash /usr/sbin/sh; {_SETTINGS}")
    booted.batch("ip", [f"netns add {name}" for name in (*HOSTS, *MACHINES)])
    cables = [f"link add {one} type veth peer name {one} netns hvb" for one in ("left", "right")]
    booted.batch("ip -n hva", cables)
    for host in HOSTS:
        own = {name: one for name, one in MACHINES.items() if one[0] == host}
        links = [
            "link add bond0 type bond mode active-backup miimon 100",
            "link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0",
            *(f"link set {cable} master bond0" for cable in ("left", "right")),
            "link set bond0 master br0",
            *(f"link add p-{name} type veth peer name eth0 netns {name}" for name in own),
            *(f"link set p-{name} master br0" for name in own),
            *(f"link set {name} up" for name in ("bond0", "br0", *(f"p-{one}" for one in own))),
        ]
        booted.batch(f"ip -n {host}", links)
        ports = [f"vlan add dev bond0 vid {vlan}" for vlan in (10, 20)]
        ports += [f"vlan add dev p-{name} vid {one[1]} pvid untagged" for name, one in own.items()]
        booted.batch(f"bridge -n {host}", ports)
        for name, (_, _, address) in own.items():
            booted.batch(f"ip -n {name}", [f"addr add {address}/24 dev eth0", "link set eth0 up"])
