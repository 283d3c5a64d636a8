"""What must be found of each planted fault, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Pairs: TypeAlias = frozenset[tuple[str, str]]

DMZ, APP, CDE = "dmz", "application", "cardholder"
OUTSIDE, MANAGEMENT, MIGRATION = "outside", "management", "migration"
HOSTS = ("esx-1", "esx-2", "esx-3", "esx-4")
NOTHING: Pairs = frozenset()


def pairs(*ordered: tuple[str, str]) -> Pairs:
    """These ordered pairs."""
    return frozenset(ordered)


def both_ways(*unordered: tuple[str, str]) -> Pairs:
    """These pairs in both directions."""
    return frozenset(pair for a, b in unordered for pair in ((a, b), (b, a)))


def to_and_from(zone: str, *others: str) -> Pairs:
    """Every pair of one zone with others."""
    return both_ways(*((zone, other) for other in others))


@dataclass(frozen=True)
class Expected:
    """What a check says of Harbour with one fault in it.

    Pairs in neither set are PROVED. ``findings`` are checks with ``host/object``, ``undecided``
    checks; ``misplaced`` are names of places. ``witness`` is a violated pair with what its witness
    marks as decisive, and ``sentence`` a part of what is said of that pair.
    """

    violated: Pairs = NOTHING
    unknown: Pairs = NOTHING
    findings: frozenset[tuple[str, str]] = frozenset()
    undecided: frozenset[str] = frozenset()
    misplaced: frozenset[str] = frozenset()
    bypasses: frozenset[str] = frozenset()
    witness: tuple[str, str] | None = None
    decisive: str = ""
    sentence: str = ""
    configuration: str | None = "full-collapse"
    flows_work: bool | None = True


def found(check: str, *objects: str) -> frozenset[tuple[str, str]]:
    """Findings of one check."""
    return frozenset((check, name) for name in objects)


def on_every_host(check: str, name: str) -> frozenset[tuple[str, str]]:
    """A finding of one check on every host."""
    return found(check, *(f"{host}/{name}" for host in HOSTS))


EXPECTED: Mapping[str, Expected] = {
    # Cardholder machines on esx-3 stand in the application network, also for what the firewall
    # lets into it from the DMZ.
    "wrong-vlan-on-one-host": Expected(
        violated=both_ways((APP, CDE)) | pairs((DMZ, CDE)),
        unknown=pairs((DMZ, APP)),
        findings=found("consistency.port-groups-agree", "esx-3/CDE-300"),
        witness=(APP, CDE),
        decisive="CDE-300",
        sentence="port group CDE-300 on host esx-3.harbour.example has VLAN 200, the others 300",
        configuration=None,
    ),
    "port-group-missing-on-one-host": Expected(
        findings=found("consistency.port-group-missing", "esx-4/esx-4"),
    ),
    "trunk-to-machine": Expected(
        violated=to_and_from(DMZ, APP, CDE, MANAGEMENT, MIGRATION),
        unknown=pairs((CDE, APP)),
        findings=found("layer2.trunk-to-machine", "/DMZ-TRUNK"),
        witness=(DMZ, CDE),
        decisive="DMZ-TRUNK",
        sentence="port group DMZ-TRUNK gives its machines the VLANs 1-4093",
        configuration=None,
    ),
    # The machine hears what the edge firewall lets into the DMZ, too.
    "vlan-4095": Expected(
        violated=to_and_from(CDE, DMZ, APP, MANAGEMENT, MIGRATION) | pairs((OUTSIDE, CDE)),
        unknown=both_ways((APP, DMZ)),
        findings=on_every_host("layer2.trunk-to-machine", "CDE-ALL"),
        witness=(CDE, DMZ),
        decisive="CDE-ALL",
        sentence="port group CDE-ALL gives its machines the VLANs 0-4094",
        configuration=None,
    ),
    "promiscuous-inherited": Expected(
        findings=on_every_host("layer2.promiscuous-mode", "vSwitch1"),
    ),
    "forged-transmits-on-live-port": Expected(
        findings=found("layer2.forged-transmits", "esx-1/DMZ-100:12"),
    ),
    "mac-policy-two-places": Expected(findings=found("layer2.mac-policy-agrees", "/APP-200")),
    "mirror-to-less-trusted": Expected(
        violated=pairs((APP, DMZ)),
        findings=found("layer2.mirror-sessions", "/debug-app-03"),
        witness=(APP, DMZ),
        decisive="Zones",
        sentence="the mirror session debug-app-03 copies its traffic",
    ),
    "passthrough-nic": Expected(
        unknown=to_and_from(DMZ, APP, CDE, MANAGEMENT, MIGRATION) | pairs((CDE, APP)),
        findings=found("layer2.passthrough", "esx-1/web-09"),
        bypasses=frozenset({"web-09 has the physical device"}),
        configuration=None,
    ),
    "management-interface-on-machine-network": Expected(
        violated=both_ways((DMZ, MANAGEMENT)) | pairs((OUTSIDE, MANAGEMENT), (MANAGEMENT, APP)),
        unknown=pairs((APP, DMZ), (APP, MANAGEMENT), (CDE, DMZ), (CDE, MANAGEMENT)),
        findings=found("management.interface-apart", "esx-4/esx-4.harbour.example/vmk2"),
        misplaced=frozenset({"vmk2 of esx-4.harbour.example"}),
        witness=(DMZ, MANAGEMENT),
        decisive="DMZ-100",
        sentence="vmk2 of esx-4.harbour.example belongs to management and is attached to DMZ-100",
    ),
    "machine-on-migration-network": Expected(
        violated=both_ways((APP, MIGRATION)),
        findings=found("management.machines-apart", "esx-3/app-11"),
        misplaced=frozenset({"Network adapter 1 of app-11"}),
        bypasses=frozenset({"app-11 stands in application and migration"}),
        witness=(APP, MIGRATION),
        decisive="Migration",
        sentence="Network adapter 1 of app-11 belongs to application and is attached to Migration",
    ),
    "second-nic-in-another-zone": Expected(
        violated=both_ways((APP, CDE)),
        misplaced=frozenset({"Network adapter 2 of app-05"}),
        bypasses=frozenset({"app-05 stands in application and cardholder"}),
        witness=(APP, CDE),
        decisive="CDE-300",
        sentence="Network adapter 2 of app-05 belongs to application and is attached to CDE-300",
        configuration=None,
    ),
    # A DMZ machine in the application network may use the application's flow.
    "machine-on-wrong-network": Expected(
        violated=both_ways((DMZ, APP)) | pairs((DMZ, CDE)),
        unknown=pairs((CDE, APP), (CDE, DMZ)),
        misplaced=frozenset({"Network adapter 1 of web-03"}),
        bypasses=frozenset({"web-03 stands in application and dmz"}),
        witness=(DMZ, APP),
        decisive="APP-200",
        sentence="Network adapter 1 of web-03 belongs to dmz and is attached to APP-200",
        configuration=None,
    ),
    "rule-shadows-deny": Expected(
        violated=pairs((APP, CDE)),
        unknown=pairs((APP, DMZ), (CDE, DMZ), (DMZ, CDE)),
        findings=found("firewall.shadowed-deny", "/inner-firewall"),
        witness=(APP, CDE),
        decisive="inner-firewall",
        sentence="ticket 4711, temporary",
    ),
    "any-any-permit": Expected(
        violated=both_ways((DMZ, APP), (DMZ, CDE), (APP, CDE)),
        findings=found("firewall.default-deny", "/inner-firewall"),
        witness=(DMZ, CDE),
        decisive="inner-firewall",
        sentence="inner-firewall lets it through by rule 9 of inet filter forward: accept",
    ),
    "nic-carries-two-zones": Expected(
        findings=on_every_host("consistency.one-zone-per-nic", "vSwitch1"),
    ),
    "single-management-nic": Expected(
        findings=on_every_host("management.physical-nics", "vSwitch0"),
    ),
    "network-and-assignment-rights": Expected(
        findings=found("duties.never-together", r"/CORP\operators"),
    ),
    "administrator-for-group-at-root": Expected(
        findings=found("duties.administrators", r"/CORP\developers"),
    ),
    "lockdown-off": Expected(findings=found("management.lockdown", "esx-2/esx-2")),
    "ssh-running": Expected(findings=found("management.ssh", "esx-3/esx-3")),
    "appliance-without-reservation": Expected(
        findings=found("resources.appliance-reservations", "esx-1/fw-1"),
    ),
    "pool-without-limit": Expected(findings=found("resources.pool-limits", "/dmz")),
    # Port groups tell their VLANs themselves, hosts their uplinks; mirror sessions, live ports and
    # what is inherited are the switch's.
    "switch-not-readable": Expected(
        unknown=pairs(
            *((zone, OUTSIDE) for zone in (DMZ, APP, CDE, MANAGEMENT, MIGRATION)),
            *((zone, DMZ) for zone in (APP, CDE, MANAGEMENT, MIGRATION)),
            *((zone, APP) for zone in (CDE, MANAGEMENT, MIGRATION)),
            *((zone, CDE) for zone in (MANAGEMENT, MIGRATION)),
        ),
        undecided=frozenset(
            {
                "audit.discovery-protocol",
                "audit.flow-collectors",
                "audit.health-check",
                "layer2.forged-transmits",
                "layer2.live-port-overrides",
                "layer2.mac-changes",
                "layer2.mac-policy-agrees",
                "layer2.mirror-sessions",
                "layer2.promiscuous-mode",
                "layer2.trunk-to-machine",
                "resources.network-control",
            }
        ),
        flows_work=None,
    ),
    "native-vlan-used": Expected(findings=found("layer2.native-vlan", "/DMZ-1")),
}
