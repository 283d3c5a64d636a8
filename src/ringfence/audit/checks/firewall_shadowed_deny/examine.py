"""Compares each rule that denies with the permits above it in its chain."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.conditions import takes_all, takes_in
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead
from ringfence.model.rules import Chain, Device, Rule


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each declared firewall, or for each of its shadowed rules."""
    for device in context.inventory.devices.values():
        target = context.targets.device(device)
        if isinstance(device.chains, NotRead):
            yield Unread(target, "chains", device.chains)
            continue
        failed = [
            _failed(context, device, chain, permit, deny)
            for chain in device.chains
            for permit, deny in _shadowed(chain)
        ]
        yield from failed
        if not failed and any(_denies(rule) for chain in device.chains for rule in chain.rules):
            yield Passed(target)


def _shadowed(chain: Chain) -> Iterator[tuple[Rule, Rule]]:
    """Yield each shadowed deny with the first permit above it that takes all of it."""
    permits: list[Rule] = []
    for rule in chain.rules:
        if rule.action == "accept" and not (takes_all(rule, 4) or takes_all(rule, 6)):
            permits.append(rule)
        elif _denies(rule):
            for permit in permits:
                if takes_in(permit, rule):
                    yield permit, rule
                    break


def _denies(rule: Rule) -> bool:
    return rule.action in {"drop", "reject"}


def _failed(
    context: AuditContext, device: Device, chain: Chain, permit: Rule, deny: Rule
) -> Failed:
    target = context.targets.device(device)
    return Failed(
        target=target,
        property=f"chains[{chain.id}].rules[{deny.number}]",
        found=permit.text,
        expected=deny.text,
        sentence=f"Rule {deny.number} of chain {chain.name} on {target.label} denies nothing: rule "
        f"{permit.number} above it permits all that it would deny.",
        evidence=(f"rule {permit.number}: {permit.text}", f"rule {deny.number}: {deny.text}"),
    )
