"""``ringfence report``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="report",
    summary="write a report for people, or for other tools",
    run="ringfence.cli.commands.report.command:report",
    examples=(
        "ringfence report harbour.ringfence --output report.html",
        "ringfence report harbour.ringfence --format csv --output findings.csv",
    ),
    order=55,
)
