"""What a proof says: verdicts for each ordered pair of zones, witnesses, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from ringfence.model.change import Change
from ringfence.model.facts import Record
from ringfence.model.packet import Header

Verdict = Literal["PROVED", "VIOLATED", "UNKNOWN"]
Attacker = Literal[
    "honest",  # sends from its own address to the other's
    "spoofing",  # lies about its addresses
    "poisoning",  # forges answers of ARP or neighbour discovery
    "reporting",  # reports false addresses to the management server
]
STRENGTH: Final[Mapping[Attacker, int]] = {
    "honest": 0,
    "spoofing": 1,
    "poisoning": 2,
    "reporting": 3,
}
"""The ladder of attackers: whoever can do one thing can do those before it."""

ObligationKind = Literal[
    "isolation",  # nothing is delivered outside the declared flows, through their devices
    "configuration",  # every path crosses the kind of device that the configuration asks for
    "observation",  # nothing less trusted observes what is more trusted
    "device",  # no untrusted place reaches a device's own services
    "flow",  # each service of a declared flow works now
]


class Hop(Record, frozen=True):
    """One station of a witness, from the sender to the place reached.

    ``label`` names the object, ``detail`` what it did (VLAN, rule text and number, setting).
    ``left`` is the header that the packet left with where the station translated it. ``decisive``
    marks the station that should have stopped the packet.
    """

    kind: Literal[
        "machine",
        "kernel-interface",
        "port-group",
        "switch",
        "uplink",
        "domain",
        "device",
        "place",
    ]
    object: str
    label: str
    detail: str = ""
    rule: str | None = None
    left: Header | None = None
    decisive: bool = False


class Trial(Record, frozen=True):
    """What became of a pair of zones when the change that a witness names was tried.

    ``verdict`` is that of the whole pair, ``remaining`` the ways on which something undeclared
    still gets there, and other reasons, in words. ``stops`` are promised services that worked
    before and are not known to work after it.
    """

    verdict: Verdict
    remaining: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()


class Closing(Record, frozen=True):
    """A change that closes a way, in words and as it can be tried."""

    sentence: str
    changes: tuple[Change, ...]


class Together(Record, frozen=True):
    """The fewest changes found that close a violated pair together, as was tried.

    ``verdict`` is that of the pair after them, ``stops`` the promised services that they stop.
    """

    closings: tuple[Closing, ...]
    verdict: Verdict
    stops: tuple[str, ...] = ()


class Witness(Record, frozen=True):
    """A concrete packet that shows a violation, with its path.

    ``sent`` is the header as sent, ``delivered`` as received. ``source_place`` and
    ``destination_place`` are attachment ids. ``harder`` says what would ask for a stronger
    attacker, in a sentence, empty where nothing is known to. ``close`` are changes that would close
    it, in words in ``closing``; ``trial`` is what they did when they were tried, ``None`` where
    they were not.
    """

    attacker: Attacker
    sent: Header
    delivered: Header
    source_place: str
    destination_place: str
    hops: tuple[Hop, ...]
    harder: str = ""
    closing: str = ""
    close: tuple[Change, ...] = ()
    trial: Trial | None = None
    replayed: bool = False


class Missing(Record, frozen=True):
    """What keeps a verdict UNKNOWN: the fact, and how to supply it."""

    what: str
    how: str


class Stopped(Record, frozen=True):
    """What keeps a promised service from working now: a packet, its way, and why it ends there."""

    header: Header
    reason: str
    hops: tuple[Hop, ...] = ()


class Obligation(Record, frozen=True):
    """One thing that the policy demands of a pair of zones, and whether it holds.

    ``sentence`` can be read out in a meeting. ``others`` are witnesses over other chains of devices
    than ``witness`` crosses, and ``more`` how many further chains, at least, were found and are not
    shown. ``stopped`` shows where a promised service ends.
    """

    kind: ObligationKind
    verdict: Verdict
    sentence: str
    witness: Witness | None = None
    others: tuple[Witness, ...] = ()
    more: int = 0
    stopped: Stopped | None = None
    missing: tuple[Missing, ...] = ()


class PairResult(Record, frozen=True):
    """The result for packets from zone ``source`` to zone ``destination``.

    ``verdict`` is the worst of the obligations that judge isolation; ``declared`` are the services
    of the flows, ``reachable`` what can be brought about, and ``working`` what of the declared
    works now for honest machines, both ways, in words; ``flows_work`` is false where a promised
    service cannot work, ``None`` where it is not known or none was promised.
    ``chain`` are the zones in which an attacker who holds a machine in ``source`` has to take one
    each to end in ``destination``, both ends included; empty where there is no such way. ``fewest``
    is how many machines that are at least, ``None`` where there is no way.
    ``closed_by`` is what closes a violated pair, where none of the changes that its witnesses name
    does alone and several were found to.
    """

    source: str
    destination: str
    verdict: Verdict
    obligations: tuple[Obligation, ...]
    declared: tuple[str, ...] = ()
    reachable: tuple[str, ...] = ()
    working: tuple[str, ...] = ()
    flows_work: bool | None = None
    chain: tuple[str, ...] = ()
    fewest: int | None = None
    closed_by: Together | None = None
    notes: tuple[str, ...] = ()


class Misplacement(Record, frozen=True):
    """A place whose zone is not as declared: misplaced, ambiguous, nowhere, or not read."""

    attachment: str
    owner: str
    name: str
    standing: str
    sentence: str


class DeployedConfiguration(Record, frozen=True):
    """Which of the three configurations is really deployed, and why; ``None`` is none of them."""

    scope: str
    declared: str
    deployed: str | None
    sentence: str


class Proof(Record, frozen=True):
    """The whole result of a proof, from one snapshot and one policy.

    ``zones`` are in order of trust, outside first; ``pairs`` row by row, without the diagonal.
    ``facts`` counts the facts that were read; ``assumptions`` are what the proof rests on besides
    them.
    """

    policy: str
    snapshot_hash: str
    taken: str
    zones: tuple[str, ...]
    pairs: tuple[PairResult, ...]
    misplacements: tuple[Misplacement, ...]
    configurations: tuple[DeployedConfiguration, ...]
    facts: int
    assumptions: tuple[str, ...] = ()
    bypasses: tuple[str, ...] = ()
