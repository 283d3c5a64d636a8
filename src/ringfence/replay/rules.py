"""Rules met by one packet: conditions, then the first rule that decides.

What is not modelled may go either way, so a condition is true, false or open (``None``), and a
chain has one or more possible outcomes, each with the decision that brings it about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from ringfence.model import rules as model
from ringfence.model.packet import ICMP, ICMPV6, PROTOCOLS_WITH_PORTS, TCP, Header
from ringfence.replay.packet import Packet, Spans
from ringfence.replay.rule_index import RuleIndex, interface_holds
from ringfence.replay.translation import applies

Outcome = Literal["accept", "drop", "end"] | model.Translation


@dataclass(frozen=True, slots=True)
class Decision:
    """What decided: a rule of a chain, or, with ``number`` 0, the chain's policy or its end.

    ``translates`` tells that the rule rewrote the packet.
    """

    chain: str
    number: int
    text: str
    translates: bool = False


Outcomes = Mapping[Outcome, Decision]


@dataclass(frozen=True, slots=True)
class Passage:
    """A packet that comes in by one interface and leaves by another, where each is known.

    It is the first of its conversation, unless it ``answers`` one that the device saw begin.
    """

    packet: Packet
    incoming: str | None
    outgoing: str | None
    answers: bool = False


class ChainWalk:
    """The chains of one device, walked by one packet at one hook.

    Only where ``translating``, rules that translate do; elsewhere what they do is open.
    With an ``index`` of them, rules that name other interfaces are not looked at.
    """

    def __init__(
        self,
        chains: Mapping[str, model.Chain],
        passage: Passage,
        spans: Spans,
        index: RuleIndex | None = None,
        *,
        translating: bool = False,
    ) -> None:
        self._chains = chains
        self._passage = passage
        self._spans = spans
        self._index = index
        self._translating = translating
        self._walked: dict[str, Outcomes] = {}
        self._entered: set[str] = set()

    def base(self, chain: model.Chain) -> Outcomes:
        """Return whether a base chain may accept, drop, or translate the packet."""
        outcomes = dict(self.chain(chain))
        at_end = outcomes.pop("end", None)
        if at_end is not None:
            # The decision that led to the end says more than the policy where it is a return.
            text = f"policy {chain.policy}" if at_end.number == 0 else at_end.text
            outcomes.setdefault(chain.policy, Decision(chain.name, at_end.number, text))
        return outcomes

    def chain(self, chain: model.Chain) -> Outcomes:
        """Return how a chain may end: accepted, dropped, or at its end (or a return)."""
        if chain.id not in self._walked:
            self._entered.add(chain.id)
            self._walked[chain.id] = self._first_match(chain)
            self._entered.discard(chain.id)
        return self._walked[chain.id]

    def _first_match(self, chain: model.Chain) -> Outcomes:
        found: dict[Outcome, Decision] = {}
        for rule in self._rules(chain):
            matches = matched(rule.conditions, self._passage, self._spans)
            if matches is False or self._passes_by(rule):
                continue
            effects, goes_on = self._effects(chain, rule)
            for outcome, decision in effects.items():
                found.setdefault(outcome, decision)
            if matches is True and not goes_on:
                return found
        found.setdefault("end", Decision(chain.name, 0, "end of the chain"))
        return found

    def _rules(self, chain: model.Chain) -> Iterable[model.Rule]:
        if self._index is None:
            return chain.rules
        return self._index.rules(chain.id, self._passage.incoming, self._passage.outgoing)

    def _passes_by(self, rule: model.Rule) -> bool:
        """Tell whether a rule that translates has no address for such a packet."""
        return rule.translation is not None and not applies(
            rule.translation, self._passage.packet, self._spans
        )

    def _effects(  # noqa: PLR0911 (one return for each action)
        self, chain: model.Chain, rule: model.Rule
    ) -> tuple[Outcomes, bool]:
        """Return how the chain may end at this rule, and whether it may go on to the next."""
        here = Decision(chain.name, rule.number, rule.text)
        either: Outcomes = {"accept": here, "drop": here}
        match rule.action:
            case "accept":
                return {"accept": here}, False
            case "drop" | "reject":
                return {"drop": here}, False
            case "return":
                return {"end": here}, False
            case "continue":
                return {}, True
            case "unmodelled":
                return either, True
            case "translate":
                if rule.translation is None or not self._translating:
                    return either, True
                return {rule.translation: replace(here, translates=True)}, False
            case "jump" | "goto":
                return self._into(rule) or (either, True)
            case _:
                assert_never(rule.action)

    def _into(self, rule: model.Rule) -> tuple[Outcomes, bool] | None:
        """Return the effects of a jump or goto: after a jump that comes back, rules go on.

        ``None`` where the target is missing, or would call itself: what a system does is open.
        """
        target = self._chains.get(rule.target or "")
        if target is None or target.id in self._entered:
            return None
        outcomes = self.chain(target)
        if rule.action == "goto":
            return outcomes, False
        verdicts = dict(outcomes)
        comes_back = verdicts.pop("end", None) is not None
        return verdicts, comes_back


def matched(conditions: Iterable[model.Condition], passage: Passage, spans: Spans) -> bool | None:
    """Return whether all conditions hold; ``None`` where that hangs on what is not modelled."""
    answer: bool | None = True
    for condition in conditions:
        holds = condition_holds(condition, passage, spans)
        if holds is False:
            return False
        if holds is None:
            answer = None
    return answer


def condition_holds(  # noqa: C901 (one case for each kind of condition)
    condition: model.Condition, passage: Passage, spans: Spans
) -> bool | None:
    """Return whether the condition holds for the packet; ``None`` where it is not modelled."""
    packet = passage.packet
    match condition:
        case model.AddressMatch():
            holds: bool | None = _address(condition, packet, spans)
        case model.FamilyMatch():
            holds = packet.family == condition.family
        case model.ProtocolMatch():
            holds = (packet.header.protocol in condition.protocols) != condition.negated
        case model.PortMatch():
            holds = _port(condition, packet.header)
        case model.IcmpMatch():
            holds = _icmp(condition, packet)
        case model.TcpFlagsMatch():
            holds = _flags(condition, packet.header)
        case model.FragmentMatch():
            holds = packet.header.fragment in condition.kinds
        case model.InterfaceMatch():
            holds = interface_holds(condition, passage.incoming, passage.outgoing)
        case model.StateMatch():
            state = "established" if passage.answers else "new"
            holds = (state in condition.states) != condition.negated
        case model.UnmodelledMatch():
            holds = None
        case _:
            assert_never(condition)
    return holds


def _address(condition: model.AddressMatch, packet: Packet, spans: Spans) -> bool:
    address = packet.source if condition.side == "source" else packet.destination
    ranges = [spans.of(text) for text in condition.ranges]
    if all(span.family != packet.family for span in ranges):
        return False
    return any(span.holds(packet.family, address) for span in ranges) != condition.negated


def _icmp(condition: model.IcmpMatch, packet: Packet) -> bool:
    header = packet.header
    protocol = ICMP if condition.family == 4 else ICMPV6
    if packet.family != condition.family or header.protocol != protocol:
        return False
    if header.icmp_type is None or (condition.codes and header.icmp_code is None):
        return False
    holds = _within(header.icmp_type, condition.types) and (
        not condition.codes
        or (header.icmp_code is not None and _within(header.icmp_code, condition.codes))
    )
    return holds != condition.negated


def _port(condition: model.PortMatch, header: Header) -> bool:
    port = header.source_port if condition.side == "source" else header.destination_port
    if header.protocol not in PROTOCOLS_WITH_PORTS or port is None:
        return False
    return _within(port, condition.ranges) != condition.negated


def _flags(condition: model.TcpFlagsMatch, header: Header) -> bool:
    if header.protocol != TCP or header.tcp_flags is None:
        return False
    return (header.tcp_flags & condition.mask == condition.value) != condition.negated


def _within(number: int, ranges: Iterable[model.NumberRange]) -> bool:
    return any(each.first <= number <= each.last for each in ranges)
