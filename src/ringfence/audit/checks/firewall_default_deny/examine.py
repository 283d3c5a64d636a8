"""Follows each forwarding chain with a packet that only rules for everything match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_interface
from typing import Final, Literal

from ringfence.audit.check import Failed, Outcome, Outcomes, Passed, Unread
from ringfence.audit.conditions import takes_all
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead, known
from ringfence.model.rules import Chain, Device, Rule

UNMODELLED = NotRead(
    reason="not-understood", detail="a rule for every packet does something that is not modelled"
)
FAMILIES: Final[tuple[Literal[4, 6], ...]] = (4, 6)
MISSING = NotRead(reason="not-collected", detail="the device has no forwarding chain")


@dataclass(frozen=True, slots=True)
class _End:
    """How a chain ends for a packet that no narrower rule matches, and by which rule."""

    how: Literal["accept", "deny", "unmodelled", "return"]
    rule: Rule | None = None


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each declared firewall."""
    for device in context.inventory.devices.values():
        if device.kind == "firewall":
            yield _judged(context, device)


def _judged(context: AuditContext, device: Device) -> Outcome:
    target = context.targets.device(device)
    if isinstance(device.chains, NotRead):
        return Unread(target, "chains", device.chains)
    chains = {chain.id: chain for chain in device.chains}
    forwarding = [chain for chain in device.chains if chain.hook == "forward"]
    if not forwarding:
        return Unread(target, "chains", MISSING)
    for family in FAMILIES:
        ends = {
            chain.id: _end_of_base(chain, chains, family)
            for chain in forwarding
            if chain.family in {0, family}
        }
        if not ends and _has_addresses(device, family):
            return _unfiltered(context, device, family)
        if not ends or any(end.how == "deny" for end in ends.values()):
            continue
        if any(end.how == "unmodelled" for end in ends.values()):
            return Unread(target, "chains", UNMODELLED)
        chain = next((each for each in ends if ends[each].rule is not None), next(iter(ends)))
        return _open(context, device, chains[chain], ends[chain].rule)
    return Passed(target)


def _has_addresses(device: Device, family: Literal[4, 6]) -> bool:
    """Tell whether a device surely has addresses of a family by which others may send to it."""
    interfaces = () if isinstance(device.interfaces, NotRead) else device.interfaces
    texts = (text for each in interfaces for text in known(each.addresses, ()))
    found = (ip_interface(text) for text in texts)
    return any(
        one.version == family and not (one.is_loopback or one.is_link_local) for one in found
    )


def _unfiltered(context: AuditContext, device: Device, family: Literal[4, 6]) -> Failed:
    target = context.targets.device(device)
    return Failed(
        target=target,
        property=f"chains[IPv{family}]",
        found=[],
        expected=f"a forwarding chain for IPv{family}",
        sentence=f"{target.opening} has no rule for IPv{family}, and passes whatever of it comes.",
    )


def _open(context: AuditContext, device: Device, chain: Chain, rule: Rule | None) -> Failed:
    target = context.targets.device(device)
    if rule is None:
        path = f"chains[{chain.id}].policy"
        return Failed(
            target=target,
            property=path,
            found="accept",
            expected="drop",
            sentence=f"{target.opening} passes whatever no rule of chain {chain.name} denies.",
            fix=(target.change(path, before="accept", after="drop"),),
            fix_risk="Permit what is declared first.",
        )
    return Failed(
        target=target,
        property=f"chains[{chain.id}].rules[{rule.number}]",
        found=rule.text,
        expected="no rule that permits everything",
        sentence=f"Rule {rule.number} of chain {chain.name} on {target.label} permits everything: "
        "no deny after it has any effect.",
        evidence=(rule.text,),
        fix_risk="Whatever relied on it needs a rule of its own.",
    )


def _end_of_base(chain: Chain, chains: Mapping[str, Chain], family: Literal[4, 6]) -> _End:
    end = _end(chain, chains, family, frozenset())
    if end.how == "return":
        return _End("accept" if chain.policy == "accept" else "deny")
    return end


def _end(
    chain: Chain, chains: Mapping[str, Chain], family: Literal[4, 6], above: frozenset[str]
) -> _End:
    for rule in chain.rules:
        if not takes_all(rule, family):
            continue
        end = _end_of_rule(rule, chains, family, above | {chain.id})
        if end is not None:
            return end
    return _End("return")


def _end_of_rule(
    rule: Rule, chains: Mapping[str, Chain], family: Literal[4, 6], above: frozenset[str]
) -> _End | None:
    """Return how a rule ends the chain it stands in, ``None`` where the next rule goes on."""
    if rule.action in {"jump", "goto"}:
        target = chains.get(rule.target or "")
        if target is None or target.id in above:
            return _End("unmodelled", rule)
        end = _end(target, chains, family, above)
        return None if end.how == "return" and rule.action == "jump" else end
    ends: dict[str, _End | None] = {
        "accept": _End("accept", rule),
        "drop": _End("deny", rule),
        "reject": _End("deny", rule),
        "return": _End("return"),
        "continue": None,
    }
    return ends.get(rule.action, _End("unmodelled", rule))
