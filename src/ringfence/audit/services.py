"""Services of a host that should be off: one table entry for each."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host, HostService


@dataclass(frozen=True, slots=True)
class ServiceQuestion:
    """A service by the source's own key, and what is wrong with having it run."""

    key: str
    words: str
    consequence: str


def examine_service(context: AuditContext, question: ServiceQuestion) -> Outcomes:
    """Yield an outcome for each host that has the service: stopped, and not started by itself."""
    for host in context.inventory.hosts.values():
        if isinstance(host.services, NotRead):
            target = context.targets.host(host)
            yield Unread(target, f"services[{question.key}]", host.services)
            continue
        for service in host.services:
            if service.key == question.key:
                yield from _judged(context, host, service, question)


def _judged(
    context: AuditContext, host: Host, service: HostService, question: ServiceQuestion
) -> Outcomes:
    target = context.targets.host(host)
    path = f"services[{service.key}]"
    running, policy = service.running, service.policy
    if isinstance(running, NotRead):
        yield Unread(target, f"{path}.running", running)
    elif isinstance(policy, NotRead):
        yield Unread(target, f"{path}.policy", policy)
    elif not running and policy == "off":
        yield Passed(target)
    else:
        state = "runs" if running else "is stopped now, but starts by itself,"
        changes = []
        if running:
            changes.append(target.change(f"{path}.running", before=True, after=False))
        if policy != "off":
            changes.append(target.change(f"{path}.policy", before=policy, after="off"))
        yield Failed(
            target=target,
            property=path,
            found={"running": running, "policy": policy},
            expected={"running": False, "policy": "off"},
            sentence=f"{question.words} {state} on {target.label}: {question.consequence}.",
            fix=tuple(changes),
        )
