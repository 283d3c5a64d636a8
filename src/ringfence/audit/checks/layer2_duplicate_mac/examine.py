"""Groups attachments by VLAN and MAC address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.tagging import vlan_value
from ringfence.foundation.text import listed
from ringfence.model.facts import Fact, NotRead

Attachment = tuple[Target, str, Fact[str | None], Fact[str | None]]
"""What it belongs to, the path of its record, its MAC address, its port group."""


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each attachment, or one for all that share an address."""
    sharing: dict[tuple[str, str], list[Attachment]] = defaultdict(list)
    for attachment in _attachments(context):
        target, path, mac, group = attachment
        if isinstance(mac, NotRead):
            yield Unread(target, f"{path}.mac", mac)
        elif mac and isinstance(group, str):
            sharing[mac.casefold(), _vlan(context, group)].append(attachment)
    for (mac, vlan), together in sorted(sharing.items()):
        if len(together) == 1:
            yield Passed(together[0][0])
            continue
        names = [target.label for target, *_ in together]
        target, path, *_ = together[-1]
        zones = [zone for other, *_ in together for zone in other.zones]
        yield Failed(
            target=target.concerning(*zones),
            property=f"{path}.mac",
            found=mac,
            expected="a MAC address of its own",
            sentence=f"{listed(names)} have the same MAC address {mac} on VLAN {vlan}: each "
            "receives what is meant for the other.",
            fix_risk="Whatever knows the machine by its MAC address has to be told.",
        )


def _attachments(context: AuditContext) -> Iterator[Attachment]:
    for machine, nic in context.inventory.virtual_nics():
        if machine.template is not True:
            target = context.targets.virtual_nic(machine, nic)
            yield target, f"nics[{nic.id}]", nic.mac, nic.port_group
    for host, interface in context.inventory.kernel_interfaces():
        target = context.targets.kernel_interface(host, interface)
        yield target, f"kernel_interfaces[{interface.id}]", interface.mac, interface.port_group


def _vlan(context: AuditContext, identity: str) -> str:
    group = context.inventory.port_groups.get(identity)
    if group is None or isinstance(group.vlan, NotRead):
        return "not read"
    return str(vlan_value(group.vlan))
