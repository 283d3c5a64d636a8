"""A guest on a Linux bridge whose port has a network filter, and a machine beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from guest_image import GUEST_MODULES, write_image
from libvirt_host import Console, LibvirtHost, guest_xml, libvirt_host
from packets_compared import Sent, echo
from running_host import run

POLICY = """
ringfence: 1
name: filtered
configuration: full-collapse
zones:
  kiosk: {trust: 20, machines: [{name: "kiosk*"}]}
  archive: {trust: 80, machines: [{name: "archive*"}]}
fabric: {domains: {}}
"""
OWN, FORGED, ARCHIVE = "10.40.0.1", "10.40.0.9", "10.40.0.2"
_MAC = "52:54:00:00:00:01"
_NIC = """<source bridge='lan0'/><filterref filter='{filter}'>
  <parameter name='IP' value='10.40.0.1'/></filterref>"""


@dataclass
class FilteredGuest:
    """The host, the console of its guest, and the MAC address of the machine beside it."""

    host: LibvirtHost
    console: Console
    archive: str

    def refilter(self, name: str) -> None:
        """Put another filter at the guest's port while it runs."""
        described = self.host.virsh("dumpxml", "--migratable", "kiosk1")
        nic = described[described.index("<interface") : described.index("</interface>")]
        before = nic[nic.index("<filterref filter=") :].split("'")[1]
        changed = nic.replace(f"<filterref filter='{before}'", f"<filterref filter='{name}'")
        self.host.virsh("update-device", "kiosk1", "--live", given=f"{changed}</interface>")

    def sent(self, source: str, *, tagged: bool = False) -> Sent:
        """Let the guest ask the archive from an address; ``tagged`` in a frame with the tag 0."""
        device = "tag0" if tagged else "eth0"
        commands = (
            f"ip addr add {source}/32 dev {device}",
            f"ip route add {ARCHIVE} dev {device} src {source}",
            f"arp -i {device} -s {ARCHIVE} {self.archive}",
            f"ping -c 2 -W 1 -I {source} {ARCHIVE} >/dev/null && echo answered",
            f"ip route del {ARCHIVE}",
            f"ip addr del {source}/32 dev {device}",
        )
        answer, _ = self.console.run("; ".join(commands))
        return Sent("kiosk1", "archive1", echo(source, ARCHIVE), "answered" in answer)


@contextmanager
def filtered_guest(folder: Path, filters: tuple[str, ...] = ()) -> Iterator[FilteredGuest]:
    """Yield a guest behind ``clean-traffic``; ``filters`` are further ones, as XML."""
    image = write_image(folder / "image", (*GUEST_MODULES, "8021q"))
    with libvirt_host("hvf", folder / "hvf") as host:
        host.ip("link", "add", "lan0", "type", "bridge")
        host.ip("link", "set", "lan0", "up")
        space = host.machine("archive1", {"eth0": f"{ARCHIVE}/24"})
        host.ip("link", "set", "archive1-eth0", "master", "lan0")
        # The answers find the forged address without asking.
        for address in (OWN, FORGED):
            host.ip("neigh", "add", address, "lladdr", _MAC, "dev", "eth0", space=space)
        mac = run("ip", "netns", "exec", space, "cat", "/sys/class/net/eth0/address").strip()
        host.libvirt()
        for one in filters:
            host.virsh("nwfilter-define", given=one)
        attached = _NIC.format(filter="clean-traffic")
        host.virsh("create", given=guest_xml(1, "kiosk1", image, attached, "bridge"))
        console = host.console("kiosk1")
        try:
            console.ready()
            for command in (
                "ip link set eth0 up",
                "ip link add link eth0 name tag0 type vlan id 0",
                "ip link set tag0 up",
            ):
                assert console.run(command) == ("", 0), command
            yield FilteredGuest(host, console, mac)
        finally:
            console.close()
