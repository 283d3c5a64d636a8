"""The MAC policy is the same in the two places that distributed switches keep it in."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.mac-policy-agrees",
    title="The MAC policy is the same in its two places",
    item="layer-2-security",
    severity="high",
    controls=("VCSA-80-000270", "VCSA-80-000269", "VCSA-80-000268"),
    asks=(
        "Do the current MAC policy and the deprecated security policy of a distributed object "
        "agree?"
    ),
    matters=(
        "Tools read one or the other: a checker that reads the wrong one reports a setting "
        "that no host obeys."
    ),
    remedy=(
        "Set the same values in both places; setting the policy once more in the management "
        "client writes both."
    ),
    nothing="No distributed switch keeps the policy in two places.",
    examine="ringfence.audit.checks.layer2_mac_policy_agrees.examine:examine",
)
