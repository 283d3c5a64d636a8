"""``ringfence diff``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="diff",
    summary="say what differs between two snapshots, by object and property",
    run="ringfence.cli.commands.diff.command:diff",
    examples=(
        "ringfence diff monday.ringfence tuesday.ringfence",
        "ringfence diff monday.ringfence tuesday.ringfence --json",
        "ringfence diff monday.ringfence tuesday.ringfence --reach",
    ),
    order=70,
)
