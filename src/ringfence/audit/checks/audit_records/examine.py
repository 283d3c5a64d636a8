"""Asks each host for its two settings of audit records."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Outcomes
from ringfence.audit.context import AuditContext
from ringfence.audit.settings import CheckSetting, examine_settings, is_true

SETTINGS: Final = (
    CheckSetting(
        key="Syslog.global.auditRecord.storageEnable",
        holds=is_true,
        expected=True,
        fault="keeps no audit records",
        right=True,
    ),
    CheckSetting(
        key="Syslog.global.auditRecord.remoteEnable",
        holds=is_true,
        expected=True,
        fault="does not send its audit records to its log collector",
        right=True,
    ),
)


def examine(context: AuditContext) -> Outcomes:
    """Yield outcomes for both settings of each host."""
    for host in context.vsphere_hosts:
        yield from examine_settings(context.targets.host(host), host.settings, SETTINGS)
