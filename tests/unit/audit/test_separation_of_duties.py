"""Checks of duties: each passes, fails, does not apply, or cannot tell."""

import pytest

from audit_cases import CLEAN, Kinds, findings_of, judge, pairs, result_of
from harbour_world.rights import permission, role
from harbour_world.world import REFUSED, TODAY, World
from ringfence.audit.run import run_audit
from ringfence.model.facts import NotRead
from ringfence.model.rights import PrincipalGroup

OPERATORS, NETS, DEVELOPERS = "CORP\\operators", "CORP\\net-admins", "CORP\\developers"
ALICE = "CORP\\alice"
CANNOT_TELL = NotRead(reason="not-supported", detail="this version has no such call")


def given(on: str | None, principal: str, role_name: str, *, group: bool = True) -> World:
    return CLEAN.add("permissions", permission(on, principal, role_name, group=group))


def members(**groups: tuple[str, ...]) -> World:
    records = tuple(
        PrincipalGroup(name=f"CORP\\{name.replace('_', '-')}", members=inside)
        for name, inside in groups.items()
    )
    return CLEAN.table("groups", records)


NETWORK_OPERATORS = CLEAN.one(
    "roles",
    "role-operator",
    capabilities=("assign-networks", "configure-networks", "place-machines"),
)
RIGHTS_UNREAD = CLEAN.unread("permissions")
NO_RIGHTS = CLEAN.without("permissions")

CASES = {
    "duties.never-together": Kinds(
        fails=NETWORK_OPERATORS,
        found={(OPERATORS, "capabilities")},
        nothing=CLEAN.declare("duties.never-together", []),
        unread=RIGHTS_UNREAD,
    ),
    "duties.administrators": Kinds(
        fails=given("root", DEVELOPERS, "admin"),
        found={(DEVELOPERS, "administer")},
        nothing=NO_RIGHTS,
        unread=CLEAN.unread("global_permissions"),
    ),
    "duties.change-permissions": Kinds(
        fails=CLEAN.add("roles", role("grantor", "change-permissions")).add(
            "permissions", permission("f-vm", DEVELOPERS, "grantor")
        ),
        found={(DEVELOPERS, "change-permissions")},
        nothing=NO_RIGHTS,
        unread=CLEAN.unread("roles"),
    ),
    "duties.network-configuration": Kinds(
        fails=given("dc", DEVELOPERS, "network"),
        found={(DEVELOPERS, "configure-networks")},
        nothing=NO_RIGHTS,
        unread=RIGHTS_UNREAD,
    ),
    "duties.sensitive-networks": Kinds(
        fails=given("f-network", DEVELOPERS, "operator"),
        found={(DEVELOPERS, "assign-networks")},
        nothing=CLEAN.each("port_groups", lambda g: None if g.name == "CDE-300" else g),
        unread=RIGHTS_UNREAD,
    ),
    "duties.lockdown-exceptions": Kinds(
        passes=CLEAN.one("hosts", "host-1", lockdown_exceptions=("root",)),
        fails=CLEAN.one("hosts", "host-1", lockdown_exceptions=("root", "backup")),
        found={("host-1", "lockdown_exceptions")},
        nothing=CLEAN.without("hosts"),
        unread=CLEAN.one("hosts", "host-1", lockdown_exceptions=REFUSED),
    ),
}


@pytest.mark.parametrize(("identity", "kind"), pairs(CASES))
def test_each_kind(identity: str, kind: str) -> None:
    judge(CASES, identity, kind)


def test_a_group_with_both_rights_is_told_once() -> None:
    (finding,) = findings_of("duties.never-together", NETWORK_OPERATORS)
    assert finding.sentence.startswith(
        "Group CORP\\operators may change networks, place machines and attach machines to them, on "
    )
    assert finding.found == [
        ["configure-networks", "place-machines"],
        ["configure-networks", "assign-networks"],
    ]
    for identity in CASES:
        told = findings_of(identity, NETWORK_OPERATORS)
        assert bool(told) is (identity == "duties.never-together"), told


def test_an_administrator_is_told_once() -> None:
    world = given("root", DEVELOPERS, "admin")
    (finding,) = findings_of("duties.administrators", world)
    assert finding.sentence == (
        "Group CORP\\developers is administrator of the root folder, and the policy does not name "
        "it."
    )
    assert [change.kind for change in finding.fix] == ["remove"]
    for identity in CASES:
        told = findings_of(identity, world)
        assert bool(told) is (identity == "duties.administrators"), told


def test_a_person_in_two_groups_holds_what_both_hold() -> None:
    world = members(net_admins=(ALICE,), operators=("alice@corp", "CORP\\bob"))
    (finding,) = findings_of("duties.never-together", world)
    assert finding.object == ALICE
    assert "through CORP\\net-admins and CORP\\operators" in finding.sentence


def test_members_of_a_group_that_holds_both_are_not_told_again() -> None:
    world = NETWORK_OPERATORS.table(
        "groups", (PrincipalGroup(name=OPERATORS, members=(ALICE, "CORP\\bob")),)
    )
    (finding,) = findings_of("duties.never-together", world)
    assert finding.object == OPERATORS


def test_members_of_administrators_may_hold_everything() -> None:
    world = members(vsphere_admins=(ALICE,), net_admins=(ALICE,), operators=(ALICE,))
    assert findings_of("duties.never-together", world) == ()


def test_a_global_permission_counts() -> None:
    world = CLEAN.table("global_permissions", (permission(None, DEVELOPERS, "admin"),))
    (finding,) = findings_of("duties.administrators", world)
    assert "is administrator of every object" in finding.sentence


@pytest.mark.parametrize("table", ["global_permissions", "groups"])
def test_what_no_account_could_read_is_an_assumption(table: str) -> None:
    audit = run_audit(CLEAN.table(table, CANNOT_TELL).context(), today=TODAY, only=["duties.*"])
    assert {result.status for result in audit.results} == {"passed"}
    assert len(audit.assumptions) == 1


def test_groups_that_were_refused_leave_it_undecided() -> None:
    assert result_of("duties.never-together", CLEAN.unread("groups")).status == "unknown"


def test_who_may_use_a_sensitive_network_needs_a_duty_there() -> None:
    world = given("host-1/CDE-300", OPERATORS, "operator")
    (finding,) = findings_of("duties.sensitive-networks", world)
    assert (finding.severity, finding.found) == ("critical", ["CDE-300"])
    world = world.declare("duties.roles.operators.zones", ["dmz", "application", "cardholder"])
    assert findings_of("duties.sensitive-networks", world) == ()


def test_a_permission_below_takes_the_right_away() -> None:
    world = given("f-network", DEVELOPERS, "operator")
    for n in (1, 2, 3, 4):
        world = world.add("permissions", permission(f"host-{n}/CDE-300", DEVELOPERS, "read"))
    assert findings_of("duties.sensitive-networks", world) == ()


def test_break_glass_accounts_may_do_everything() -> None:
    assert findings_of("duties.administrators", given("root", "root", "admin", group=False)) == ()


def test_only_the_strangers_are_removed_from_the_exceptions() -> None:
    (finding,) = findings_of(
        "duties.lockdown-exceptions", CASES["duties.lockdown-exceptions"].fails
    )
    assert finding.fix[0].after == ["root"]
    assert "Host esx-1 lets backup log in past its lockdown" in finding.sentence
