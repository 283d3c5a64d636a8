"""``ringfence collect``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="collect",
    summary="read a live server, a saved folder or a workbook into a snapshot",
    run="ringfence.cli.commands.collect.command:collect",
    examples=(
        "ringfence collect saved-datacenter/ --output harbour.ringfence",
        "ringfence collect --server vcenter.harbour.example --user auditor",
        "ringfence collect --context harbour --preflight",
        "ringfence collect inventory.xlsx",
    ),
    order=10,
)
