"""A believable audit of Harbour: every checklist item, every status, every severity."""

from typing import Any

from ringfence.audit.finding import (
    Accepted,
    Audit,
    ChecklistItem,
    CheckResult,
    Finding,
    Severity,
    Undecided,
)
from ringfence.foundation.canonical import fingerprint
from ringfence.model.change import Change
from ringfence.model.facts import NotRead

REFUSED = NotRead(reason="no-permission", detail="System.Read is missing on vSwitch0")

Row = tuple[str, str, ChecklistItem, Severity, int]
CHECKS: tuple[Row, ...] = (
    ("management.lockdown", "Lockdown mode is on", "management-isolation", "high", 3),
    ("management.ssh", "SSH is off", "management-isolation", "high", 3),
    ("management.nics", "Management has two NICs of its own", "management-isolation", "medium", 3),
    (
        "management.network",
        "No machine on the management network",
        "management-isolation",
        "high",
        4,
    ),
    ("hosts.port-groups", "Port groups exist on every host", "host-consistency", "medium", 23),
    ("hosts.vlan", "A port group has one VLAN on all hosts", "host-consistency", "critical", 22),
    ("hosts.teaming", "Teams have two NICs", "host-consistency", "medium", 12),
    ("layer2.promiscuous-mode", "Promiscuous mode is rejected", "layer-2-security", "high", 17),
    ("layer2.forged-transmits", "Forged transmits are rejected", "layer-2-security", "high", 17),
    ("layer2.trunk", "No trunk to a machine", "layer-2-security", "high", 18),
    ("duties.together", "Network and assignment rights apart", "separation-of-duties", "high", 4),
    ("duties.root", "No group is Administrator at the root", "separation-of-duties", "critical", 4),
    ("resources.appliances", "Appliances have reservations", "resource-management", "medium", 0),
    ("resources.pools", "Pools have limits", "resource-management", "medium", 4),
    ("audit.any-any", "No any-any permit above a deny", "regular-audit", "high", 1),
    ("audit.time", "Hosts have time servers", "regular-audit", "low", 3),
    ("audit.overlay", "Overlay segments have a default deny", "regular-audit", "high", 0),
)


def finding(check: str, name: str, path: str, found: Any, expected: Any, sentence: str) -> Finding:
    """A finding of one of the checks."""
    _, title, item, severity, _ = next(row for row in CHECKS if row[0] == check)
    return Finding(
        check=check,
        title=title,
        severity=severity,
        item=item,
        object=f"id-of-{name}",
        name=name,
        property=path,
        found=found,
        expected=expected,
        sentence=sentence,
        fingerprint=fingerprint(check, name, path),
        controls=("ESXI-80-000193", "CIS8 3.1")
        if item == "management-isolation"
        else ("CIS8 5.8",),
        evidence=(f"{path} of {name}, read at 09:14",),
        fix=(
            Change(
                object=f"id-of-{name}",
                name=name,
                kind="set",
                table="hosts" if item == "management-isolation" else "port_groups",
                property=path,
                before=found,
                after=expected,
            ),
        ),
    )


FOUND = (
    finding(
        "management.ssh",
        "esx-3.harbour.example",
        "services[TSM-SSH].running",
        True,
        False,
        "SSH runs on host esx-3; it should only run in an emergency.",
    ),
    finding(
        "management.lockdown",
        "esx-2.harbour.example",
        "lockdown",
        "disabled",
        "normal",
        "Host esx-2 can be configured past the management server: lockdown mode is off.",
    ),
    finding(
        "hosts.vlan",
        "CDE-300 on esx-3",
        "vlan.vlan",
        200,
        300,
        "Port group CDE-300 has VLAN 200 on esx-3 and 300 on the other three hosts.",
    ),
    finding(
        "hosts.port-groups",
        "MGMT-VMs-12 on esx-4",
        "port_groups",
        None,
        "MGMT-VMs-12, VLAN 12",
        "Port group MGMT-VMs-12 is missing on esx-4; a machine that moves there loses its network.",
    ),
    finding(
        "layer2.promiscuous-mode",
        "CDE-300 on esx-4",
        "security.promiscuous.accept",
        True,
        False,
        "Every machine on CDE-300 on esx-4 can read its neighbours' traffic.",
    ),
    finding(
        "duties.root",
        "CORP\\operators",
        "permissions",
        ["Admin"],
        [],
        "The group CORP\\operators may do everything in the whole inventory.",
    ),
    finding(
        "duties.together",
        "CORP\\operators",
        "capabilities",
        ["assign-networks", "configure-networks"],
        ["assign-networks"],
        "CORP\\operators may both change networks and attach machines to them.",
    ),
    finding(
        "resources.pools",
        "pool dmz",
        "memory.limit",
        None,
        49152,
        "Pool dmz has no memory limit and can starve the other zones.",
    ),
    finding(
        "audit.any-any",
        "inner-firewall",
        "chains[forward].rules[7]",
        "ip saddr 10.1.100.0/24 tcp dport { 22, 1433 } accept",
        "no permit outside the declared flows",
        "Rule 7 of inner-firewall permits dmz to cardholder before the default deny.",
    ),
)
EXCEPTION = Accepted(owner="soc", reason="sensor until the tap is built", expires="2027-01-31")


def audit(digest: str, *, faulty: bool = True) -> Audit:
    """The audit of Harbour, with findings or without."""
    return Audit(
        policy="harbour",
        snapshot_hash=digest,
        results=tuple(_result(row, faulty=faulty) for row in CHECKS),
        expired_exceptions=("layer2.trunk on IDS-span (owner soc) expired on 2026-10-31",)
        if faulty
        else (),
    )


def _result(row: Row, *, faulty: bool) -> CheckResult:
    check, title, item, severity, passed = row
    findings = tuple(each for each in FOUND if each.check == check) if faulty else ()
    undecided: tuple[Undecided, ...] = ()
    if faulty and check == "layer2.promiscuous-mode":
        findings = (*findings, _accepted(findings[0]))
    if faulty and check == "layer2.forged-transmits":
        undecided = (
            Undecided(
                check=check,
                object="host-4/vSwitch0",
                name="vSwitch0 on esx-4",
                property="security",
                why=REFUSED,
            ),
        )
    reason = ""
    if check == "audit.overlay":
        reason = "No overlay network was read."
    status = (
        "not-applicable"
        if reason
        else "failed"
        if findings
        else "unknown"
        if undecided
        else "passed"
    )
    return CheckResult(
        check=check,
        title=title,
        item=item,
        severity=severity,
        status=status,
        passed=passed,
        findings=findings,
        undecided=undecided,
        reason=reason,
    )


def _accepted(like: Finding) -> Finding:
    return Finding(
        check=like.check,
        title=like.title,
        severity="medium",
        item=like.item,
        object="pg-ids",
        name="IDS-span",
        property=like.property,
        found=like.found,
        expected=like.expected,
        sentence="The intrusion sensor on IDS-span reads its neighbours' traffic.",
        fingerprint=fingerprint(like.check, "IDS-span"),
        accepted=EXCEPTION,
    )
