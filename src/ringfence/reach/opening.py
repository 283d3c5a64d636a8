"""What planted state opens within a region of headers: ``Answering``, asked of few packets.

Where every device sends on packets as they came, whether a header is let in as an answer hangs on
nothing but how devices treat it and its reply, and on who gets either through them. So an edit
that changes neither for a header changes nothing here. A region holds all answers to its headers,
whatever their TCP flags and types of ICMP, and what these may answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ringfence.reach.answering import Answering
from ringfence.reach.devices import NarrowedDevice
from ringfence.reach.flood import Gate, carried_to

if TYPE_CHECKING:
    from ringfence.reach.flood import Flood
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.matrix import Matrix


class Opening:
    """Tells what the state that others plant opens to zones, of the headers of one region."""

    def __init__(self, matrix: Matrix, region: HeaderSet) -> None:
        self._matrix = matrix
        self._region = region
        self._opened: dict[str, HeaderSet] = {}
        gates = {
            name: Gate(name, NarrowedDevice(gate.compiled, region), gate.interfaces)
            for name, gate in matrix.gates.items()
        }
        self._answering = Answering(
            matrix.space, gates, tuple(matrix.zones), self._flood, matrix.bound, matrix.flooder
        )

    def _flood(self, zone: str) -> Flood:
        flood = self._matrix.flood(zone)
        nothing = self._matrix.space.nothing
        passed = {
            way: here
            for way, headers in flood.passed.items()
            if (here := headers & self._region) != nothing
        }
        return replace(flood, passed=passed)

    def opened(self, victim: str) -> HeaderSet:
        """Return the headers of the region of which more may be let through to a zone's places."""
        known = self._opened.get(victim)
        if known is None:
            matrix = self._matrix
            opened = self._answering.opened(victim, matrix.receivers(victim), matrix.flooder)
            known = self._opened[victim] = opened & self._region
        return known

    def admitted(self, known: HeaderSet, source: str, victim: str) -> HeaderSet:
        """Return what planted state lets devices carry to a zone, if it was ``known`` before."""
        matrix = self._matrix
        planted = self._answering.planted_by_others(victim)
        among = self.opened(victim)
        flood = matrix.flooder.flood(matrix.senders(source), (), planted, among)
        carried = carried_to(matrix.filters, flood, matrix.receivers(victim))
        if known & self._region == carried:
            return known
        return matrix.space.without(known, self._region) | carried
