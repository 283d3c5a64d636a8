"""Netlink messages of netfilter: asked for, and taken apart.

The layouts are those of netlink(7), ``linux/netfilter/nfnetlink.h`` and its neighbours. Whatever
comes is bounded by its datagram: a length that leads out of it, or that is too small to go on,
makes the message a damaged one.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Final, NamedTuple, Self

from ringfence.foundation.errors import SourceError
from ringfence.foundation.namespaces import inside

_NETFILTER: Final = 12  # NETLINK_NETFILTER
_ERROR: Final = 2  # NLMSG_ERROR
_REQUEST: Final = 0x5  # NLM_F_REQUEST | NLM_F_ACK
_HEADER: Final = struct.Struct("=IHHII")
_OF_NETFILTER: Final = struct.Struct("!BBH")
_ATTRIBUTE: Final = struct.Struct("=HH")
_TYPE: Final = 0x3FFF  # NLA_TYPE_MASK
_LARGEST: Final = 1 << 16
_BUFFER: Final = 4 << 20
"""Bytes that the kernel keeps for a reader who is late; beyond them it drops, and says so."""
_AT_ONCE: Final = 256
"""Datagrams that are taken before anything else is done."""
_BUFFER_FORCED: Final = 33  # SO_RCVBUFFORCE
_PATIENCE: Final = 5.0  # seconds for the kernel to answer a request


class DamagedMessageError(ValueError):
    """A message is not what its own lengths say."""


class Message(NamedTuple):
    """A message: subsystem and kind in one number, the sequence of its request, its content."""

    kind: int
    sequence: int
    content: bytes


def messages(data: bytes) -> list[Message]:
    """Return the messages of a datagram; raises ``DamagedMessageError`` where one is not whole."""
    found = []
    place = 0
    while place < len(data):
        if len(data) - place < _HEADER.size:
            raise DamagedMessageError
        length, kind, _, sequence, _ = _HEADER.unpack_from(data, place)
        if not _HEADER.size <= length <= len(data) - place:
            raise DamagedMessageError
        found.append(Message(kind, sequence, data[place + _HEADER.size : place + length]))
        place += _aligned(length)
    return found


def attributes(content: bytes) -> Mapping[int, bytes]:
    """Return attributes by their type, of several the last; raises ``DamagedMessageError``."""
    found: dict[int, bytes] = {}
    place = 0
    while place < len(content):
        if len(content) - place < _ATTRIBUTE.size:
            raise DamagedMessageError
        length, kind = _ATTRIBUTE.unpack_from(content, place)
        if not _ATTRIBUTE.size <= length <= len(content) - place:
            raise DamagedMessageError
        found[kind & _TYPE] = content[place + _ATTRIBUTE.size : place + length]
        place += _aligned(length)
    return found


def of_netfilter(message: Message) -> Mapping[int, bytes]:
    """Return the attributes behind netfilter's own header; raises ``DamagedMessageError``."""
    if len(message.content) < _OF_NETFILTER.size:
        raise DamagedMessageError
    return attributes(message.content[_OF_NETFILTER.size :])


def written(given: Mapping[int, bytes]) -> bytes:
    """Return attributes as a message holds them."""
    parts = []
    for kind, value in given.items():
        length = _ATTRIBUTE.size + len(value)
        parts.append(_ATTRIBUTE.pack(length, kind) + value + bytes(_aligned(length) - length))
    return b"".join(parts)


def _aligned(length: int) -> int:
    return (length + 3) & ~3


class NetlinkSocket:
    """A socket to netfilter in this machine's network, or in a namespace of it.

    ``groups`` is a mask of the groups of events that it hears. ``lost`` counts how often the
    kernel had to drop messages, since they were not read in time.
    """

    def __init__(self, namespace: str = "", groups: int = 0) -> None:
        """Open it; raises ``SourceError`` where that namespace cannot be entered."""
        self.lost = 0
        self._waiting: list[bytes] = []
        self._sequence = 0
        try:
            with inside(namespace) if namespace else nullcontext():
                self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER)
                self.interfaces = dict(socket.if_nameindex())
        except OSError as error:
            where = f"the namespace {namespace}" if namespace else "this machine"
            message = f"Netfilter of {where} cannot be listened to: {error.strerror}."
            raise SourceError(message, "Name a namespace of 'ip netns', and be root.") from error
        try:
            self._socket.bind((0, groups))
            self._make_room()
        except OSError as error:
            self._socket.close()
            raise _refused(error) from error

    def _make_room(self) -> None:
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _BUFFER_FORCED, _BUFFER)
        except PermissionError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def fileno(self) -> int:
        """Return the number of the socket, for ``select``."""
        return self._socket.fileno()

    def ask(self, kind: int, resource: int, given: Mapping[int, bytes]) -> None:
        """Make a request and wait until the kernel agrees; raises ``SourceError`` if it does not.

        Events that come meanwhile are kept.
        """
        self._sequence += 1
        content = _OF_NETFILTER.pack(socket.AF_UNSPEC, 0, resource) + written(given)
        length = _HEADER.size + len(content)
        self._socket.send(_HEADER.pack(length, kind, _REQUEST, self._sequence, 0) + content)
        self._socket.settimeout(_PATIENCE)
        try:
            while not self._answered(self._socket.recv(_LARGEST)):
                continue
        except OSError as error:
            raise _refused(error) from error
        finally:
            self._socket.settimeout(None)

    def _answered(self, data: bytes) -> bool:
        for message in messages(data):
            if message.kind == _ERROR and message.sequence == self._sequence:
                (number,) = struct.unpack_from("=i", message.content)
                if number:
                    raise OSError(-number, os.strerror(-number))
                return True
        self._waiting.append(data)
        return False

    def receive(self) -> list[bytes]:
        """Return the datagrams that are there; none where the kernel had to drop some."""
        found, self._waiting = self._waiting, []
        while True:
            try:
                found.append(self._socket.recv(_LARGEST, socket.MSG_DONTWAIT))
            except BlockingIOError:
                return found
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise _refused(error) from error
                self.lost += 1
            if len(found) >= _AT_ONCE:
                return found


def _refused(error: OSError) -> SourceError:
    advice = {
        # The kernel says the same where somebody else has the group (nfnetlink_log.c).
        errno.EPERM: "Be root; if you are, another program listens already: end that one.",
    }.get(error.errno or 0, "")
    why = error.strerror or "the kernel does not answer"
    return SourceError(f"Netfilter cannot be listened to: {why}.", advice)
