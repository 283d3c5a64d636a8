"""``ringfence flows``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="flows",
    summary="hold what firewalls let by and refused against the policy and the proof",
    run="ringfence.cli.commands.flows.command:flows",
    examples=(
        "ringfence flows harbour.ringfence firewall.log",
        "ringfence flows harbour.ringfence *.log --policy ringfence.yaml --json",
        "ringfence flows harbour.ringfence --gateway inner-firewall --seconds 60",
    ),
    order=38,
)
