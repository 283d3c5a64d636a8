"""Raw sockets in every node that may send or get packets: the ends of the lab's wires."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address, ip_interface
from types import TracebackType
from typing import Final, Self

from ringfence.lab import frames
from ringfence.lab.layout import Interface, Layout, Node
from ringfence.lab.namespaces import entered
from ringfence.lab.place import LabPlace
from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP

_EVERY_PROTOCOL: Final = 3  # ETH_P_ALL
_OTHER_HOST: Final = 3  # packet(7)
_OUTGOING: Final = 4
_BUFFER: Final = 4 << 20  # bytes; the kernel counts some 800 for each small frame
_FORCE_BUFFER: Final = 33  # SO_RCVBUFFORCE
_NETFILTER: Final = 12  # NETLINK_NETFILTER
_PACKET: Final = 263  # SOL_PACKET
_AUXDATA: Final = 8  # PACKET_AUXDATA: with each frame, what the kernel took off it
_AUXDATA_FIELDS: Final = struct.Struct("@IIIHHHH")
_TAG_IS_THERE: Final = 1 << 4  # TP_STATUS_VLAN_VALID
_VLAN: Final = 0xFFF
_AT_ONCE: Final = 160
_TRIES: Final = 2
_QUIET: Final = 0.04  # seconds without a packet after which none is on its way
_EVERYONE: Final = "ff:ff:ff:ff:ff:ff"
_LONGEST: Final = 0.5  # that a gateway may take to answer; with some faults none does


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame to be sent by an interface; without one, an IPv4 packet by the node's own routes."""

    node: str
    interface: str
    content: bytes
    to: str = ""
    """The address that a packet without a frame goes to."""


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """Packet ``number`` came to a node; ``addressed`` where its frame was meant for it.

    What was not was flooded, or copied: the node sees it if it looks.
    """

    number: int
    node: str
    interface: str
    addressed: bool = True
    ends: frames.Ends | None = None
    """Addresses and ports that it came with, where a whole frame was seen."""


class Wires:
    """Open sockets in all machines, in the firewall, and on the hosts' own interfaces.

    What a machine gets is what comes to its NIC; what a firewall or a host gets, by whatever
    interface, is what its own rules let in.
    """

    def __init__(self, place: LabPlace, layout: Layout, run: int) -> None:
        self._place = place
        self._layout = layout
        self._run = run
        self._open = ExitStack()
        self._senders: dict[tuple[str, str], socket.socket] = {}
        self._listeners: dict[int, tuple[str, str, socket.socket, int | None]] = {}
        self._untagged: set[int] = set()
        self._tracking: list[socket.socket] = []
        self._poll = select.epoll()
        self._answered: set[str] = set()
        self._there: set[str] = set()

    def __enter__(self) -> Self:
        try:
            for node in self._layout.of_kind("machine", "firewall", "host"):
                with entered(self._place.namespace(node.name)):
                    self._open_in(node)
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()
        self._poll.close()

    def _open_in(self, node: Node) -> None:
        match node.kind:
            case "host":
                for switch in node.switches:
                    if switch.addresses:
                        self._wire(node.name, switch.name, untagged=True)
                self._taken_in(node.name)
            case "firewall":
                for interface in node.interfaces:
                    self._wire(node.name, interface.name, listens=False)
                self._taken_in(node.name)
                tracking = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER)
                self._tracking.append(self._open.enter_context(tracking))
            case _:
                for interface in node.interfaces:
                    self._wire(node.name, interface.name)
                own = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
                self._senders[node.name, ""] = self._open.enter_context(own)

    def _wire(
        self, node: str, interface: str, *, listens: bool = True, untagged: bool = False
    ) -> None:
        """Open an interface; of ``untagged`` ones, frames with a tag are nobody's.

        A host's kernel shows these to whoever looks, and its own stack takes none of them in.
        """
        sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sender.bind((interface, 0))
        self._senders[node, interface] = self._open.enter_context(sender)
        if listens:
            listener = socket.socket(
                socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERY_PROTOCOL)
            )
            listener.bind((interface, _EVERY_PROTOCOL))
            if untagged:
                listener.setsockopt(_PACKET, _AUXDATA, 1)
                self._untagged.add(listener.fileno())
            self._listen(node, interface, listener, None)

    def _taken_in(self, node: str) -> None:
        """Listen where packets come that a node takes in itself, past its rules."""
        for family, protocols in (
            (socket.AF_INET, (ICMP, TCP, UDP)),
            (socket.AF_INET6, (ICMPV6, TCP, UDP)),
        ):
            for protocol in protocols:
                listener = socket.socket(family, socket.SOCK_RAW, protocol)
                self._listen(node, "", listener, protocol)

    def _listen(
        self, node: str, interface: str, listener: socket.socket, protocol: int | None
    ) -> None:
        listener.settimeout(0)
        listener.setsockopt(socket.SOL_SOCKET, _FORCE_BUFFER, _BUFFER)
        self._open.enter_context(listener)
        self._listeners[listener.fileno()] = (node, interface, listener, protocol)
        self._poll.register(listener, select.EPOLLIN)

    def forget_connections(self) -> None:
        """Empty the firewalls' tables of connections (netlink: delete all of ctnetlink)."""
        for tracking in self._tracking:
            tracking.send(struct.pack("=IHHIIBBH", 20, (1 << 8) | 2, 5, 1, 0, 0, 0, 0))
            tracking.recv(4096)

    def meet(self) -> None:
        """Let machines and their gateways learn where the others are, as those do that talk."""
        for _ in range(_TRIES):
            self._there |= self._answering(None, _LONGEST / _TRIES)[0]

    def exchange(self, sent: Sequence[Sent]) -> set[Seen]:
        """Send frames, and return what came where until nothing comes any more.

        After every few frames each machine asks for its gateway: once that answers, what was sent
        before has been on the way to it and past it. More at once would be lost in the switches.
        """
        seen: set[Seen] = set()
        for start in range(0, len(sent), _AT_ONCE):
            for one in sent[start : start + _AT_ONCE]:
                self._send(one)
            answered, came = self._answering(self._there, _LONGEST)
            # Who does not answer any more is not waited for again, unless it does after all.
            self._there = answered
            seen |= came
        while found := set(self._waiting(_QUIET)):
            seen |= found
        return seen

    def exchange_poisoned(self, poisoner: str, sent: Sequence[Sent]) -> set[Seen]:
        """Send packets by their senders' own systems, while a machine claims every address by ARP.

        What they go by was learned before, since no system believes what it did not ask for. All
        tell the truth again at the end.
        """
        for one in sent:
            self._send(one)
        while any(True for _ in self._waiting(_QUIET)):
            pass
        self._claim(poisoner)
        # Once its own request is answered, what it claimed before has been there.
        self._answering({poisoner}, _LONGEST / 4, asking={poisoner})
        for one in sent:
            self._send(one)
        seen: set[Seen] = set()
        while found := set(self._waiting(_QUIET)):
            seen |= found
        self._tell_the_truth()
        return seen

    def _claim(self, poisoner: str) -> None:
        """Let a machine say by ARP, in every VLAN, that each IPv4 address of the lab is its own."""
        nics = self._layout.node(poisoner).interfaces
        every = [
            str(ip_interface(text).ip)
            for node in self._layout.of_kind("machine", "firewall")
            if node.name != poisoner
            for one in node.interfaces
            for text in one.addresses
            if "." in text
        ]
        for nic in nics:
            for tags in ((), *((vlan,) for vlan in self._layout.vlans())):
                for address in every:
                    self._send(_announcement(poisoner, nic, address, tags))

    def _tell_the_truth(self) -> None:
        """Let everybody say by ARP which addresses are really theirs."""
        for node in self._layout.of_kind("machine", "firewall"):
            for one in node.interfaces:
                for text in one.addresses:
                    if "." in text:
                        self._send(_announcement(node.name, one, str(ip_interface(text).ip)))

    def _answering(
        self, awaited: set[str] | None, patience: float, asking: Container[str] | None = None
    ) -> tuple[set[str], set[Seen]]:
        """Ask for gateways, and wait until these machines have an answer, ``None`` is all.

        All ask, or those that are to be ``asking``. Return which machines got an answer, and what
        came meanwhile.
        """
        self._answered.clear()
        asked = self._ask_gateways(asking)
        awaited = asked if awaited is None else awaited
        end = time.monotonic() + patience
        seen = set(self._waiting(0))
        while not awaited <= self._answered and time.monotonic() < end:
            seen.update(self._waiting(_QUIET))
        return set(self._answered), seen

    def _send(self, one: Sent) -> None:
        sender = self._senders[one.node, one.interface]
        if one.interface:
            sender.send(one.content)
            return
        # A system that finds no way says so at once.
        with suppress(OSError):
            sender.sendto(one.content, (one.to, 0))

    def _waiting(self, patience: float) -> Iterator[Seen]:
        """Yield what waits at the sockets; wait for it for some seconds."""
        for file, _ in self._poll.poll(patience):
            node, interface, listener, protocol = self._listeners[file]
            yield from self._received(node, interface, listener, protocol)

    def _received(
        self, node: str, interface: str, listener: socket.socket, protocol: int | None
    ) -> Iterator[Seen]:
        find = self._number if protocol is None else self._taken(listener.family, protocol)
        while True:
            try:
                data, beside, _, address = listener.recvmsg(2048, 64)
            except BlockingIOError:
                return
            kind = address[2] if protocol is None else 0
            if kind == _OUTGOING or (listener.fileno() in self._untagged and _tagged(beside)):
                continue
            if protocol is None and frames.is_arp_reply(data):
                self._answered.add(node)
            number = find(data)
            if number is not None:
                ends = frames.ends_in(data) if protocol is None else None
                yield Seen(number, node, interface, kind != _OTHER_HOST, ends)

    def _number(self, frame: bytes) -> int | None:
        return frames.number_in(frame, self._run)

    def _taken(self, family: int, protocol: int) -> Callable[[bytes], int | None]:
        """Return how to find the number in what a raw IP socket gives: IPv4 with its header."""
        six = family == socket.AF_INET6

        def find(data: bytes) -> int | None:
            start = 0 if six else (data[0] & 15) * 4
            return frames.number_of(data, start, protocol, self._run)

        return find

    def _ask_gateways(self, among: Container[str] | None) -> set[str]:
        """Ask every gateway for its MAC address; return who gets an answer if there is one."""
        asking = set()
        for question in self._questions:
            if among is None or question.node in among:
                self._send(question)
                if frames.is_arp(question.content):
                    asking.add(question.node)
        return asking

    @cached_property
    def _questions(self) -> tuple[Sent, ...]:
        """What each machine asks its gateways: in the form that each IP version has for it."""
        found = []
        for node in self._layout.of_kind("machine"):
            for interface, own, gateway in _with_gateways(node):
                mac = interface.mac
                if ":" in gateway:
                    kind, content = frames.IPV6, frames.neighbour_solicitation(mac, own, gateway)
                else:
                    kind, content = frames.ARP, frames.arp_request(mac, own, gateway)
                frame = frames.ethernet(_EVERYONE, mac, kind, content)
                found.append(Sent(node.name, interface.name, frame))
        return tuple(found)


def _tagged(beside: Sequence[tuple[int, int, bytes]]) -> bool:
    """Tell whether the kernel took a VLAN's tag off a frame, by what it says beside it."""
    for level, kind, content in beside:
        if (level, kind) == (_PACKET, _AUXDATA) and len(content) >= _AUXDATA_FIELDS.size:
            status, *_, tag, _ = _AUXDATA_FIELDS.unpack_from(content)
            return bool(status & _TAG_IS_THERE) and bool(tag & _VLAN)
    return False


def _announcement(node: str, nic: Interface, address: str, tags: tuple[int, ...] = ()) -> Sent:
    """Return what says to all that an address is at a NIC."""
    content = frames.arp_reply(nic.mac, address, _EVERYONE, address)
    return Sent(node, nic.name, frames.ethernet(_EVERYONE, nic.mac, frames.ARP, content, tags))


def _with_gateways(node: Node) -> Iterator[tuple[Interface, str, str]]:
    """Yield each interface with an address and the gateway that is on the network of it."""
    for interface in node.interfaces:
        for text in interface.addresses:
            own = ip_interface(text)
            for gateway in node.gateways:
                if ip_address(gateway) in own.network:
                    yield interface, str(own.ip), gateway
