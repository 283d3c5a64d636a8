"""``ringfence fragility``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="fragility",
    summary="say how many slips would break each pair of zones, and which",
    run="ringfence.cli.commands.fragility.command:fragility",
    examples=(
        "ringfence fragility harbour.ringfence",
        "ringfence fragility harbour.ringfence --policy ringfence.yaml --json",
    ),
    order=36,
)
