"""The reference of `reach-rules`: CUDD over the raw bits of every field, as others encode rules."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from ringfence.model.rules import AddressMatch, Chain, Condition, PortMatch, ProtocolMatch, Rule
from ringfence.reach.fields import address_interval

WIDTHS: Final = {
    "destination": 32,
    "source": 32,
    "destination-port": 16,
    "source-port": 16,
    "protocol": 8,
}
ADDRESSES_FIRST: Final = ("destination", "source", "destination-port", "source-port", "protocol")
PORTS_FIRST: Final = ("destination-port", "source-port", "protocol", "destination", "source")


class RawBits:
    """Compiles chains of accepting and dropping rules by CUDD, the fields' bits as they are."""

    def __init__(self, order: tuple[str, ...]) -> None:
        from dd.cudd import BDD  # noqa: PLC0415 (an extra: only this benchmark asks for it)

        self._manager: Any = BDD()
        self._manager.configure(reordering=False)
        self._bits: dict[str, list[Any]] = {}
        for name in order:
            names = [f"{name}-{bit}" for bit in range(WIDTHS[name])]
            self._manager.declare(*names)
            self._bits[name] = [self._manager.var(one) for one in names]
        self._conditions: dict[Condition, Any] = {}
        self._ranges: dict[tuple[str, int, int], Any] = {}

    def accepted(self, chain: Chain) -> Any:
        """Return the set of accepted headers, by runs of one action from the last to the first."""
        accepted = self._manager.false
        for action, run in groupby(reversed(chain.rules), key=lambda one: one.action):
            headers = self._union([self._matched(rule) for rule in run])
            if action == "accept":
                accepted |= headers
            else:
                accepted &= ~headers
        return accepted

    def _matched(self, rule: Rule) -> Any:
        found = self._manager.true
        for condition in rule.conditions:
            known = self._conditions.get(condition)
            if known is None:
                known = self._conditions[condition] = self._condition(condition)
            found &= known
        return found

    def _condition(self, condition: Condition) -> Any:
        match condition:
            case AddressMatch(side=side, ranges=texts):
                return self._union([self._between(side, *address_interval(one)) for one in texts])
            case PortMatch(side=side, ranges=ranges):
                name = f"{side}-port"
                return self._union([self._between(name, one.first, one.last) for one in ranges])
            case ProtocolMatch(protocols=numbers):
                return self._union([self._between("protocol", one, one) for one in numbers])
            case _:
                message = f"The reference knows no condition such as {condition}."
                raise NotImplementedError(message)

    def _union(self, sets: list[Any]) -> Any:
        while len(sets) > 1:
            pairs = zip(sets[::2], sets[1::2], strict=False)
            sets = [*(one | two for one, two in pairs), *(sets[-1:] if len(sets) % 2 else [])]
        return sets[0]

    def _between(self, name: str, first: int, last: int) -> Any:
        known = self._ranges.get((name, first, last))
        if known is None:
            known = self._at_most(name, last)
            if first:
                known &= ~self._at_most(name, first - 1)
            self._ranges[name, first, last] = known
        return known

    def _at_most(self, name: str, value: int) -> Any:
        result = self._manager.true
        for position, variable in enumerate(reversed(self._bits[name])):
            if value >> position & 1:
                result = self._manager.ite(variable, result, self._manager.true)
            else:
                result = self._manager.ite(variable, self._manager.false, result)
        return result
