"""``ringfence what-if``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="what-if",
    summary="say which packets an edit would make possible or impossible",
    run="ringfence.cli.commands.what_if.command:what_if",
    examples=(
        "ringfence what-if harbour.ringfence --set-vlan APP-200=300",
        "ringfence what-if harbour.ringfence --move web-03=esx-4",
        "ringfence what-if harbour.ringfence --to candidate.ringfence --json",
    ),
    order=35,
)
