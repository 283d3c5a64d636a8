"""A believable proof of Harbour and what surrounds it, for tests of the report."""

import msgspec

from report_audit import audit
from report_inventory import inventory, memberships, policy
from ringfence.model.change import Change
from ringfence.model.packet import Header
from ringfence.model.snapshot_file import snapshot_hash
from ringfence.policy.document import Policy
from ringfence.reach.results import (
    DeployedConfiguration,
    Hop,
    Misplacement,
    Missing,
    Obligation,
    PairResult,
    Proof,
    Witness,
)
from ringfence.report.format import ReportInput

GENERATED = "2026-11-23T09:15:10Z"
DECLARED = {
    ("outside", "dmz"): ("tcp/80", "tcp/443"),
    ("dmz", "application"): ("tcp/8443",),
    ("application", "cardholder"): ("tcp/1433",),
}
WRONG_VLAN = Change(
    object="pg-3-CDE-300",
    name="CDE-300 on esx-3",
    kind="set",
    table="port_groups",
    property="vlan.vlan",
    before=200,
    after=300,
)


def _syn(source: str, destination: str, port: int) -> Header:
    return Header(
        source=source,
        destination=destination,
        protocol=6,
        source_port=40000,
        destination_port=port,
        tcp_flags=2,
    )


def wrong_vlan_witness() -> Witness:
    """A frame of the application tier that lands among cardholder data on esx-3."""
    sent = _syn("10.1.200.12", "10.1.30.13", 22)
    return Witness(
        attacker="honest",
        sent=sent,
        delivered=sent,
        source_place="vm-app-02/4000",
        destination_place="vm-db-03/4000",
        hops=(
            Hop(kind="machine", object="vm-app-02", label="app-02", detail="Network adapter 1"),
            Hop(kind="port-group", object="dvpg-200", label="APP-200", detail="VLAN 200"),
            Hop(kind="switch", object="dvs-1", label="Zones", detail="on esx-2"),
            Hop(kind="uplink", object="host-2/vmnic2", label="esx-2/vmnic2", detail="Uplink 1"),
            Hop(kind="domain", object="site", label="site", detail="carries VLAN 200"),
            Hop(kind="uplink", object="host-3/vmnic4", label="esx-3/vmnic4", detail="active"),
            Hop(kind="switch", object="host-3/vSwitch1", label="vSwitch1", detail="on esx-3"),
            Hop(
                kind="port-group",
                object="pg-3-CDE-300",
                label="CDE-300 on esx-3",
                detail="VLAN 200; the other hosts have 300",
                decisive=True,
            ),
            Hop(kind="place", object="vm-db-03", label="db-03", detail="Network adapter 1"),
        ),
        closing="Set the VLAN of CDE-300 on esx-3 from 200 to 300.",
        close=(WRONG_VLAN,),
        replayed=True,
    )


def rule_witness() -> Witness:
    """A permit above the default deny of the inner firewall; the sender's address is false."""
    rule = "ip saddr 10.1.100.0/24 tcp dport { 22, 1433 } accept"
    return Witness(
        attacker="spoofing",
        sent=_syn("10.1.100.250", "10.1.30.11", 1433),
        delivered=_syn("10.1.200.1", "10.1.30.11", 1433),
        source_place="vm-web-01/4000",
        destination_place="vm-db-01/4000",
        hops=(
            Hop(kind="machine", object="vm-web-01", label="web-01", detail="Network adapter 1"),
            Hop(kind="port-group", object="dvpg-100", label="DMZ-100", detail="VLAN 100"),
            Hop(
                kind="device",
                object="inner-firewall",
                label="inner-firewall",
                detail="forward chain, rule 7 of 9",
                rule=rule,
                left=_syn("10.1.200.1", "10.1.30.11", 1433),
                decisive=True,
            ),
            Hop(kind="port-group", object="pg-1-CDE-300", label="CDE-300", detail="VLAN 300"),
            Hop(kind="place", object="vm-db-01", label="db-01", detail="Network adapter 1"),
        ),
        closing="Remove rule 7 of chain forward on inner-firewall.",
        replayed=True,
    )


def _returned(hops: tuple[Hop, ...]) -> tuple[Hop, ...]:
    kinds = {"machine": "place", "place": "machine"}
    return tuple(
        msgspec.structs.replace(hop, kind=kinds.get(hop.kind, hop.kind)) for hop in reversed(hops)
    )


def _isolation(source: str, destination: str, **rest: object) -> Obligation:
    sentence = f"Nothing in {source} can reach {destination} outside the declared flows."
    return Obligation(**{"kind": "isolation", "verdict": "PROVED", "sentence": sentence, **rest})


def _violations() -> dict[tuple[str, str], PairResult]:
    back = wrong_vlan_witness()
    return {
        ("application", "cardholder"): PairResult(
            source="application",
            destination="cardholder",
            verdict="VIOLATED",
            declared=("tcp/1433",),
            reachable=("every IPv4 and IPv6 packet",),
            flows_work=True,
            obligations=(
                _isolation(
                    "application",
                    "cardholder",
                    verdict="VIOLATED",
                    witness=back,
                    sentence="Something in application can reach cardholder on tcp/22: port "
                    "group CDE-300 on host esx-3 has VLAN 200, the others 300.",
                ),
                Obligation(
                    kind="flow",
                    verdict="PROVED",
                    sentence="application reaches cardholder on tcp/1433 through inner-firewall.",
                ),
            ),
        ),
        ("cardholder", "application"): PairResult(
            source="cardholder",
            destination="application",
            verdict="VIOLATED",
            reachable=("every IPv4 and IPv6 packet",),
            obligations=(
                _isolation(
                    "cardholder",
                    "application",
                    verdict="VIOLATED",
                    witness=Witness(
                        attacker=back.attacker,
                        sent=_syn("10.1.30.13", "10.1.200.12", 443),
                        delivered=_syn("10.1.30.13", "10.1.200.12", 443),
                        source_place=back.destination_place,
                        destination_place=back.source_place,
                        hops=_returned(back.hops),
                        closing=back.closing,
                        replayed=True,
                    ),
                    sentence="Something in cardholder can reach application on tcp/443: port "
                    "group CDE-300 on host esx-3 has VLAN 200, the others 300.",
                ),
            ),
        ),
        ("dmz", "cardholder"): PairResult(
            source="dmz",
            destination="cardholder",
            verdict="VIOLATED",
            reachable=("tcp/22", "tcp/1433"),
            obligations=(
                _isolation(
                    "dmz",
                    "cardholder",
                    verdict="VIOLATED",
                    witness=rule_witness(),
                    sentence="Something in dmz can reach cardholder on tcp/1433: rule 7 of chain "
                    "forward on inner-firewall permits it before the default deny.",
                ),
            ),
        ),
    }


def _unknown(source: str, destination: str) -> PairResult:
    return PairResult(
        source=source,
        destination=destination,
        verdict="UNKNOWN",
        reachable=("nothing for certain",),
        obligations=(
            _isolation(
                source,
                destination,
                verdict="UNKNOWN",
                sentence=f"Whether something in {source} can reach {destination} is not known: "
                "the settings of vSwitch0 on esx-4 were not read.",
                missing=(
                    Missing(
                        what="the security policy of vSwitch0 on esx-4 was not read",
                        how="give the account System.Read on host esx-4 and collect again",
                    ),
                ),
            ),
        ),
    )


def proof(declared: Policy, digest: str, *, faulty: bool = True) -> Proof:
    """A proof of every pair of zones of Harbour."""
    zones = declared.by_trust()
    special = _violations() if faulty else {}
    if faulty:
        special |= {(each, "management"): _unknown(each, "management") for each in zones[:2]}
    pairs = tuple(
        special.get((source, destination))
        or PairResult(
            source=source,
            destination=destination,
            verdict="PROVED",
            obligations=(_isolation(source, destination),),
            declared=DECLARED.get((source, destination), ()),
            reachable=DECLARED.get((source, destination), ()),
            flows_work=not faulty if (source, destination) in DECLARED else None,
            notes=("placement unchecked: only networks names migration",)
            if "migration" in (source, destination) and source == "outside"
            else (),
        )
        for source in zones
        for destination in zones
        if source != destination
    )
    misplaced = Misplacement(
        attachment="vm-web-07/4000",
        owner="vm-web-07",
        name="web-07, Network adapter 1",
        standing="misplaced",
        sentence="web-07 belongs to dmz and its Network adapter 1 stands in application "
        "(port group APP-200).",
    )
    return Proof(
        policy=declared.name,
        snapshot_hash=digest,
        taken="2026-11-23T09:14:02Z",
        zones=zones,
        pairs=pairs,
        misplacements=(misplaced,) if faulty else (),
        configurations=(
            DeployedConfiguration(
                scope="all hosts",
                declared="full-collapse",
                deployed=None if faulty else "full-collapse",
                sentence="full-collapse is declared, and none of the three is deployed: "
                "application reaches cardholder without crossing any declared device."
                if faulty
                else "full-collapse is declared and deployed: 4 hosts of 4 carry machines of "
                "several zones, and inner-firewall joins zones as a machine.",
            ),
        ),
        facts=1204,
        assumptions=(
            "Domain site joins every uplink esx-*/vmnic*; untagged frames are dropped.",
            "Every machine may be powered on, and every uplink of a team may carry its frames.",
        ),
        bypasses=("app-13 has NICs in APP-200 and CDE-300 and is not a declared device.",)
        if faulty
        else (),
    )


def harbour(*, faulty: bool = True) -> ReportInput:
    """Everything that a report of Harbour is made from, with faults or without."""
    declared, datacenter = policy(), inventory(faulty=faulty)
    digest = snapshot_hash(datacenter.snapshot)
    return ReportInput(
        inventory=datacenter,
        policy=declared,
        memberships=memberships(datacenter, faulty=faulty),
        proof=proof(declared, digest, faulty=faulty),
        audit=audit(digest, faulty=faulty),
        generated=GENERATED,
    )
