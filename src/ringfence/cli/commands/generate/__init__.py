"""``ringfence generate``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="generate",
    summary="write the policy's flows as rules of another vendor's firewall",
    run="ringfence.cli.commands.generate.command:generate",
    examples=(
        "ringfence generate juniper-srx datacenter.ringfence --device edge",
        "ringfence generate cisco-asa datacenter.ringfence --into fw.cfg -o new.cfg",
    ),
    order=59,
)
