"""Ordered rules of firewalls, routers and switch filters, in words that no vendor owns.

Matches keep raw values (addresses as text, ports and types as number ranges), so that the proof
engine and the naive interpreter each read them in their own way. A rule matches a packet when all
of its conditions do. A later fragment has no ports, ICMP type or TCP flags: conditions on these do
not match it, whether negated or not.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ringfence.model.facts import NOT_COLLECTED, Fact, Record
from ringfence.model.packet import Fragment

Side = Literal["source", "destination"]


Number = Annotated[int, msgspec.Meta(ge=0, le=65535)]
"""A port, or a type or code of ICMP, as a file may say it."""
Octet = Annotated[int, msgspec.Meta(ge=0, le=255)]


class NumberRange(Record, frozen=True, array_like=True):
    """Whole numbers ``first`` to ``last``, both included."""

    first: Number
    last: Number


class AddressMatch(Record, frozen=True, tag="address"):
    """Source or destination in any of ``ranges``: ``10.0.0.0/8``, ``::1`` or ``first-last``.

    A range only holds addresses of its own family, also where ``negated``: "not 10.0.0.0/8"
    matches every other IPv4 address and no IPv6 address.
    """

    side: Side
    ranges: tuple[str, ...]
    negated: bool = False


class FamilyMatch(Record, frozen=True, tag="family"):
    """IPv4 (4) or IPv6 (6) packets."""

    family: Literal[4, 6]


class ProtocolMatch(Record, frozen=True, tag="protocol"):
    """IP protocol numbers (6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6)."""

    protocols: tuple[Octet, ...]
    negated: bool = False


class PortMatch(Record, frozen=True, tag="port"):
    """Ports of TCP, UDP, UDP-Lite, DCCP and SCTP; no packet of another protocol matches.

    Where ``negated``, the packet still must have a protocol with ports.
    """

    side: Side
    ranges: tuple[NumberRange, ...]
    negated: bool = False


class IcmpMatch(Record, frozen=True, tag="icmp"):
    """ICMP (family 4) or ICMPv6 (family 6) types and codes; no codes means any code."""

    family: Literal[4, 6]
    types: tuple[NumberRange, ...]
    codes: tuple[NumberRange, ...] = ()
    negated: bool = False


class TcpFlagsMatch(Record, frozen=True, tag="tcp-flags"):
    """TCP packets whose flags under ``mask`` equal ``value``; bits as in RFC 9293's header.

    FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. Where ``negated`` it still must be TCP.
    """

    mask: Octet
    value: Octet
    negated: bool = False


class FragmentMatch(Record, frozen=True, tag="fragment"):
    """Whole packets (``none``), first fragments, or later ones: any of ``kinds``."""

    kinds: tuple[Fragment, ...]


class InterfaceMatch(Record, frozen=True, tag="interface"):
    """The interface a packet came in by, or leaves by; a name may end in ``*``."""

    direction: Literal["in", "out"]
    names: tuple[str, ...]
    negated: bool = False


class StateMatch(Record, frozen=True, tag="state"):
    """The state that the device keeps for the packet's connection."""

    states: tuple[Literal["new", "established", "related", "invalid", "untracked"], ...]
    negated: bool = False


class UnmodelledMatch(Record, frozen=True, tag="unmodelled"):
    """A condition that is not modelled: it may match or not, so it is bounded from both sides."""

    text: str


Condition = (
    AddressMatch
    | FamilyMatch
    | ProtocolMatch
    | PortMatch
    | IcmpMatch
    | TcpFlagsMatch
    | FragmentMatch
    | InterfaceMatch
    | StateMatch
    | UnmodelledMatch
)


class Translation(Record, frozen=True):
    """What a rule writes in place of one end of the packets that it matches.

    Of several ``addresses`` or ``ports`` any may be taken; without, that part stays as it is, but
    for source ports (see ``connections``). ``of_interface`` takes an address of the interface that
    the packet came in by (destination) or leaves by (source). Where ``prefix`` is given,
    ``addresses`` is one network of the same length, and an address keeps its place in it. A rule
    matches no packet of another family than its addresses, nor one whose end is not in ``prefix``.
    Ports are written only where the protocol has ports. Raises ``ValueError`` for a prefix without
    its one network.
    """

    side: Side
    addresses: tuple[str, ...] = ()
    of_interface: bool = False
    prefix: str | None = None
    ports: tuple[NumberRange, ...] = ()

    def __post_init__(self) -> None:
        if self.prefix is not None and len(self.addresses) != 1:
            message = f"the prefix {self.prefix} becomes one network, not {len(self.addresses)}"
            raise ValueError(message)


Action = Literal[
    "accept",
    "drop",
    "reject",
    "jump",  # go on in ``target``; come back when it ends or returns
    "goto",  # go on in ``target``; when it ends, its caller goes on after the last jump
    "return",
    "continue",  # counts, logs or marks only
    "translate",  # rewrites an end of the packet by ``translation``, in a translating chain
    "unmodelled",  # may accept, drop, change or pass on: bounded from both sides
]


class Rule(Record, frozen=True):
    """A rule: ``text`` is its own line as an operator would find it, ``number`` counts from 1."""

    number: int
    text: str
    conditions: tuple[Condition, ...]
    action: Action
    target: str | None = None
    logged: bool = False
    comment: str = ""
    line: int | None = None
    translation: Translation | None = None


Hook = Literal["prerouting", "input", "forward", "output", "postrouting"]


class Chain(Record, frozen=True):
    """An ordered list of rules. A base chain has a ``hook``, others are only jumped to.

    At a hook every base chain has to accept, in order of ``priority``; a drop anywhere is final.
    ``policy`` decides at the end of a base chain; the end of another chain returns to its caller.
    ``family`` 0 is both.

    Base chains that ``translate`` stand together at the priority of ``connections.TRANSLATES_AT``;
    their own priority orders them among each other, and the first rule of them that translates a
    packet ends them all. They are met only by packets that start a connection; its further
    packets are translated as the first was, answers back (see ``connections``).
    """

    id: str
    name: str
    rules: tuple[Rule, ...]
    family: Literal[0, 4, 6] = 0
    hook: Hook | None = None
    priority: int = 0
    policy: Literal["accept", "drop"] = "accept"
    translates: bool = False


class Route(Record, frozen=True):
    """A route: the longest matching ``destination`` prefix wins, then the lowest metric.

    ``interface`` is ``None`` for a route that discards (blackhole, unreachable, prohibit).
    """

    destination: str
    interface: str | None
    next_hop: str | None = None
    metric: int = 0


class DeviceInterface(Record, frozen=True):
    """An interface of a device; ``addresses`` with prefix length, as ``10.1.100.1/24``."""

    name: str
    mac: str | None = None
    addresses: Fact[tuple[str, ...]] = NOT_COLLECTED
    up: Fact[bool] = True


class NotUnderstood(Record, frozen=True):
    """A line of a configuration that could matter and that is not modelled."""

    line: int | None
    text: str
    why: str


class ReadFile(Record, frozen=True):
    """How a file of a saved configuration was read: each of its ``lines`` is one of four.

    ``modelled`` exactly; ``irrelevant`` to what passes (comments, rules for the device's own
    packets); ``bounded`` from both sides, since it may match or not; or ``not_understood``, which
    stands at the device too. Of JSON and XML, entries are counted in place of lines.
    """

    name: str
    lines: int
    modelled: int
    irrelevant: int
    bounded: tuple[NotUnderstood, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()


class Device(Record, frozen=True):
    """A firewall or router, virtual or physical; ``id`` is its name in the policy.

    ``machine`` is the virtual machine it runs as. ``forwards`` tells whether it passes packets
    between interfaces at all. ``reverse_path`` names the interfaces that take an IPv4 packet only
    where the route back to its source leaves by them (RFC 3704, strict). ``reassembles`` are the
    IP families of which it puts fragments together before its rules: a fragment alone stays there.
    ``files`` tell how its saved configuration was read, and decide nothing.
    """

    id: str
    name: str
    kind: str = "firewall"
    physical: bool = False
    machine: str | None = None
    forwards: Fact[bool] = True
    interfaces: Fact[tuple[DeviceInterface, ...]] = NOT_COLLECTED
    chains: Fact[tuple[Chain, ...]] = NOT_COLLECTED
    routes: Fact[tuple[Route, ...]] = NOT_COLLECTED
    reverse_path: Fact[tuple[str, ...]] = ()
    reassembles: Fact[tuple[Literal[4, 6], ...]] = NOT_COLLECTED
    not_understood: tuple[NotUnderstood, ...] = ()
    files: tuple[ReadFile, ...] = ()


class SwitchFilterRule(Record, frozen=True):
    """A rule of a filter at a port, for frames into the switch (``in``), out of it, or both.

    What a machine sends goes into the switch, what it gets comes out.
    """

    number: int
    text: str
    conditions: tuple[Condition, ...]
    action: Literal["accept", "drop", "unmodelled"]
    direction: Literal["in", "out", "both"] = "both"


class PortFilter(Record, frozen=True):
    """A filter at virtual NICs, which name it by ``id``: a virtual firewall of each of them.

    Its rules are read in order, those of direction ``in`` for what a machine sends, those of
    ``out`` for what it gets; ``sending`` and ``receiving`` decide on what none of them matches.
    Where it keeps connections (``stateful``), it lets out the answers to what it let in, and in
    the answers to what it let out. ``hosts`` are those on which it is applied: it does not follow a
    machine to any other; ``None`` is every host. ``reassembles`` as for a device. ``other_frames``
    says what becomes of frames that are not IP (ARP, and whatever EtherType a machine makes up).
    """

    id: str
    name: str
    rules: Fact[tuple[SwitchFilterRule, ...]] = NOT_COLLECTED
    sending: Literal["accept", "drop"] = "accept"
    receiving: Literal["accept", "drop"] = "accept"
    stateful: bool = False
    hosts: Fact[tuple[str, ...] | None] = None
    other_frames: Fact[Literal["accept", "drop"]] = NOT_COLLECTED
    reassembles: Fact[tuple[Literal[4, 6], ...]] = NOT_COLLECTED
