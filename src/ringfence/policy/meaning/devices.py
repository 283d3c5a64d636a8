"""Devices and the fabric: what interfaces are attached to, and what domains carry."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ringfence.foundation.errors import PolicyError
from ringfence.policy.meaning.parts import (
    Names,
    Part,
    name_mistakes,
    references,
    vlan_mistakes,
    well_formed,
)
from ringfence.policy.problems import Problem, shown
from ringfence.policy.selectors import address_prefix, interface_address
from ringfence.policy.yaml_tree import Table


def device_mistakes(policy: Part, names: Names) -> Iterator[Problem]:
    """Yield the mistakes of declared devices."""
    devices = policy.child("devices")
    yield from name_mistakes(devices)
    for _, device in devices.named():
        if not isinstance(device.node, Table):
            continue
        yield from _body_mistakes(device)
        interfaces = device.child("interfaces")
        for _, interface in interfaces.named():
            yield from _interface_mistakes(policy, device, interface, names)
        declared = tuple(name for name, _ in interfaces.named())
        for route in device.child("routes").items():
            yield from well_formed(route.child("to"), address_prefix)
            yield from well_formed(route.child("via"), _address)
            if declared:
                yield from references(route.child("interface"), "interface", declared)


def _body_mistakes(device: Part) -> Iterator[Problem]:
    physical, machine = device.child("physical").is_true, device.child("machine")
    if physical and machine.given:
        yield machine.problem("names a machine, while the device says physical: true.")
    if not physical and not machine.given:
        sentence = "is neither physical nor a machine; give physical: true, or machine: a pattern."
        yield device.problem(sentence)


def _interface_mistakes(
    policy: Part, device: Part, interface: Part, names: Names
) -> Iterator[Problem]:
    yield from references(interface.child("zone"), "zone", names.zones)
    yield from references(interface.child("domain"), "domain", names.domains)
    yield from well_formed(interface.child("addresses"), _interface)
    given = [key for key in ("zone", "domain", "nic") if interface.child(key).given]
    if len(given) > 1:
        yield interface.problem(f"has {' and '.join(given)}; an interface is attached to one.")
    if interface.child("domain").given and not interface.child("vlan").given:
        yield interface.problem("has a domain and no vlan; give its number, 0 for untagged.")
    if interface.child("vlan").given and not interface.child("domain").given:
        yield interface.problem("has a vlan and no domain; say of which domain.")
    if device.child("physical").is_true:
        if interface.child("nic").given:
            yield interface.problem("has a nic, while its device is physical.")
        elif not given:
            yield interface.problem("is attached to nothing; give zone, or domain and vlan.")
    zone = interface.child("zone").text
    if zone in names.zones and not policy.child("zones", zone, "external").is_true:
        sentence = (
            f"has zone: {zone}, which is not external; attach it to the domain and VLAN, or to "
            "the nic, where that zone is."
        )
        yield interface.problem(sentence)


def domain_mistakes(policy: Part) -> Iterator[Problem]:
    """Yield the mistakes of the fabric's domains."""
    domains = policy.child("fabric", "domains")
    yield from name_mistakes(domains)
    first: dict[str, Part] = {}
    for _, domain in domains.named():
        yield from vlan_mistakes(domain.child("vlans"))
        for pattern, item in domain.child("uplinks").words():
            if "/" not in pattern:
                sentence = (
                    f'is {shown(pattern)}, expected "host/physical-nic" such as esx-*/vmnic*.'
                )
                yield item.problem(sentence)
            other = first.setdefault(pattern, item)
            if other is not item:
                yield item.problem(f"is the same as {other.name}; an uplink leads to one domain.")


def _address(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise PolicyError(f'"{text}" is not an address such as 10.1.100.254') from None


def _interface(text: str) -> None:
    if interface_address(text) is None:
        raise PolicyError(f'"{text}" is not an address with prefix length such as 10.1.100.1/24')
