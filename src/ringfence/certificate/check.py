"""Whether a certificate holds for a snapshot and a policy.

Accepted is a certificate of which every pair of zones is isolated as a proof claims it: nothing is
delivered outside the declared flows, past the devices that these name, or as an answer to what
others planted; every path crosses a device of the kind that the configuration asks for; nothing
less trusted observes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.certificate.devices import Planted
from ringfence.certificate.diagram import EMPTY
from ringfence.certificate.loading import load_nodes, load_sources
from ringfence.certificate.network import Network
from ringfence.certificate.observing import Observing
from ringfence.certificate.spreading import Claim, Spreading
from ringfence.foundation.errors import CertificateFailedError
from ringfence.model.snapshot_file import snapshot_hash
from ringfence.policy.digest import policy_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ringfence.certificate.network import Sources
    from ringfence.model.certificate import Certificate
    from ringfence.model.snapshot import Snapshot
    from ringfence.policy.document import Policy
    from ringfence.policy.membership import Membership

_NOTHING_SAID: Final = "It says nothing of this one. Prove again, and write a new certificate."
_Key = tuple[str, frozenset[str], str | None, "Sources | None"]


def check(
    certificate: Certificate,
    snapshot: Snapshot,
    policy: Policy,
    memberships: Iterable[Membership],
) -> None:
    """Return where the certificate holds; raises ``CertificateFailedError`` where it does not."""
    for name, found, digest in (
        ("snapshot", snapshot_hash(snapshot), certificate.snapshot),
        ("policy", policy_hash(policy), certificate.policy),
    ):
        if found != digest:
            message = (
                f"The certificate is for another {name}: it names {digest[:16]}…, this is "
                f"{found[:16]}…."
            )
            raise CertificateFailedError(message, _NOTHING_SAID)
    _Check(certificate, Network(snapshot, policy, memberships)).all_pairs()


class _Check:
    def __init__(self, certificate: Certificate, network: Network) -> None:
        self._certificate = certificate
        self._network = network
        self._spreading = Spreading(network)
        self._claims = self._read_claims(load_nodes(certificate, network.diagrams))
        self._planted: dict[str, Mapping[str, Planted]] = {}
        self._opened: dict[str, int] = {}
        self._answers_to: dict[str, Mapping[str, Planted]] = {}
        self._closed: set[tuple[int, int, tuple[tuple[str, Planted], ...], bool]] = set()

    def all_pairs(self) -> None:
        """Check every claim, and every pair by them."""
        network = self._network
        if not self._certificate.pairs:
            raise CertificateFailedError("The certificate claims nothing: it names no pair.")
        for (_, _, answering, _), claim in self._claims.items():
            if answering is None:
                self._require_closed(claim, {}, network.diagrams.everything)
        observing = Observing(network)
        for source, destination in self._certificate.pairs:
            for zone in (source, destination):
                if zone not in network.policy.zones:
                    raise CertificateFailedError(f"The policy has no zone {zone!r}.", _NOTHING_SAID)
            if source == destination:
                raise CertificateFailedError(f"The certificate claims {source} apart from itself.")
            self._pair(source, destination)
            seen = observing.problem(source, destination)
            if seen is not None:
                message = f"{destination} may observe {source}: {seen}."
                raise CertificateFailedError(message, "What it claims is not so.")

    def _pair(self, source: str, destination: str) -> None:
        for sources, flows in self._network.by_sources(self._network.flows(source, destination)):
            self._declared(source, destination, sources, flows)
        self._spreading.require_within(
            self._claim(source, self._network.required),
            destination,
            EMPTY,
            "without crossing a device that the configuration asks for",
        )

    def _declared(
        self, source: str, destination: str, sources: Sources | None, flows: tuple[int, ...]
    ) -> None:
        """Check that only what some flows permit gets there, of what is sent from some sources."""
        network, spreading = self._network, self._spreading
        allowed = network.permitted(flows)
        open_claim = self._claim(source, sources=sources)
        spreading.require_within(open_claim, destination, allowed, "outside the declared flows")
        if network.is_management(destination):
            self._local(open_claim, destination, allowed)
        for device in sorted({name for one in flows for name in network.policy.flows[one].through}):
            others = [one for one in flows if device not in network.policy.flows[one].through]
            spreading.require_within(
                self._claim(source, frozenset({device}), sources),
                destination,
                network.permitted(others),
                f"without crossing {device}",
            )
        self._answers(source, destination, allowed, sources)

    def _local(self, claim: Claim, destination: str, allowed: int) -> None:
        diagrams = self._network.diagrams
        beyond = diagrams.without(self._spreading.taken_in(claim), allowed)
        if beyond != EMPTY:
            message = (
                f"{claim.zone} can reach the own services of a device, which belong to "
                f"{destination}, outside the declared flows."
            )
            raise CertificateFailedError(message, "What it claims is not proved by it.")

    def _answers(
        self, source: str, destination: str, allowed: int, sources: Sources | None
    ) -> None:
        """Check what devices may let in as answers to conversations that others planted.

        Where every device sends packets on as they came, each header is by itself: only those
        count of which planted state may let more through.
        """
        planted = self._planted_against(destination)
        opened = self._opened.get(destination)
        if opened is None:
            opened = self._opened[destination] = self._spreading.opened(destination, planted)
        if opened == EMPTY:
            return
        claim = self._claims.get((source, frozenset(), destination, sources))
        claim = claim or self._claim(source, sources=sources)
        self._require_closed(claim, planted, opened, answering=True)
        self._spreading.require_within(
            claim, destination, allowed, "as an answer to what was never asked", answering=True
        )

    def _planted_against(self, victim: str) -> Mapping[str, Planted]:
        if self._network.passing.keeps_connections:
            # What a port takes for an answer may be new to a device behind it.
            anything = self._network.diagrams.everything
            return dict.fromkeys(self._network.interfaces, Planted(anything, anything))
        known = self._planted.get(victim)
        if known is None:
            others = [zone for zone in self._network.policy.zones if zone != victim]
            known = self._planted[victim] = self._spreading.planted_together(
                [self._planted_by(zone) for zone in others]
            )
        return known

    def _planted_by(self, zone: str) -> Mapping[str, Planted]:
        """Return the answers to what a zone gets through each device."""
        known = self._answers_to.get(zone)
        if known is None:
            known = self._answers_to[zone] = self._spreading.planted(self._claim(zone))
        return known

    def _require_closed(
        self, claim: Claim, planted: Mapping[str, Planted], among: int, *, answering: bool = False
    ) -> None:
        key = (id(claim), among, tuple(sorted(planted.items())), answering)
        if key not in self._closed:
            self._spreading.require_closed(claim, planted, among, answering=answering)
            self._closed.add(key)

    def _claim(
        self,
        zone: str,
        closed: frozenset[str] = frozenset(),
        sources: Sources | None = None,
    ) -> Claim:
        """Return the claim for packets of a zone: of just these sources, or else of any."""
        claim = self._claims.get((zone, closed, None, sources))
        claim = claim or self._claims.get((zone, closed, None, None))
        if claim is None:
            without = f" without {', '.join(sorted(closed))}" if closed else ""
            message = f"The certificate has no sets for what {zone} can reach{without}."
            raise CertificateFailedError(message, "What it claims is not proved by it.")
        return claim

    def _read_claims(self, nodes: list[int]) -> dict[_Key, Claim]:
        network = self._network
        claims: dict[_Key, Claim] = {}
        for spread in self._certificate.spreads:
            if spread.zone not in network.policy.zones:
                raise CertificateFailedError(f"The policy has no zone {spread.zone!r}.")
            sent: dict[str, int] = {}
            for one in spread.sent:
                place = network.interfaces.get(one.device, {}).get(one.interface)
                if place is None or not 0 <= one.headers < len(nodes) or place.id in sent:
                    message = (
                        f"The certificate's set for {one.interface} of {one.device} fits no "
                        "interface of that device, or no node."
                    )
                    raise CertificateFailedError(message, _NOTHING_SAID)
                sent[place.id] = nodes[one.headers]
            sources = load_sources(spread)
            key = (spread.zone, frozenset(spread.closed), spread.answering, sources)
            if key in claims:
                raise CertificateFailedError(f"The certificate has two sets for {spread.zone}.")
            claims[key] = Claim(spread.zone, key[1], sent, sources)
        return claims
