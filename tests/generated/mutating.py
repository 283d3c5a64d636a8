"""Documents changed by chance: bytes of a file, and values of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

# Values at the edges of what fields hold, and of the wrong kind.
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    -1,
    0,
    1,
    4094,
    4095,
    65536,
    1 << 40,
    1.5,
    "",
    "x",
    "10.0.0.0/33",
    "10.0.0.1",
    "10.0.0.9-10.0.0.1",
    "10.0.0.1-fd00::1",
    "::/0",
    "é\u202e\x00",
    [],
    {},
    {"type": "not-read", "reason": "no-permission"},
)


def bytes_changed(content: bytes, chance: Random) -> bytes:
    """Return bytes with some flipped, left out, put in or repeated."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        if not changed:
            break
        at = chance.randrange(len(changed))
        length = chance.choice((1, 1, 4, 64))
        match chance.choice(("flip", "remove", "insert", "repeat", "cut")):
            case "flip":
                changed[at] ^= 1 << chance.randrange(8)
            case "remove":
                del changed[at : at + length]
            case "insert":
                changed[at:at] = chance.randbytes(length)
            case "repeat":
                changed[at:at] = changed[at : at + length]
            case "cut":
                del changed[at:]
    return bytes(changed)


def document_changed(content: bytes, chance: Random) -> bytes:
    """Return a JSON document with a few of its values replaced, left out, repeated or exchanged."""
    document = json.loads(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        places = list(_places(document))
        holder, key = chance.choice(places)
        match chance.choice(("alike", "alike", "alike", "value", "other", "remove", "repeat")):
            case "alike":
                # What fits the field is read, and has to be borne by everything behind.
                value = holder[key]
                found = chance.choice(
                    [one for one in VALUES if type(one) is type(value)]
                    + [other[name] for other, name in places if _alike(key, value, name, other)]
                )
                holder[key] = json.loads(json.dumps(found))  # nothing may hold itself
            case "value":
                holder[key] = chance.choice(VALUES)
            case "other":
                other, name = chance.choice(places)
                holder[key] = json.loads(json.dumps(other[name]))
            case "remove":
                del holder[key]
            case "repeat" if isinstance(holder, list):
                holder.insert(key, holder[key])
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _alike(key: Any, value: Any, name: Any, holder: Any) -> bool:
    return type(holder[name]) is type(value) and (name == key or isinstance(value, int | str))


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every list or object of a document with each of its keys."""
    if isinstance(document, dict | list):
        keys = list(document) if isinstance(document, dict) else range(len(document))
        for key in keys:
            yield document, key
            yield from _places(document[key])
