"""Checks of what makes an audit possible: each passes, fails, does not apply, or cannot tell."""

import msgspec
import pytest

from audit_cases import CLEAN, Kinds, findings_of, judge, pairs, result_of
from harbour_world.rules import between, deny, firewall, tcp
from harbour_world.world import REFUSED, World
from ringfence.model.facts import NotRead, Setting
from ringfence.model.rules import AddressMatch, Chain, FamilyMatch, Rule, StateMatch


def host_setting(n: int, key: str, value: object) -> World:
    host = CLEAN.get("hosts", f"host-{n}")
    kept = tuple(each for each in host.settings if each.key != key)
    return CLEAN.one("hosts", host.id, settings=(*kept, Setting(key=key, value=value)))


def server_setting(key: str, value: object) -> World:
    kept = tuple(each for each in CLEAN.snapshot.settings if each.key != key)
    return CLEAN.table("settings", (*kept, Setting(key=key, value=value)))


def with_rules(*rules: Rule, policy: str = "drop") -> World:
    return CLEAN.table("devices", (firewall(*rules, policy=policy),))


def accept(number: int, *conditions: object, text: str = "accept") -> Rule:
    return Rule(number=number, text=text, conditions=conditions, action="accept")


LOG_HOST = "Syslog.global.logHost"
NO_SERVER = CLEAN.table("settings", NotRead(reason="not-supported", detail="a single host"))
NO_HOST = CLEAN.without("hosts")
NO_SWITCH = CLEAN.remove("switches", "zones")
NO_DEVICE = CLEAN.without("devices")
RULES_UNREAD = CLEAN.one("devices", "inner-firewall", chains=REFUSED)


def switch(**fields: object) -> World:
    return CLEAN.one("switches", "zones", **fields)


CASES = {
    "audit.remote-logging": Kinds(
        fails=host_setting(2, LOG_HOST, "ssl://192.0.2.7:1514"),
        found={("host-2", f"settings[{LOG_HOST}].value")},
        nothing=NO_HOST,
        unread=CLEAN.one("hosts", "host-2", settings=REFUSED),
    ),
    "audit.records": Kinds(
        fails=host_setting(2, "Syslog.global.auditRecord.remoteEnable", False),
        found={("host-2", "settings[Syslog.global.auditRecord.remoteEnable].value")},
        nothing=NO_HOST,
        unread=CLEAN.one("hosts", "host-2", settings=()),
    ),
    "audit.time-servers": Kinds(
        fails=CLEAN.one("hosts", "host-2", time_servers=("192.0.2.9",)),
        found={("host-2", "time_servers")},
        nothing=NO_HOST,
        unread=CLEAN.one("hosts", "host-2", time_servers=REFUSED),
    ),
    "audit.discovery-protocol": Kinds(
        fails=switch(discovery_operation="both"),
        found={("zones", "discovery_operation")},
        nothing=NO_SWITCH,
        unread=switch(discovery_operation=REFUSED),
    ),
    "audit.health-check": Kinds(
        fails=switch(health_check=True),
        found={("zones", "health_check")},
        nothing=NO_SWITCH,
        unread=switch(health_check=REFUSED),
    ),
    "audit.flow-collectors": Kinds(
        fails=switch(flow_collector="192.0.2.8"),
        found={("zones", "flow_collector")},
        nothing=NO_SWITCH,
        unread=switch(flow_collector=REFUSED),
    ),
    "audit.event-retention": Kinds(
        fails=server_setting("task.maxAge", 7),
        found={("server", "settings[task.maxAge].value")},
        nothing=NO_SERVER,
        unread=CLEAN.unread("settings"),
    ),
    "audit.event-forwarding": Kinds(
        fails=server_setting("vpxd.event.syslog.enabled", False),
        found={("server", "settings[vpxd.event.syslog.enabled].value")},
        nothing=NO_SERVER,
        unread=CLEAN.table("settings", ()),
    ),
    "firewall.default-deny": Kinds(
        fails=with_rules(accept(4, text="counter accept")),
        found={("inner-firewall", "chains[forward].rules[4]")},
        nothing=NO_DEVICE,
        unread=RULES_UNREAD,
    ),
    "firewall.shadowed-deny": Kinds(
        fails=with_rules(accept(4, *between(), *tcp(1, 22, 3389)), deny(5)),
        found={("inner-firewall", "chains[forward].rules[5]")},
        nothing=NO_DEVICE,
        unread=RULES_UNREAD,
    ),
}


@pytest.mark.parametrize(("identity", "kind"), pairs(CASES))
def test_each_kind(identity: str, kind: str) -> None:
    judge(CASES, identity, kind)


@pytest.mark.parametrize(
    ("destination", "status"),
    [
        ("10.1.12.30", "passed"),
        ("udp://10.1.12.30:514", "passed"),
        ("ssl://10.1.12.30:1514?formatter=RFC_5424", "passed"),
        ("ssl://10.1.12.30:1514,udp://192.0.2.7", "failed"),
        ("udp://[fd00::1]:514", "failed"),
        ("", "failed"),
        (None, "failed"),
    ],
)
def test_destinations_are_compared_by_name(destination: str | None, status: str) -> None:
    assert (
        result_of("audit.remote-logging", host_setting(2, LOG_HOST, destination)).status == status
    )


def test_a_host_that_logs_nowhere_is_given_the_declared_collector() -> None:
    (finding,) = findings_of("audit.remote-logging", host_setting(2, LOG_HOST, ""))
    assert finding.sentence == "Host esx-2 keeps its logs to itself."
    assert finding.fix[0].after == "ssl://10.1.12.30:1514"


def test_hosts_of_a_cluster_have_the_same_time_servers() -> None:
    both = ("10.1.12.30", "10.1.12.31")
    world = CLEAN.declare("standards.logging.time-servers", list(both))
    (finding,) = findings_of("audit.time-servers", world.one("hosts", "host-2", time_servers=both))
    assert "most of its cluster from 10.1.12.30" in finding.sentence


def test_listening_is_no_advertising() -> None:
    world = switch(discovery_operation="listen")
    assert result_of("audit.discovery-protocol", world).status == "passed"


def test_a_declared_flow_collector_is_fine() -> None:
    world = switch(flow_collector="10.1.12.40").declare(
        "standards.logging.flow-collectors", ["10.1.12.40"]
    )
    assert result_of("audit.flow-collectors", world).status == "passed"


@pytest.mark.parametrize(("days", "status"), [(30, "passed"), ("90", "passed"), (29, "failed")])
def test_thirty_days_are_enough(days: object, status: str) -> None:
    assert result_of("audit.event-retention", server_setting("event.maxAge", days)).status == status


def test_a_rule_for_everything_is_named_by_its_number() -> None:
    (finding,) = findings_of("firewall.default-deny", CASES["firewall.default-deny"].fails)
    assert finding.sentence.startswith("Rule 4 of chain forward on firewall inner-firewall permits")
    assert finding.found == "counter accept"
    assert "cardholder" in finding.zones


def test_a_default_of_accept_is_a_finding() -> None:
    (finding,) = findings_of("firewall.default-deny", with_rules(policy="accept"))
    assert (finding.property, finding.found) == ("chains[forward].policy", "accept")
    last = Rule(number=4, text="drop", conditions=(), action="drop")
    assert findings_of("firewall.default-deny", with_rules(last, policy="accept")) == ()


@pytest.mark.parametrize(
    ("conditions", "open_"),
    [
        ((AddressMatch(side="source", ranges=("0.0.0.0/0",)),), True),
        ((FamilyMatch(family=6),), True),
        ((StateMatch(states=("new", "established")),), True),
        ((StateMatch(states=("established",)),), False),
        ((AddressMatch(side="source", ranges=("10.0.0.0/8",)),), False),
    ],
)
def test_what_counts_as_everything(conditions: tuple[object, ...], open_: bool) -> None:
    world = with_rules(accept(4, *conditions))
    assert bool(findings_of("firewall.default-deny", world)) is open_


def test_one_chain_that_denies_is_enough_and_a_jump_is_followed() -> None:
    device = firewall()
    (forward,) = device.chains
    passing = Chain(id="mangle", name="mangle", rules=(), hook="forward", policy="accept")
    both = msgspec.structs.replace(device, chains=(forward, passing))
    assert findings_of("firewall.default-deny", CLEAN.table("devices", (both,))) == ()
    jump = Rule(number=1, text="jump all", conditions=(), action="jump", target="all")
    inside = Chain(id="all", name="all", rules=(accept(1),))
    around = msgspec.structs.replace(forward, rules=(jump,))
    world = CLEAN.table("devices", (msgspec.structs.replace(device, chains=(around, inside)),))
    assert len(findings_of("firewall.default-deny", world)) == 1


def test_what_is_not_modelled_leaves_the_default_undecided() -> None:
    strange = Rule(number=4, text="queue", conditions=(), action="unmodelled")
    assert result_of("firewall.default-deny", with_rules(strange)).status == "unknown"
    none = msgspec.structs.replace(firewall(), chains=())
    world = CLEAN.table("devices", (none,))
    assert result_of("firewall.default-deny", world).status == "unknown"


@pytest.mark.parametrize(
    ("conditions", "shadowed"),
    [
        ((*between(), *tcp(22, 3389)), True),
        ((*between(), tcp(22)[0]), True),
        ((*between(), *tcp(22)), False),
        ((*between(), *tcp(22, 3389), StateMatch(states=("new",))), True),
        ((*between(), *tcp(22, 3389), StateMatch(states=("established",))), False),
        ((between()[0], AddressMatch(side="source", ranges=("10.1.0.0/16",))), True),
        ((between()[0], AddressMatch(side="source", ranges=("10.1.200.0/25",))), False),
        ((AddressMatch(side="source", ranges=("10.2.0.0/16",), negated=True),), False),
    ],
)
def test_what_takes_all_of_a_deny(conditions: tuple[object, ...], shadowed: bool) -> None:
    world = with_rules(accept(4, *conditions), deny(5))
    assert bool(findings_of("firewall.shadowed-deny", world)) is shadowed


def test_a_permit_of_everything_is_told_by_the_other_check() -> None:
    world = with_rules(accept(4), deny(5))
    assert findings_of("firewall.shadowed-deny", world) == ()
    assert len(findings_of("firewall.default-deny", world)) == 1
