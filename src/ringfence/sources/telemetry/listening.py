"""A gateway's log heard as it is told: by its rules, and of every connection that begins."""

from __future__ import annotations

import select
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Final, NamedTuple, Self

from ringfence.model.packet import Header
from ringfence.sources.telemetry.netfilter_log import CONNECTIONS, begun, listen, logged
from ringfence.sources.telemetry.netlink import (
    DamagedMessageError,
    Message,
    NetlinkSocket,
    messages,
)
from ringfence.sources.telemetry.packet_lines import Decision

BEGAN: Final = "a connection that began"
"""Stands for the rule of what connection tracking tells of: it knows none."""


class Heard(NamedTuple):
    """A packet that was told: what became of it, its rule, and the interface that it came by.

    ``came_by`` is empty where that was not told.
    """

    header: Header
    decision: Decision | None
    rule: str
    came_by: str


class Listener:
    """Hears one group of NFLOG and the beginnings of connections, in a namespace or this machine.

    ``verdicts`` says what a rule decides by the first word of its prefix. ``told`` counts what
    rules told, ``damaged`` what was not whole, and ``lost`` what was told and did not come.
    """

    def __init__(self, namespace: str, group: int, verdicts: Mapping[str, Decision]) -> None:
        """Begin to listen; raises ``SourceError`` where that cannot be."""
        self._verdicts = verdicts
        self._next = self._gaps = 0
        self.told = self.damaged = 0
        with ExitStack() as stack:
            self._socket = stack.enter_context(NetlinkSocket(namespace, CONNECTIONS))
            listen(self._socket, group)
            self._open = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def lost(self) -> int:
        """How many messages were lost, at least."""
        return max(self._gaps, self._socket.lost)

    def heard(self, seconds: float) -> list[Heard]:
        """Return the packets that are told within some seconds, as soon as any are."""
        heard = []
        select.select([self._socket], [], [], seconds)
        for datagram in self._socket.receive():
            try:
                found = messages(datagram)
            except DamagedMessageError:
                self.damaged += 1
                continue
            heard += [one for message in found if (one := self._heard(message)) is not None]
        return heard

    def _heard(self, message: Message) -> Heard | None:
        try:
            told, header = logged(message), begun(message)
        except DamagedMessageError:
            self.damaged += 1
            return None
        if told is not None:
            self.told += 1
            self._count(told.number)
            decision = self._verdicts.get(told.prefix.partition(" ")[0])
            came_by = self._socket.interfaces.get(told.came_by or 0, "")
            return Heard(told.header, decision, told.prefix, came_by)
        return None if header is None else Heard(header, "allowed", BEGAN, "")

    def _count(self, number: int | None) -> None:
        if number is not None:
            self._gaps += (number - self._next) % (1 << 32)
            self._next = (number + 1) % (1 << 32)
