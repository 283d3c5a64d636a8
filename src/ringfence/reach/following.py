"""What a matrix takes over from the one before an edit: all that the edit cannot touch.

Where every device sends on packets as they came, each header goes its way apart from all others. So
after an edit of rules only the headers that some device treats otherwise are followed again, and
put in the place of what was known of them.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from ringfence.reach.flood import Flood
from ringfence.reach.opening import Opening

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.reach.attachments import Group
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.matrix import Matrix

Key = TypeVar("Key")
Pair = tuple[str, str]
FloodKey = tuple[str, frozenset[str]]
"""A zone, and the devices that forward nothing."""


class Following:
    """Fills the matrix after an edit, and gathers the pairs of zones that the edit may touch."""

    def __init__(
        self, after: Matrix, before: Matrix, zones: Iterable[str], *, same_filters: bool
    ) -> None:
        """Follow an edit that touches places of ``zones``, and the filters at ports or not."""
        self._after = after
        self._before = before
        self._space = after.space
        self._touched = frozenset(zones)
        self.pairs: set[Pair] = set()
        """The pairs of zones between which something may be delivered otherwise now."""
        self.all = _doors(after) != _doors(before) or not same_filters
        """Whether that may be any pair: a device's interface, or a filter at a port, is another."""
        self._keep_crowds()
        if same_filters:
            after.filters.keep(before.filters)
        if not self.all:
            self._differing = dict(self._differences("new"))
            self._moved()
            reached = dict(self._floods())
            self._gather(reached)
            self._keep_delivered()
            if before.known.opened:
                self._keep_opened(reached)

    def treats_otherwise(self, headers: HeaderSet) -> bool:
        """Tell whether a device may treat any of some headers otherwise than before."""
        return self.all or headers & self._region != self._space.nothing

    @cached_property
    def _region(self) -> HeaderSet:
        """The headers that some device treats otherwise, as new or as established."""
        known = dict(self._differences("established"))
        return self._space.union([*self._differing.values(), *known.values()])

    def _keep_crowds(self) -> None:
        """Keep who sends into and hears which groups in zones of which no place changed."""
        old, new, touched = self._before.known, self._after.known, self._touched
        new.speakers = {zone: one for zone, one in old.speakers.items() if zone not in touched}
        new.hearers = {zone: one for zone, one in old.hearers.items() if zone not in touched}

    def _moved(self) -> None:
        """Find what zones send into or hear otherwise now, and which hear each other directly."""
        before, after = self._before, self._after
        self._speaking = {
            zone: _apart(before.senders(zone), after.senders(zone)) for zone in self._touched
        }
        self._hearing = {
            zone: _apart(before.receivers(zone), after.receivers(zone)) for zone in self._touched
        }
        heard: frozenset[Group] = frozenset().union(*self._hearing.values())
        after.hearing_zones = _with_zones(before.hearing_zones, after, self._hearing)
        for zone, joined in before.known.beside.items():
            if not self._speaking.get(zone) and heard.isdisjoint(after.senders(zone)):
                after.known.beside[zone] = joined
            else:
                self.pairs.update((zone, other) for other in _apart(joined, after.direct(zone)))

    def _differences(self, state: str) -> Iterator[tuple[tuple[str, str], HeaderSet]]:
        """Yield what comes in by an interface and fares otherwise, by its device and its place."""
        for name, gate in self._after.gates.items():
            was, now = self._before.gates[name].compiled, gate.compiled
            if was is now:
                continue
            found: defaultdict[str, list[HeaderSet]] = defaultdict(list)
            # What nobody asked for yet, no known flood came to.
            for passage, headers in was.passing.items():
                if passage.state == state and passage.incoming and passage.outgoing:
                    other = now.forwarded(passage.incoming, passage.outgoing, state)
                    found[passage.incoming].extend(self._apart(headers, other))
            for incoming, parts in found.items():
                if parts and incoming in gate.interfaces:
                    yield (name, gate.interfaces[incoming].id), self._space.union(parts)

    def _apart(self, one: HeaderSet, other: HeaderSet) -> Iterator[HeaderSet]:
        if one != other:
            yield self._space.without(one, other)
            yield self._space.without(other, one)

    def _floods(self) -> Iterator[tuple[FloodKey, frozenset[Group] | None]]:
        """Yield which floods are others now, and the groups that they reach otherwise.

        ``None`` stands for any group.
        """
        before, after = self._before, self._after
        flooder = after.flooder
        voices = {
            zone: {
                group
                for group in groups
                if before.senders(zone).get(group, {}).keys()
                != after.senders(zone).get(group, {}).keys()
            }
            for zone, groups in self._speaking.items()
        }
        apart = flooder.keeps_headers and before.flooder.keeps_headers
        region = self._space.union([*self._differing.values()])
        for key, flood in before.known.floods.items():
            source, closed = key
            if flooder.hears(voices.get(source, ())) or (not apart and self._meets(flood, closed)):
                yield key, None
                continue
            known = flood
            if source in self._touched:
                known = Flood(after.senders(source), flood.carried, flood.arrived, flood.passed)
            if self._meets(flood, closed):
                part = flooder.flood(known.direct, closed, None, region)
                known = self._merged(known, part, region)
                yield key, _apart(flood.carried, known.carried)
            after.known.floods[key] = known

    def _meets(self, flood: Flood, closed: frozenset[str]) -> bool:
        """Tell whether any packet of a flood comes to where it would fare otherwise."""
        nothing = self._space.nothing
        return any(
            device not in closed and flood.arrived.get(place, nothing) & headers != nothing
            for (device, place), headers in self._differing.items()
        )

    def _merged(self, flood: Flood, part: Flood, region: HeaderSet) -> Flood:
        """Return a flood with its packets of a region exchanged for those of another."""
        carried: dict[Group, Mapping[str, HeaderSet]] = {}
        for group in flood.carried.keys() | part.carried.keys():
            old = flood.carried.get(group, {})
            sent = self._exchanged(old, part.carried.get(group, {}), region)
            if sent:
                carried[group] = sent
        return Flood(
            flood.direct,
            carried,
            self._exchanged(flood.arrived, part.arrived, region),
            self._exchanged(flood.passed, part.passed, region),
        )

    def _exchanged(
        self, old: Mapping[Key, HeaderSet], part: Mapping[Key, HeaderSet], region: HeaderSet
    ) -> Mapping[Key, HeaderSet]:
        nothing = self._space.nothing
        found: dict[Key, HeaderSet] = {}
        for name in (*old, *(one for one in part if one not in old)):
            was, now = old.get(name, nothing), part.get(name, nothing)
            if was & region != now:
                was = self._space.without(was, region) | now
            if was != nothing:
                found[name] = was
        return found

    def _gather(self, reached: Mapping[FloodKey, frozenset[Group] | None]) -> None:
        """Gather the pairs of which the destination hears what has changed."""
        before, after, pairs = self._before, self._after, self.pairs
        for (source, _), groups in reached.items():
            if groups is None:
                pairs.update((source, zone) for zone in after.zones)
            else:
                hearing = (after.hearing_zones.get(group, ()) for group in groups)
                pairs.update((source, zone) for zones in hearing for zone in zones)
        for zone, others in self._hearing.items():
            pairs.update(
                (source, zone)
                for (source, _), flood in before.known.floods.items()
                if not others.isdisjoint(flood.carried)
            )
        other_input = self._other_input()
        for source, local in before.known.local.items():
            key = (source, frozenset[str]())
            flood = after.known.floods.get(key)
            if key in reached or flood is None or not other_input.isdisjoint(flood.arrived):
                pairs.update((source, zone) for zone in after.management)
            else:
                after.known.local[source] = local

    def _other_input(self) -> frozenset[str]:
        """Return the places of interfaces by which devices take in other headers now."""
        if not self._before.known.local:
            return frozenset()
        return frozenset(
            place.id
            for name, gate in self._after.gates.items()
            if gate.compiled is not (was := self._before.gates[name].compiled)
            for incoming, place in gate.interfaces.items()
            if gate.compiled.taken_in(incoming) != was.taken_in(incoming)
        )

    def _keep_delivered(self) -> None:
        """Keep what is delivered between all other pairs."""
        known = dict(self._before.known.delivered)
        closed = {devices for _, _, devices in known}
        for source, destination in self.pairs:
            for devices in closed:
                known.pop((source, destination, devices), None)
        self._after.known.delivered = known

    def _keep_opened(self, reached: Mapping[FloodKey, frozenset[Group] | None]) -> None:
        """Keep what planted state opens, put right for headers that fare otherwise now.

        Nothing is kept where a device rewrites headers, a filter at a port keeps connections, or
        a device sends to what a zone hears otherwise.
        """
        before, after, space = self._before, self._after, self._space
        keep_headers = after.flooder.keeps_headers and before.flooder.keeps_headers
        if not keep_headers or before.answers is not None or after.answers is not None:
            self.all = True
            return
        fresh = self._space.union([*self._differing.values(), *self._other_ways(reached)])
        there = fresh | self._region
        # An answer may have other TCP flags, and another type of ICMP, than what planted it.
        answers = space.answers(there)
        region = answers | space.answers(answers)
        opening = None if region == space.nothing else Opening(after, region)
        for victim, opened in before.known.opened.items():
            if self._sent_into(self._hearing.get(victim, frozenset())):
                self.pairs.update((zone, victim) for zone in after.zones)
            elif opening is None:
                after.known.opened[victim] = opened
                self._keep_admitted(victim, reached)
            else:
                here = opening.opened(victim)
                other = opened & region != here
                now = space.without(opened, region) | here if other else opened
                after.known.opened[victim] = now
                within = (opened | here) & region
                self._keep_admitted(victim, reached, None if within == space.nothing else opening)

    def _keep_admitted(
        self,
        victim: str,
        reached: Mapping[FloodKey, frozenset[Group] | None],
        opening: Opening | None = None,
    ) -> None:
        """Keep what planted state lets through to a zone, put right in the region of an opening.

        Outside of it nothing is another but for zones that send elsewhere.
        """
        before, after = self._before, self._after
        for source in after.zones:
            pair = source, victim
            known = before.known.admitted.get(pair)
            if (source, frozenset[str]()) in reached and reached[source, frozenset()] is None:
                self.pairs.add(pair)
            elif known is not None:
                now = known if opening is None else opening.admitted(known, source, victim)
                after.known.admitted[pair] = now
                if now != known:
                    self.pairs.add(pair)

    def _other_ways(
        self, reached: Mapping[FloodKey, frozenset[Group] | None]
    ) -> Iterator[HeaderSet]:
        """Yield what zones that send elsewhere get through devices otherwise now."""
        nothing = self._space.nothing
        for (source, closed), groups in reached.items():
            if groups is None and not closed:
                was = self._before.flood(source).passed
                now = self._after.flood(source).passed
                for way in _apart(was, now):
                    yield from self._apart(was.get(way, nothing), now.get(way, nothing))

    def _sent_into(self, groups: frozenset[Group]) -> bool:
        """Tell whether a device sends into any of some groups."""
        return bool(groups) and any(
            not groups.isdisjoint(place.hearing(self._after.bound).sends)
            for gate in self._after.gates.values()
            for place in gate.interfaces.values()
        )


def _doors(matrix: Matrix) -> object:
    return {name: gate.interfaces for name, gate in matrix.gates.items()}


def _apart(one: Mapping[Key, object], other: Mapping[Key, object]) -> frozenset[Key]:
    """Return the keys under which two mappings do not hold the same."""
    if one == other:
        return frozenset()
    return frozenset(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))


def _with_zones(
    known: Mapping[Group, tuple[str, ...]],
    after: Matrix,
    hearing: Mapping[str, frozenset[Group]],
) -> Mapping[Group, tuple[str, ...]]:
    """Return which zones hear each group, where some zones hear others now."""
    if not any(hearing.values()):
        return known
    found = dict(known)
    for zone, groups in hearing.items():
        now = after.receivers(zone)
        for group in groups:
            others = tuple(one for one in found.get(group, ()) if one != zone)
            found[group] = (*others, zone) if group in now else others
    return found
