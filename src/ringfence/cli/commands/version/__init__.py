"""``ringfence version``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="version",
    summary="say the version, and the versions of what it reads and writes",
    run="ringfence.cli.commands.version.command:version",
    examples=("ringfence version", "ringfence version --json"),
    order=90,
)
