"""Duties: what the policy lets a principal do, and which rights must never meet in one."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.model.rights import Capability
from ringfence.policy.document import Policy
from ringfence.rights.principals import is_listed

# Whoever may place machines in a zone has to attach them to its networks.
_IMPLIED: dict[Capability, frozenset[Capability]] = {
    "assign-networks": frozenset({"assign-networks", "place-machines", "administer"}),
}


def is_administrator(policy: Policy, name: str) -> bool:
    """Tell whether the policy lets ``name`` do everything, always or in an emergency."""
    duties = policy.duties
    return is_listed(name, (*duties.administrators, *duties.break_glass.accounts))


def is_declared(
    policy: Policy, name: str, capability: Capability, zones: Iterable[str] = ()
) -> bool:
    """Tell whether a duty of ``name`` includes ``capability`` in every one of ``zones``.

    Without ``zones`` a duty in any zone is enough.
    """
    if is_administrator(policy, name):
        return True
    enough = _IMPLIED.get(capability, frozenset({capability, "administer"}))
    duties = policy.duties
    mine = [
        role
        for title, role in duties.roles.items()
        if enough & frozenset(role.may) and is_listed(name, duties.members.get(title, ()))
    ]
    if not mine:
        return False
    covered = frozenset(zone for role in mine for zone in role.zones)
    return any(not role.zones for role in mine) or covered >= frozenset(zones)


def forbidden_pairs(
    policy: Policy, capabilities: Iterable[Capability]
) -> tuple[tuple[Capability, Capability], ...]:
    """Return the pairs of ``capabilities`` that must never meet in one principal."""
    held = frozenset(capabilities)
    return tuple(pair for pair in policy.duties.never_together if held >= frozenset(pair))
