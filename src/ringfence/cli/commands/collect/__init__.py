"""``ringfence collect``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="collect",
    summary="read a live server, Linux hosts, a saved folder or a workbook",
    run="ringfence.cli.commands.collect.command:collect",
    examples=(
        "ringfence collect saved-datacenter/ --output harbour.ringfence",
        "ringfence collect --server vcenter.harbour.example --user auditor",
        "ringfence collect --context harbour --preflight",
        "ringfence collect inventory.xlsx",
        "ringfence collect --host hv1 --host root@hv2",
        "ringfence collect --host local --bundle saved-hv1/",
    ),
    order=10,
)
