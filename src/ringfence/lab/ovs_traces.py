"""What ``ofproto/trace`` tells: by which ports a frame would leave, and with which VLAN."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

Out = tuple[str, int | None]
"""A port, and the VLAN that a frame leaves it with; ``None`` is untagged."""
_PORT: Final = re.compile(r"^\s+(\S+) \d+/(\d+): \(", re.MULTILINE)
_ACTIONS: Final = re.compile(r"^Datapath actions: (.*)$", re.MULTILINE)
_APART: Final = re.compile(r",(?![^(]*\))")
_PUSHED: Final = re.compile(r"push_vlan\((?:tpid=\w+,)?vid=(\d+)")
_RENUMBERED: Final = re.compile(r"set\(vlan\(vid=(\d+)")


def ports_told(told: str) -> Mapping[str, str]:
    """Return the names of ports by their numbers in the datapath, as ``dpif/show`` tells them."""
    return {number: name for name, number in _PORT.findall(told)}


def outputs(told: str, ports: Mapping[str, str], vlan: int | None) -> Iterator[Out]:
    """Yield where a traced frame leaves that came in with ``vlan``.

    Actions are done in order: each tag that is pushed, popped or set counts for what follows.
    """
    found = _ACTIONS.search(told)
    tags = [] if vlan is None else [vlan]
    for action in _APART.split(found[1]) if found else ():
        pushed, renumbered = _PUSHED.match(action), _RENUMBERED.match(action)
        if pushed:
            tags.append(int(pushed[1]))
        elif renumbered:
            tags[-1:] = [int(renumbered[1])]
        elif action == "pop_vlan":
            tags[-1:] = []
        elif action in ports:
            yield ports[action], tags[-1] if tags else None
