"""``ringfence check-certificate``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="check-certificate",
    summary="check by other means why a PROVED holds",
    run="ringfence.cli.commands.check_certificate.command:check_certificate",
    examples=(
        "ringfence check-certificate harbour.certificate harbour.ringfence",
        "ringfence check-certificate c.json harbour.ringfence --policy harbour.yaml",
    ),
    order=31,
)
