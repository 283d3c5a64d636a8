"""The text of a gateway's rules: always the same, for nft to load, and refused where it lies."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway_world import gateway_policy, world
from ringfence.enforce.gateway.description import Gateway
from ringfence.foundation.errors import EnforceError, UsageError
from ringfence.model.facts import NotRead
from ringfence.model.rules import DeviceInterface, Route
from ringfence.operations.gateway import meant, with_device
from ringfence.operations.subject import Subject
from ringfence.sources.rule_syntax import nft_listing

WEB: dict[str, Any] = {"from": "outside", "to": "dmz", "services": ["tcp/443"]}


def gateway(*flows: dict[str, Any], zones: tuple[str, ...] = ()) -> Gateway:
    return meant(world(gateway_policy(list(flows), *zones))).gateway


def changed(subject: Subject, **facts: Any) -> Subject:
    return with_device(subject, msgspec.structs.replace(subject.inventory.devices["fw"], **facts))


def networks(made: Gateway, zone: str) -> set[str]:
    return set(made.side(zone).networks)


def test_the_same_policy_gives_the_same_text() -> None:
    first, second = (meant(world(gateway_policy([WEB]))).ruleset for _ in range(2))
    assert first == second
    assert first.startswith("# The zone gateway fw, made from the policy around.\n")


def test_every_line_is_read_as_what_it_is() -> None:
    text = meant(world(gateway_policy([WEB]))).ruleset
    reading = nft_listing.SYNTAX.read(text[text.index("table inet ringfence {") :], "made")
    assert reading.file is not None
    assert reading.not_understood == ()
    # An ICMP packet in the wrong family is all that nft's own words leave open.
    assert {one.text for one in reading.file.bounded} <= {
        rule.text for chain in reading.chains for rule in chain.rules if "icmp" in rule.text
    }


def test_an_address_belongs_behind_one_interface() -> None:
    made = gateway(WEB)
    assert networks(made, "dmz") == {"10.1.0.0/24", "fd00:1::/64"}
    assert networks(made, "inner ring") == {"10.2.0.0/16", "10.9.0.0/24", "fd00:2::/64"}
    outside = networks(made, "outside")
    assert {"8.0.0.0/7", "11.0.0.0/8"} <= outside
    assert not outside & {"10.0.0.0/8", "0.0.0.0/0", "127.0.0.0/8"}


def test_a_smaller_network_keeps_its_addresses() -> None:
    subject = world(gateway_policy([WEB]))
    routes = (*_routes(subject), Route(destination="10.1.0.64/26", interface="to-inner"))
    made = meant(changed(subject, routes=routes)).gateway
    assert "10.1.0.64/26" in networks(made, "inner ring")
    assert networks(made, "dmz") == {"10.1.0.0/26", "10.1.0.128/25", "fd00:1::/64"}


@pytest.mark.parametrize(
    ("flow", "sentence"),
    [
        ({"source": ["10.7.0.0/16"]}, "narrowed to 10.7.0.0/16, none of it behind dmz"),
        ({"source": ["10.1.0.9"], "destination": ["fd00:2::1"]}, "share no address family"),
        ({"services": ["icmp/8"], "source": ["fd00:1::/64"]}, "has icmp/8, and its ends share"),
        ({"services": ["icmp/3"]}, "icmp/3, which begins no conversation"),
        ({"services": ["icmpv6/135"]}, "icmpv6/135, which begins no conversation"),
        ({"source": [{"name": "web*"}]}, "narrowed to no address, none of it behind dmz"),
    ],
)
def test_what_no_rule_can_say_is_named(flow: dict[str, Any], sentence: str) -> None:
    wanted = {"from": "dmz", "to": "inner ring", "services": ["tcp/1"], **flow}
    with pytest.raises(EnforceError, match=sentence) as told:
        gateway(wanted)
    assert told.value.what.startswith("Flow 1 (")


def test_a_flow_through_it_needs_both_its_zones() -> None:
    elsewhere = {"from": "dmz", "to": "outside", "services": ["tcp/1"]}
    policy = gateway_policy([elsewhere | {"through": ["fw"]}, elsewhere])
    inside = policy.devices["fw"].interfaces
    attached = {name: one for name, one in inside.items() if one.zone != "outside"}
    device = policy.devices["fw"].model_copy(update={"interfaces": attached})
    with pytest.raises(EnforceError, match="goes through fw, and no interface faces outside"):
        meant(_without_outside(policy.model_copy(update={"devices": {"fw": device}})))
    without = policy.model_copy(update={"devices": {"fw": device}, "flows": policy.flows[1:]})
    assert meant(_without_outside(without)).gateway.permits == ()


def _without_outside(policy: Any) -> Subject:
    subject = world(policy)
    interfaces = tuple(one for one in _interfaces(subject) if one.name != "to-outside")
    return changed(subject, interfaces=interfaces)


def _interfaces(subject: Subject) -> tuple[DeviceInterface, ...]:
    interfaces = subject.inventory.devices["fw"].interfaces
    assert not isinstance(interfaces, NotRead)
    return interfaces


def _routes(subject: Subject) -> tuple[Route, ...]:
    routes = subject.inventory.devices["fw"].routes
    assert not isinstance(routes, NotRead)
    return routes


def test_a_flow_through_another_device_is_not_its_own() -> None:
    policy = gateway_policy([WEB | {"through": ["other"]}])
    assert meant(world(policy), "fw").gateway.permits == ()


def test_what_was_not_read_is_told() -> None:
    subject = world(gateway_policy([WEB]))
    unread = NotRead(reason="not-collected", detail="no file")
    with pytest.raises(EnforceError, match="The routes of fw were not read"):
        meant(changed(subject, routes=unread))
    hidden = (msgspec.structs.replace(_interfaces(subject)[0], addresses=unread),)
    with pytest.raises(EnforceError, match="The addresses of to-outside of fw were not read"):
        meant(changed(subject, interfaces=hidden))


def test_one_network_behind_two_zones_is_refused() -> None:
    subject = world(gateway_policy([WEB]))
    routes = (*_routes(subject), Route(destination="10.1.0.0/24", interface="to-inner"))
    with pytest.raises(EnforceError, match=r"10.1.0.0/24 behind both dmz and inner ring"):
        meant(changed(subject, routes=routes))


@pytest.mark.parametrize("name", ['a"b', "with blank", "a*"])
def test_a_name_that_would_end_a_rule_is_refused(name: str) -> None:
    policy = gateway_policy([WEB])
    inside = policy.devices["fw"].interfaces
    attached = {"to-outside": inside["to-outside"], name: inside["to-dmz"]}
    device = policy.devices["fw"].model_copy(update={"interfaces": attached})
    with pytest.raises(EnforceError, match="has a name that no rule can hold"):
        meant(world(policy.model_copy(update={"devices": {"fw": device}})))


def test_a_long_name_is_refused() -> None:
    policy = gateway_policy([])
    zone, inside = "z" * 49, policy.devices["fw"].interfaces
    attached = {**inside, "to-dmz": inside["to-dmz"].model_copy(update={"zone": zone})}
    device = policy.devices["fw"].model_copy(update={"interfaces": attached})
    zones = {**policy.zones, zone: policy.zones["dmz"]}
    changed = policy.model_copy(update={"devices": {"fw": device}, "zones": zones})
    with pytest.raises(EnforceError, match="too long for the log"):
        meant(Subject(world(policy).inventory, changed))


def test_a_gateway_has_to_be_named_where_there_are_several() -> None:
    policy = gateway_policy([WEB])
    two = policy.model_copy(update={"devices": {**policy.devices, "b": policy.devices["fw"]}})
    with pytest.raises(UsageError, match=r"firewalls \(fw and b\) one has to be named"):
        meant(world(two))
    with pytest.raises(UsageError, match="no device 'other'"):
        meant(world(policy), "other")


def test_without_management_only_the_console_is_left() -> None:
    said = [*meant(world(gateway_policy([WEB], "outside", "dmz"))).lines()]
    assert said[-1].startswith("No interface faces a zone with the role management")
