"""``ringfence gateway``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="gateway",
    summary="make the rules of a zone gateway from the policy, and prove them",
    run="ringfence.cli.commands.gateway.command:gateway",
    examples=(
        "ringfence gateway build datacenter.ringfence",
        "ringfence gateway check datacenter.ringfence --device firewall",
    ),
    order=58,
)
