"""Compares each host's log destinations with the declared collectors."""

from __future__ import annotations

import re
from typing import Final

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.settings import setting_value
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead

KEY: Final = "Syslog.global.logHost"
PATH: Final = f"settings[{KEY}].value"
# A destination is a name or address, perhaps with a protocol before and a port after it.
DESTINATION: Final = re.compile(r"(?:\w+://)?(\[[^\]]*\]|[^:/\[]+)(?::\d+)?(?:\?.*)?")


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each host."""
    for host in context.vsphere_hosts:
        target = context.targets.host(host)
        value = setting_value(host.settings, KEY)
        if isinstance(value, NotRead):
            yield Unread(target, PATH, value)
        else:
            yield _judged(context, target, str(value or ""))


def _judged(context: AuditContext, target: Target, text: str) -> Failed | Passed:
    declared = context.policy.standards.logging.collectors
    found = [_name(part.strip()) for part in text.split(",") if part.strip()]
    strangers = [name for name in found if declared and name not in declared]
    if found and not strangers:
        return Passed(target)
    does = (
        f"sends its logs to {listed(strangers)}, which the policy does not declare"
        if strangers
        else "keeps its logs to itself"
    )
    return Failed(
        target=target,
        property=PATH,
        found=text,
        expected=list(declared) or "a collector",
        sentence=f"{target.opening} {does}.",
        fix=tuple(
            target.change(PATH, before=text, after=f"ssl://{name}:1514") for name in declared[:1]
        ),
    )


def _name(destination: str) -> str:
    matched = DESTINATION.fullmatch(destination)
    return matched[1].strip("[]") if matched else destination
