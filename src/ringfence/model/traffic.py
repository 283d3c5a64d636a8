"""Traffic that a firewall logged: which conversations it let begin, and which it refused."""

from __future__ import annotations

from typing import Final, Literal

from ringfence.model.facts import Record
from ringfence.model.packet import TCP, Header

Observation = Literal[
    "packet",  # a rule logged this very packet
    "beginning",  # a conversation that was let begin by this very packet
    "sample",  # a packet from anywhere in a conversation, taken by chance
    "flow",  # many packets of one way of a conversation; its flags are those that any of them had
]
"""What a header that was seen stands for."""


_ACK: Final = 16
_WELL_KNOWN_END: Final = 1024
_EPHEMERAL: Final = 32768
"""The first port that systems choose for a client, on Linux; others begin later."""


class Seen(Record, frozen=True):
    """Packets of one kind in a log: the same ends, service, rule, and what became of them.

    ``header`` is that of the first, without the source port of its sender: the next conversation
    has another. ``decision`` is ``None`` where the log does not say. ``rule`` is what the log names
    it by, ``at`` the firewall or host that wrote the line, ``line`` the first of the ``count``.
    ``came_from`` is the zone behind the interface that they came by, where the firewall told it.
    What is no packet of a log but a sample or a flow keeps the port of the end that seems to serve.
    """

    header: Header
    decision: Literal["allowed", "refused"] | None
    rule: str
    at: str
    log: str
    line: int
    count: int = 1
    observation: Observation = "packet"
    came_from: str | None = None


class LogReading(Record, frozen=True):
    """What was read of a log.

    Of its ``lines``, those that tell of a packet are ``understood``; ``damaged`` look like one and
    are not whole. Packets of more kinds than are kept are ``left_out``; ``lost`` are those that
    were told faster than they were heard, at least.
    """

    name: str
    seen: tuple[Seen, ...]
    lines: int
    understood: int
    damaged: int = 0
    left_out: int = 0
    lost: int = 0


def seems_an_answer(header: Header, observation: Observation) -> bool:
    """Tell whether a sample, or a flow, seems to be what a server sent back.

    Nothing in it says who began. The end with the port that services have, and not the one with a
    port that systems choose for a client, is taken for the server.
    """
    source, destination = header.source_port, header.destination_port
    if observation in {"packet", "beginning"} or source is None or destination is None:
        return False
    if header.protocol == TCP and not (header.tcp_flags or 0) & _ACK:
        return False
    return source < _WELL_KNOWN_END <= destination or source < _EPHEMERAL <= destination
