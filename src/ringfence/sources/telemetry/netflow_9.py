"""NetFlow version 9 (RFC 3954): templates, then records as they say."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from ringfence.sources.telemetry.flow_sets import told_by_sets
from ringfence.sources.telemetry.observed import Observed, Troubles
from ringfence.sources.telemetry.templates import Exporter, Templates, template

_HEAD: Final = struct.Struct(">HH12xI")
_TEMPLATE: Final = struct.Struct(">HH")
_OPTIONS: Final = struct.Struct(">HHH")
_FIELD: Final = struct.Struct(">HH")
_FIRST_DATA: Final = 256
_FORMAT: Final = "NetFlow 9"


def netflow_9(
    datagram: bytes, at: str, templates: Templates, troubles: Troubles
) -> Iterator[Observed]:
    """Yield what one datagram tells, and keep the templates in it."""
    if len(datagram) < _HEAD.size:
        troubles[_FORMAT, "cut short"] += 1
        return
    _, _, domain = _HEAD.unpack_from(datagram)
    exporter = (9, at, domain)

    def read_templates(number: int, body: bytes) -> bool:
        if number == 0:
            _flow_templates(body, exporter, templates, troubles)
        elif number == 1:
            _options_templates(body, exporter, templates, troubles)
        return number in (0, 1)

    yield from told_by_sets(
        datagram, _HEAD.size, exporter, templates, read_templates, _FORMAT, troubles
    )


def _flow_templates(
    body: bytes, exporter: Exporter, templates: Templates, troubles: Troubles
) -> None:
    offset = 0
    while len(body) - offset >= _TEMPLATE.size:
        number, count = _TEMPLATE.unpack_from(body, offset)
        if number < _FIRST_DATA:
            return  # padding
        offset = _keep(
            body, offset + _TEMPLATE.size, (number, count), exporter, templates, troubles
        )


def _options_templates(
    body: bytes, exporter: Exporter, templates: Templates, troubles: Troubles
) -> None:
    """Read templates whose records tell of the exporter: its scopes, then its options, in bytes."""
    offset = 0
    while len(body) - offset >= _OPTIONS.size:
        number, scopes, options = _OPTIONS.unpack_from(body, offset)
        if number < _FIRST_DATA:
            return  # padding
        offset += _OPTIONS.size
        fields = [_FIELD.unpack_from(body, offset + place) for place in range(0, scopes, 4)]
        # A scope's number means something else than an element's.
        fields = [(0, length) for _, length in fields]
        offset += scopes
        fields += [_FIELD.unpack_from(body, offset + place) for place in range(0, options, 4)]
        offset += options
        new = template(fields, options=True)
        if new is None:
            troubles[_FORMAT, "with a template that was refused"] += 1
        else:
            templates.keep(exporter, number, new)


def _keep(
    body: bytes,
    offset: int,
    what: tuple[int, int],
    exporter: Exporter,
    templates: Templates,
    troubles: Troubles,
) -> int:
    """Keep the template of a number and a count of fields; return where it ends."""
    number, count = what
    end = offset + count * _FIELD.size
    if end > len(body):
        raise struct.error
    # No field of NetFlow 9 says its own length; 65535 would be longer than any datagram.
    new = template(_FIELD.iter_unpack(body[offset:end]))
    if new is None or new.form is None:
        troubles[_FORMAT, "with a template that was refused"] += 1
    else:
        templates.keep(exporter, number, new)
    return end
