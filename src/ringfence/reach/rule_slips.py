"""Slips of what devices and filters at ports let by: their rules, defaults and switches."""

from __future__ import annotations

from functools import partial
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ringfence.model.facts import NotRead
from ringfence.model.rules import AddressMatch, NumberRange, PortMatch
from ringfence.reach.slips import Slip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ringfence.model.inventory import Inventory
    from ringfence.model.rules import Chain, Condition, Device, Rule, SwitchFilterRule
    from ringfence.reach.slips import SlipKind

    AnyRule = Rule | SwitchFilterRule
    Rules = Callable[[], tuple[Any, ...]]

_MOST_OBJECTS: Final = 8
_EVERY_PORT: Final = NumberRange(0, 65535)


def device_slips(device: Device) -> Iterator[Slip]:
    """Yield the slips of one device: its rules, its chains' policies, its reverse-path filters."""
    chains = () if isinstance(device.chains, NotRead) else device.chains
    objects = _Objects([rule for chain in chains for rule in chain.rules])
    for chain in chains:
        if chain.hook is not None and chain.policy == "drop":
            says = f"{_named(device, chain)} accepts what no rule matches"
            yield Slip("flag", says, "devices", device.id, partial(_opened, device, chain))
        for kind, says, rules in _of_rules(chain.rules, objects):
            says_so = says.format(_named(device, chain))
            make = partial(_with_rules, device, chain, rules)
            yield Slip(kind, says_so, "devices", device.id, make)
    strict = () if isinstance(device.reverse_path, NotRead) else device.reverse_path
    for name in strict:
        left = tuple(one for one in strict if one != name)
        says = f"{device.name} does not filter sources by route on {name} any more"
        make = partial(msgspec.structs.replace, device, reverse_path=left)
        yield Slip("flag", says, "devices", device.id, make)


def filter_slips(inventory: Inventory) -> Iterator[Slip]:
    """Yield the slips of filters at virtual NICs and distributed port groups."""
    for one in inventory.snapshot.port_filters:
        for way, said in (("sending", "out"), ("receiving", "in")):
            if getattr(one, way) == "drop":
                says = f"the filter {one.name} lets {said} what no rule matches"
                make = partial(msgspec.structs.replace, one, **{way: "accept"})
                yield Slip("flag", says, "port_filters", one.id, make)
    for table, field, records in (
        ("port_filters", "rules", inventory.snapshot.port_filters),
        ("port_groups", "filters", inventory.snapshot.port_groups),
    ):
        for record in records:
            given = getattr(record, field)
            if isinstance(given, NotRead):
                continue
            for kind, says, rules in _of_rules(given, _Objects(given)):
                says_so = says.format(f"the filter {record.name}")
                make = partial(_with_field, record, field, rules)
                yield Slip(kind, says_so, table, record.id, make)


class _Objects:
    """The addresses and ranges of ports that rules name: what a slip may put into another rule."""

    def __init__(self, rules: Iterable[AnyRule]) -> None:
        texts: dict[str, None] = {}
        ports: dict[tuple[NumberRange, ...], None] = {}
        for rule in rules:
            for condition in rule.conditions:
                if isinstance(condition, AddressMatch):
                    texts.update(dict.fromkeys(condition.ranges))
                elif isinstance(condition, PortMatch):
                    ports[condition.ranges] = None
        self._of_family = {
            six: [text for text in sorted(texts) if (":" in text) is six] for six in (False, True)
        }
        self._ports = sorted(ports, key=lambda ranges: sum(_width(one) for one in ranges))
        self._networks = {ip_network(text, strict=False) for text in texts if "-" not in text}
        self._larger: dict[AddressMatch, str] = {}

    def larger(self, condition: AddressMatch) -> str:
        """Return the next larger address that rules name, or any of its family."""
        known = self._larger.get(condition)
        if known is None:
            known = self._larger[condition] = self._find_larger(condition)
        return known

    def _find_larger(self, condition: AddressMatch) -> str:
        whole = "::/0" if any(":" in text for text in condition.ranges) else "0.0.0.0/0"
        if len(condition.ranges) != 1 or "-" in condition.ranges[0]:
            return whole
        network = ip_network(condition.ranges[0], strict=False)
        for length in reversed(range(network.prefixlen)):
            wider = network.supernet(new_prefix=length)
            if wider in self._networks:
                return str(wider)
        return whole

    def larger_ports(self, condition: PortMatch) -> tuple[NumberRange, ...]:
        """Return the next larger ports that rules name, or every port."""
        return next(
            (
                ranges
                for ranges in self._ports
                if ranges != condition.ranges and _holds(ranges, condition.ranges)
            ),
            (_EVERY_PORT,),
        )

    def others(self, condition: AddressMatch) -> list[str]:
        """Return addresses of the same family that could stand in its place, a handful evenly."""
        texts = self._of_family[any(":" in text for text in condition.ranges)]
        evenly = texts[:: max(1, -(-len(texts) // _MOST_OBJECTS))]
        return [text for text in evenly if text not in condition.ranges]


def _width(one: NumberRange) -> int:
    return one.last - one.first + 1


def _holds(larger: Iterable[NumberRange], smaller: Iterable[NumberRange]) -> bool:
    ranges = tuple(larger)
    return all(
        any(one.first <= inner.first and inner.last <= one.last for one in ranges)
        for inner in smaller
    )


def _of_rules(rules: Sequence[AnyRule], objects: _Objects) -> Iterator[tuple[SlipKind, str, Rules]]:
    """Yield kind, words with room for whose rules they are, and the rules as they then are."""
    for index, rule in enumerate(rules):
        name = f"rule {rule.number} of {{}}"
        yield "rule-deleted", f"{name} is deleted", partial(_spliced, rules, index, 1)
        if index + 1 < len(rules):
            make = partial(_spliced, rules, index, 2, rules[index + 1], rule)
            yield "rule-moved", f"{name} changes places with the next", make
        for kind, says, conditions in _changed(rule.conditions, objects):
            changed = msgspec.structs.replace(rule, conditions=conditions)
            yield kind, f"{name} holds for {says}", partial(_spliced, rules, index, 1, changed)


def _changed(
    given: tuple[Condition, ...], objects: _Objects
) -> Iterator[tuple[SlipKind, str, tuple[Condition, ...]]]:
    """Yield conditions with one object made wider, or another in its place."""
    for number, condition in enumerate(given):
        before, after = given[:number], given[number + 1 :]
        if isinstance(condition, PortMatch) and not condition.negated:
            ports = objects.larger_ports(condition)
            changed: Condition = msgspec.structs.replace(condition, ranges=ports)
            said = ", ".join(f"{one.first}-{one.last}" for one in ports)
            yield "rule-widened", f"{condition.side} ports {said}", (*before, changed, *after)
        elif isinstance(condition, AddressMatch) and not condition.negated:
            wider = objects.larger(condition)
            kinds: list[tuple[SlipKind, str]] = [("rule-widened", wider)]
            kinds += [("object", text) for text in objects.others(condition) if text != wider]
            for kind, text in kinds:
                changed = msgspec.structs.replace(condition, ranges=(text,))
                yield kind, f"{condition.side} {text}", (*before, changed, *after)


def _spliced(
    rules: Sequence[AnyRule], index: int, gone: int, *instead: AnyRule
) -> tuple[AnyRule, ...]:
    return (*rules[:index], *instead, *rules[index + gone :])


def _named(device: Device, chain: Chain) -> str:
    return f"{device.name} {chain.name}{' for IPv6' if chain.family == 6 else ''}"


def _with_rules(device: Device, chain: Chain, rules: Rules) -> Device:
    return _with_chain(device, chain, msgspec.structs.replace(chain, rules=rules()))


def _opened(device: Device, chain: Chain) -> Device:
    return _with_chain(device, chain, msgspec.structs.replace(chain, policy="accept"))


def _with_chain(device: Device, chain: Chain, changed: Chain) -> Device:
    chains = () if isinstance(device.chains, NotRead) else device.chains
    together = tuple(changed if one is chain else one for one in chains)
    return msgspec.structs.replace(device, chains=together)


def _with_field(record: Any, field: str, rules: Rules) -> Any:
    return msgspec.structs.replace(record, **{field: rules()})
