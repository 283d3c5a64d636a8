"""A host in a namespace with a libvirt of its own, and guests in software emulation.

libvirt's folders are this host's own by a mount namespace, so that another libvirt of this machine
is not met, and ``qemu:///system`` means the host's own wherever one is inside.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from guest_image import kernel
from ringfence.connections.commands import PrefixRunner
from ringfence.foundation.progress import SilentProgress
from ringfence.operations.clock import now
from ringfence.operations.linux_hosts import host_by
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.hosts_to_read import LinuxHosts, gather_hosts
from running_host import RunningHost, end, made

_FOLDERS = {
    "etc": "/etc/libvirt",
    "run": "/run/libvirt",
    "lib": "/var/lib/libvirt",
    "log": "/var/log/libvirt",
    "cache": "/var/cache/libvirt",
}
_QEMU = """
stdio_handler = "file"
security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
namespaces = [ ]
cgroup_controllers = [ ]
seccomp_sandbox = 0
lock_manager = "nop"
"""
_DOMAIN = """<domain type='qemu'>
  <name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>96</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{kernel}</kernel><initrd>{image}</initrd>
  <cmdline>console=ttyS0 quiet mitigations=off nokaslr</cmdline></os>
  <features><acpi/></features><cpu mode='maximum'/>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
  <interface type='{kind}'><mac address='{mac}'/>{attached}<model type='virtio'/>
  <driver>
    <host csum='off' gso='off' tso4='off' tso6='off' ecn='off' ufo='off'/>
    <guest csum='off' tso4='off' tso6='off' ecn='off' ufo='off'/>
  </driver><rom enabled='no'/></interface>
  <serial type='unix'><source mode='bind' path='/run/libvirt/{name}.console'/></serial>
  <memballoon model='none'/><controller type='usb' model='none'/></devices></domain>"""
_GROUPS = "libvirt-qemu:x:64055:\nkvm:x:64056:"
PATIENCE = 60.0  # seconds; software emulation on a busy machine


def guest_xml(number: int, name: str, image: Path, attached: str, kind: str = "network") -> str:
    """Return the description of a guest with one NIC; ``attached`` are the NIC's own elements."""
    return _DOMAIN.format(
        name=name,
        uuid=f"1b4e28ba-2fa1-11d2-883f-{number:012x}",
        kernel=kernel()[0],
        image=image,
        kind=kind,
        mac=f"52:54:00:00:00:{number:02x}",
        attached=attached,
    )


@dataclass
class LibvirtHost(RunningHost):
    """A host whose commands run where its own libvirt is."""

    daemon: int = field(default=0)

    @property
    def prefix(self) -> tuple[str, ...]:
        if not self.daemon:
            return super().prefix
        inside = ("nsenter", "--target", str(self.daemon), "--net", "--mount")
        return (*inside, "env", f"OVS_RUNDIR={self.folder}")

    @property
    def pid_file(self) -> Path:
        return self.folder / "libvirtd.pid"

    def libvirt(self, like: LibvirtHost | None = None) -> None:
        """Start libvirt, with the network filters that it comes with.

        What qemu can do, which takes seconds to find out, it knows from another host.
        """
        for name in _FOLDERS:
            self.folder.joinpath(name).mkdir()
        if like is not None:
            shutil.copytree(like.folder / "cache", self.folder / "cache", dirs_exist_ok=True)
        shutil.copytree("/etc/libvirt/nwfilter", self.folder / "etc" / "nwfilter")
        self.folder.joinpath("etc", "qemu.conf").write_text(_QEMU)
        uuid = Path("/proc/sys/kernel/random/uuid").read_text()
        self.folder.joinpath("etc", "libvirtd.conf").write_text(
            f'auth_unix_rw = "none"\nauth_unix_ro = "none"\nhost_uuid = "{uuid.strip()}"\n'
            f'log_outputs = "2:file:{self.folder}/log/libvirtd.log"\n'
        )
        folders = {self.folder / own: there for own, there in _FOLDERS.items()}
        folders[self.folder] = "/run/openvswitch"
        # libvirt looks for the account that Debian's service package makes, before its settings.
        for name, line in (("passwd", "libvirt-qemu:x:64055:64055::/:/"), ("group", _GROUPS)):
            known = Path("/etc", name)
            self.folder.joinpath(name).write_text(f"{known.read_text()}{line}\n")
            folders[self.folder / name] = str(known)
        binds = [
            f"test -e {there} || mkdir -p {there}; mount --bind {own} {there}"
            for own, there in folders.items()
        ]
        start = f"exec /usr/sbin/libvirtd -d -p {self.pid_file}"
        script = "; ".join(("set -e", *binds, start))
        self.run("unshare", "--mount", "--propagation", "private", "sh", "-c", script)
        wait_for(self.folder.joinpath("run", "libvirt-sock").exists, "libvirt's socket")
        self.daemon = int(self.pid_file.read_text())

    def virsh(self, *words: str, given: str | None = None) -> str:
        if given is not None:
            path = self.folder / "given.xml"
            path.write_text(given)
            words = (*words, str(path))
        return self.run("virsh", "--quiet", "--connect", "qemu:///system", *words)

    def console(self, guest: str) -> Console:
        """Return the console of a guest that runs here."""
        return Console(self.folder / "run" / f"{guest}.console")

    def network(self, name: str, bridge: str, groups: dict[str, int]) -> None:
        """Define a network of libvirt on a bridge of Open vSwitch, with groups of ports."""
        ports = "".join(
            f"<portgroup name='{group}'><vlan><tag id='{vlan}'/></vlan></portgroup>"
            for group, vlan in groups.items()
        )
        self.virsh(
            "net-define",
            given=f"<network><name>{name}</name><forward mode='bridge'/><bridge name='{bridge}'/>"
            f"<virtualport type='openvswitch'/>{ports}</network>",
        )
        self.virsh("net-start", name)

    def bundle(self) -> Bundle:
        """Return what the host says of itself."""
        host = host_by(self.name, PrefixRunner(self.prefix), self.machines)
        (bundle,) = gather_hosts(LinuxHosts((host,), now), SilentProgress())
        return bundle

    def remove(self) -> None:
        pids = [*self.folder.glob("run/qemu/*.pid"), self.pid_file]
        for path in pids:
            if path.exists():
                end(int(path.read_text()), signal.SIGKILL)
        super().remove()


@contextmanager
def libvirt_host(name: str, folder: Path) -> Iterator[LibvirtHost]:
    """Yield an empty host; its libvirt is started by ``libvirt()``, after its namespaces."""
    folder.mkdir()
    host = LibvirtHost(f"{name}{os.getpid()}", folder)
    with made(host):
        yield host


def wait_for(condition, what: str) -> None:
    """Wait until something is so."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"{what} was waited for in vain"
        time.sleep(0.02)


class Console:
    """The console of a guest: each command answers with what it wrote and its status."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(str(path))
        self._read = b""

    def ready(self) -> None:
        """Wait until the guest has started."""
        self._until(b"@@ ready\n")

    def run(self, command: str) -> tuple[str, int]:
        """Return what a command wrote, and its status."""
        self._socket.sendall(command.encode() + b"\n")
        text, status = self._until(b"@@ ", line=True)
        return text, int(status)

    def close(self) -> None:
        self._socket.close()

    def _until(self, mark: bytes, *, line: bool = False) -> tuple[str, str]:
        while True:
            before, found, after = self._read.replace(b"\r", b"").partition(mark)
            if found and (not line or b"\n" in after):
                rest, _, self._read = after.partition(b"\n") if line else (b"", b"", after)
                return before.decode(errors="replace"), rest.decode()
            got = self._socket.recv(4096)
            assert got, "the guest's console was closed"
            self._read += got
