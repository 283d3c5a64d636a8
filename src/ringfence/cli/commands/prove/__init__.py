"""``ringfence prove``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="prove",
    summary="say which zone can reach which, with a packet for each violation",
    run="ringfence.cli.commands.prove.command:prove",
    examples=(
        "ringfence prove harbour.ringfence",
        "ringfence prove harbour.ringfence --from dmz --to cardholder",
        "ringfence prove harbour.ringfence --mobile",
        "ringfence prove harbour.ringfence --certificate harbour.certificate",
        "ringfence prove saved-datacenter/ --policy policies/harbour.yaml --json",
    ),
    order=30,
)
