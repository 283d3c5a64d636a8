"""Templates of NetFlow 9 and IPFIX: how the fields of a record lie, learnt from the exporter.

Anybody may send templates: their number, and the number of fields in one, are bounded, and those
that were not used for longest go first.
"""

from __future__ import annotations

import struct
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

VMWARE: Final = 6876
"""VMware's number as an enterprise (IANA), under which NSX's own elements stand."""
RULE: Final = VMWARE << 16 | 950
"""NSX's element for the rule of the distributed firewall that a flow met."""
ADDRESSES: Final = {8: 4, 12: 4, 27: 16, 28: 16}
"""Elements that are addresses, and their lengths (IANA, *IPFIX Entities*)."""
NUMBERS: Final = frozenset(
    {2, 4, 6, 7, 10, 11, 14, 24, 32, 34, 50, 61, 86, 89, 139, 176, 177, 178, 179}
    | {*range(218, 224), 233, 298, 305, 306, 40005, RULE}
)
"""Elements that are numbers, of those that are looked at."""
_CODES: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}
_ANY_LENGTH: Final = 0xFFFF
_MOST_FIELDS: Final = 256
_MOST_TEMPLATES: Final = 2048

Fields = Mapping[int, int | bytes]
"""What a record says, by element."""


@dataclass(frozen=True, slots=True)
class Template:
    """How a record lies: ``form`` where every length is fixed, else each field's length.

    ``options`` says of the exporter, not of a flow.
    """

    elements: tuple[int, ...]
    form: struct.Struct | None
    lengths: array[int]
    at: tuple[int, ...]
    options: bool

    def records(self, body: bytes) -> Iterator[Fields]:
        """Yield the records of a set; a rest shorter than a record is padding.

        Raises ``struct.error`` where a field is longer than what is left.
        """
        if self.form is not None:
            whole = len(body) - len(body) % self.form.size
            for values in self.form.iter_unpack(body[:whole]):
                yield dict(zip(self.elements, values, strict=True))
            return
        offset = 0
        # Padding is shorter than any record (RFC 7011, section 3.3.1).
        while len(body) - offset >= len(self.lengths):
            fields, offset = self._record(body, offset)
            yield fields

    def _record(self, body: bytes, offset: int) -> tuple[Fields, int]:
        values = []
        for length in self.lengths:
            if length == _ANY_LENGTH:
                start, end = _variable(body, offset)
            else:
                start, end = offset, offset + length
            if end > len(body):
                raise struct.error
            values.append((start, end))
            offset = end
        found = {
            element: body[slice(*values[place])]
            for element, place in zip(self.elements, self.at, strict=True)
        }
        return {
            element: raw if element in ADDRESSES else int.from_bytes(raw)
            for element, raw in found.items()
            if (len(raw) == ADDRESSES[element] if element in ADDRESSES else len(raw) <= 8)
        }, offset


def _variable(body: bytes, offset: int) -> tuple[int, int]:
    """Return where a field lies that says its own length, in one byte or after 255 in two more."""
    if offset >= len(body):
        raise struct.error
    if body[offset] < 255:
        return offset + 1, offset + 1 + body[offset]
    if offset + 3 > len(body):
        raise struct.error
    return offset + 3, offset + 3 + int.from_bytes(body[offset + 1 : offset + 3])


def template(fields: Iterable[tuple[int, int]], *, options: bool = False) -> Template | None:
    """Return the template of some elements and their lengths, ``None`` where it is refused.

    Refused is one of more than 256 fields, and one whose records would have no length. An element
    that comes twice counts where it comes first.
    """
    form, elements, lengths, at = [">"], [], array("H"), []
    for place, (element, length) in enumerate(fields):
        if place == _MOST_FIELDS:
            return None
        lengths.append(length)
        wanted = element not in elements and _is_wanted(element, length)
        if wanted:
            elements.append(element)
            at.append(place)
        form.append(_code(element, length) if wanted else f"{length}x")
    fixed = _ANY_LENGTH not in lengths
    if not sum(lengths):
        return None
    return Template(
        elements=tuple(elements),
        form=struct.Struct("".join(form)) if fixed else None,
        lengths=array("H") if fixed else lengths,
        at=() if fixed else tuple(at),
        options=options,
    )


def _is_wanted(element: int, length: int) -> bool:
    if length == _ANY_LENGTH:
        return element in ADDRESSES or element in NUMBERS
    return ADDRESSES.get(element) == length or (element in NUMBERS and length in _CODES)


def _code(element: int, length: int) -> str:
    return f"{length}s" if element in ADDRESSES else _CODES.get(length, "")


Exporter = tuple[int, str, int]
"""The version of the protocol, the address that sends, and its domain (or source) there."""


class Templates:
    """The templates that exporters sent, and one packet of how many each of them samples.

    Exporters that were silent for longest are forgotten once there are more than ``most``
    templates in all; of one exporter's, the oldest where it has more than a quarter of these.
    """

    def __init__(self, most: int = _MOST_TEMPLATES) -> None:
        self._most = most
        self._count = 0
        self._of: OrderedDict[Exporter, dict[int, Template]] = OrderedDict()
        self._sampling: OrderedDict[Exporter, int] = OrderedDict()

    def __len__(self) -> int:
        return self._count

    def keep(self, exporter: Exporter, number: int, new: Template) -> None:
        """Keep a template, in the place of one of the same number."""
        own = self._of.setdefault(exporter, {})
        self._of.move_to_end(exporter)
        self._count -= own.pop(number, None) is not None
        own[number] = new
        self._count += 1
        if len(own) > max(1, self._most // 4):
            del own[next(iter(own))]
            self._count -= 1
        while self._count > self._most:
            self._count -= len(self._of.popitem(last=False)[1])

    def find(self, exporter: Exporter, number: int) -> Template | None:
        """Return a template, ``None`` where it has not come yet."""
        own = self._of.get(exporter)
        if own is None:
            return None
        self._of.move_to_end(exporter)
        return own.get(number)

    def withdraw(self, exporter: Exporter, number: int) -> None:
        """Forget a template."""
        own = self._of.get(exporter, {})
        self._count -= own.pop(number, None) is not None
        if not own:
            self._of.pop(exporter, None)

    def withdraw_all(self, exporter: Exporter, *, options: bool) -> None:
        """Forget all templates of an exporter that are of flows, or of options."""
        own = self._of.get(exporter, {})
        for number in [each for each, one in own.items() if one.options is options]:
            self.withdraw(exporter, number)

    def sampling(self, exporter: Exporter) -> int:
        """Return of how many packets an exporter said that it takes one: 1 where it did not."""
        return self._sampling.get(exporter, 1)

    def note_sampling(self, exporter: Exporter, times: int) -> None:
        """Note of how many packets an exporter takes one."""
        self._sampling[exporter] = times
        self._sampling.move_to_end(exporter)
        if len(self._sampling) > self._most:
            self._sampling.popitem(last=False)
