"""Networks are named as the policy says."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="consistency.naming",
    title="Networks are named by one rule",
    item="host-consistency",
    severity="low",
    controls=(),
    asks="Is every machine network named by the policy's rule, with its zone and VLAN?",
    matters="A name that says the wrong VLAN or zone makes somebody choose the wrong network.",
    remedy="Rename the network, or correct its VLAN where the name is right.",
    nothing="The policy has no rule for names (standards: naming), or no zone has a network.",
    examine="ringfence.audit.checks.consistency_naming.examine:examine",
)
