"""Sets: NetFlow 9 and IPFIX put templates and records into parts with a number and a length."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final

from ringfence.sources.telemetry.flow_records import told_by
from ringfence.sources.telemetry.observed import Observed, Troubles
from ringfence.sources.telemetry.templates import Exporter, Templates

_HEAD: Final = struct.Struct(">HH")
_FIRST_DATA: Final = 256

TemplateReader = Callable[[int, bytes], bool]
"""Takes the templates of a set; ``False`` where its number is none of a set of templates.

It raises ``struct.error`` where a template ends before its last field.
"""


def told_by_sets(
    datagram: bytes,
    offset: int,
    exporter: Exporter,
    templates: Templates,
    read_templates: TemplateReader,
    name: str,
    troubles: Troubles,
) -> Iterator[Observed]:
    """Yield what the sets of a datagram tell, up to the first whose length cannot be."""
    while len(datagram) - offset >= _HEAD.size:
        number, length = _HEAD.unpack_from(datagram, offset)
        if length < _HEAD.size or offset + length > len(datagram):
            troubles[name, "of a wrong length"] += 1
            return
        body = datagram[offset + _HEAD.size : offset + length]
        offset += length
        try:
            if number >= _FIRST_DATA:
                yield from _told(number, body, exporter, templates, name, troubles)
            elif not read_templates(number, body):
                troubles[name, "of no known format"] += 1
        except struct.error:
            troubles[name, "cut short"] += 1


def _told(
    number: int,
    body: bytes,
    exporter: Exporter,
    templates: Templates,
    name: str,
    troubles: Troubles,
) -> Iterator[Observed]:
    template = templates.find(exporter, number)
    if template is None:
        troubles[name, "without its template"] += 1
        return
    for one in told_by(template, body, exporter, templates):
        if isinstance(one, Observed):
            yield one
        else:
            troubles[name, one] += 1
