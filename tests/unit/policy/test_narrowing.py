"""A flow's terms: its services resolved, its places as addresses, and what was not read."""

from placed import Placed, policy_of
from ringfence.model.facts import NotRead
from ringfence.model.machines import VirtualNic
from ringfence.policy.narrowing import flow_terms, narrowed_addresses

REFUSED = NotRead(reason="no-permission", detail="the account may not read it")
ZONES = {"a": {"trust": 1, "networks": ["A"]}, "b": {"trust": 2, "networks": ["B"]}}


def terms(placed, **flow):
    flow = {"from": "a", "to": "b", "services": ["web", "icmp"], **flow}
    policy = policy_of(ZONES, flows=[flow], services={"web": ["tcp/443", "tcp/80"]})
    return flow_terms(policy, policy.flows[0], placed.inventory)


def test_services_are_resolved_and_places_are_any():
    found = terms(Placed())
    assert list(map(str, found.services)) == ["icmp", "tcp/80", "tcp/443"]
    assert (found.source, found.destination, found.missing) == (None, None, ())


def test_machines_stand_for_their_own_addresses():
    placed = Placed().machine("web-1", "A", addresses=("10.0.0.1/24", "fe80::1%2/64", "junk"))
    placed.machine("web-2", "A", addresses=("10.0.0.2/24",)).machine("db", "B")
    found = terms(placed, source=[{"name": "web-*"}, "192.0.2.0/24"])
    assert found.source == ("10.0.0.1", "10.0.0.2", "192.0.2.0/24", "fe80::1")


def test_a_selector_that_matches_no_machine_permits_no_address():
    found = terms(Placed().machine("db", "B"), destination=[{"name": "web-*"}])
    assert (found.destination, found.missing) == ((), ())


def test_what_was_not_read_is_missing_and_not_permitted():
    nic = VirtualNic(id="n", label="Network adapter 1", addresses=REFUSED)
    placed = Placed().machine("web-1", nics=REFUSED).machine("web-2", nics=(nic,))
    placed.machine("web-3", "A", tags=REFUSED, addresses=("10.0.0.3/24",))
    found = terms(placed, source=[{"name": "web-*", "tag": "a=b"}], destination=[{"name": "web-2"}])
    assert (found.source, found.destination) == ((), ())
    assert found.missing == (
        (
            'whether web-3 is among tag "a=b", name "web-*": the tags were not read '
            "(the account may not read it)"
        ),
        "the addresses of web-2, Network adapter 1 were not read (the account may not read it)",
    )
    found = terms(placed, source=[{"name": "web-1"}])
    assert found.missing == ("the NICs of web-1 were not read (the account may not read it)",)


def test_addresses_alone():
    placed = Placed().machine("m", "A", addresses=("10.0.0.1/24",))
    assert narrowed_addresses(["::/0", "10.0.0.1"], placed.inventory) == ("10.0.0.1", "::/0")
