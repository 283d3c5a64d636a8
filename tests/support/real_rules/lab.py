"""A client, a firewall and a server in network namespaces of their own; a program of its own.

It reads one request per line (JSON) from its standard input and answers with one line each, so
that the tests need no rights: only this program is started as root, or in a user namespace.

- ``{"run": [command, …], "input": text}``: run a command in the firewall's namespace
- ``{"send": [frame in hexadecimal, …]}``: send frames from the client; tells which numbers came to
  the server, came back to the client, and were taken in by the firewall itself
- ``{"forms": [frame in hexadecimal, …]}``: the same, and tells what came, as pairs of a number and
  the packet in hexadecimal, since it may have been translated
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from real_rules.frames import (
    CLIENT_MAC,
    FIREWALL_CLIENT_MAC,
    FIREWALL_SERVER_MAC,
    SERVER_MAC,
    ends,
    number_in,
)

CLONE_NEWNET = 0x40000000
ETH_P_ALL = 0x0003
ETH_P_IP = 0x0800
OUTGOING = 4
PROTOCOLS_4 = (1, 6, 17, 47, 89)
PROTOCOLS_6 = (6, 17, 47, 58, 89)
SETTINGS = {
    "net.ipv4.ip_forward": 1,
    "net.ipv4.conf.all.rp_filter": 0,
    "net.ipv4.conf.all.send_redirects": 0,
    "net.ipv6.conf.all.forwarding": 1,
}
# Every destination that is on the firewall's networks answers with the same hardware address.
NEIGHBOURS = {
    "eth0": (CLIENT_MAC, ("10.0.1.10", "10.0.1.99", "fd00:1::10")),
    "eth1": (
        SERVER_MAC,
        ("10.0.2.10", "10.0.2.11", "10.0.2.99", "fd00:2::10", "fd00:2::99"),
    ),
}
LIBC = ctypes.CDLL(None, use_errno=True)


def check(result: int) -> None:
    """Raise the error of a call to the C library."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class Namespace:
    """A network namespace, held by an open file."""

    def __init__(self) -> None:
        check(LIBC.unshare(CLONE_NEWNET))
        self.file = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.path = f"/proc/{os.getpid()}/fd/{self.file}"

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Work inside; everything opened there stays there."""
        check(LIBC.setns(self.file, CLONE_NEWNET))
        yield

    def run(self, *command: str, given: str | None = None) -> str:
        """Run a command inside and return what it writes."""
        with self.entered():
            done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout


class Lab:
    """The three namespaces, joined by two cables, and the sockets that listen."""

    def __init__(self) -> None:
        self.client, self.firewall, self.server = Namespace(), Namespace(), Namespace()
        self._cable("eth0", FIREWALL_CLIENT_MAC, self.client, CLIENT_MAC)
        self._cable("eth1", FIREWALL_SERVER_MAC, self.server, SERVER_MAC)
        with self.firewall.entered():
            for name, value in SETTINGS.items():
                self._set(name, value)
            for interface in NEIGHBOURS:
                self._set(f"net.ipv4.conf.{interface}.rp_filter", 0)
                self._set(f"net.ipv4.conf.{interface}.send_redirects", 0)
        for number, (interface, (mac, addresses)) in enumerate(NEIGHBOURS.items(), 1):
            for address in (f"10.0.{number}.1/24", f"fd00:{number}::1/64"):
                extra = ("nodad",) if ":" in address else ()
                self.firewall.run("ip", "addr", "add", address, "dev", interface, *extra)
            self.firewall.run("ip", "link", "set", interface, "up")
            for address in addresses:
                self.firewall.run(
                    *("ip", "neigh", "add", address, "lladdr", mac, "dev", interface),
                    *("nud", "permanent"),
                )
        self.firewall.run("ip", "link", "set", "lo", "up")
        self.firewall.run("ip", "route", "add", "10.9.0.0/16", "via", "10.0.2.10")
        self.firewall.run("ip", "route", "add", "blackhole", "10.9.9.0/24")
        self.firewall.run("ip", "-6", "route", "add", "fd00:9::/32", "via", "fd00:2::10")
        self._sockets()

    def _cable(self, name: str, mac: str, other: Namespace, other_mac: str) -> None:
        self.firewall.run(
            *("ip", "link", "add", name, "address", mac, "type", "veth", "peer", "name", "peer"),
            *("address", other_mac, "netns", other.path),
        )
        other.run("ip", "link", "set", "peer", "up")

    @staticmethod
    def _set(name: str, value: int) -> None:
        Path(f"/proc/sys/{name.replace('.', '/')}").write_text(str(value), encoding="ascii")

    def _sockets(self) -> None:
        with self.client.entered():
            self.sender = self._wire()
            self.back = self._wire()
        with self.server.entered():
            self.arrived = self._wire()
        with self.firewall.entered():
            # A raw socket sees what the input hook let in.
            self.taken = [
                socket.socket(family, socket.SOCK_RAW, protocol)
                for family, protocols in (
                    (socket.AF_INET, PROTOCOLS_4),
                    (socket.AF_INET6, PROTOCOLS_6),
                )
                for protocol in protocols
            ]
            self.tracking = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        for each in (self.arrived, self.back, *self.taken):
            each.setblocking(False)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

    @staticmethod
    def _wire() -> socket.socket:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        wire.bind(("peer", 0))
        return wire

    def forget_connections(self) -> None:
        """Empty the firewall's table of connections (netlink: delete all of ctnetlink)."""
        delete_all = struct.pack("=IHHIIBBH", 20, (1 << 8) | 2, 5, 1, 0, 0, 0, 0)
        self.tracking.send(delete_all)
        self.tracking.recv(4096)

    def send(self, frames: Iterable[bytes]) -> dict[str, list[int]]:
        """Send frames; return the numbers that came to the server, back, and in."""
        self.forget_connections()
        self.sent = tuple(frames)
        for each in (self.arrived, self.back, *self.taken):
            self._numbers(each)
        for frame in self.sent:
            self.sender.send(frame)
        # The namespaces hand frames over at once; what is still on its way follows soon.
        found: dict[str, set[int]] = {"server": set(), "client": set(), "firewall": set()}
        listening = [self.arrived, self.back, *self.taken]
        while select.select(listening, [], [], 0.1)[0]:
            found["server"] |= self._numbers(self.arrived)
            found["client"] |= self._numbers(self.back)
            for each in self.taken:
                found["firewall"] |= self._numbers(each)
        return {name: sorted(numbers) for name, numbers in found.items()}

    def forms(self, frames: Iterable[bytes]) -> dict[str, list[tuple[int, str]]]:
        """Send frames, and return each with what it became, by who got it (IPv4)."""
        self.forget_connections()
        self.sent = tuple(frames)
        listening = {"server": [self.arrived], "client": [self.back], "firewall": self.taken}
        for each in (one for some in listening.values() for one in some):
            self._numbers(each)
        found: dict[str, set[tuple[int, str]]] = {name: set() for name in listening}
        every = {one: name for name, some in listening.items() for one in some}
        for frame in self.sent:
            self.sender.send(frame)
        while ready := select.select(every, [], [], 0.1)[0]:
            for each in ready:
                found[every[each]] |= set(self._changed(each))
        return {name: sorted(pairs) for name, pairs in found.items()}

    def _changed(self, listener: socket.socket) -> Iterator[tuple[int, str]]:
        """Yield the packets of ours that wait at a socket, whatever their ends; no answers."""
        while True:
            try:
                data, address = listener.recvfrom(65535)
            except BlockingIOError:
                return
            if listener.family == socket.AF_PACKET:
                if address[2] == OUTGOING or data[12:14] != b"\x08\x00":
                    continue
                data = data[14:]
            number = number_in(data)
            if number is None or number >= len(self.sent) or data[:1] != b"\x45":
                continue
            sent = self.sent[number][14:]
            # An answer has another protocol or type, or no mark.
            if data[9] == sent[9] and (data[9] != 1 or data[20] == sent[20]):
                yield number, data.hex()

    def _numbers(self, listener: socket.socket) -> set[int]:
        """Return the numbers of all of our packets that wait at a socket."""
        numbers: set[int] = set()
        while True:
            try:
                data, address = listener.recvfrom(65535)
            except BlockingIOError:
                return numbers
            number = number_in(data)
            if number is None or number >= len(self.sent):
                continue
            if listener.family == socket.AF_PACKET:
                ours = ends(data) == ends(self.sent[number]) and address[2] != OUTGOING
            else:
                ours = self._is_taken(data, address[0], self.sent[number])
            if ours:
                numbers.add(number)

    @staticmethod
    def _is_taken(data: bytes, source: str, sent: bytes) -> bool:
        """Tell whether what a raw socket received is what was sent, not an answer that quotes it.

        Of IPv6 it gives source and content only; errors of ICMPv6 have types below 128.
        """
        if ":" not in source:
            return ends(bytes(12) + b"\x08\x00" + data) == ends(sent)
        was_sent = socket.inet_pton(socket.AF_INET6, source.partition("%")[0]) == sent[22:38]
        return was_sent and (sent[20] != 58 or data[:1] >= b"\x80")


def say(answer: object) -> None:
    """Answer with one line, at once."""
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


def main() -> None:
    """Answer requests until there are no more."""
    lab = Lab()
    say({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "run" in request:
                answer: object = lab.firewall.run(*request["run"], given=request.get("input"))
            elif "forms" in request:
                answer = lab.forms(bytes.fromhex(frame) for frame in request["forms"])
            else:
                answer = lab.send(bytes.fromhex(frame) for frame in request["send"])
        except (OSError, RuntimeError) as error:
            say({"error": str(error)})
        else:
            say({"answer": answer})


if __name__ == "__main__":
    main()
