"""The fields of a header as whole numbers, cut into the intervals that matter.

Every rule, route, flow and address compares a field with ranges. Between two neighbouring ends of
ranges nothing can tell values apart, so each field is re-encoded as the index of its elementary
interval, its *atom*. Source and destination share their cuts, so that a packet and its reply can
be compared.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_network
from itertools import pairwise
from socket import AF_INET, AF_INET6, inet_pton
from typing import TYPE_CHECKING, Final

from ringfence.model.packet import FRAGMENTS
from ringfence.reach.blocks import block_starts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ringfence.model.packet import Header

Interval = tuple[int, int]
Box = tuple[Interval, Interval]
"""Source and destination addresses: the headers from any of the first to any of the second."""

# IPv6 addresses follow the IPv4 ones in one space of numbers.
_IPV6_START: Final = 1 << 32
ADDRESS_END: Final = _IPV6_START + (1 << 128)
IPV4: Final[Interval] = (0, _IPV6_START - 1)
IPV6: Final[Interval] = (_IPV6_START, ADDRESS_END - 1)


class Field(Enum):
    """A field of a header, in the order of the diagram's levels from the top."""

    DESTINATION = "destination"
    SOURCE = "source"
    PROTOCOL = "protocol"
    DESTINATION_PORT = "destination-port"
    SOURCE_PORT = "source-port"
    ICMP = "icmp"  # type * 256 + code
    TCP_FLAGS = "tcp-flags"
    FRAGMENT = "fragment"

    # By identity: fields are looked up by the million, and an Enum's own hash is slow.
    __hash__ = object.__hash__


_ENDS: Final = {
    Field.DESTINATION: ADDRESS_END,
    Field.SOURCE: ADDRESS_END,
    Field.PROTOCOL: 1 << 8,
    Field.DESTINATION_PORT: 1 << 16,
    Field.SOURCE_PORT: 1 << 16,
    Field.ICMP: 1 << 16,
    Field.TCP_FLAGS: 1 << 6,
    Field.FRAGMENT: len(FRAGMENTS),
}
WHOLE: Final[Interval] = (0, 0)
"""Packets that are whole."""
WITH_PORTS: Final[Interval] = (0, 1)
"""Whole packets and first fragments: what has ports, types and flags."""
_TWINS: Final = {
    Field.SOURCE: Field.DESTINATION,
    Field.DESTINATION: Field.SOURCE,
    Field.SOURCE_PORT: Field.DESTINATION_PORT,
    Field.DESTINATION_PORT: Field.SOURCE_PORT,
}


def address_number(text: str) -> int:
    """Return an IPv4 or IPv6 address as its number in the common space.

    Raises ``ValueError`` where ``text`` is no address.
    """
    address = text.partition("%")[0]
    try:
        if ":" in address:
            return int.from_bytes(inet_pton(AF_INET6, address), "big") + _IPV6_START
        return int.from_bytes(inet_pton(AF_INET, address), "big")
    except OSError as error:
        message = f"{text!r} is no address."
        raise ValueError(message) from error


def address_text(number: int) -> str:
    """Return the address with this number."""
    if number < _IPV6_START:
        return str(IPv4Address(number))
    return str(IPv6Address(number - _IPV6_START))


# The same texts come again and again; a text always means the same interval.
@lru_cache(maxsize=1 << 16)
def address_interval(text: str) -> Interval:
    """Return ``10.0.0.0/8``, ``10.0.0.1`` or ``10.0.0.1-10.0.0.9`` as an interval of numbers.

    Raises ``ValueError`` where ``text`` is none of these.
    """
    first, separator, last = text.partition("-")
    if separator:
        return address_number(first.strip()), address_number(last.strip())
    address, separator, length = text.partition("/")
    if not separator:
        number = address_number(address)
        return number, number
    start, bits = (_IPV6_START, 128) if ":" in address else (0, 32)
    if length.isascii() and length.isdigit() and int(length) <= bits:
        hosts = (1 << (bits - int(length))) - 1
        base = address_number(address) - start & ~hosts
        return base + start, base + hosts + start
    network = ip_network(text, strict=False)
    return address_number(str(network[0])), address_number(str(network[-1]))


def header_values(header: Header) -> dict[Field, int]:
    """Return the fields of a header as numbers; what its protocol lacks is 0."""
    return {
        Field.SOURCE: address_number(header.source),
        Field.DESTINATION: address_number(header.destination),
        Field.PROTOCOL: header.protocol,
        Field.SOURCE_PORT: header.source_port or 0,
        Field.DESTINATION_PORT: header.destination_port or 0,
        Field.ICMP: (header.icmp_type or 0) * 256 + (header.icmp_code or 0),
        Field.TCP_FLAGS: header.tcp_flags or 0,
        Field.FRAGMENT: FRAGMENTS.index(header.fragment),
    }


def _first_cuts() -> dict[Field, set[int]]:
    """Return where every field begins and ends; twins share their cuts."""
    cuts = {
        name: {0, _IPV6_START, end} if end == ADDRESS_END else {0, end}
        for name, end in _ENDS.items()
    }
    for name, twin in _TWINS.items():
        cuts[name] = cuts[twin]
    cuts[Field.FRAGMENT] = {*range(len(FRAGMENTS) + 1)}
    return cuts


@dataclass
class Cuts:
    """Collects the ends of the ranges that each field is compared with."""

    _starts: dict[Field, set[int]] = field(default_factory=_first_cuts)

    def add(self, name: Field, interval: Interval) -> None:
        """Note that ``name`` is compared with ``interval``."""
        self.add_all(name, (interval,))

    def add_all(self, name: Field, intervals: Iterable[Interval]) -> None:
        """Note that ``name`` is compared with each of ``intervals``."""
        add = self._starts[name].add
        for first, last in intervals:
            add(first)
            add(last + 1)

    def starts(self) -> dict[Field, frozenset[int]]:
        """Return where the atoms that the cuts make begin, for each field."""
        return {name: frozenset(found - {_ENDS[name]}) for name, found in self._starts.items()}

    def mirror(self, pairs: Iterable[tuple[Interval, Interval]]) -> None:
        """Give two address ranges of one size the same cuts, for every pair, until none is new.

        An address in the one is translated into the address at the same place in the other.
        """
        starts = self._starts[Field.SOURCE]
        fresh = True
        while fresh:
            fresh = False
            for one, other in pairs:
                for (first, last), (into, _) in ((one, other), (other, one)):
                    found = {at - first + into for at in starts if first <= at <= last} - starts
                    starts |= found
                    fresh = fresh or bool(found)
        self._starts[Field.DESTINATION] |= starts

    def atoms(self, *, aligned: bool = False) -> Atoms:
        """Return the atoms that the cuts make.

        Where ``aligned``, addresses are grouped in blocks of neighbours, and the top bits of an
        atom's code are its block.
        """
        starts = {name: tuple(sorted(found)[:-1]) for name, found in self._starts.items()}
        if not aligned:
            return Atoms(starts)
        addresses = starts[Field.DESTINATION]
        blocks = block_starts(addresses, addresses.index(_IPV6_START))
        return Atoms(starts, {Field.SOURCE: blocks, Field.DESTINATION: blocks})


@dataclass(frozen=True)
class Atoms:
    """The elementary intervals of every field; ``starts`` holds where each begins.

    An atom's code is the number of its block (``blocks`` holds the index at which each begins;
    without, all is one) followed by its place in there.
    """

    starts: dict[Field, tuple[int, ...]]
    blocks: dict[Field, tuple[int, ...]] = field(default_factory=dict)

    def count(self, name: Field) -> int:
        """Return how many atoms a field has."""
        return len(self.starts[name])

    def index(self, name: Field, value: int) -> int:
        """Return the index of the atom that holds ``value``."""
        return bisect_right(self.starts[name], value) - 1

    def begins(self, name: Field, value: int) -> bool:
        """Tell whether an atom begins at ``value``."""
        return self.starts[name][self.index(name, value)] == value

    def indexes(self, name: Field, interval: Interval) -> Interval:
        """Return the first and last atom of an interval whose ends are cuts."""
        return self.index(name, interval[0]), self.index(name, interval[1])

    def interval(self, name: Field, index: int) -> Interval:
        """Return the values that an atom holds."""
        starts = self.starts[name]
        end = starts[index + 1] if index + 1 < len(starts) else _ENDS[name]
        return starts[index], end - 1

    def block_bits(self, name: Field) -> int:
        """Return how many bits of a code name the block."""
        return (len(self.blocks.get(name, (0,))) - 1).bit_length()

    def _place_bits(self, name: Field) -> int:
        ends = (*self.blocks.get(name, (0,)), self.count(name))
        return max((end - start - 1).bit_length() for start, end in pairwise(ends))

    def bits(self, name: Field) -> int:
        """Return how many bits a code has."""
        return max(1, self.block_bits(name) + self._widths[name])

    @cached_property
    def _widths(self) -> dict[Field, int]:
        return {name: self._place_bits(name) for name in self.starts}

    def codes(self, name: Field, index: int) -> Interval:
        """Return the first and last code of an atom; codes are in the order of the atoms.

        The last atom of a block owns the codes that are left in it, and the last block those
        that are left behind it: every code means some packet.
        """
        blocks = self.blocks.get(name, (0,))
        width = self._widths[name]
        block = bisect_right(blocks, index) - 1
        place = index - blocks[block]
        first = block << width | place
        if index + 1 == self.count(name):
            return first, (1 << self.bits(name)) - 1
        if block + 1 < len(blocks) and index + 1 == blocks[block + 1]:
            return first, ((block + 1) << width) - 1
        return first, first

    def code_range(self, name: Field, interval: Interval) -> Interval:
        """Return the first and last code of an interval whose ends are cuts."""
        starts, (firsts, lasts) = self.starts[name], self._codes[name]
        first, last = interval
        return firsts[bisect_right(starts, first) - 1], lasts[bisect_right(starts, last) - 1]

    @cached_property
    def _codes(self) -> dict[Field, tuple[list[int], list[int]]]:
        """The first and the last code of every atom."""
        found: dict[Field, tuple[list[int], list[int]]] = {}
        for name in self.starts:
            codes = [self.codes(name, index) for index in range(self.count(name))]
            found[name] = [first for first, _ in codes], [last for _, last in codes]
        return found

    def index_of_code(self, name: Field, code: int) -> int:
        """Return the atom that owns a code."""
        blocks = self.blocks.get(name, (0,))
        width = self._widths[name]
        block = min(code >> width, len(blocks) - 1)
        after = blocks[block + 1] if block + 1 < len(blocks) else self.count(name)
        return min(blocks[block] + code - (block << width), after - 1)
