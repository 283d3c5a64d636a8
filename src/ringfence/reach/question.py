"""One snapshot and one policy put together: everything that the proof asks about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.reach.asking import Asking, add_asking_cuts
from ringfence.reach.chains import ChainCompiler
from ringfence.reach.conditions import add_cuts
from ringfence.reach.declared import with_declared
from ringfence.reach.describing import Describer
from ringfence.reach.device_rules import mirrored, translates
from ringfence.reach.devices import DeviceCompiler, add_device_cuts, own_addresses, sees_fragments
from ringfence.reach.fields import Cuts, Field, Interval, address_interval
from ringfence.reach.fitting import fitted_space
from ringfence.reach.leaks import Leaks
from ringfence.reach.matrix import Matrix
from ringfence.reach.now import Today
from ringfence.reach.permitted import add_flow_cuts
from ringfence.reach.places import Places, find_places
from ringfence.reach.port_filters import filter_conditions
from ringfence.reach.standings import Standings
from ringfence.reach.verdicts import Verdicts

if TYPE_CHECKING:
    from ringfence.model.hosts import Host
    from ringfence.model.machines import Machine
    from ringfence.model.packet import Header
    from ringfence.model.snapshot import Snapshot
    from ringfence.policy.document import Policy
    from ringfence.policy.membership import Membership
    from ringfence.reach.attachments import Bound
    from ringfence.reach.headers import HeaderSet, HeaderSpace
    from ringfence.reach.results import Missing
    from ringfence.reach.rule_edits import ChainIndex


_OF_RECORDS: Final = (
    "places",
    "all_standings",
    "addresses",
    "zone_addresses",
    "settled_addresses",
)
_MADE_IN_SPACE: Final = (
    "lower",
    "upper",
    "rules",
    "indexes",
    "leaks",
    "verdicts",
    "describer",
    "now",
    "asking",
    "_sent_by",
    "_sent_to",
)


class Question:
    """Who can talk in this snapshot, by this policy? Parts are worked out when first asked for."""

    def __init__(
        self,
        snapshot: Snapshot,
        policy: Policy,
        memberships: Iterable[Membership] | Mapping[str, Membership],
        known: Inventory | None = None,
    ) -> None:
        """Ask of a snapshot; ``known`` is an inventory of one that this came from by an edit."""
        self.snapshot = snapshot
        self.policy = policy
        self.memberships: Mapping[str, Membership] = (
            memberships
            if isinstance(memberships, Mapping)
            else {one.attachment: one for one in memberships}
        )
        inventory = Inventory(snapshot) if known is None else known.edited(snapshot)
        self.inventory = with_declared(inventory, policy)
        self._whole: Question | None = None

    @cached_property
    def places(self) -> Places:
        """Every place with what it sends into and hears."""
        return find_places(self.inventory, self.policy)

    @cached_property
    def addresses(self) -> Mapping[str, tuple[str, ...]]:
        """The addresses that each place is said to have, without prefix length."""
        return addresses_of(self.inventory.snapshot.machines, self.inventory.snapshot.hosts)

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
        for name in _MADE_IN_SPACE:
            vars(self).pop(name, None)

    def within(self, space: HeaderSpace) -> Question:
        """Return the same question, asked about the headers of a space only."""
        asked = Question(self.snapshot, self.policy, self.memberships, self.inventory)
        for name in _OF_RECORDS:
            setattr(asked, name, getattr(self, name))
        asked.now.places = self.now.places
        asked.space, asked._whole = space, self
        return asked

    def add_cuts(self, cuts: Cuts) -> None:
        """Note every range that the question compares a field with."""
        for device in self.inventory.snapshot.devices:
            add_device_cuts(cuts, device)
        for condition in filter_conditions(self.inventory):
            add_cuts(cuts, condition)
        add_flow_cuts(cuts, self.policy, self.inventory)
        add_asking_cuts(cuts)
        for intervals in self.zone_addresses.values():
            cuts.add_all(Field.SOURCE, intervals)
        cuts.mirror(self.mirrored)

    @cached_property
    def mirrored(self) -> tuple[tuple[Interval, Interval], ...]:
        """The networks that devices translate into each other, address by address."""
        return tuple(mirrored(self.inventory.snapshot.devices))

    @cached_property
    def translates(self) -> bool:
        """Whether any device translates addresses."""
        return any(
            not isinstance(device.chains, NotRead) and translates(device.chains)
            for device in self.inventory.snapshot.devices
        )

    @cached_property
    def zone_addresses(self) -> Mapping[str, tuple[Interval, ...]]:
        """The addresses of each zone's places, those that were read, or declared outside."""
        return {name: self.addresses_in(name) for name in self.policy.zones}

    @cached_property
    def settled_addresses(self) -> Mapping[str, tuple[Interval, ...]]:
        """The addresses of each zone's places that are where they belong."""
        return {name: self.addresses_in(name, settled=True) for name in self.policy.zones}

    def addresses_in(self, zone: str, *, settled: bool = False) -> tuple[Interval, ...]:
        """Return the addresses of a zone's places, or of those that are where they belong."""
        members = self.memberships
        numbers = {
            address_interval(text)
            for identity in self.standings("upper").places_of(zone)
            if not settled or (identity in members and members[identity].standing != "misplaced")
            for text in self.addresses.get(identity, ())
        }
        declared = self.policy.zones[zone]
        numbers.update(map(address_interval, declared.addresses if declared.external else ()))
        return tuple(sorted(numbers))

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
        return self.all_standings[bound]

    @cached_property
    def all_standings(self) -> Mapping[Bound, Standings]:
        """Which places are in which zone, for both bounds."""
        bounds: tuple[Bound, Bound] = ("lower", "upper")
        return {
            bound: Standings.of(self.policy, self.memberships.values(), self.places, bound)
            for bound in bounds
        }

    @cached_property
    def lower(self) -> Matrix:
        """What is surely delivered."""
        return self._matrix("lower", {})

    @cached_property
    def upper(self) -> Matrix:
        """What may be delivered, for all that was read."""
        return self._matrix("upper", {})

    def matrix(self, bound: Bound) -> Matrix:
        """Return the matrix of one bound."""
        return self.lower if bound == "lower" else self.upper

    def matrix_with(self, bound: Bound, compiled: Mapping[str, DeviceCompiler]) -> Matrix:
        """Make the matrix of one bound with devices that are compiled already."""
        made = self._matrix(bound, compiled)
        if bound == "lower":
            self.lower = made
        else:
            self.upper = made
        return made

    def contains(self, source: str, destination: str, header: Header, bound: Bound) -> bool:
        """Tell whether a header is delivered from one zone to another."""
        delivered = self.matrix(bound).delivered_with_local(source, destination)
        return self.space.contains(delivered, header)

    @cached_property
    def now(self) -> Today:
        """What works now: the second matrix."""
        return Today(self)

    @cached_property
    def asking(self) -> Asking:
        """How conversations begin and are answered in the question's space."""
        return Asking(self.space)

    def _matrix(self, bound: Bound, compiled: Mapping[str, DeviceCompiler]) -> Matrix:
        return Matrix(
            self.space,
            self.inventory,
            self.policy,
            self.places,
            self.standings(bound),
            bound,
            self.rules,
            compiled,
        )

    @cached_property
    def rules(self) -> Mapping[str, ChainCompiler]:
        """The rules of every device, compiled once for both bounds."""
        if self._whole is not None:
            whole = self._whole.rules
            return {identity: rules.within(self.space) for identity, rules in whole.items()}
        return {
            device.id: ChainCompiler(self.space, device.chains, fragments=sees_fragments(device))
            for device in self.inventory.snapshot.devices
            if not isinstance(device.chains, NotRead)
        }

    @cached_property
    def indexes(self) -> dict[str, ChainIndex]:
        """Where the rules of devices are, for those that were edited once."""
        return {}

    @cached_property
    def missing_of_devices(self) -> dict[str, tuple[Missing, ...]]:
        """What was not read, or is not modelled, of each device that was asked about."""
        return {}

    @cached_property
    def leaks(self) -> Leaks:
        """What is delivered besides what the policy permits."""
        return Leaks(self)

    @cached_property
    def verdicts(self) -> Verdicts:
        """The verdict of every pair of zones."""
        return Verdicts(self)


def addresses_of(
    machines: Iterable[Machine], hosts: Iterable[Host]
) -> Mapping[str, tuple[str, ...]]:
    """Return the addresses of every virtual NIC and kernel interface that has any, as read."""
    return {
        one.id: tuple(str(ip_address(text.partition("/")[0])) for text in one.addresses)
        for several in (
            *(machine.nics for machine in machines),
            *(host.kernel_interfaces for host in hosts),
        )
        if not isinstance(several, NotRead)
        for one in several
        if not isinstance(one.addresses, NotRead) and one.addresses
    }
