"""Asks each machine how its migration is encrypted."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead

REQUIRED: Final = ("required",)
AT_LEAST: Final = ("opportunistic", "required")


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each machine that may move and is no template."""
    for machine in context.inventory.machines.values():
        if machine.template is True:
            continue
        found = machine.migration_encryption
        if isinstance(found, NotRead) and found.reason == "not-supported":
            # It never migrates.
            continue
        target = context.targets.machine(machine)
        sensitive = context.is_sensitive(target.zones)
        enough = REQUIRED if sensitive else AT_LEAST
        if isinstance(found, NotRead):
            yield Unread(target, "migration_encryption", found)
        elif found in enough:
            yield Passed(target)
        else:
            yield Failed(
                target=target,
                property="migration_encryption",
                found=found,
                expected=" or ".join(enough),
                sentence=f"{machine.name}{' of a sensitive zone' if sensitive else ''} "
                f"{_how(found)}.",
                fix=(target.change("migration_encryption", before=found, after="required"),),
                fix_risk="Hosts that cannot encrypt can no longer receive the machine.",
            )


def _how(found: str) -> str:
    if found == "opportunistic":
        return "migrates unencrypted to a host that cannot encrypt"
    return "migrates with its memory unencrypted"
