"""``ringfence show``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="show",
    summary="show what was read: hosts, networks, machines, zones, rights, what is missing",
    run="ringfence.cli.commands.show.command:show",
    examples=(
        "ringfence show networks harbour.ringfence",
        "ringfence show machines harbour.ringfence --policy ringfence.yaml --json",
        "ringfence show unread harbour.ringfence",
    ),
    order=60,
)
