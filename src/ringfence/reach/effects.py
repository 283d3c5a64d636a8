"""What an edit does: which packets become possible or impossible, and which verdicts change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ringfence.foundation.text import listed
from ringfence.model.change import Change
from ringfence.model.facts import Record
from ringfence.reach.results import Verdict, Witness


class PairEffect(Record, frozen=True):
    """What an edit does to packets from zone ``source`` to zone ``destination``.

    Services in words. ``opened`` may be delivered after it and surely were not before;
    ``closed`` the other way round. ``surely_opened`` are surely delivered after it and were not
    surely before, ``surely_closed`` the other way round: where all was read, and all of it is
    modelled, they are the same. ``flows`` tells whether every promised service works before and
    after, ``None`` where that is not known or none was promised. ``witness`` is a packet that
    surely becomes possible.
    """

    source: str
    destination: str
    sentences: tuple[str, ...]
    before: Verdict
    after: Verdict
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    surely_opened: tuple[str, ...] = ()
    surely_closed: tuple[str, ...] = ()
    flows_before: bool | None = None
    flows_after: bool | None = None
    witness: Witness | None = None


class Effect(Record, frozen=True):
    """What an edit does to all zones, which stay as they were before it.

    ``pairs`` are those of which something changes, out of ``compared``; ``changes`` is the edit.
    """

    policy: str
    zones: tuple[str, ...]
    compared: int
    pairs: tuple[PairEffect, ...]
    changes: tuple[Change, ...] = ()


_MOST: Final = 6


def sentences(effect: PairEffect, reason: str = "") -> Iterator[str]:
    """Yield what an edit does to a pair, each a sentence that can be read out.

    ``reason`` is why what becomes possible gets through, with a colon before it.
    """
    source, destination = effect.source, effect.destination
    if effect.surely_opened:
        reached = _on(effect.surely_opened)
        yield f"Something in {source} can now reach {destination} {reached}{reason}."
    if effect.opened and effect.opened != effect.surely_opened:
        reached = _on(effect.opened)
        yield f"For all that was read, {source} may now reach {destination} {reached}."
    if effect.closed:
        yield f"Nothing in {source} can reach {destination} any more {_on(effect.closed)}."
    if effect.surely_closed and effect.surely_closed != effect.closed:
        reached = _on(effect.surely_closed)
        yield f"It is not certain any more that {source} can reach {destination} {reached}."
    if effect.flows_before is not False and effect.flows_after is False:
        yield f"A service promised from {source} to {destination} cannot work any more."
    if effect.flows_before is False and effect.flows_after:
        yield f"Every service that is promised from {source} to {destination} works now."
    if effect.before != effect.after:
        yield f"{source} to {destination} was {effect.before} and becomes {effect.after}."


def _on(reached: tuple[str, ...]) -> str:
    """Return services as part of a sentence; "any" alone stands for every one of them."""
    text = listed(reached, most=_MOST)
    return f"on any service{text[3:]}" if text.startswith("any") else f"on {text}"
