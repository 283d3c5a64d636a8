"""The members of groups: machines and addresses, and what about them is not known."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Final

from ringfence.foundation.text import listed
from ringfence.sources.nsx.values import Answer, is_address, name_of, objects, text, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ringfence.sources.nsx.answers import Answers

_EVERYTHING: Final = "ANY"


@dataclass(frozen=True, slots=True)
class Members:
    """``machines`` by their ids and ``addresses`` (networks, ranges), and who else may be one.

    Where ``unknown`` says anything, there may be more of both, or fewer.
    """

    machines: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()

    def joined(self, other: Members) -> Members:
        """Return the members of either."""
        return Members(
            self.machines | other.machines,
            self.addresses | other.addresses,
            self.unknown | other.unknown,
        )

    def common(self, other: Members) -> Members:
        """Return the members of both, of which only machines can be told."""
        unknown = self.unknown | other.unknown
        if self.addresses or other.addresses:
            unknown |= {"addresses that are joined to other conditions by AND"}
        return Members(self.machines & other.machines, frozenset(), unknown)


@dataclass
class Groups:
    """Finds the members of groups, each once."""

    answers: Answers
    _known: dict[str, Members] = field(default_factory=dict)

    def of(self, paths: Iterable[str]) -> Members | None:
        """Return the members of some groups together, ``None`` for anything at all.

        A path may also be an address or a network itself.
        """
        found = Members()
        for path in paths:
            if path == _EVERYTHING:
                return None
            found = found.joined(self._member(path, ()))
        return found

    def _member(self, path: str, within: tuple[str, ...]) -> Members:
        if path in self._known:
            return self._known[path]
        group = self.answers.groups.get(path)
        if group is None:
            if is_address(path):
                return Members(addresses=frozenset({path}))
            return Members(unknown=frozenset({f"what {path} holds was not read"}))
        if path in within:
            names = listed(name_of(self.answers.groups[one]) for one in within)
            return Members(unknown=frozenset({f"the groups {names} hold each other"}))
        found = self._of_group(group, (*within, path))
        if not within:
            self._known[path] = found
        return found

    def _of_group(self, group: Answer, within: tuple[str, ...]) -> Members:
        realised = group.get("vm_members")
        if isinstance(realised, list):
            machines = frozenset(text(one, "id") for one in objects(group, "vm_members"))
            return Members(machines)
        found = self._expressions(objects(group, "expression"), name_of(group), within)
        if objects(group, "extended_expression"):
            return Members(unknown=frozenset({f"who is logged in decides on {name_of(group)}"}))
        return found

    def _expressions(
        self, expressions: Sequence[Answer], name: str, within: tuple[str, ...]
    ) -> Members:
        """Return the members by conditions that are joined by one kind of conjunction."""
        parts: list[Members] = []
        words: set[str] = set()
        for one in expressions:
            if text(one, "resource_type") == "ConjunctionOperator":
                words.add(text(one, "conjunction_operator"))
            else:
                parts.append(self._expression(one, name, within))
        if len(words) > 1 or not words <= {"AND", "OR"}:
            return Members(unknown=frozenset({f"{name} joins conditions by {listed(words)}"}))
        if not parts:
            return Members()
        return reduce(Members.common if words == {"AND"} else Members.joined, parts)

    def _expression(self, one: Answer, name: str, within: tuple[str, ...]) -> Members:
        match text(one, "resource_type"):
            case "Condition":
                return self._condition(one, name)
            case "NestedExpression":
                return self._expressions(objects(one, "expressions"), name, within)
            case "IPAddressExpression":
                return Members(addresses=frozenset(texts(one, "ip_addresses")))
            case "PathExpression":
                parts = [self._member(path, within) for path in texts(one, "paths")]
                return reduce(Members.joined, parts, Members())
            case "ExternalIDExpression" if text(one, "member_type") == "VirtualMachine":
                return Members(frozenset(texts(one, "external_ids")))
            case kind:
                return Members(unknown=frozenset({f"{name} holds a {kind or 'nameless kind'}"}))

    def _condition(self, one: Answer, name: str) -> Members:
        told = _condition_text(one)
        machines = self.answers.machines
        if text(one, "member_type") != "VirtualMachine" or not isinstance(machines, tuple):
            return Members(unknown=frozenset({f"{name} asks for {told}"}))
        key, operator, value = text(one, "key"), text(one, "operator"), text(one, "value")
        if key == "Tag" and operator == "EQUALS":
            return Members(self._tagged.get(value, frozenset()))
        test = _TESTS.get(operator)
        if key != "Name" or test is None:
            # What its system is called, and what that calls the machine, is said by the guest.
            return Members(unknown=frozenset({f"{name} asks for {told}"}))
        return Members(
            frozenset(
                text(each, "external_id")
                for each in machines
                if test(text(each, "display_name").lower(), value.lower())
            )
        )

    @cached_property
    def _tagged(self) -> Mapping[str, frozenset[str]]:
        """The machines by their tags, as a condition names these: with their scope, or without."""
        found: dict[str, set[str]] = {}
        for one in self.answers.machines if isinstance(self.answers.machines, tuple) else ():
            for tag in objects(one, "tags"):
                scope, name = text(tag, "scope"), text(tag, "tag")
                for word in (f"{scope}|{name}", f"|{name}", name):
                    found.setdefault(word, set()).add(text(one, "external_id"))
        return {word: frozenset(machines) for word, machines in found.items()}


def _condition_text(one: Answer) -> str:
    words = ("member_type", "key", "operator", "value")
    return " ".join(text(one, word) for word in words if text(one, word))


_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "EQUALS": lambda name, value: name == value,
    "NOTEQUALS": lambda name, value: name != value,
    "CONTAINS": lambda name, value: value in name,
    "STARTSWITH": lambda name, value: name.startswith(value),
    "ENDSWITH": lambda name, value: name.endswith(value),
}
