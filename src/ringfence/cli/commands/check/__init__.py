"""``ringfence check``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="check",
    summary="prove and audit in one, for a gate in a pipeline",
    run="ringfence.cli.commands.check.command:check",
    examples=(
        "ringfence check harbour.ringfence",
        "ringfence check harbour.ringfence --policy policies/harbour.yaml --json",
    ),
    order=50,
)
