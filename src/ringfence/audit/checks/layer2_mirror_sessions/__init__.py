"""Mirror sessions copy traffic only to places that are trusted at least as much."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.mirror-sessions",
    title="No mirror session carries traffic to less trusted places",
    item="layer-2-security",
    severity="high",
    controls=("VCSA-80-000300", "vcenter-8.network-restrict-port-mirroring"),
    asks=(
        "Does any mirror session copy traffic of a zone to a less trusted zone, or out of sight?"
    ),
    matters=(
        "Who receives the copies reads everything, whatever firewalls stand between the zones."
    ),
    remedy=(
        "Remove the session, or let it end in a zone that is trusted at least as much as what "
        "it copies."
    ),
    nothing="No enabled mirror session was found.",
    examine="ringfence.audit.checks.layer2_mirror_sessions.examine:examine",
)
