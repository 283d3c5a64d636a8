"""Settings of distributed ports and port groups: VLAN, layer-2 security, teaming.

Where a setting is inherited, the server repeats the inherited value and marks it; where it does
not, the value of what it is inherited from (``base``) stands in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    PrivateVlan,
    PrivateVlanPair,
    SecurityPolicy,
    SecuritySetting,
    Teaming,
    TrunkVlan,
    Vlan,
    VlanRange,
)
from ringfence.sources.vsphere.values import at, items, kind, number, text, texts, truth

UNSET: Final = NotRead(reason="not-collected", detail="the server does not give it for this object")
_NOTHING: Final = SecurityPolicy(
    promiscuous=UNSET, mac_changes=UNSET, forged_transmits=UNSET, mac_learning=UNSET
)
_PRIVATE: Final[Mapping[str, Literal["promiscuous", "community", "isolated"]]] = {
    "promiscuous": "promiscuous",
    "community": "community",
    "isolated": "isolated",
}


@dataclass(frozen=True)
class Base:
    """What a setting may be inherited from: the settings of a switch or port group."""

    vlan: Fact[Vlan] = UNSET
    security: Fact[SecurityPolicy] = UNSET
    deprecated: Fact[SecurityPolicy | None] = UNSET
    teaming: Fact[Teaming | None] = UNSET
    private_vlans: Fact[tuple[PrivateVlanPair, ...]] = ()


def private_vlan_table(entries: Any) -> tuple[PrivateVlanPair, ...]:
    """Return the private VLAN table of a switch (``pvlanConfig``); raises ``ValueError``."""
    return tuple(
        PrivateVlanPair(
            primary=_needed(entry, "primaryVlanId"),
            secondary=_needed(entry, "secondaryVlanId"),
            kind=_PRIVATE[text(entry, "pvlanType")],
        )
        for entry in items(entries)
    )


def vlan(setting: Any, base: Base) -> Fact[Vlan]:
    """Return the VLAN that a port setting carries; raises ``ValueError`` for what is no number."""
    spec = at(setting, "vlan")
    match kind(spec):
        case "VmwareDistributedVirtualSwitchVlanIdSpec":
            return access(_needed(spec, "vlanId"))
        case "VmwareDistributedVirtualSwitchTrunkVlanSpec":
            return TrunkVlan(ranges=ranges(items(spec, "vlanId")))
        case "VmwareDistributedVirtualSwitchPvlanSpec":
            return _private(_needed(spec, "pvlanId"), base.private_vlans)
        case "":
            return base.vlan
        case other:
            return NotRead(reason="not-understood", detail=f"VLAN setting of the kind {other}")


def access(number_: int) -> NoVlan | AccessVlan:
    """Return an access VLAN by its number, where 0 is none."""
    return AccessVlan(vlan=number_) if number_ else NoVlan()


def ranges(entries: list[Any]) -> tuple[VlanRange, ...]:
    """Return VLAN ranges in order; raises ``ValueError``."""
    found = (
        VlanRange(first=_needed(entry, "start"), last=_needed(entry, "end")) for entry in entries
    )
    return tuple(sorted(found, key=lambda entry: (entry.first, entry.last)))


def security(setting: Any, own: str, base: Base) -> Fact[SecurityPolicy]:
    """Return the security in force: ``macManagementPolicy``, before the deprecated place.

    ``own`` is the id of the object that the setting stands at.
    """
    new, old = at(setting, "macManagementPolicy"), at(setting, "securityPolicy")
    if new is None and old is None:
        return base.security
    above = base.security if isinstance(base.security, SecurityPolicy) else _NOTHING
    inherited = truth(new, "inherited") is True
    learning = at(new, "macLearningPolicy")

    def one(field: str, over: Fact[SecuritySetting]) -> Fact[SecuritySetting]:
        value, is_inherited = truth(new, field), inherited
        if value is None:
            value = truth(old, f"{field}.value")
            is_inherited = truth(old, f"{field}.inherited") is True
        return _setting(value, over, own, inherited=is_inherited)

    return SecurityPolicy(
        promiscuous=one("allowPromiscuous", above.promiscuous),
        mac_changes=one("macChanges", above.mac_changes),
        forged_transmits=one("forgedTransmits", above.forged_transmits),
        mac_learning=truth(learning, "enabled") or False,
        unknown_unicast_flooding=_flooding(learning),
    )


def deprecated_security(setting: Any, own: str, base: Base) -> Fact[SecurityPolicy | None]:
    """Return what the deprecated ``securityPolicy`` says; ``None`` where it says nothing."""
    old = at(setting, "securityPolicy")
    if old is None:
        return base.deprecated if isinstance(base.deprecated, SecurityPolicy) else None
    above = base.deprecated if isinstance(base.deprecated, SecurityPolicy) else _NOTHING

    def one(field: str, over: Fact[SecuritySetting]) -> Fact[SecuritySetting]:
        inherited = truth(old, f"{field}.inherited") is True
        return _setting(truth(old, f"{field}.value"), over, own, inherited=inherited)

    return SecurityPolicy(
        promiscuous=one("allowPromiscuous", above.promiscuous),
        mac_changes=one("macChanges", above.mac_changes),
        forged_transmits=one("forgedTransmits", above.forged_transmits),
    )


def teaming(setting: Any, own: str, base: Base) -> Fact[Teaming | None]:
    """Return which uplinks carry frames (``uplinkTeamingPolicy``)."""
    policy = at(setting, "uplinkTeamingPolicy")
    order = at(policy, "uplinkPortOrder")
    if policy is None or order is None:
        return base.teaming
    rolling = truth(policy, "rollingOrder.value")
    inherited = truth(policy, "inherited") is True or truth(order, "inherited") is True
    above = base.teaming.origin if isinstance(base.teaming, Teaming) else ""
    return Teaming(
        policy=text(policy, "policy.value"),
        active=texts(order, "activeUplinkPort"),
        standby=texts(order, "standbyUplinkPort"),
        notify_switches=truth(policy, "notifySwitches.value"),
        fail_back=None if rolling is None else not rolling,
        origin=(above or own) if inherited else own,
    )


def policy_value(setting: Any, field: str, *, otherwise: Fact[bool]) -> Fact[bool]:
    """Return a ``BoolPolicy`` such as ``blocked`` or ``ipfixEnabled``."""
    value = truth(setting, f"{field}.value")
    return otherwise if value is None else value


def overridden(setting: Any) -> tuple[str, ...]:
    """Return what a port sets for itself instead of inheriting it."""
    fields = {
        "vlan": "vlan",
        "securityPolicy": "security",
        "macManagementPolicy": "mac-management",
        "filterPolicy": "filters",
        "uplinkTeamingPolicy": "teaming",
        "blocked": "blocked",
    }
    return tuple(
        word for field, word in fields.items() if truth(setting, f"{field}.inherited") is False
    )


def _private(secondary: int, table: Fact[tuple[PrivateVlanPair, ...]]) -> Fact[Vlan]:
    if isinstance(table, NotRead):
        return NotRead(reason=table.reason, detail="the switch's private VLAN table was not read")
    for pair in table:
        if pair.secondary == secondary:
            return PrivateVlan(primary=pair.primary, secondary=secondary, kind=pair.kind)
    detail = f"private VLAN {secondary} is not in the switch's table"
    return NotRead(reason="not-understood", detail=detail)


def _setting(
    value: bool | None,  # noqa: FBT001 (what the server says)
    above: Fact[SecuritySetting],
    own: str,
    *,
    inherited: bool,
) -> Fact[SecuritySetting]:
    if value is None:
        return above
    origin = above.origin if inherited and isinstance(above, SecuritySetting) else own
    return SecuritySetting(accept=value, origin=origin)


def _flooding(learning: Any) -> bool:
    if truth(learning, "enabled") is not True:
        return False
    # Where it is left out, the switch floods: allowUnicastFlooding defaults to true.
    return truth(learning, "allowUnicastFlooding") is not False


def _needed(value: Any, field: str) -> int:
    found = number(value, field)
    if found is None:
        raise ValueError(f"{field} is missing")
    return found
