"""``ringfence init``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="init",
    summary="write a first policy from a snapshot, to be corrected by hand",
    run="ringfence.cli.commands.init.command:init",
    examples=(
        "ringfence init harbour.ringfence",
        "ringfence init saved-datacenter/ --output policies/harbour.yaml",
    ),
    order=20,
)
