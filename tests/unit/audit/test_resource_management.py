"""Checks of resources: each passes, fails, does not apply, or cannot tell."""

import msgspec
import pytest

from audit_cases import CLEAN, Kinds, findings_of, judge, pairs, result_of
from harbour_world.names import CORES, HOSTS, SPEED
from harbour_world.world import REFUSED, World

CLUSTER = CORES * SPEED * len(HOSTS)


def allocation(table: str, identity: str, resource: str, **fields: object) -> World:
    """One record with another allocation of CPU or memory."""
    found = getattr(CLEAN.get(table, identity), resource)
    return CLEAN.one(table, identity, **{resource: msgspec.structs.replace(found, **fields)})


NO_POOLS = CLEAN.every("machines", pool=None)
POOL_UNREAD = CLEAN.one("pools", "pool-cardholder", cpu=REFUSED)

CASES = {
    "resources.appliance-reservations": Kinds(
        fails=allocation("machines", "fw-1", "memory", reservation=4096),
        found={("fw-1", "memory.reservation")},
        nothing=CLEAN.declare("devices", {}).without("devices"),
        unread=CLEAN.one("machines", "fw-1", cpu=REFUSED),
    ),
    "resources.pool-limits": Kinds(
        fails=allocation("pools", "pool-dmz", "cpu", limit=None),
        found={("pool-dmz", "cpu.limit")},
        nothing=NO_POOLS,
        unread=POOL_UNREAD,
    ),
    "resources.zone-reservations": Kinds(
        fails=allocation("pools", "pool-cardholder", "memory", reservation=0),
        found={("pool-cardholder", "memory.reservation")},
        nothing=NO_POOLS,
        unread=POOL_UNREAD,
    ),
    "resources.network-control": Kinds(
        fails=CLEAN.one("switches", "zones", resource_control=False),
        found={("zones", "resource_control")},
        nothing=CLEAN.remove("switches", "zones"),
        unread=CLEAN.one("switches", "zones", resource_control=REFUSED),
    ),
    "resources.shares": Kinds(
        fails=allocation("pools", "pool-dmz", "cpu", shares=16001),
        found={("pool-dmz", "cpu.shares")},
        nothing=NO_POOLS,
        unread=POOL_UNREAD,
    ),
}


@pytest.mark.parametrize(("identity", "kind"), pairs(CASES))
def test_each_kind(identity: str, kind: str) -> None:
    judge(CASES, identity, kind)


def test_a_firewall_needs_its_processors_at_the_speed_of_its_host() -> None:
    world = allocation("machines", "fw-1", "cpu", reservation=0)
    (finding,) = findings_of("resources.appliance-reservations", world)
    assert finding.expected == 4 * SPEED
    assert finding.sentence == (
        "Security appliance fw-1 has nothing of CPU reserved, expected 10,400 MHz (100% of what it "
        "is given)."
    )


@pytest.mark.parametrize("fact", ["cpu_mhz", "cpu_cores"])
def test_a_host_whose_speed_was_not_read_leaves_it_undecided(fact: str) -> None:
    world = CLEAN.one("hosts", "host-1", **{fact: REFUSED})
    assert result_of("resources.appliance-reservations", world).status == "unknown"


def test_the_policy_says_how_much_is_enough() -> None:
    standard = {"cpu-reservation": "50%", "memory-reservation": "50%"}
    world = allocation("machines", "fw-1", "memory", reservation=4096).declare(
        "standards.resources.security-appliances", standard
    )
    assert findings_of("resources.appliance-reservations", world) == ()


def test_a_pool_without_a_limit_names_whom_it_can_starve() -> None:
    (finding,) = findings_of("resources.pool-limits", CASES["resources.pool-limits"].fails)
    assert finding.sentence == (
        "Resource pool dmz of zone dmz has no limit of CPU and can starve application, cardholder "
        "and management."
    )
    assert (finding.found, finding.expected) == (None, "at most 30%")


def test_a_limit_is_held_against_the_declared_share() -> None:
    most = CLUSTER * 30 // 100
    assert result_of("resources.pool-limits", CLEAN).status == "passed"
    world = allocation("pools", "pool-dmz", "cpu", limit=most + 1)
    (finding,) = findings_of("resources.pool-limits", world)
    assert (finding.found, finding.expected) == (most + 1, most)


def test_a_zone_alone_on_its_cluster_needs_no_limit() -> None:
    world = CLEAN.each("machines", lambda m: m if m.name.startswith("app") else None).one(
        "pools", "pool-application", cpu=CLEAN.get("pools", "resources").cpu
    )
    assert result_of("resources.pool-limits", world).status == "not-applicable"


def test_machines_of_zones_in_the_root_pool_have_no_limit() -> None:
    world = CLEAN.one("machines", "web-01", pool="resources")
    (finding,) = findings_of("resources.pool-limits", world)
    assert (finding.object, finding.found) == ("resources", ["dmz"])


def test_a_limit_above_holds_for_pools_below() -> None:
    inner = msgspec.structs.replace(
        CLEAN.get("pools", "resources"), id="pool-inner", name="inner", parent="pool-dmz"
    )
    world = CLEAN.add("pools", inner).one("machines", "web-01", pool="pool-inner")
    assert result_of("resources.pool-limits", world).status == "passed"


def test_a_declared_reservation_is_a_share_of_the_cluster() -> None:
    world = allocation("pools", "pool-cardholder", "cpu", reservation=CLUSTER // 5 - 1)
    (finding,) = findings_of("resources.zone-reservations", world)
    assert (finding.expected, finding.severity) == (CLUSTER // 5, "high")


def test_a_capacity_that_was_not_read_leaves_declared_shares_undecided() -> None:
    world = CLEAN.one("hosts", "host-1", cpu_mhz=REFUSED)
    for identity in ("resources.zone-reservations", "resources.pool-limits"):
        assert result_of(identity, world).status == "unknown"


def test_a_machine_whose_pool_was_not_read_leaves_it_undecided() -> None:
    world = CLEAN.one("machines", "web-01", pool=REFUSED)
    assert result_of("resources.pool-limits", world).status == "unknown"


def test_the_usual_levels_are_never_a_finding() -> None:
    world = allocation("pools", "pool-dmz", "memory", shares=16000)
    assert findings_of("resources.shares", world) == ()
