"""Records as the words an operator would use: headers, services, values, changes, moments."""

from __future__ import annotations

import datetime
import re
from typing import Any

import msgspec

from ringfence.model.change import Change
from ringfence.model.network import Vlan, vlan_of
from ringfence.model.packet import PROTOCOL_NAMES, Header

_FLAGS = ((2, "SYN"), (16, "ACK"), (1, "FIN"), (4, "RST"), (8, "PSH"), (32, "URG"))
_LONGEST_VALUE = 240
_TABLES = {
    "hosts": "host",
    "switches": "switch",
    "port_groups": "port group",
    "ports": "port",
    "machines": "machine",
    "mirror_sessions": "mirror session",
    "pools": "resource pool",
    "clusters": "cluster",
    "devices": "device",
    "roles": "role",
    "permissions": "permission",
    "global_permissions": "global permission",
    "groups": "group",
}


def header_text(header: Header) -> str:
    """Return a header as ``tcp SYN 10.1.100.11:40000 → 10.1.30.11:22``."""
    return " ".join(header_parts(header))


def header_parts(header: Header) -> tuple[str, str, str]:
    """Return a header as what it is, its source, and its destination after an arrow."""
    source = _endpoint(header.source, header.source_port)
    destination = _endpoint(header.destination, header.destination_port)
    return _kind(header), source, f"→ {destination}"


def _kind(header: Header) -> str:
    parts = [PROTOCOL_NAMES.get(header.protocol, f"protocol {header.protocol}")]
    if header.tcp_flags is not None:
        names = [flag for bit, flag in _FLAGS if header.tcp_flags & bit]
        parts.append("+".join(names) or "without flags")
    if header.icmp_type is not None:
        parts.append(f"type {header.icmp_type}")
    if header.icmp_code is not None:
        parts.append(f"code {header.icmp_code}")
    return " ".join(parts)


def _endpoint(address: str, port: int | None) -> str:
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def short_services(services: tuple[str, ...], most: int = 2) -> str:
    """Return services as "443, 8443 +2": TCP by its ports alone, the rest counted."""
    short = [re.sub(r"^tcp/", "", service) for service in services]
    if len(short) <= most:
        return ", ".join(short)
    return f"{', '.join(short[:most])} +{len(short) - most}"


def moment(text: str) -> str:
    """Return an ISO 8601 moment as "09:14 UTC on 2026-11-23"; other text as it stands."""
    try:
        when = datetime.datetime.fromisoformat(text)
    except ValueError:
        return text or "an unknown time"
    if when.tzinfo is not None:
        when = when.astimezone(datetime.UTC)
    return f"{when:%H:%M} UTC on {when:%Y-%m-%d}"


def value_text(value: Any) -> str:
    """Return a plain JSON value as an operator reads it; long ones end in "…"."""
    if value is None:
        text = "nothing"
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, (str, int, float)):
        text = str(value) or "an empty text"
    elif isinstance(value, (list, tuple)) and all(isinstance(item, (str, int)) for item in value):
        text = ", ".join(str(item) for item in value) or "none"
    elif isinstance(value, dict):
        text = _vlan_text(value) or _mapping_text(value)
    else:
        text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _mapping_text(value: dict[str, Any]) -> str:
    if value.get("type") == "not-read":
        return f"not read ({value.get('detail') or value.get('reason')})"
    shown = ((key, item) for key, item in value.items() if key != "type")
    return ", ".join(f"{key} {value_text(item)}" for key, item in shown) or "none"


def _vlan_text(value: dict[str, Any]) -> str:
    """Return a VLAN setting as an operator writes it, empty where it is something else."""
    try:
        return vlan_of(msgspec.convert(value, Vlan))
    except msgspec.ValidationError:
        return ""


def change_text(change: Change) -> str:
    """Return a change as one imperative sentence that names object, property and values."""
    what = f"{_TABLES.get(change.table, change.table.rstrip('s'))} {change.name}"
    if change.kind == "add":
        return f"Add {what}."
    if change.kind == "remove":
        return f"Remove {what}."
    return (
        f"On {what} set {change.property or 'the whole'} "
        f"from {value_text(change.before)} to {value_text(change.after)}."
    )


def ended(sentence: str) -> str:
    """Return a sentence without white space around it, ending in a full stop."""
    stripped = sentence.strip()
    return stripped if not stripped or stripped[-1] in ".!?…" else f"{stripped}."


def as_sentence(phrase: str) -> str:
    """Return a phrase with a capital at its beginning and a full stop at its end."""
    sentence = ended(phrase)
    return sentence[:1].upper() + sentence[1:]
