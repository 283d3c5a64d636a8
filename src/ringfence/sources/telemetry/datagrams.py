"""What a datagram tells of packets, whatever its format: its beginning says which it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from ringfence.sources.telemetry.ipfix import ipfix
from ringfence.sources.telemetry.netflow_5 import netflow_5
from ringfence.sources.telemetry.netflow_9 import netflow_9
from ringfence.sources.telemetry.observed import Observed, Troubles
from ringfence.sources.telemetry.sflow import sflow
from ringfence.sources.telemetry.templates import Templates

_SFLOW_5: Final = bytes((0, 0, 0, 5))


class Datagrams:
    """Reads datagrams of exporters, and counts what in them tells nothing."""

    def __init__(self) -> None:
        self.templates = Templates()
        self.troubles: Troubles = Counter()

    def told(self, datagram: bytes, at: str) -> Iterator[Observed]:
        """Return what a datagram from an address tells; whatever it is, nothing is raised."""
        version = int.from_bytes(datagram[:2])
        if version == 5:
            return netflow_5(datagram, at, self.troubles)
        if version == 9:
            return netflow_9(datagram, at, self.templates, self.troubles)
        if version == 10:
            return ipfix(datagram, at, self.templates, self.troubles)
        if datagram[:4] == _SFLOW_5:
            return sflow(datagram, at, self.troubles)
        self.troubles["datagram", "of no known format"] += 1
        return iter(())
