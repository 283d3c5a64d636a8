"""``ringfence explain``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="explain",
    summary="explain a pair of zones, a check, or a finding",
    run="ringfence.cli.commands.explain.command:explain",
    examples=(
        "ringfence explain dmz cardholder --snapshot harbour.ringfence",
        "ringfence explain layer2.promiscuous-mode",
        "ringfence explain 3f2a9c0d1e4b5a67 --snapshot harbour.ringfence",
    ),
    order=80,
)
