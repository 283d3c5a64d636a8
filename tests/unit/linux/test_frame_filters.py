"""Rules of nftables on a saved host: what may stop frames or bring them elsewhere is left open."""

import json
from dataclasses import replace

import pytest

from linux_proof import DATA, missing, verdicts
from ringfence.model.facts import NotRead
from ringfence.sources.linux.bundle_folder import read_bundle
from ringfence.sources.linux.snapshot import snapshot_of

WHOLE = read_bundle(DATA / "kvm1")
FILTERED = read_bundle(DATA / "filtered")
PROVED, UNKNOWN, VIOLATED = {"PROVED"}, {"UNKNOWN"}, {"VIOLATED"}


def answering(bundle, name, **changes):
    return replace(
        bundle, answers=bundle.answers | {name: replace(bundle.answers[name], **changes)}
    )


def with_rules(
    *statements, bundle=WHOLE, family="netdev", hook="ingress", table="t", policy="accept"
):
    """The host with a chain at a hook, and one rule in it."""
    where = {"family": family, "table": table}
    chain = where | {"name": "c", "type": "filter", "hook": hook, "prio": 0, "policy": policy}
    rule = where | {"chain": "c", "expr": list(statements)}
    objects = [{"table": {"family": family, "name": table}}, {"chain": chain}, {"rule": rule}]
    return answering(bundle, "nftables", stdout=json.dumps({"nftables": objects}).encode())


def written(key):
    return {"mangle": {"key": key, "value": 1}}


MATCH = {"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "web-eth0"}}
ELSEWHERE = {
    "fwd": [{"fwd": {"dev": "database-eth0"}}],
    "dup": [{"dup": {"addr": "database-eth0"}}],
    "another VLAN": [written({"payload": {"protocol": "vlan", "field": "id"}})],
    "another address": [written({"payload": {"protocol": "ip", "field": "daddr"}})],
    "to the host": [written({"meta": {"key": "pkttype"}})],
    "routed": [written({"meta": {"key": "broute"}})],
    "a target of ebtables": [{"xt": {"type": "target", "name": "dnat"}}],
    "an extension without a name": [{"xt": None}],
    "to a program": [{"queue": {"num": 3}}],
    "a statement that is not known": [{"teleport": None}],
    "no statement": ["drop"],
}


@pytest.mark.parametrize(
    "hook", [("netdev", "ingress"), ("inet", "ingress"), ("bridge", "forward")]
)
@pytest.mark.parametrize("rule", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_rule_that_may_bring_frames_elsewhere_leaves_every_switch_open(rule, hook):
    """Open vSwitch too, though rules of the family bridge are not for its frames."""
    bundle = with_rules(MATCH, *rule, family=hook[0], hook=hook[1])
    assert set(verdicts(bundle).values()) == UNKNOWN
    assert f"{hook[0]} t c" in missing(bundle)


HARMLESS = [
    MATCH,
    {"xt": {"type": "match", "name": "comment"}},
    {"counter": {"packets": 0, "bytes": 0}},
    written({"meta": {"key": "mark"}}),
    written({"ct": {"key": "mark"}}),
    {"limit": {"rate": 1, "burst": 5, "per": "second"}},
    {"xt": {"type": "target", "name": "MARK"}},
    {"drop": None},
]


def test_a_rule_that_only_stops_or_marks_takes_no_proof_away():
    assert set(verdicts(with_rules(*HARMLESS)).values()) == PROVED


def wrong_tag(bundle):
    """The host with the web server in the VLAN of the database."""
    table = json.loads(bundle.answers["ovs-port"].stdout)
    name, tag = (table["headings"].index(each) for each in ("name", "tag"))
    for row in table["data"]:
        row[tag] = 20 if row[name] == "web-eth0" else row[tag]
    return answering(bundle, "ovs-port", stdout=json.dumps(table).encode())


@pytest.mark.parametrize(("family", "hook"), [("netdev", "ingress"), ("inet", "egress")])
def test_what_is_dropped_at_an_interface_is_not_surely_delivered_by_open_vswitch(family, hook):
    assert set(verdicts(wrong_tag(WHOLE)).values()) == VIOLATED
    dropping = with_rules(bundle=wrong_tag(WHOLE), family=family, hook=hook, policy="drop")
    assert set(verdicts(dropping).values()) == UNKNOWN
    passing = with_rules(bundle=wrong_tag(WHOLE), family="bridge", hook="forward", policy="drop")
    assert set(verdicts(passing).values()) == VIOLATED


def test_rules_that_were_not_read_may_bring_frames_elsewhere():
    refused = {"status": 1, "stdout": b"", "stderr": "Operation not permitted (you must be root)"}
    assert set(verdicts(answering(WHOLE, "nftables", **refused)).values()) == UNKNOWN
    absent = {"status": None, "stdout": b"", "problem": "nft is not installed"}
    assert "PROVED" in verdicts(answering(WHOLE, "nftables", **absent)).values()


def vlans(bundle):
    return [port.vlan for port in snapshot_of([bundle]).ports]


def test_a_translation_changes_what_linux_bridges_pass_on_where_these_ask_it():
    translating = {"family": "ip", "hook": "prerouting", "table": "nat"}
    rules = with_rules({"dnat": {"addr": "10.0.0.1"}}, bundle=FILTERED, **translating)
    assert all(isinstance(vlan, NotRead) for vlan in vlans(rules))
    settings = rules.answers["settings"].stdout.decode()
    off = "\n".join(
        f"{line[:-1]}0" if "bridge-nf-call" in line else line for line in settings.splitlines()
    )
    asks_none = answering(rules, "settings", stdout=off.encode())
    assert not any(isinstance(vlan, NotRead) for vlan in vlans(asks_none))
    unread = answering(rules, "settings", status=1, stderr="Permission denied")
    assert all(isinstance(vlan, NotRead) for vlan in vlans(unread))
    of_open_vswitch = with_rules({"dnat": {"addr": "10.0.0.1"}}, **translating)
    assert set(verdicts(of_open_vswitch).values()) == PROVED
