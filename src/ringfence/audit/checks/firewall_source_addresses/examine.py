"""Looks for rules that permit by source address alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ringfence.audit.check import Failed, Outcome, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.rules import AddressMatch, Chain, Device, InterfaceMatch, Rule, StateMatch

Found = tuple[Chain, Rule]
UNMODELLED: Final = NotRead(
    reason="not-understood", detail="a line of its configuration is not modelled"
)


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each declared firewall."""
    for device in context.inventory.devices.values():
        if device.kind == "firewall":
            yield _judged(context, device)


def _judged(context: AuditContext, device: Device) -> Outcome:
    target = context.targets.device(device)
    if isinstance(device.chains, NotRead):
        return Unread(target, "chains", device.chains)
    hidden = device.not_understood or any(
        rule.action == "unmodelled" for chain in device.chains for rule in chain.rules
    )
    none = Unread(target, "chains", UNMODELLED) if hidden else Passed(target)
    believing = tuple(_believing(device))
    if not believing:
        return none
    for name in ("interfaces", "reverse_path"):
        fact = getattr(device, name)
        if isinstance(fact, NotRead):
            return Unread(target, name, fact)
    open_interfaces = _unfiltered(device)
    rules = [found for found in believing if open_interfaces or _has_six(found[1])]
    if not rules:
        return none
    names = [f"rule {rule.number} of chain {chain.name}" for chain, rule in rules]
    where = f" (no reverse-path filter on {listed(open_interfaces)})" if open_interfaces else ""
    verb = "permits" if len(names) == 1 else "permit"
    return Failed(
        target=target,
        property="reverse_path",
        found=names,
        expected="rules that name the interface, or a strict reverse-path filter",
        sentence=f"{target.opening} believes every source address{where}: {listed(names, most=3)} "
        f"{verb} by it, whatever interface a packet comes in by.",
        evidence=tuple(rule.text for _, rule in rules),
        fix_risk="What comes in by another interface than its route back leaves by is dropped.",
    )


def _unfiltered(device: Device) -> tuple[str, ...]:
    """Return the interfaces that take IPv4 packets from any source."""
    strict = () if isinstance(device.reverse_path, NotRead) else device.reverse_path
    interfaces = () if isinstance(device.interfaces, NotRead) else device.interfaces
    return tuple(each.name for each in interfaces if each.name not in {*strict, "lo"})


def _believing(device: Device) -> Iterator[Found]:
    """Yield the rules that permit by source address, from whatever interface."""
    chains = () if isinstance(device.chains, NotRead) else device.chains
    by_id = {chain.id: chain for chain in chains}
    seen: set[str] = set()
    for chain in chains:
        if chain.hook == "forward":
            yield from _within(chain, by_id, seen)


def _within(chain: Chain, chains: Mapping[str, Chain], seen: set[str]) -> Iterator[Found]:
    if chain.id in seen:
        return
    seen.add(chain.id)
    for rule in chain.rules:
        if any(isinstance(each, InterfaceMatch) and _says_where(each) for each in rule.conditions):
            continue
        target = chains.get(rule.target or "")
        if rule.action in {"jump", "goto"} and target is not None:
            yield from _within(target, chains, seen)
        elif rule.action == "accept" and _starts(rule) and tuple(_sources(rule)):
            yield chain, rule


def _says_where(condition: InterfaceMatch) -> bool:
    return condition.direction == "in" and not condition.negated and "*" not in condition.names


def _starts(rule: Rule) -> bool:
    """Tell whether a rule matches packets that start a conversation."""
    states = (each for each in rule.conditions if isinstance(each, StateMatch))
    return all(("new" in each.states) != each.negated for each in states)


def _sources(rule: Rule) -> Iterator[str]:
    for each in rule.conditions:
        if isinstance(each, AddressMatch) and each.side == "source" and not each.negated:
            yield from (text for text in each.ranges if not text.endswith("/0"))


def _has_six(rule: Rule) -> bool:
    return any(":" in text for text in _sources(rule))
