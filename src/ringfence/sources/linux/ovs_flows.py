"""What the flows of an Open vSwitch bridge make of it: a learning switch, or something else."""

from __future__ import annotations

import re
from typing import Final

from ringfence.model.facts import Fact, NotRead
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.commands import part_name

_MOST_SHOWN: Final = 160
_COUNTED: Final = re.compile(r"(?:^|\s)flow_count=(?P<count>\d+)")
_NOISE: Final = frozenset(
    ("cookie", "duration", "n_packets", "n_bytes", "idle_age", "hard_age", "reset_counts")
)
_FIRST_TABLE: Final = "0"


class Flows:
    """The flows of a bridge. Exactly one of the three is true, or ``unknown`` says why not.

    ``normal``: every frame is handled as a learning switch would. ``silent``: there is no flow, so
    nothing is forwarded. ``dropping``: as a learning switch, less what the flows in ``texts`` drop.
    """

    def __init__(self, texts: tuple[str, ...], unknown: NotRead | None) -> None:
        self.texts = texts
        self.unknown = unknown
        actions = [text.rpartition(" actions=")[2] for text in texts]
        everything = any(
            _conditions(text) == () and action == "NORMAL"
            for text, action in zip(texts, actions, strict=True)
        )
        known = unknown is None
        self.silent = known and not texts
        self.normal = known and everything and set(actions) == {"NORMAL"}
        self.dropping = (
            known
            and not self.normal
            and everything
            and set(actions)
            == {
                "NORMAL",
                "drop",
            }
        )

    @property
    def other(self) -> tuple[str, ...]:
        """The flows that are more than a learning switch."""
        return tuple(text for text in self.texts if not text.endswith(" actions=NORMAL"))

    @property
    def beyond(self) -> Fact[tuple[str, ...]]:
        """The flows beyond a learning switch's; ``NotRead`` where any may be missing."""
        if self.unknown is not None:
            return self.unknown
        return () if self.normal or self.silent else self.other or self.texts

    def why(self, bridge: str) -> NotRead | None:
        """Return why it is not certain where frames go; ``None`` where it is."""
        if self.unknown is not None:
            return self.unknown
        if self.normal or self.silent:
            return None
        shown = (self.other or self.texts)[0][:_MOST_SHOWN]
        more = len(self.other) - 1
        also = f" and {more} more" if more > 0 else ""
        detail = f"the bridge {bridge} has flows beyond a learning switch's: {shown}{also}"
        return NotRead(reason="not-understood", detail=detail)


def flows_of(bundle: Bundle, bridge: str) -> Flows:
    """Return the flows of a bridge of a host.

    Their number has to be the one that the switch counts, so that flows cut off are not missed.
    """
    lines = bundle.lines(part_name("ovs-flows", bridge))
    if isinstance(lines, NotRead):
        return Flows((), lines)
    counted = bundle.text(part_name("ovs-flow-count", bridge))
    found = None if isinstance(counted, NotRead) else _COUNTED.search(counted)
    flows = tuple(line for line in lines if " actions=" in line or line.startswith("actions="))
    if found is None:
        detail = f"how many flows the bridge {bridge} has was not read"
        return Flows((), NotRead(reason="not-collected", detail=detail))
    if int(found["count"]) != len(flows):
        detail = f"of {found['count']} flows of the bridge {bridge}, {len(flows)} were read"
        return Flows((), NotRead(reason="fault", detail=detail))
    return Flows(tuple(text for line in flows if (text := _first_table(line))), None)


def _first_table(line: str) -> str:
    """Return a flow without what counts; "" for one that only another flow leads to."""
    match, _, actions = line.partition(" actions=")
    parts = re.split(r"[,\s]+", match)
    table = next((part.removeprefix("table=") for part in parts if part.startswith("table=")), "0")
    if table != _FIRST_TABLE:
        return ""
    kept = [part for part in parts if part and part.partition("=")[0] not in {*_NOISE, "table"}]
    return f"{','.join(kept)} actions={actions.strip()}"


def _conditions(text: str) -> tuple[str, ...]:
    """Return what a flow asks of frames; nothing for one that takes all of them."""
    match = text.partition(" actions=")[0]
    parts = (part for part in match.split(",") if part)
    return tuple(part for part in parts if not part.startswith(("priority=", "send_flow_rem")))
