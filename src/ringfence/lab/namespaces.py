"""Network namespaces: entered by this thread, and settings that only exist inside one."""

from __future__ import annotations

import array
import fcntl
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from ringfence.foundation.errors import LabError
from ringfence.foundation.namespaces import WHERE, inside
from ringfence.lab.programs import run

_SIOCETHTOOL: Final = 0x8946  # linux/sockios.h
_ETHTOOL_STXCSUM: Final = 0x17  # linux/ethtool.h


@contextmanager
def entered(namespace: str) -> Iterator[None]:
    """Work inside a namespace; sockets that are opened there stay there.

    Raises ``LabError`` where there is no such namespace, or this user may not enter it.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(inside(namespace))
        except FileNotFoundError as error:
            message = f"The namespace {namespace} cannot be opened: {error.strerror}."
            raise LabError(message, "See 'ringfence lab status'.") from error
        except OSError as error:
            message = f"The namespace {namespace} cannot be entered: {error.strerror}."
            raise LabError(message, "The lab needs root.") from error
        yield


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
