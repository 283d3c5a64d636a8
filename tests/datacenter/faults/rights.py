"""Faults of rights: who may do more than the duties allow."""

from __future__ import annotations

from datacenter.faults.fault import Fault
from datacenter.harbour_rights import permission
from datacenter.scenario import Scenario, role


def network_and_assignment_rights(scenario: Scenario) -> None:
    """Operators, who attach machines to networks, may now change those networks too."""
    operator = role(scenario, "Operator")
    operator["privileges"] = sorted(
        [*operator["privileges"], "DVPortgroup.Modify", "DVPortgroup.PolicyOp", "Network.Config"]
    )


def administrator_for_group_at_root(scenario: Scenario) -> None:
    """A group that nobody declared is Administrator of everything."""
    scenario["permissions"].append(permission("/", r"CORP\developers", "Admin"))


FAULTS = (
    Fault(
        "network-and-assignment-rights",
        r"CORP\operators may both change networks and assign machines to them.",
        network_and_assignment_rights,
    ),
    Fault(
        "administrator-for-group-at-root",
        r"CORP\developers is Administrator at the root.",
        administrator_for_group_at_root,
    ),
)
