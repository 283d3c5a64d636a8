"""Whether libvirt runs on a host, so that machines may start there or come from there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ringfence.model.facts import Fact, NotRead

if TYPE_CHECKING:
    from ringfence.sources.linux.bundle import Bundle
    from ringfence.sources.linux.links import Links

_ANSWER: Final = "domains"
_OTHERS: Final = ("networks", "filters", "filter-bindings")
_OF_A_MACHINE: Final = re.compile(r"vnet\d+")
"""What libvirt calls the host's end of a machine's cable; machines run on while it is stopped."""


def libvirt_presence(bundle: Bundle, host: Links) -> Fact[bool]:
    """Tell whether a host has libvirt; ``NotRead`` where it may, and its machines are not known.

    Where it runs and refuses to tell of machines, it is there.
    """
    answer = bundle.answers.get(_ANSWER)
    if answer is None:
        detail = "which machines libvirt has was not saved"
        return NotRead(reason="not-collected", detail=detail)
    failure = answer.failure()
    if failure is None or failure.reason != "not-supported":
        return True
    trace = _trace(bundle, host)
    if not trace:
        return False
    return NotRead(reason="fault", detail=f"{failure.detail}, though {trace}")


def _trace(bundle: Bundle, host: Links) -> str:
    """Return what tells of libvirt though it does not answer; "" for nothing."""
    ends = (link.name for link in host.values() if link.kind == "tun")
    end = next(filter(_OF_A_MACHINE.fullmatch, ends), None)
    if end is not None:
        return f"{end} is an interface of a machine"
    if _ANSWER in bundle.changed or any(True for _ in bundle.about("domain")):
        return "it told of machines"
    answers = (bundle.answers.get(name) for name in _OTHERS)
    return "it told of others" if any(one and one.failure() is None for one in answers) else ""
