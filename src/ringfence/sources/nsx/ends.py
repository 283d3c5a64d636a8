"""The two ends of a rule as conditions on addresses, and what about them is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringfence.model.rules import AddressMatch, FamilyMatch, UnmodelledMatch
from ringfence.sources.nsx.groups import Groups, Members
from ringfence.sources.nsx.values import is_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.model.rules import Condition, Side
    from ringfence.sources.nsx.bound_addresses import Nic

_FAMILIES: Final = (4, 6)


@dataclass(frozen=True, slots=True)
class Ends:
    """Turns groups into conditions on the addresses of one end.

    A group of machines stands for the addresses of their NICs. Only those are known that SpoofGuard
    binds; every other the guest itself may say, whose machine is a member.
    """

    groups: Groups
    nics: Mapping[str, tuple[Nic, ...]]

    def ways(
        self, side: Side, paths: tuple[str, ...], *, excluded: bool = False
    ) -> tuple[tuple[Condition, ...], ...]:
        """Return how an end may be one of some groups, or none of them where ``excluded``.

        Without any way, no packet has such an end.
        """
        members = self.groups.of(paths)
        if members is None:
            return () if excluded else ((),)
        addresses, unknown = self._addresses(members)
        ways = [*_outside(side, addresses)] if excluded else [*_inside(side, addresses)]
        if not unknown:
            return tuple(ways)
        doubt = UnmodelledMatch(text=f"{side}: {min(unknown)}")
        if excluded:
            return tuple((*way, doubt) for way in ways)
        return (*ways, (doubt,))

    def _addresses(self, members: Members) -> tuple[frozenset[str], frozenset[str]]:
        found, unknown = set(members.addresses), set(members.unknown)
        for machine in members.machines:
            nics = self.nics.get(machine)
            if not nics:
                unknown.add(f"no NIC of {machine} was read")
            for nic in nics or ():
                if nic.bound is None:
                    unknown.add(f"the guest of {machine} says what its addresses are")
                else:
                    found.update(nic.bound)
        for text in [*found]:
            if not is_address(text):
                found.discard(text)
                unknown.add(f"{text} is not understood as an address")
        return frozenset(found), frozenset(unknown)


def _inside(side: Side, addresses: frozenset[str]) -> Iterator[tuple[Condition, ...]]:
    if addresses:
        yield (AddressMatch(side=side, ranges=tuple(sorted(addresses))),)


def _outside(side: Side, addresses: frozenset[str]) -> Iterator[tuple[Condition, ...]]:
    """Yield the ways to be outside, each of one family: a match is of its own family only."""
    for family in _FAMILIES:
        own = tuple(sorted(one for one in addresses if (":" in one) == (family == 6)))
        negated = (AddressMatch(side=side, ranges=own, negated=True),) if own else ()
        yield (FamilyMatch(family=4 if family == 4 else 6), *negated)
