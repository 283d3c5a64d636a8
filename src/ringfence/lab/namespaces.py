"""Network namespaces: entered by this thread, and settings that only exist inside one."""

from __future__ import annotations

import array
import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from ringfence.foundation.errors import LabError
from ringfence.lab.programs import run

WHERE: Final = Path("/run/netns")
_CLONE_NEWNET: Final = 0x40000000  # setns(2)
_SIOCETHTOOL: Final = 0x8946  # linux/sockios.h
_ETHTOOL_STXCSUM: Final = 0x17  # linux/ethtool.h


@cache
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _set_namespace(file: int) -> None:
    if _c_library().setns(file, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@contextmanager
def entered(namespace: str) -> Iterator[None]:
    """Work inside a namespace; sockets that are opened there stay there.

    Raises ``LabError`` where there is no such namespace, or this user may not enter it.
    """
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _enter(namespace)
        try:
            yield
        finally:
            _set_namespace(before)
    finally:
        os.close(before)


def _enter(namespace: str) -> None:
    try:
        there = os.open(WHERE / namespace, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        message = f"The namespace {namespace} cannot be opened: {error.strerror}."
        raise LabError(message, "See 'ringfence lab status'.") from error
    try:
        _set_namespace(there)
    except OSError as error:
        message = f"The namespace {namespace} cannot be entered: {error.strerror}."
        raise LabError(message, "The lab needs root.") from error
    finally:
        os.close(there)


def exists(namespace: str) -> bool:
    """Tell whether there is a namespace of that name."""
    return (WHERE / namespace).exists()


def add(namespaces: Iterable[str]) -> None:
    """Make namespaces."""
    run("ip", "-batch", "-", given="".join(f"netns add {name}\n" for name in namespaces))


def set_inside(settings: Iterable[tuple[str, int | str]]) -> None:
    """Set kernel settings (``net.ipv4.ip_forward``, dots in names as ``/``) where this thread is.

    Every one of them belongs to the namespace.
    """
    for key, value in settings:
        path = Path("/proc/sys", *key.split("."))
        path.write_text(str(value), encoding="ascii")


def compute_checksums(interface: str) -> None:
    """Let the kernel compute checksums that it sends, for no hardware behind a switch would.

    What ``ethtool -K INTERFACE tx off`` does; a userspace switch drops nothing without it, but
    whoever gets TCP or UDP through it does.
    """
    command = array.array("B", struct.pack("II", _ETHTOOL_STXCSUM, 0))
    request = struct.pack("16sP", interface.encode(), command.buffer_info()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCETHTOOL, request)
