"""How honest conversations begin, and what answers them, as sets of headers.

TCP begins with SYN and is answered with SYN and ACK (RFC 9293); an echo request is answered with
an echo reply (RFC 792, RFC 4443), and no other ICMP message with anything. All other protocols
are answered with source and destination exchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.model.packet import ICMP, ICMPV6, TCP
from ringfence.reach.fields import IPV4, IPV6, WHOLE, Field

if TYPE_CHECKING:
    from ringfence.reach.fields import Cuts, Interval
    from ringfence.reach.headers import HeaderSet, HeaderSpace

_SYN: Final = 2
_SYN_ACK: Final = 18
# Of each protocol whose answers look different: the field, how it begins, how it is answered.
_DIFFERENT: Final = (
    (TCP, Field.TCP_FLAGS, _SYN, _SYN_ACK),
    (ICMP, Field.ICMP, 8 * 256, 0),
    (ICMPV6, Field.ICMP, 128 * 256, 129 * 256),
)
_FAMILIES: Final[dict[int, Interval]] = {ICMP: IPV4, ICMPV6: IPV6}


def add_asking_cuts(cuts: Cuts) -> None:
    """Note the values that tell how conversations begin, and what answers them."""
    for protocol, field, asked, answered in _DIFFERENT:
        cuts.add(Field.PROTOCOL, (protocol, protocol))
        cuts.add(field, (asked, asked))
        cuts.add(field, (answered, answered))


class Asking:
    """Conversations in one header space."""

    def __init__(self, space: HeaderSpace) -> None:
        self._space = space
        self._asked = tuple(
            _value(space, protocol, field, asked) for protocol, field, asked, _ in _DIFFERENT
        )
        self._answered = tuple(
            _value(space, protocol, field, answered) for protocol, field, _, answered in _DIFFERENT
        )
        special = space.union(
            [space.interval(Field.PROTOCOL, (one, one)) for one, *_ in _DIFFERENT]
        )
        self._plain = space.complement(special)
        messages = [space.interval(Field.PROTOCOL, (one, one)) for one in (ICMP, ICMPV6)]
        self.unanswered: HeaderSet = space.without(
            space.union(messages), space.union(self._asked[1:])
        )
        """Messages that nothing answers: they arrive, or do not."""
        begins = space.union([self._plain, self.unanswered, *self._asked])
        self.begins: HeaderSet = begins & space.interval(Field.FRAGMENT, WHOLE)
        """Every header with which an honest conversation begins: that of a whole packet."""

    def answers(self, headers: HeaderSet) -> HeaderSet:
        """Return the headers that answer ``headers``."""
        return self._exchanged(headers, self._asked, self._answered)

    def questions(self, answers: HeaderSet) -> HeaderSet:
        """Return the headers that are answered by ``answers``."""
        return self._exchanged(answers, self._answered, self._asked)

    def _exchanged(
        self, headers: HeaderSet, these: tuple[HeaderSet, ...], become: tuple[HeaderSet, ...]
    ) -> HeaderSet:
        space = self._space
        parts = [space.replies(headers & self._plain)]
        for (_, field, *_), before, after in zip(_DIFFERENT, these, become, strict=True):
            some = headers & before
            if some != space.nothing:
                others = [name for name in Field if name is not field]
                parts.append(space.project(space.replies(some), others) & after)
        return space.union(parts)


def _value(space: HeaderSpace, protocol: int, field: Field, value: int) -> HeaderSet:
    found = space.interval(Field.PROTOCOL, (protocol, protocol))
    found &= space.interval(field, (value, value))
    family = _FAMILIES.get(protocol)
    return found if family is None else found & space.interval(Field.SOURCE, family)
