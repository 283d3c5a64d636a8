"""Who is shown what others send: settings of ports, mirror sessions, networks of hosts."""

import msgspec
import pytest

from ringfence.model.facts import NOT_COLLECTED
from ringfence.model.hosts import KernelInterface, KernelService
from ringfence.model.network import MirrorSession, PrivateVlan, SecurityPolicy, SecuritySetting
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Policy
from ringfence.policy.membership import Membership
from ringfence.reach.observing import Observation, observation
from ringfence.reach.prove import prove
from ringfence.reach.question import Question
from support.small_networks import SOURCE, group, host, machine, members, policy, switch

ZONES = {"a": "low", "b": "high"}
PAIR = ("high", "low")
ANY = [
    {"from": "low", "to": "high", "services": ["any"]},
    {"from": "high", "to": "low", "services": ["any"]},
]


def security(**accepted: bool) -> SecurityPolicy:
    """Settings that reject everything but what is named."""
    names = ("promiscuous", "mac_changes", "forged_transmits")
    told = {
        name: SecuritySetting(accept=accepted.get(name, False), origin="group") for name in names
    }
    return SecurityPolicy(
        **told,
        mac_learning=accepted.get("mac_learning", False),
        unknown_unicast_flooding=accepted.get("unknown_unicast_flooding", False),
    )


def beside(settings: SecurityPolicy, *, vlan: int = 10) -> Snapshot:
    """A low and a high machine on one host; the low one's port group has the settings."""
    low = msgspec.structs.replace(group("h1", "low", vlan), security=settings)
    high = msgspec.structs.replace(group("h1", "high", 10), security=security())
    return Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"),),
        switches=(switch("h1"),),
        port_groups=(low, high),
        mirror_sessions=(),
        machines=(
            machine("a", "h1", {"low": "10.0.1.5/24"}),
            machine("b", "h1", {"high": "10.0.2.5/24"}),
        ),
    )


def observed(snapshot: Snapshot, declared: Policy) -> Observation:
    """Who observes whom; kernel interfaces are in a zone that is trusted as the low one is."""
    hosts = Membership(
        attachment="h1/vmk1",
        owner="h1",
        kind="kernel-interface",
        standing="agreed",
        zone="low",
        network_zones=("low",),
        machine_zones=(),
    )
    return observation(Question(snapshot, declared, (*members(snapshot, ZONES), hosts)))


@pytest.mark.parametrize(
    ("settings", "attacker", "word"),
    [
        (security(promiscuous=True), "honest", "promiscuous mode"),
        (security(mac_learning=True, unknown_unicast_flooding=True), "honest", "flooded"),
        (security(mac_changes=True, forged_transmits=True), "spoofing", "MAC address of another"),
        (security(forged_transmits=True), "poisoning", "forged answers"),
    ],
)
def test_a_shared_network_is_observed_by_the_weakest_means(
    settings: SecurityPolicy, attacker: str, word: str
) -> None:
    sight = observed(beside(settings), policy()).sights[PAIR][0]
    assert sight.attacker == attacker
    assert word in sight.reason


def test_observing_what_flows_permit_is_a_violation_of_its_own() -> None:
    snapshot = beside(security(promiscuous=True))
    proof = prove(snapshot, policy(flows=ANY), members(snapshot, ZONES))
    pair = next(one for one in proof.pairs if (one.source, one.destination) == PAIR)
    seen = next(one for one in pair.obligations if one.kind == "observation")
    assert seen.verdict == pair.verdict == "VIOLATED"
    assert seen.witness is not None
    assert seen.witness.closing == "Reject promiscuous mode on low."


def test_nobody_is_judged_for_observing_what_is_less_trusted() -> None:
    assert PAIR[::-1] not in observed(beside(security(promiscuous=True)), policy()).sights


def test_another_vlan_is_not_observed() -> None:
    told = observed(beside(security(promiscuous=True), vlan=20), policy())
    assert PAIR not in told.sights
    assert PAIR not in told.missing


def test_a_promiscuous_port_in_a_private_vlan_leaves_it_open() -> None:
    isolated = PrivateVlan(primary=10, secondary=14, kind="isolated")
    snapshot = beside(security(promiscuous=True))
    groups = tuple(msgspec.structs.replace(one, vlan=isolated) for one in snapshot.port_groups)
    knowing = {"site": {"uplinks": ["*/vmnic*"], "native": 1, "private-vlans": True}}
    declared = policy(fabric={"domains": knowing})
    told = observed(msgspec.structs.replace(snapshot, port_groups=groups), declared)
    assert PAIR not in told.sights
    assert "private VLAN" in told.missing[PAIR][0].what
    unread = tuple(msgspec.structs.replace(one, security=NOT_COLLECTED) for one in groups)
    told = observed(msgspec.structs.replace(snapshot, port_groups=unread), declared)
    assert PAIR in told.missing


def migrating(encryption: str, service: KernelService = "migration") -> Snapshot:
    """The low machine on the migration network of the host on which the high one runs."""
    snapshot = beside(security(), vlan=30)
    kernel = KernelInterface(
        id="h1/vmk1", name="vmk1", port_group="h1/vmotion", services=(service,)
    )
    hosts = (msgspec.structs.replace(snapshot.hosts[0], kernel_interfaces=(kernel,)),)
    machines = tuple(
        msgspec.structs.replace(one, migration_encryption=encryption) for one in snapshot.machines
    )
    groups = (*snapshot.port_groups, group("h1", "vmotion", 30))
    return msgspec.structs.replace(snapshot, hosts=hosts, machines=machines, port_groups=groups)


def test_who_hears_the_migration_network_observes_every_machine_that_moves_over_it() -> None:
    sight = observed(migrating("disabled"), policy()).sights[PAIR][0]
    assert "vmk1 of h1 carries the migration of b unencrypted" in sight.reason
    told = observed(migrating("opportunistic"), policy())
    assert PAIR not in told.sights
    assert "encrypted" in told.missing[PAIR][0].what
    told = observed(migrating("required"), policy())
    assert PAIR not in told.sights
    assert PAIR not in told.missing
    assert PAIR in observed(migrating("required", "storage"), policy()).sights


def test_copies_in_a_remote_vlan_are_observed_where_it_is_heard() -> None:
    session = MirrorSession(
        id="m",
        name="span",
        switch="h1/sw",
        enabled=True,
        kind="remoteMirrorSource",
        source_vlans=(10,),
        remote_vlan=20,
    )
    snapshot = msgspec.structs.replace(beside(security(), vlan=20), mirror_sessions=(session,))
    sight = observed(snapshot, policy()).sights[PAIR][0]
    assert "into VLAN 20" in sight.reason
    assert sight.close[0].kind == "remove"
