"""Zones: that each says where it is, and that no two say the same."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.policy.meaning.parts import Names, Part, name_mistakes, vlan_mistakes, well_formed
from ringfence.policy.problems import Problem, shown, unknown
from ringfence.policy.selectors import address_prefix
from ringfence.policy.yaml_tree import Scalar, Table, plain

_ROLE_OR = "networks, machines, a role, or external: true"


def zone_mistakes(policy: Part, names: Names) -> Iterator[Problem]:
    """Yield the mistakes of all zones."""
    zones = policy.child("zones")
    yield from name_mistakes(zones)
    if isinstance(zones.node, Table) and not zones.node.entries:
        yield zones.problem("is empty; declare a zone at least.")
    for _, zone in zones.named():
        if not isinstance(zone.node, Table):
            continue
        yield from _place_mistakes(policy, zone)
        yield from _attachment_mistakes(policy, zone, names)
        yield from well_formed(zone.child("addresses"), address_prefix)
        for network in zone.child("networks").items():
            yield from _network_mistakes(network)
        for machines in zone.child("machines").items():
            yield from machine_selector_mistakes(machines)
    yield from _same_selector_twice(zones, "networks")
    yield from _same_selector_twice(zones, "machines")
    yield from _same_role_twice(zones)


def _place_mistakes(policy: Part, zone: Part) -> Iterator[Problem]:
    external = zone.child("external").is_true
    declared = [key for key in ("networks", "machines", "role") if zone.child(key).given]
    if external:
        for key in declared:
            sentence = (
                f"is external and has {key}; what is outside has only attached and addresses."
            )
            yield zone.problem(sentence)
        if not zone.child("attached").given and not _attached_by_device(policy, zone):
            sentence = (
                "is external and attached to nothing; write attached: "
                '["device:interface"], or nothing is known to reach it.'
            )
            yield zone.problem(sentence)
    else:
        if not declared:
            yield zone.problem(f"says neither where it is nor what belongs there; give {_ROLE_OR}.")
        if zone.child("attached").given:
            attached = zone.child("attached")
            yield attached.problem("is for zones with external: true only.")


def _attached_by_device(policy: Part, zone: Part) -> bool:
    return any(
        interface.child("zone").text == zone.path[-1]
        for _, device in policy.child("devices").named()
        for _, interface in device.child("interfaces").named()
    )


def _attachment_mistakes(policy: Part, zone: Part, names: Names) -> Iterator[Problem]:
    for word, item in zone.child("attached").words():
        device_name, colon, interface_name = word.partition(":")
        if not colon:
            yield item.problem(f'is {shown(word)}, expected "device:interface".')
            continue
        if device_name not in names.devices:
            kind = f"a declared device (in {item.name})"
            nothing = "the policy declares no device"
            sentence = unknown(kind, device_name, names.devices, nothing)
            yield Problem(item.position, sentence)
            continue
        interfaces = policy.child("devices", device_name, "interfaces")
        declared = tuple(name for name, _ in interfaces.named())
        if interface_name not in declared:
            kind = f"a declared interface of {device_name} (in {item.name})"
            nothing = f"{device_name} declares no interface"
            yield Problem(item.position, unknown(kind, interface_name, declared, nothing))
            continue
        yield from _disagreement(interfaces.child(interface_name), zone)


def _disagreement(interface: Part, zone: Part) -> Iterator[Problem]:
    said = interface.child("zone").text
    if said != zone.path[-1]:
        found = "says no zone" if said is None else f"says zone: {said}"
        yield interface.problem(f"{found}, while {zone.name} says it is attached there.")


def _network_mistakes(network: Part) -> Iterator[Problem]:
    if isinstance(network.node, Scalar):
        if network.text == "":
            yield network.problem("is empty; name a network.")
        return
    if not any(value.given for _, value in network.named()):
        yield network.problem("selects nothing; give name, vlan, switch or prefix.")
    yield from vlan_mistakes(network.child("vlan"))
    yield from well_formed(network.child("prefix"), address_prefix)


def machine_selector_mistakes(selector: Part) -> Iterator[Problem]:
    """Yield the mistakes of one selector of machines."""
    if not isinstance(selector.node, Table):
        return
    if not any(value.given for _, value in selector.named()):
        yield selector.problem("selects nothing; give tag, folder, pool or name.")
    tag = selector.child("tag")
    if tag.text is not None and "=" not in tag.text:
        yield tag.problem(f'is {shown(tag.text)}, expected "category=name".')
    folder = selector.child("folder")
    if folder.text is not None and not folder.text.startswith(("/", "*")):
        sentence = f"is {shown(folder.text)}, expected a path from the root such as /DC/vm/app."
        yield folder.problem(sentence)


def _same_selector_twice(zones: Part, key: str) -> Iterator[Problem]:
    first: dict[str, Part] = {}
    for _, zone in zones.named():
        for item in zone.child(key).items():
            if item.node is None:
                continue
            value = plain(item.node)
            same = repr(sorted(value.items()) if isinstance(value, dict) else [("name", value)])
            other = first.setdefault(same, item)
            if other is not item:
                sentence = (
                    f"selects the same as {other.name} in line {other.position.line}; "
                    "what falls in two zones is in neither."
                )
                yield item.problem(sentence)


def _same_role_twice(zones: Part) -> Iterator[Problem]:
    first: dict[str, Part] = {}
    for _, zone in zones.named():
        role = zone.child("role")
        if role.text is None:
            continue
        other = first.setdefault(role.text, role)
        if other is not role:
            sentence = (
                f"is {shown(role.text)}, which {other.name} has already; a role is one zone's."
            )
            yield role.problem(sentence)
