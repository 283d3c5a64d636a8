"""``ringfence audit``."""

from ringfence.cli.command import Command

COMMAND = Command(
    name="audit",
    summary="say which settings are wrong, object by object, and what mends them",
    run="ringfence.cli.commands.audit.command:audit",
    examples=(
        "ringfence audit harbour.ringfence",
        "ringfence audit --list",
        "ringfence audit harbour.ringfence --only layer-2-security --exclude 'layer2.*'",
    ),
    order=40,
)
