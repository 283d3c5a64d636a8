"""The statements of one rule of nftables, as rules of the model."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal

from ringfence.model.packet import ICMP, ICMPV6, TCP
from ringfence.model.rules import (
    Action,
    AddressMatch,
    Condition,
    FamilyMatch,
    NotUnderstood,
    ProtocolMatch,
    Rule,
    Translation,
    UnmodelledMatch,
)
from ringfence.sources.rule_syntax.nft_matches import (
    Comparison,
    Conditions,
    NamedSets,
    plain_element,
)
from ringfence.sources.rule_syntax.nft_text import expression_text, rule_text, statement_text
from ringfence.sources.rule_syntax.nft_translation import translation_of

MOST_ALTERNATIVES = 4096
"""A concatenation or map with more elements is left open instead of becoming so many rules."""

_VERDICTS: dict[str, Action] = {
    "accept": "accept",
    "drop": "drop",
    "reject": "reject",
    "return": "return",
    "continue": "continue",
}
_WITHOUT_EFFECT = frozenset(("counter", "last", "flow", "secmark", "ct timeout", "comment"))
# A packet that cannot be added to a set, since it is full or its own limit is used up, does not
# match the rule.
_MAY_OR_MAY_NOT = frozenset(("limit", "quota", "ct count", "meter", "connlimit", "set", "map"))
_REWRITES = {
    "dnat": "the destination is translated",
    "snat": "the source is translated",
    "masquerade": "the source is translated",
    "redirect": "the destination is translated",
    "tproxy": "packets are handed to a local program",
    "synproxy": "connections are answered in place of their destination",
}
_ASIDE = {
    "dup": "packets are copied to elsewhere",
    "fwd": "packets are forwarded past the routes",
    "notrack": "packets are kept out of connection tracking, so they are not new",
    "ct helper": "a helper may open further ports",
    "ct expectation": "an expectation may open further ports",
}
_HARMLESS_FIELDS = frozenset(("dscp", "ecn", "hoplimit", "ttl", "flowlabel", "length", "checksum"))


@dataclass
class RuleReader:
    """Turns the statements of one rule into one or more rules with the same number and text."""

    chain: str
    number: int
    sets: NamedSets
    targets: dict[str, str]
    family: Literal[0, 4, 6] = 0
    comment: str = ""
    translating: bool = False
    line: int | None = None
    rules: list[Rule] = field(default_factory=list)
    notes: list[NotUnderstood] = field(default_factory=list)
    _alternatives: list[Conditions] = field(default_factory=lambda: [()])
    _logged: bool = False
    _text: str = ""

    def read(self, statements: list[Any]) -> None:
        """Read the statements in order, until one of them decides."""
        self._text = rule_text(statements, self.comment)
        for place, statement in enumerate(statements):
            if not isinstance(statement, dict) or len(statement) != 1:
                self._unmodelled("this form of a statement is not known")
                return
            ((word, value),) = statement.items()
            if word == "vmap":
                self._map(value, last=place == len(statements) - 1)
            elif self._decides(word, value):
                return
        if not self.rules:
            # It only counts, logs or marks.
            self._emit("continue")

    def _decides(self, word: str, value: Any) -> bool:  # noqa: C901 (one branch for each kind)
        """Read one statement; tell whether it ends the rule."""
        if word in _VERDICTS:
            self._verdict(word, value)
            return True
        if word in {"jump", "goto"}:
            self._jump(word, value, ())
            return True
        if word == "match":
            self._match(value)
        elif word == "log":
            self._logged = True
        elif word in _MAY_OR_MAY_NOT:
            self._narrow([(UnmodelledMatch(text=statement_text({word: value})),)])
        elif word == "mangle":
            self._mangle(value)
        elif word == "xt":
            return self._extension(value)
        elif word in _ASIDE:
            self._note(_ASIDE[word])
        elif (translation := self._translation(word, value)) is not None:
            self._emit("translate", translation=translation)
            return True
        elif word in _REWRITES or word == "queue" or word not in _WITHOUT_EFFECT:
            known = "a program decides" if word == "queue" else "this statement is not known"
            self._unmodelled(_REWRITES.get(word, known), note=word != "queue")
            return True
        return False

    def _translation(self, word: str, value: Any) -> Translation | None:
        """Return what a statement translates, in a table that has chains for it."""
        return translation_of(word, value, self.family) if self.translating else None

    def _match(self, value: Any) -> None:
        if not isinstance(value, dict) or not {"op", "left", "right"} <= value.keys():
            self._narrow([(UnmodelledMatch(text=statement_text({"match": value})),)])
            return
        # What every alternative demands of the protocol decides how ports are read.
        before = self._alternatives[0] if len(self._alternatives) == 1 else ()
        comparison = Comparison(value["left"], value["op"], value["right"], self.sets, before)
        groups = [*comparison.alternatives(), *self._other_family(value["left"])]
        self._narrow(groups, statement_text({"match": value}))

    def _other_family(self, left: Any) -> list[Conditions]:
        """Return what ICMP of one family may match in packets of the other.

        A listing leaves out whether the family was checked before (``meta l4proto icmp``).
        """
        match left:
            case {"payload": {"protocol": "icmp"}} if self.family != 4:
                family, protocol = FamilyMatch(family=6), ICMP
            case {"payload": {"protocol": "icmpv6"}} if self.family != 6:
                family, protocol = FamilyMatch(family=4), ICMPV6
            case _:
                return []
        may = UnmodelledMatch(text=expression_text(left))
        return [(family, ProtocolMatch(protocols=(protocol,)), may)]

    def _verdict(self, word: str, value: Any) -> None:
        if word == "reject" and self.family == 0:
            self._reject(value)
        self._emit(_VERDICTS[word])

    def _reject(self, value: Any) -> None:
        """Demand what a listing leaves out before ``reject``: a family, where it shows in the type.

        With a reset, and in older versions by default, the family may have been left out without
        a trace: it stays open unless something else in the rule tells it.
        """
        kind = value.get("type") if isinstance(value, dict) else None
        if kind in {"icmp", "icmpv6"}:
            self._narrow([(FamilyMatch(family=4 if kind == "icmp" else 6),)])
        elif kind != "icmpx" and not all(map(_tells_family, self._alternatives)):
            self._narrow([(UnmodelledMatch(text="meta nfproto"),)])
        if kind == "tcp reset":
            self._narrow([(ProtocolMatch(protocols=(TCP,)),)])

    def _narrow(self, alternatives: list[Conditions], text: str = "") -> None:
        """Demand that one group of conditions holds, besides what was demanded before."""
        if len(self._alternatives) * len(alternatives) > MOST_ALTERNATIVES:
            alternatives = [(UnmodelledMatch(text=text),)]
        both = [
            _merged(first, second) for first, second in product(self._alternatives, alternatives)
        ]
        self._alternatives = [conditions for conditions in both if not _contradicts(conditions)]

    def _map(self, value: Any, *, last: bool) -> None:
        """Read a verdict map: a rule for each element, then what matched none goes on."""
        data = value.get("data") if isinstance(value, dict) else None
        entries = None if data is None else self.sets.of(data)
        pairs = [] if entries is None else [_entry(entry) for entry in entries]
        verdicts = [pair for pair in pairs if pair is not None]
        if entries is None or len(verdicts) < len(pairs) or len(pairs) > MOST_ALTERNATIVES:
            self._unmodelled("the elements of this map are not fixed", note=False)
            return
        if not last and any(word in {"jump", "goto", "continue"} for _, word, _ in verdicts):
            # After such a verdict, the rule's further statements are not met.
            self._unmodelled("statements follow a map of jumps", note=False)
            return
        # "*" stands for what no other element matches.
        for element, word, target in sorted(verdicts, key=lambda verdict: verdict[0] == "*"):
            alternatives = [()] if element == "*" else self._compared(value.get("key"), element)
            for conditions in alternatives:
                if word in _VERDICTS:
                    self._emit(_VERDICTS[word], conditions)
                else:
                    self._jump(word, target, conditions)

    def _compared(self, key: Any, element: Any) -> list[Conditions]:
        before = self._alternatives[0] if len(self._alternatives) == 1 else ()
        right = {"set": [element]}
        groups = Comparison(key, "==", right, self.sets, before).alternatives()
        return [*groups, *self._other_family(key)]

    def _mangle(self, value: Any) -> None:
        key = value.get("key") if isinstance(value, dict) else None
        match key:
            case {"meta": _} | {"ct": _} | {"tcp option": _} | {"exthdr": _}:
                return
            case {"payload": {"field": str() as name}} if name in _HARMLESS_FIELDS:
                return
        self._note("packets are rewritten")

    def _extension(self, value: Any) -> bool:
        """Read an extension of iptables, of which only kind and name are given."""
        kind = value.get("type") if isinstance(value, dict) else None
        text = statement_text({"xt": value})
        if kind == "match":
            if value.get("name") != "comment":
                self._narrow([(UnmodelledMatch(text=text),)])
            return False
        if kind == "target" and value.get("name") in {"LOG", "NFLOG"}:
            self._logged = True
            return False
        if kind == "target" and value.get("name") in {"REJECT", "DROP"}:
            self._emit("reject")
            return True
        self._unmodelled("iptables-save tells what it does, nft does not")
        return True

    def _jump(self, word: str, value: Any, conditions: Conditions) -> None:
        name = value.get("target") if isinstance(value, dict) else None
        target = self.targets.get(str(name))
        if target is None:
            self._unmodelled(f"it goes to the chain {name}, which is not there")
            return
        self._emit("jump" if word == "jump" else "goto", conditions, target)

    def _unmodelled(self, why: str, *, note: bool = True) -> None:
        if note:
            self._note(why)
        self._emit("unmodelled")

    def _note(self, why: str) -> None:
        self.notes.append(
            NotUnderstood(line=self.line, text=f"{self.chain}: {self._text}", why=why)
        )

    def _emit(
        self,
        action: Action,
        conditions: Conditions = (),
        target: str | None = None,
        translation: Translation | None = None,
    ) -> None:
        for before in self._alternatives:
            self.rules.append(
                Rule(
                    number=self.number,
                    text=self._text,
                    conditions=_merged(before, conditions),
                    action=action,
                    target=target,
                    logged=self._logged,
                    comment=self.comment,
                    line=self.line,
                    translation=translation,
                )
            )


def _merged(first: Conditions, second: Conditions) -> Conditions:
    """Return all conditions, each once."""
    merged: dict[Condition, None] = dict.fromkeys(first)
    merged.update(dict.fromkeys(second))
    return tuple(merged)


def _contradicts(conditions: Conditions) -> bool:
    """Tell whether conditions demand both families, which no packet has."""
    families = {one.family for one in conditions if isinstance(one, FamilyMatch)}
    return len(families) > 1


def _tells_family(conditions: Conditions) -> bool:
    return any(isinstance(one, FamilyMatch | AddressMatch) for one in conditions)


def _entry(entry: Any) -> tuple[Any, str, Any] | None:
    """Return element, verdict and its argument of an entry of a verdict map."""
    if not isinstance(entry, list) or len(entry) != 2:
        return None
    element, verdict = plain_element(entry[0]), entry[1]
    if element is None or not isinstance(verdict, dict) or len(verdict) != 1:
        return None
    ((word, argument),) = verdict.items()
    return (element, word, argument) if word in {*_VERDICTS, "jump", "goto"} else None
