"""Whether rules of a host may stop frames on its switches, or packets for the host itself.

Rules of the families ``bridge`` and ``netdev``, and those of any family at the hooks of a single
interface, act on frames; those of ``ip``, ``ip6`` and ``inet`` too, where br_netfilter hands them
what bridges pass on. What they stop is not followed: where they may stop anything, nothing arrives
for certain. Where they may bring a frame elsewhere, or make another of it, it may get anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal

from ringfence.model.facts import NotRead
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.spaces import HOST, settings_name

_ON_FRAMES: Final = frozenset(("bridge", "netdev", "arp"))
_ON_PACKETS: Final = frozenset(("ip", "ip6", "inet"))
_AT_INTERFACES: Final = frozenset(("ingress", "egress"))
_PASSED_ON: Final = frozenset(("prerouting", "forward", "postrouting"))
_TAKEN_IN: Final = frozenset(("prerouting", "input"))
_ROUTES_FRAMES: Final = "broute"
"""The table of ebtables whose drop hands a frame to the host to be routed (ebtables(8))."""

_HARMLESS: Final = frozenset(("match", "counter", "log", "accept", "comment", "return"))
_STAYS: Final = frozenset(
    ("drop", "reject", "limit", "quota", "jump", "goto", "vmap", "set", "map", "meter", "continue")
) | frozenset(("last", "ct count", "ct helper", "ct timeout", "ct expectation", "notrack", "reset"))
"""Statements that may stop a frame, or steer later rules, and leave it as and where it is."""
_STAYS_OF_XTABLES: Final = frozenset(
    ("REJECT", "LOG", "NFLOG", "MARK", "CONNMARK", "CLASSIFY", "CHECKSUM", "TCPMSS", "mark", "log")
)
_MARKS: Final = frozenset(("mark", "priority", "nftrace", "secmark"))
"""What a rule may write beside a frame, which changes nothing of it (nft(8), meta)."""
_Effect = Literal["none", "stops", "strays"]
_Chain = dict[str, Any]


class FrameFilters:
    """The rules of one namespace as far as they may stop frames, or bring them elsewhere.

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
        self._chains: list[_Chain] = []
        self._effects: dict[tuple[Any, Any], set[_Effect]] = {}
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
                if _table(chain) not in understood and chain.get("hook") is not None
            ]
            for rule in _of_kind(objects, "rule"):
                self._effects.setdefault(_table(rule), set()).add(_effect(rule))

    def on_bridges(self, *, packets_too: bool) -> NotRead | None:
        """Return why frames on Linux bridges may be stopped; ``None`` where none is."""
        return self._stopping(
            chain for chain in self._chains if _on_frames(chain) or (packets_too and _passed(chain))
        )

    def on_interfaces(self) -> NotRead | None:
        """Return why frames may be stopped at single interfaces, on whatever switch they are."""
        return self._stopping(filter(_at_interfaces, self._chains))

    def on_input(self) -> NotRead | None:
        """Return why packets for the system itself may be stopped; ``None`` where none is."""
        return self._stopping(
            chain for chain in self._chains if _on_frames(chain) or chain.get("hook") in _TAKEN_IN
        )

    def elsewhere(self) -> NotRead | None:
        """Return why frames may get to any place of the host, and beyond."""
        return self._straying(filter(_on_frames, self._chains))

    def elsewhere_from_bridges(self) -> NotRead | None:
        """Return why packets that bridges pass on may become others, or get elsewhere."""
        return self._straying(filter(_passed, self._chains))

    def _stopping(self, chains: Iterable[_Chain]) -> NotRead | None:
        def stops(chain: _Chain) -> bool:
            harm = self._effects.get(_table(chain), set()) - {"none"}
            return chain.get("policy", "accept") != "accept" or bool(harm)

        return self._why(chains, stops, "stops on the way")

    def _straying(self, chains: Iterable[_Chain]) -> NotRead | None:
        def strays(chain: _Chain) -> bool:
            routes = chain.get("table") == _ROUTES_FRAMES and chain.get("policy") != "accept"
            return routes or "strays" in self._effects.get(_table(chain), set())

        if self.unread is not None and self.unread.reason == "not-supported":
            return None
        return self._why(chains, strays, "makes of frames, or where it brings them,")

    def _why(
        self, chains: Iterable[_Chain], harms: Callable[[_Chain], bool], what: str
    ) -> NotRead | None:
        if self.unread is not None:
            return self.unread
        for chain in filter(harms, chains):
            name = " ".join(str(chain.get(key)) for key in ("family", "table", "name"))
            detail = f"what the nftables chain {name} {what} is not modelled"
            return NotRead(reason="not-understood", detail=detail)
        return None


def _of_kind(objects: list[Any], kind: str) -> Iterator[dict[str, Any]]:
    for item in objects:
        found = item.get(kind) if isinstance(item, dict) else None
        if isinstance(found, dict):
            yield found


def _table(part: dict[str, Any]) -> tuple[Any, Any]:
    return part.get("family"), part.get("table")


def _at_interfaces(chain: _Chain) -> bool:
    return chain.get("family") == "netdev" or chain.get("hook") in _AT_INTERFACES


def _on_frames(chain: _Chain) -> bool:
    return chain.get("family") in _ON_FRAMES or _at_interfaces(chain)


def _passed(chain: _Chain) -> bool:
    return chain.get("family") in _ON_PACKETS and chain.get("hook") in _PASSED_ON


def _effect(rule: dict[str, Any]) -> _Effect:
    statements = rule.get("expr")
    if not isinstance(statements, list) or rule.get("table") == _ROUTES_FRAMES:
        return "strays"
    effects = {_effect_of(each) for each in statements}
    return next((each for each in _WORST_FIRST if each in effects), "none")


_WORST_FIRST: Final[tuple[_Effect, ...]] = ("strays", "stops", "none")


def _effect_of(statement: Any) -> _Effect:
    """Return what a statement may do to a frame; one that is not known may do anything."""
    word = next(iter(statement), "") if isinstance(statement, dict) else ""
    said = statement[word] if word else None
    said = said if isinstance(said, dict) else {}
    if word in _HARMLESS or (word == "xt" and said.get("type") == "match"):
        return "none"
    stays = word in _STAYS
    if word == "xt":
        stays = said.get("type") == "target" and said.get("name") in _STAYS_OF_XTABLES
    elif word == "mangle":
        stays = _marks(said.get("key"))
    return "stops" if stays else "strays"


def _marks(key: Any) -> bool:
    meta = key.get("meta") if isinstance(key, dict) else None
    beside = isinstance(meta, dict) and meta.get("key") in _MARKS
    return beside or (isinstance(key, dict) and ("ct" in key or "tcp option" in key))
