"""Zones as they were before an edit: a place keeps the zone that it had, wherever it is attached.

Otherwise a DMZ machine that is plugged into a cardholder network would have become cardholder, and
nothing would be wrong. What was not there before, or had no network, gets the zone that it has now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ringfence.model.changed import table_change
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine
from ringfence.policy.members import memberships

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.model.hosts import Host
    from ringfence.policy.document import Policy
    from ringfence.policy.membership import Membership

_SELECTED_BY: Final = ("folders", "pools", "clusters", "datacenters")
_KEPT: Final = ("port_groups", "switches", "ports", "folders", "pools", "machines", "hosts")


def frozen(before: Iterable[Membership], after: Iterable[Membership]) -> tuple[Membership, ...]:
    """Return the memberships after an edit, each place in the zone that it had before."""
    kept = {one.attachment: one for one in before if one.standing != "detached"}
    return tuple(kept.get(one.attachment, one) for one in after)


def frozen_after(
    members: Mapping[str, Membership], before: Inventory, after: Inventory, policy: Policy
) -> Mapping[str, Membership]:
    """Return the same, by attachment, asking the policy only of what may have no zone yet.

    It is ``members`` itself where the edit brings no place and takes none away.
    """
    old, new = before.snapshot, after.snapshot
    if any(getattr(old, one) is not getattr(new, one) for one in _SELECTED_BY):
        every = frozen(members.values(), memberships(policy, after).every)
        return {one.attachment: one for one in every}
    changes = [table_change(getattr(old, one), getattr(new, one)) for one in ("machines", "hosts")]
    gone = {one for change in changes for owner in change.old.values() for one in _places(owner)}
    there = {one for change in changes for owner in change.new.values() for one in _places(owner)}
    if gone == there and all(one in members and _settled(members[one]) for one in there):
        return members
    part = Inventory(
        msgspec.structs.replace(
            new, machines=tuple(changes[0].new.values()), hosts=tuple(changes[1].new.values())
        )
    )
    vars(part).update({name: getattr(after, name) for name in _KEPT})
    asked = memberships(policy, part).by_attachment
    kept = {name: one for name, one in members.items() if name not in gone}
    return kept | {
        name: members[name] if name in members and _settled(members[name]) else asked[name]
        for name in sorted(there)
    }


def _settled(member: Membership) -> bool:
    return member.standing != "detached"


def _places(owner: Machine | Host) -> Iterator[str]:
    several = owner.nics if isinstance(owner, Machine) else owner.kernel_interfaces
    if not isinstance(several, NotRead):
        yield from (one.id for one in several)
