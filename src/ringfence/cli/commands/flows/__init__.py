"""``ringfence flows``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="flows",
    summary="hold what firewalls logged against the policy and the proof",
    run="ringfence.cli.commands.flows.command:flows",
    examples=(
        "ringfence flows harbour.ringfence firewall.log",
        "ringfence flows harbour.ringfence *.log --policy ringfence.yaml --json",
    ),
    order=38,
)
