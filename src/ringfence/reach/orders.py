"""Which bits of a header stand above which in the diagrams: no order is good for every rule set.

The top bits of an address's code are its block (see ``blocks``), the others its place in there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringfence.reach.fields import Field

if TYPE_CHECKING:
    from ringfence.reach.fields import Atoms

_ADDRESSES: Final = (Field.DESTINATION, Field.SOURCE)
# Rules on addresses alone decide on fragments: whole packets and these are two functions.
_FIRST: Final = (Field.FRAGMENT,)
_SERVICES: Final = (
    Field.PROTOCOL,
    Field.DESTINATION_PORT,
    Field.SOURCE_PORT,
    Field.ICMP,
    Field.TCP_FLAGS,
)


@dataclass(frozen=True)
class Order:
    """The fields from the top down, and whether the blocks of addresses stand above them all."""

    fields: tuple[Field, ...]
    blocks_on_top: bool = False


ADDRESSES_FIRST: Final = Order((*_FIRST, *_ADDRESSES, *_SERVICES))
SERVICES_FIRST: Final = Order((*_FIRST, *_SERVICES, *_ADDRESSES))
BLOCKS_THEN_ADDRESSES: Final = Order((*_FIRST, *_ADDRESSES, *_SERVICES), blocks_on_top=True)
BLOCKS_THEN_SERVICES: Final = Order((*_FIRST, *_SERVICES, *_ADDRESSES), blocks_on_top=True)


def levels(atoms: Atoms, order: Order) -> dict[Field, list[int]]:
    """Return the numbers of the variables of each field's code, from its highest bit."""
    found: dict[Field, list[int]] = {name: [] for name in Field}
    count = 0
    for name in _FIRST:
        found[name].extend(range(count, count := count + atoms.bits(name)))
    if order.blocks_on_top:
        for name in _ADDRESSES:
            found[name].extend(range(count, count := count + atoms.block_bits(name)))
    for name in order.fields:
        rest = atoms.bits(name) - len(found[name])
        found[name].extend(range(count, count := count + rest))
    return found
