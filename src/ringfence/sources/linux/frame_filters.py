"""Whether rules of a host may stop frames on its bridges, or packets for the host itself.

Rules of the families ``bridge`` and ``netdev`` act on frames; those of ``ip``, ``ip6`` and ``inet``
too, where br_netfilter hands them what bridges pass on. What they stop is not followed: where they
may stop anything, nothing on a bridge arrives for certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ringfence.model.facts import NotRead
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.spaces import HOST, settings_name

_ON_FRAMES: Final = frozenset(("bridge", "netdev", "arp"))
_ON_PACKETS: Final = frozenset(("ip", "ip6", "inet"))
_PASSED_ON: Final = frozenset(("prerouting", "forward", "postrouting"))
_TAKEN_IN: Final = frozenset(("prerouting", "input"))
_HARMLESS: Final = frozenset(("match", "counter", "log", "accept", "comment", "return"))


class FrameFilters:
    """The rules of one namespace as far as they may stop frames.

    What was ``understood`` otherwise, by family and table, is left out.
    """

    def __init__(
        self,
        bundle: Bundle,
        space: str = HOST,
        understood: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        content = bundle.json(settings_name(space, "nftables"))
        self.unread: NotRead | None = None
        self._chains: list[dict[str, Any]] = []
        self._harmful: set[tuple[Any, Any]] = set()
        objects = content.get("nftables") if isinstance(content, dict) else None
        if isinstance(content, NotRead):
            self.unread = content
        elif not isinstance(objects, list):
            detail = "nft -j list ruleset: no ruleset is in it"
            self.unread = NotRead(reason="not-understood", detail=detail)
        else:
            self._chains = [
                chain
                for chain in _of_kind(objects, "chain")
                if (chain.get("family"), chain.get("table")) not in understood
            ]
            self._harmful = {
                (rule.get("family"), rule.get("table"))
                for rule in _of_kind(objects, "rule")
                if _may_stop(rule.get("expr"))
            }

    def on_bridges(self, *, packets_too: bool) -> NotRead | None:
        """Return why frames on bridges may be stopped; ``None`` where none is."""
        families = _ON_FRAMES | (_ON_PACKETS if packets_too else frozenset())
        return self._why(
            chain
            for chain in self._chains
            if chain.get("family") in families
            and (chain.get("family") in _ON_FRAMES or chain.get("hook") in _PASSED_ON)
        )

    def on_input(self) -> NotRead | None:
        """Return why packets for the system itself may be stopped; ``None`` where none is."""
        return self._why(
            chain
            for chain in self._chains
            if chain.get("family") in _ON_FRAMES or chain.get("hook") in _TAKEN_IN
        )

    def _why(self, chains: Iterable[dict[str, Any]]) -> NotRead | None:
        if self.unread is not None:
            return self.unread
        for chain in chains:
            if chain.get("hook") is None:
                continue
            table = (chain.get("family"), chain.get("table"))
            if chain.get("policy", "accept") != "accept" or table in self._harmful:
                name = " ".join(str(chain.get(key)) for key in ("family", "table", "name"))
                detail = f"what the nftables chain {name} stops on the way is not modelled"
                return NotRead(reason="not-understood", detail=detail)
        return None


def _of_kind(objects: list[Any], kind: str) -> Iterator[dict[str, Any]]:
    for item in objects:
        found = item.get(kind) if isinstance(item, dict) else None
        if isinstance(found, dict):
            yield found


def _may_stop(statements: Any) -> bool:
    if not isinstance(statements, list):
        return True
    words = (next(iter(each), "") if isinstance(each, dict) else "" for each in statements)
    return any(word not in _HARMLESS for word in words)
