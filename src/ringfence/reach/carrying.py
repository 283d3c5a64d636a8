"""What a question takes over from the one before an edit, layer by layer.

Each layer says which of its parts are others now, and the next keeps all that hangs on none of
them: places, who stands where, addresses, cuts, compiled rules, floods, and what is delivered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from ringfence.model.changed import table_change, window
from ringfence.model.facts import NotRead
from ringfence.reach.chains import ChainCompiler
from ringfence.reach.conditions import add_cuts
from ringfence.reach.devices import add_device_cuts, sees_fragments
from ringfence.reach.fields import Cuts, Field
from ringfence.reach.following import Following
from ringfence.reach.leaks import Leaks
from ringfence.reach.permitted import add_flow_cuts
from ringfence.reach.port_filters import filter_conditions
from ringfence.reach.question import addresses_of
from ringfence.reach.replacing import places_after
from ringfence.reach.rule_edits import ChainIndex, RuleEdit, chains_of, changed_rules
from ringfence.reach.standings import Standings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ringfence.model.rules import Device
    from ringfence.reach.attachments import Bound
    from ringfence.reach.devices import DeviceCompiler
    from ringfence.reach.following import Pair
    from ringfence.reach.headers import HeaderSet, HeaderSpace
    from ringfence.reach.places import Places
from ringfence.reach.question import Question

Key = TypeVar("Key")
_WITH_FILTERS: Final = ("port_groups", "ports")
_BOUNDS: Final[tuple[Bound, Bound]] = ("lower", "upper")


@dataclass(frozen=True)
class _Moved:
    """The zones in which places came, went or are others, and those with other addresses."""

    zones: Mapping[Bound, frozenset[str]]
    addressed: frozenset[str]


class Carrying:
    """Carries what was worked out before an edit over to the question after it.

    ``pairs`` are the pairs of zones between which something may be delivered otherwise; ``None``
    where that may be any.
    """

    def __init__(self, before: Question, after: Question) -> None:
        self._before = before
        self._after = after
        self.pairs: frozenset[Pair] | None = None
        self._followings: list[Following] = []
        if "places" in vars(before):
            self._moved = self._places()

    def within(self, space: HeaderSpace) -> None:
        """Go on with sets of headers, in a space that both questions share."""
        before, after = self._before, self._after
        after.space = space
        if before.space is not space or "places" not in vars(before):
            return
        after.leaks = self._leaks()
        for name in ("describer", "asking"):
            if name in vars(before):
                vars(after)[name] = vars(before)[name]
        if "now" in vars(before) and "places" in vars(before.now) and self._same_attachments():
            after.now.places = before.now.places
        after.rules, edits = self._rules()
        for bound in _BOUNDS:
            if bound in vars(before):
                old = before.matrix(bound)
                compiled = {
                    name: made
                    for name, gate in old.gates.items()
                    if (made := self._device(name, gate.compiled, edits.get(name))) is not None
                }
                new = after.matrix_with(bound, compiled)
                zones = self._moved.zones[bound]
                same = self._same_filters
                self._followings.append(Following(new, old, zones, same_filters=same))
        if "verdicts" in vars(before) and before.verdicts.complete:
            self._keep_verdicts()

    def _keep_verdicts(self) -> None:
        """Keep the verdicts of pairs that nothing touches; before, every pair was judged."""
        before, after = self._before, self._after
        if len(self._followings) < len(_BOUNDS) or any(one.all for one in self._followings):
            return
        pairs = {pair for one in self._followings for pair in one.pairs}
        if self._tables_differ("machines", "hosts"):
            narrowed = (one for one in after.policy.flows if one.source or one.destination)
            pairs.update((one.from_, one.to) for one in narrowed)
        if self._same_observed():
            after.verdicts.observed = before.verdicts.observed
        else:
            old, new = before.verdicts.observed, after.verdicts.observed
            pairs |= _apart(old.sights, new.sights) | _apart(old.missing, new.missing)
        emptied = before.verdicts.deserted ^ after.verdicts.deserted
        pairs.update(pair for pair in before.verdicts.pairs if not emptied.isdisjoint(pair))
        self.pairs = frozenset(pairs)
        after.verdicts.keep(before.verdicts, self.pairs)

    def _same_observed(self) -> bool:
        """Tell whether who observes whom is as before: nothing that it hangs on is another.

        What was not read of it may hang on rules. Where only machines changed and nobody observed
        anybody, nobody does as long as no zone among them shares a network.
        """
        before = self._before.verdicts.observed
        if self._only_rules and not before.missing:
            return True
        tables = ("hosts", "switches", "port_groups", "ports", "port_filters", "mirror_sessions")
        if before.sights or before.missing or before.watched or self._tables_differ(*tables):
            return False
        if self._before.inventory.snapshot.mirror_sessions != ():
            return False
        hosts = {
            member.zone
            for member in self._after.memberships.values()
            if member.kind == "kernel-interface"
        }
        if not all(hosts.isdisjoint(self._moved.zones[bound]) for bound in _BOUNDS):
            return False
        return all(
            self._after.matrix(bound).stands_apart(zone)
            for bound in _BOUNDS
            for zone in self._moved.zones[bound]
        )

    def promised_otherwise(self, permitted: HeaderSet) -> bool:
        """Tell whether conversations of what is permitted may come about otherwise than before."""
        if self.pairs is None or not self._only_rules:
            return True
        asking = self._after.asking
        answers = asking.answers(permitted & asking.begins)
        return any(
            one.treats_otherwise(permitted) or one.treats_otherwise(answers)
            for one in self._followings
        )

    @cached_property
    def _only_rules(self) -> bool:
        """Whether nothing but rules of devices changed."""
        if not self._same_attachments() or self._tables_differ("machines", "hosts"):
            return False
        old = self._before.inventory.devices
        return all(
            device is old[device.id]
            or device == old[device.id]
            or changed_rules(old[device.id], device) is not None
            for device in self._after.inventory.snapshot.devices
        )

    def _same_attachments(self) -> bool:
        """Tell whether all that places hang on is the same, but for the rules of devices."""
        tables = ("hosts", "switches", "port_groups", "ports", "port_filters", "machines")
        both = [one.inventory.snapshot.devices for one in (self._before, self._after)]
        doors = [[(one.id, one.machine, one.interfaces) for one in devices] for devices in both]
        return not self._tables_differ(*tables) and doors[0] == doors[1]

    @cached_property
    def _same_filters(self) -> bool:
        """Whether every filter at a port or virtual NIC is the same."""
        old, new = self._before.inventory.snapshot, self._after.inventory.snapshot
        if old.port_filters != new.port_filters:
            return False
        changes = [table_change(getattr(old, one), getattr(new, one)) for one in _WITH_FILTERS]
        return all(
            change.old.keys() == change.new.keys()
            and all(change.old[name].filters == one.filters for name, one in change.new.items())
            for change in changes
        )

    def _tables_differ(self, *tables: str) -> bool:
        old, new = self._before.inventory.snapshot, self._after.inventory.snapshot
        return any(getattr(old, one) is not getattr(new, one) for one in tables)

    def _places(self) -> _Moved:
        """Carry over places, who stands where, and addresses."""
        before, after = self._before, self._after
        replaced = places_after(before.places, before.inventory, after.inventory, after.policy)
        after.places = replaced.places
        elsewise = self._other_members() | self._other_addresses()
        parts = self._parts(replaced.ids | elsewise)
        zones: dict[Bound, frozenset[str]] = {}
        standings: dict[Bound, Standings] = {}
        addressed: frozenset[str] = frozenset()
        for bound in _BOUNDS:
            was, now = (
                Standings.of(
                    question.policy,
                    [one for name in part.by_id if (one := question.memberships.get(name))],
                    part,
                    bound,
                )
                for question, part in parts
            )
            standings[bound] = before.standings(bound).edited(was, now)
            zones[bound] = frozenset((*was.senders, *was.receivers, *now.senders, *now.receivers))
            if bound == "upper":
                addressed = frozenset(
                    zone
                    for zone in zones[bound]
                    if elsewise or was.receivers.get(zone) != now.receivers.get(zone)
                )
        after.all_standings = standings
        after.zone_addresses, after.settled_addresses = (
            (
                dict(known)
                | {zone: after.addresses_in(zone, settled=settled) for zone in addressed}
                if addressed
                else known
            )
            for settled, known in (
                (False, before.zone_addresses),
                (True, before.settled_addresses),
            )
        )
        return _Moved(zones, addressed)

    def _parts(self, ids: frozenset[str]) -> tuple[tuple[Question, Places], ...]:
        """Return the places of all owners of some places, before and after: they count together."""
        both = (self._before, self._after)
        owners = {
            question.places.by_id[one].owner
            for question in both
            for one in ids
            if one in question.places.by_id
        }
        return tuple((question, _owned(question.places, owners)) for question in both)

    def _other_members(self) -> frozenset[str]:
        return _apart(self._before.memberships, self._after.memberships)

    def _other_addresses(self) -> frozenset[str]:
        """Carry over the addresses of places; return those that have others now."""
        before, after = self._before, self._after
        changes = [
            table_change(
                getattr(before.inventory.snapshot, one), getattr(after.inventory.snapshot, one)
            )
            for one in ("machines", "hosts")
        ]
        if not any(changes):
            after.addresses = before.addresses
            return frozenset()
        old = addresses_of(*(change.old.values() for change in changes))
        new = addresses_of(*(change.new.values() for change in changes))
        kept = {one: held for one, held in before.addresses.items() if one not in old}
        after.addresses = {**kept, **new}
        return _apart(old, new)

    def cuts(self) -> Cuts:
        """Return the cuts that the question after the edit adds to those before."""
        before, after = self._before, self._after
        cuts = Cuts()
        old = before.inventory.devices
        for device in after.inventory.snapshot.devices:
            if device is not old.get(device.id):
                _add_other_cuts(cuts, old.get(device.id), device)
        if self._tables_differ("port_groups", "ports", "port_filters"):
            for condition in filter_conditions(after.inventory):
                add_cuts(cuts, condition)
        if any(flow.source or flow.destination for flow in after.policy.flows):
            add_flow_cuts(cuts, after.policy, after.inventory)
        for zone in self._moved.addressed:
            cuts.add_all(Field.SOURCE, after.zone_addresses[zone])
        return cuts

    def _leaks(self) -> Leaks:
        """Keep what flows permit, of those that do not name machines."""
        leaks = Leaks(self._after)
        leaks.keep(self._before.leaks)
        return leaks

    def _rules(self) -> tuple[Mapping[str, ChainCompiler], Mapping[str, RuleEdit]]:
        """Keep the compiled rules of devices that have the same, and say how others were edited."""
        before, after = self._before, self._after
        rules: dict[str, ChainCompiler] = {}
        edits: dict[str, RuleEdit] = {}
        after.indexes = dict(before.indexes)
        for device in after.inventory.snapshot.devices:
            old = before.inventory.devices.get(device.id)
            known = before.rules.get(device.id)
            if isinstance(device.chains, NotRead):
                continue
            fragments = sees_fragments(device)
            if old is None or sees_fragments(old) != fragments:
                known = None
            if known is not None and old is not None and old.chains is device.chains:
                rules[device.id] = known
                continue
            matcher = None if known is None else known.matcher
            rules[device.id] = ChainCompiler(
                after.space, device.chains, matcher=matcher, fragments=fragments
            )
            after.indexes.pop(device.id, None)
            edit = None if old is None else self._edit(old, device, rules[device.id])
            if edit is not None and edit.small:
                edits[device.id] = edit
        return rules, edits

    def _edit(self, old: Device, new: Device, rules: ChainCompiler) -> RuleEdit | None:
        changed = changed_rules(old, new)
        if changed is None:
            return None
        known = self._before.indexes.get(old.id)
        if known is None:
            known = self._before.indexes[old.id] = ChainIndex.of(chains_of(old))
        index = self._after.indexes[new.id] = known.edited(chains_of(new), changed)
        return RuleEdit(self._after.space, new, rules.matcher, index, changed)

    def _device(
        self, name: str, compiled: DeviceCompiler, edit: RuleEdit | None
    ) -> DeviceCompiler | None:
        """Return what is known of a device still, ``None`` where it must be compiled anew."""
        old, new = (one.inventory.devices.get(name) for one in (self._before, self._after))
        if old is None or new is None:
            return None
        if old is new or old == new:
            return compiled
        return None if edit is None else compiled.edited(new, self._after.rules.get(name), edit)


def _owned(places: Places, owners: Iterable[str]) -> Places:
    by_id = {place.id: place for owner in owners for place in places.of_owner.get(owner, ())}
    return replace(places, by_id=by_id)


def _apart(one: Mapping[Key, object], other: Mapping[Key, object]) -> frozenset[Key]:
    """Return the keys under which two mappings do not hold the same."""
    if one is other:
        return frozenset()
    return frozenset(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))


def _add_other_cuts(cuts: Cuts, old: Device | None, new: Device) -> None:
    """Note the cuts of a device that it did not have before an edit."""
    if old is None or isinstance(old.chains, NotRead) or isinstance(new.chains, NotRead):
        add_device_cuts(cuts, new)
        return
    known = {chain.id: chain.rules for chain in old.chains}
    chains = []
    for chain in new.chains:
        stretch = window(known.get(chain.id, ()), chain.rules)
        rules = chain.rules[stretch.start : stretch.new_end]
        chains.append(msgspec.structs.replace(chain, rules=rules))
    add_device_cuts(cuts, msgspec.structs.replace(new, chains=tuple(chains)))
