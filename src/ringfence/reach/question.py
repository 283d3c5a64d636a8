"""One snapshot and one policy put together: everything that the proof asks about them."""

from __future__ import annotations

from functools import cached_property
from ipaddress import ip_address
from typing import TYPE_CHECKING

from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.reach.asking import Asking, add_asking_cuts
from ringfence.reach.chains import ChainCompiler
from ringfence.reach.conditions import add_cuts
from ringfence.reach.declared import with_declared
from ringfence.reach.describing import Describer
from ringfence.reach.devices import DeviceCompiler, add_device_cuts, own_addresses
from ringfence.reach.fields import Cuts, Field, Interval, address_interval, address_number
from ringfence.reach.fitting import fitted_space
from ringfence.reach.matrix import Matrix
from ringfence.reach.now import Today
from ringfence.reach.permitted import add_flow_cuts
from ringfence.reach.places import Places, find_places
from ringfence.reach.port_filters import filter_conditions
from ringfence.reach.standings import Standings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ringfence.model.packet import Header
    from ringfence.model.snapshot import Snapshot
    from ringfence.policy.document import Policy
    from ringfence.policy.membership import Membership
    from ringfence.reach.attachments import Bound
    from ringfence.reach.headers import HeaderSet, HeaderSpace


class Question:
    """Who can talk in this snapshot, by this policy? Parts are worked out when first asked for."""

    def __init__(
        self, snapshot: Snapshot, policy: Policy, memberships: Iterable[Membership]
    ) -> None:
        self.policy = policy
        self.memberships: Mapping[str, Membership] = {one.attachment: one for one in memberships}
        self._snapshot = snapshot
        self.inventory = Inventory(with_declared(snapshot, policy))
        self._earlier: Question | None = None
        self._whole: Question | None = None

    @cached_property
    def places(self) -> Places:
        """Every place with what it sends into and hears."""
        if self._earlier is not None and self._same_attachments(self._earlier):
            return self._earlier.places
        return find_places(self.inventory, self.policy)

    @cached_property
    def addresses(self) -> Mapping[str, tuple[str, ...]]:
        """The addresses that each place is said to have, without prefix length."""
        held = {
            nic.id: nic.addresses
            for _, nic in self.inventory.virtual_nics()
            if not isinstance(nic.addresses, NotRead)
        }
        held.update(
            (interface.id, interface.addresses)
            for _, interface in self.inventory.kernel_interfaces()
            if not isinstance(interface.addresses, NotRead)
        )
        return {
            identity: tuple(str(ip_address(text.partition("/")[0])) for text in texts)
            for identity, texts in held.items()
            if texts
        }

    @cached_property
    def _names(self) -> Mapping[str, str]:
        names = {
            nic.id: f"{nic.label} of {machine.name}"
            for machine, nic in self.inventory.virtual_nics()
        }
        names.update(
            (interface.id, f"{interface.name} of {host.name}")
            for host, interface in self.inventory.kernel_interfaces()
        )
        names.update(
            (device.id, f"{device.label} of {machine.name}")
            for machine in self.inventory.snapshot.machines
            if not isinstance(machine.passthrough, NotRead)
            for device in machine.passthrough
        )
        return names

    def name_of(self, place: str) -> str:
        """Return a place's name as an operator says it: "Network adapter 1 of web-01"."""
        return self._names.get(place, place.rpartition(":")[2])

    @cached_property
    def space(self) -> HeaderSpace:
        """The header space whose cuts are the ends of every range in rules, routes and flows."""
        cuts = Cuts()
        self.add_cuts(cuts)
        return fitted_space(cuts, self.inventory.snapshot.devices)

    @cached_property
    def describer(self) -> Describer:
        """Says in words what sets of headers hold."""
        return Describer(self.space)

    def work_in(self, space: HeaderSpace) -> None:
        """Ask in the space of another question too, which has to hold every cut of this one."""
        self.space = space
        for made_in_another in (
            "lower",
            "upper",
            "describer",
            "now",
            "asking",
            "_rules",
            "_sent_by",
            "_sent_to",
        ):
            vars(self).pop(made_in_another, None)

    def within(self, space: HeaderSpace) -> Question:
        """Return the same question, asked about the headers of a space only."""
        asked = Question(self._snapshot, self.policy, self.memberships.values())
        asked.take_over(self)
        asked.space, asked._whole = space, self
        return asked

    def take_over(self, earlier: Question) -> None:
        """Reuse what an earlier question has worked out of what is the same in both.

        That is exact: places hang on the tables and interfaces that are compared, and what a
        device lets through on its own record. Compiled sets are taken over in one space only.
        """
        self._earlier = earlier

    def _same_attachments(self, other: Question) -> bool:
        ours, theirs = self.inventory.snapshot, other.inventory.snapshot
        tables = ("hosts", "switches", "port_groups", "ports", "port_filters", "machines")
        return all(getattr(ours, one) is getattr(theirs, one) for one in tables) and [
            (device.id, device.machine, device.interfaces) for device in ours.devices
        ] == [(device.id, device.machine, device.interfaces) for device in theirs.devices]

    def same_device(self, other: Question, identity: str) -> bool:
        """Tell whether a device lets the same through in another question, record by record."""
        ours, theirs = (one.inventory.devices.get(identity) for one in (self, other))
        if ours is None or theirs is None:
            return False
        # Rules are many: they are the same where no edit has put others in their place.
        return ours.chains is theirs.chains and (
            ours.routes,
            ours.interfaces,
            ours.forwards,
            ours.not_understood,
        ) == (theirs.routes, theirs.interfaces, theirs.forwards, theirs.not_understood)

    def add_cuts(self, cuts: Cuts, besides: Question | None = None) -> None:
        """Note every range that the question compares a field with.

        ``besides`` is a question whose cuts are known: devices that are the same add nothing.
        """
        for device in self.inventory.snapshot.devices:
            if besides is None or not self.same_device(besides, device.id):
                add_device_cuts(cuts, device)
        if besides is None or not self._same_filters(besides):
            for condition in filter_conditions(self.inventory):
                add_cuts(cuts, condition)
        add_flow_cuts(cuts, self.policy, self.inventory)
        add_asking_cuts(cuts)
        for intervals in self.zone_addresses.values():
            cuts.add_all(Field.SOURCE, intervals)

    def _same_filters(self, other: Question) -> bool:
        ours, theirs = self.inventory.snapshot, other.inventory.snapshot
        tables = ("port_groups", "ports", "port_filters")
        return all(getattr(ours, one) is getattr(theirs, one) for one in tables)

    @cached_property
    def zone_addresses(self) -> Mapping[str, tuple[Interval, ...]]:
        """The addresses of each zone's places, those that were read, or declared outside."""
        return {name: self._addresses_in(name) for name in self.policy.zones}

    @cached_property
    def settled_addresses(self) -> Mapping[str, tuple[Interval, ...]]:
        """The addresses of each zone's places that are where they belong."""
        return {name: self._addresses_in(name, settled=True) for name in self.policy.zones}

    def _addresses_in(self, zone: str, *, settled: bool = False) -> tuple[Interval, ...]:
        members = self.memberships
        numbers = {
            (number, number)
            for identity in self.standings("upper").places_of(zone)
            if not settled or (identity in members and members[identity].standing != "misplaced")
            for number in self._address_numbers.get(identity, ())
        }
        declared = self.policy.zones[zone]
        numbers.update(map(address_interval, declared.addresses if declared.external else ()))
        return tuple(sorted(numbers))

    @cached_property
    def _address_numbers(self) -> Mapping[str, tuple[int, ...]]:
        return {place: tuple(map(address_number, held)) for place, held in self.addresses.items()}

    def sent_by(self, zone: str) -> HeaderSet:
        """Return the headers with an address of the zone's places as their source."""
        known = self._sent_by.get(zone)
        if known is None:
            known = self.space.intervals(Field.SOURCE, self.zone_addresses[zone])
            self._sent_by[zone] = known
        return known

    def sent_to(self, zone: str, *, settled: bool = False) -> HeaderSet:
        """Return the headers sent to an address of the zone's places, or of those ``settled``."""
        known = self._sent_to.get((zone, settled))
        if known is None:
            addresses = self.settled_addresses if settled else self.zone_addresses
            known = self.space.intervals(Field.DESTINATION, addresses[zone])
            self._sent_to[zone, settled] = known
        return known

    @cached_property
    def _sent_by(self) -> dict[str, HeaderSet]:
        return {}

    @cached_property
    def _sent_to(self) -> dict[tuple[str, bool], HeaderSet]:
        return {}

    @cached_property
    def device_addresses(self) -> tuple[Interval, ...]:
        """The addresses of the devices' own interfaces."""
        return tuple(
            one for device in self.inventory.snapshot.devices for one in own_addresses(device)
        )

    def standings(self, bound: Bound) -> Standings:
        """Return which places are in which zone, for one bound."""
        return self._standings[bound]

    @cached_property
    def _standings(self) -> Mapping[Bound, Standings]:
        bounds: tuple[Bound, Bound] = ("lower", "upper")
        earlier = self._earlier
        if (
            earlier is not None
            and self.places is earlier.places
            and self.memberships == earlier.memberships
        ):
            return earlier._standings  # noqa: SLF001 (of the same class)
        return {
            bound: Standings.of(self.policy, self.memberships.values(), self.places, bound)
            for bound in bounds
        }

    @cached_property
    def lower(self) -> Matrix:
        """What is surely delivered."""
        return self._matrix("lower")

    @cached_property
    def upper(self) -> Matrix:
        """What may be delivered, for all that was read."""
        return self._matrix("upper")

    def matrix(self, bound: Bound) -> Matrix:
        """Return the matrix of one bound."""
        return self.lower if bound == "lower" else self.upper

    def contains(self, source: str, destination: str, header: Header, bound: Bound) -> bool:
        """Tell whether a header is delivered from one zone to another."""
        delivered = self.matrix(bound).delivered_with_local(source, destination)
        return self.space.contains(delivered, header)

    @cached_property
    def now(self) -> Today:
        """What works now: the second matrix."""
        earlier = self._earlier
        if earlier is not None and self._same_attachments(earlier):
            return Today(self, earlier.now)
        return Today(self)

    @cached_property
    def asking(self) -> Asking:
        """How conversations begin and are answered in the question's space."""
        return Asking(self.space)

    def _matrix(self, bound: Bound) -> Matrix:
        made = Matrix(
            self.space,
            self.inventory,
            self.policy,
            self.places,
            self.standings(bound),
            bound,
            self._rules,
            self._compiled(bound),
        )
        if self._earlier is not None and self._earlier.space is self.space:
            made.follow(self._earlier.matrix(bound))
        return made

    def _compiled(self, bound: Bound) -> Mapping[str, DeviceCompiler]:
        """Return the devices that are compiled already."""
        earlier = self._earlier
        if earlier is None or earlier.space is not self.space:
            return {}
        return {
            identity: gate.compiled
            for identity, gate in earlier.matrix(bound).gates.items()
            if self.same_device(earlier, identity)
        }

    @cached_property
    def _rules(self) -> Mapping[str, ChainCompiler]:
        """The rules of every device, compiled once for both bounds."""
        if self._whole is not None:
            whole = self._whole._rules  # noqa: SLF001 (of the same class)
            return {identity: rules.within(self.space) for identity, rules in whole.items()}
        return {
            device.id: ChainCompiler(self.space, device.chains)
            for device in self.inventory.snapshot.devices
            if not isinstance(device.chains, NotRead)
        }
