"""IPFIX (RFC 7011): templates, which an exporter may withdraw, then records as they say."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from ringfence.sources.telemetry.flow_sets import told_by_sets
from ringfence.sources.telemetry.observed import Observed, Troubles
from ringfence.sources.telemetry.templates import Exporter, Templates, template

_HEAD: Final = struct.Struct(">HH8xI")
_TEMPLATE: Final = struct.Struct(">HH")
_SCOPES: Final = struct.Struct(">H")
_FIELD: Final = struct.Struct(">HH")
_ENTERPRISE: Final = struct.Struct(">I")
_OF_AN_ENTERPRISE: Final = 0x8000
_TEMPLATES: Final = 2
_OPTIONS_TEMPLATES: Final = 3
_FIRST_DATA: Final = 256
_FORMAT: Final = "IPFIX"


def ipfix(datagram: bytes, at: str, templates: Templates, troubles: Troubles) -> Iterator[Observed]:
    """Yield what one message tells, and keep the templates in it; it is one datagram."""
    if len(datagram) < _HEAD.size:
        troubles[_FORMAT, "cut short"] += 1
        return
    _, length, domain = _HEAD.unpack_from(datagram)
    if length != len(datagram):
        troubles[_FORMAT, "of a wrong length"] += 1
        return
    exporter = (10, at, domain)

    def read_templates(number: int, body: bytes) -> bool:
        if number in (_TEMPLATES, _OPTIONS_TEMPLATES):
            _read(body, exporter, templates, troubles, options=number == _OPTIONS_TEMPLATES)
        return number in (_TEMPLATES, _OPTIONS_TEMPLATES)

    yield from told_by_sets(
        datagram, _HEAD.size, exporter, templates, read_templates, _FORMAT, troubles
    )


def _read(
    body: bytes, exporter: Exporter, templates: Templates, troubles: Troubles, *, options: bool
) -> None:
    offset = 0
    while len(body) - offset >= _TEMPLATE.size:
        number, count = _TEMPLATE.unpack_from(body, offset)
        offset += _TEMPLATE.size
        if not count:
            # All of a kind are withdrawn by the number of their set; padding is none of those.
            if number == (_OPTIONS_TEMPLATES if options else _TEMPLATES):
                templates.withdraw_all(exporter, options=options)
            elif number >= _FIRST_DATA:
                templates.withdraw(exporter, number)
            continue
        if number < _FIRST_DATA:
            raise struct.error
        if options:
            offset += _SCOPES.size
        fields, offset = _fields(body, offset, count)
        new = template(fields, options=options)
        if new is None:
            troubles[_FORMAT, "with a template that was refused"] += 1
        else:
            templates.keep(exporter, number, new)


def _fields(body: bytes, offset: int, count: int) -> tuple[list[tuple[int, int]], int]:
    """Return elements and lengths, and where they end; an enterprise's stand above 65535."""
    fields = []
    for _ in range(count):
        element, length = _FIELD.unpack_from(body, offset)
        offset += _FIELD.size
        if element & _OF_AN_ENTERPRISE:
            (enterprise,) = _ENTERPRISE.unpack_from(body, offset)
            element = enterprise << 16 | element & ~_OF_AN_ENTERPRISE
            offset += _ENTERPRISE.size
        fields.append((element, length))
    return fields, offset
