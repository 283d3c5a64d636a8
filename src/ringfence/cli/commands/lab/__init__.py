"""``ringfence lab``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="lab",
    summary="build a real small datacenter on this machine, and send packets through it",
    run="ringfence.cli.commands.lab.command:lab",
    examples=(
        "ringfence lab up full-collapse",
        "ringfence lab verify",
        "ringfence lab down",
    ),
    order=90,
)
