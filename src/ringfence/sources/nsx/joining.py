"""The distributed firewall, put at the virtual NICs of a snapshot that another source read."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from ringfence.foundation.errors import SourceError
from ringfence.model.facts import Fact, NotRead
from ringfence.model.rules import AddressMatch, PortFilter, SwitchFilterRule, UnmodelledMatch
from ringfence.model.snapshot import ReadingSource
from ringfence.sources.nsx.bound_addresses import Nic, nics_of
from ringfence.sources.nsx.ends import Ends
from ringfence.sources.nsx.filters import rules_of
from ringfence.sources.nsx.groups import Groups, Members
from ringfence.sources.nsx.sections import Line, layer_2, lines
from ringfence.sources.nsx.services import Services
from ringfence.sources.nsx.values import Answer, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ringfence.model.machines import Machine, VirtualNic
    from ringfence.model.snapshot import Snapshot
    from ringfence.sources.nsx.answers import Answers

_NOT_SAVED: Final = NotRead(reason="not-collected", detail="the answers of NSX do not hold it")
_UNCLEAR: Final = NotRead(
    reason="not-understood", detail="whether the firewall leaves the machine out is not clear"
)
_LAYER_2: Final = NotRead(
    reason="not-understood", detail="rules for frames that are not IP are not followed"
)
_NO_ADDRESS: Final = ("0.0.0.0/32", "::/128", "fe80::/10")


def with_firewall(snapshot: Snapshot, answers: Answers) -> Snapshot:
    """Return the snapshot with what NSX filters at virtual NICs.

    A NIC that NSX does not know has no filter of it. Raises ``SourceError`` where no machine of the
    snapshot is one of NSX, and where an answer is not what its request gives.
    """
    firewall = _Firewall(snapshot, answers)
    machines = tuple(firewall.machine(one) for one in snapshot.machines)
    if not any(map(firewall.knows, snapshot.machines)):
        raise SourceError(
            f"Not one machine that was read is among those of {answers.name}.",
            "Machines are joined by their instance UUID: name the answers of the manager that "
            "belongs to this vCenter.",
        )
    filters = sorted((*snapshot.port_filters, *firewall.filters.values()), key=attrgetter("id"))
    return msgspec.structs.replace(
        snapshot,
        machines=machines,
        port_filters=tuple(filters),
        sources=(*snapshot.sources, ReadingSource(kind="nsx", name=answers.name)),
    )


@dataclass
class _Firewall:
    snapshot: Snapshot
    answers: Answers
    filters: dict[str, PortFilter] = field(default_factory=dict)
    _of_scopes: dict[frozenset[tuple[str, ...]], str] = field(default_factory=dict)

    @cached_property
    def _groups(self) -> Groups:
        return Groups(self.answers)

    @cached_property
    def _nics(self) -> dict[str, tuple[Nic, ...]]:
        return nics_of(self.answers)

    @cached_property
    def _lines(self) -> tuple[Line, ...]:
        answers = self.answers
        ends, services = Ends(self._groups, self._nics), Services(answers.services)
        return tuple(lines(answers.policies, ends, services))

    @cached_property
    def _known(self) -> dict[str, Answer]:
        """The machines of NSX by the UUID that vCenter gives them, which is their id there."""
        machines = self.answers.machines
        if isinstance(machines, NotRead):
            return {}
        return {text(one, "external_id").lower(): one for one in machines}

    @cached_property
    def _hosts(self) -> Fact[tuple[str, ...] | None]:
        """The hosts on which the firewall is installed."""
        if isinstance(self.answers.nodes, NotRead) or isinstance(self.answers.enabled, NotRead):
            return _NOT_SAVED
        installed = set(_names(self.answers.nodes))
        return tuple(
            host.id
            for host in self.snapshot.hosts
            if not installed.isdisjoint((host.name, host.id.rpartition("/")[2]))
        )

    def knows(self, machine: Machine) -> bool:
        """Tell whether a machine is one of NSX, as far as both say which machines they mean."""
        if isinstance(machine.instance_uuid, NotRead) or isinstance(self.answers.machines, NotRead):
            return True
        return machine.instance_uuid.lower() in self._known

    def machine(self, machine: Machine) -> Machine:
        """Return a machine with the filters at its NICs."""
        if isinstance(machine.nics, NotRead) or self.answers.enabled is False:
            return machine
        uuid = machine.instance_uuid
        if isinstance(uuid, NotRead) or isinstance(self.answers.machines, NotRead):
            return _with(machine, lambda _: _NOT_SAVED)
        name = uuid.lower()
        if name not in self._known:
            return machine
        external = text(self._known[name], "external_id")
        return _with(machine, lambda nic: self._at(external, nic))

    def _at(self, machine: str, nic: VirtualNic) -> Fact[tuple[str, ...]]:
        """Return the filters of NSX at a NIC."""
        excluded = self._left_out(machine)
        if excluded is None:
            return _UNCLEAR
        if excluded:
            return ()
        if isinstance(self.answers.nics, NotRead):
            return _NOT_SAVED
        known = next((one for one in self._nics.get(machine, ()) if _is_it(one, nic)), None)
        if known is None or not known.attachment:
            return ()  # on a network that NSX has no part in
        standing = {scope: _holds(some, machine) for scope, some in self._scopes.items()}
        if None in standing.values():
            return _UNCLEAR
        guard = () if known.bound is None else (self._guard(nic, known.bound),)
        return (*guard, self._filter(frozenset(scope for scope in standing if standing[scope])))

    def _left_out(self, machine: str) -> bool | None:
        """Tell whether the firewall leaves a machine out, ``None`` where that is not clear."""
        excluded, own = self.answers.excluded, self.answers.own_excluded
        if isinstance(excluded, NotRead) or isinstance(own, NotRead):
            return None
        names = {name for one in own for name in _identities(one)}
        if machine in names or any(not _identities(one) for one in own):
            return True if machine in names else None
        return _holds(self._groups.of(excluded), machine)

    @cached_property
    def _scopes(self) -> dict[tuple[str, ...], Members | None]:
        """Whose NICs rules are applied to, by the groups that they name; ``None`` for all."""
        named = dict.fromkeys(line.scope for line in self._lines)
        return {scope: self._groups.of(scope) if scope else None for scope in named}

    def _filter(self, scopes: frozenset[tuple[str, ...]]) -> str:
        """Return the filter of the rules that are applied to any of some."""
        known = self._of_scopes.get(scopes)
        if known is None:
            known = f"nsx/{self.answers.name}/{len(self._of_scopes) + 1}"
            self._of_scopes[scopes] = known
            self.filters[known] = PortFilter(
                id=known,
                name="NSX distributed firewall",
                rules=rules_of([line for line in self._lines if line.scope in scopes]),
                stateful=True,
                hosts=self._hosts,
                other_frames=self._other_frames,
            )
        return known

    @cached_property
    def _other_frames(self) -> Fact[Literal["accept", "drop"]]:
        return _LAYER_2 if layer_2(self.answers.policies) else "accept"

    def _guard(self, nic: VirtualNic, bound: tuple[str, ...]) -> str:
        """Return the filter that holds a NIC to its addresses, in what it sends."""
        identity = f"nsx/{self.answers.name}/spoofguard/{nic.id}"
        held = AddressMatch(side="source", ranges=bound)
        unset = AddressMatch(side="source", ranges=_NO_ADDRESS)
        doubt = UnmodelledMatch(text="SpoofGuard may let by what has no address yet")
        rules = (
            *(
                [SwitchFilterRule(1, "its bound addresses", (held,), "accept", "in")]
                if bound
                else ()
            ),
            SwitchFilterRule(2, "no address yet", (unset, doubt), "accept", "in"),
            SwitchFilterRule(3, "any other source", (), "drop", "in"),
        )
        self.filters[identity] = PortFilter(
            id=identity, name=f"SpoofGuard at {nic.label}", rules=rules, hosts=self._hosts
        )
        return identity


def _with(machine: Machine, found: Callable[[VirtualNic], Fact[tuple[str, ...]]]) -> Machine:
    if isinstance(machine.nics, NotRead):
        return machine
    nics = (
        msgspec.structs.replace(nic, port_filters=_joined(nic.port_filters, found(nic)))
        for nic in machine.nics
    )
    return msgspec.structs.replace(machine, nics=tuple(nics))


def _holds(members: Members | None, machine: str) -> bool | None:
    """Tell whether a machine is a member, ``None`` where that is not known."""
    if members is None or machine in members.machines:
        return True
    return None if members.unknown or members.addresses else False


def _joined(before: Fact[tuple[str, ...]], more: Fact[tuple[str, ...]]) -> Fact[tuple[str, ...]]:
    if isinstance(before, NotRead):
        return before
    return more if isinstance(more, NotRead) else (*before, *more)


def _is_it(known: Nic, nic: VirtualNic) -> bool:
    if known.mac and isinstance(nic.mac, str):
        return known.mac == nic.mac.lower()
    return bool(known.key) and nic.id.rpartition("/")[2] == known.key


def _names(nodes: tuple[Answer, ...]) -> Iterator[str]:
    """Yield what hosts are called on which the firewall is installed."""
    for node in nodes:
        deployed = node.get("node_deployment_info")
        if isinstance(deployed, dict) and text(deployed, "resource_type") == "HostNode":
            yield text(deployed, "fqdn")
            yield text(deployed, "display_name")
            yield text(deployed, "discovered_node_id").rpartition(":")[2]


def _identities(one: Answer) -> tuple[str, ...]:
    found = (one.get(key) for key in ("external_id", "target_id"))
    return tuple(name for name in found if isinstance(name, str) and name)
