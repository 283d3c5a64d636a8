"""The tables of ``show``: what was read, and what was not, said so in its place."""

import textwrap
from pathlib import Path

import msgspec
import pytest

from ringfence.foundation.errors import UsageError
from ringfence.foundation.progress import SilentProgress
from ringfence.model.inventory import Inventory
from ringfence.model.snapshot_file import write_snapshot
from ringfence.operations import assemble, tables
from ringfence.operations.show import kind_named, show, table_kinds
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table
from small_snapshot import REFUSED, SMALL_POLICY, small_snapshot

BARE = Subject(inventory=Inventory(small_snapshot()))


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    write_snapshot(small_snapshot(), tmp_path / "small.ringfence")
    (tmp_path / "small.yaml").write_text(SMALL_POLICY)
    path = tmp_path / "small.ringfence"
    return assemble.subject(path, tmp_path / "small.yaml", SilentProgress())


def table(name: str, subject: Subject) -> Table:
    return show(kind_named(name), subject)


def test_hosts_say_what_was_not_read() -> None:
    (row,) = table("hosts", BARE).as_plain()["rows"]
    assert row["name"] == "esx-1.small.example"
    assert row["cluster"] == "compute"
    refused = {"type": "not-read", "reason": "no-permission", "detail": REFUSED.detail}
    assert row["lockdown"] == refused
    assert row["kernel_interfaces"] == ("vmk0 (management)",)


def test_networks_that_are_alike_on_several_hosts_are_one_row() -> None:
    snapshot = small_snapshot()
    second = msgspec.structs.replace(snapshot.hosts[0], id="host-2", name="esx-2.small.example")
    others = tuple(
        msgspec.structs.replace(group, id=f"host-2/{group.name}", host="host-2")
        for group in snapshot.port_groups
    )
    twice = msgspec.structs.replace(
        snapshot, hosts=(*snapshot.hosts, second), port_groups=(*snapshot.port_groups, *others)
    )
    rows = table("networks", Subject(inventory=Inventory(twice))).as_plain()["rows"]
    assert [(row["name"], row["vlan"], len(row["hosts"])) for row in rows] == [
        ("APP-200", "200", 2),
        ("DMZ-100", "100", 2),
        ("Management", "10", 2),
    ]
    assert rows[1]["virtual_nics"] == 2
    assert rows[1]["promiscuous"] == "reject"


def test_machines_have_a_row_for_each_nic(subject: Subject) -> None:
    rows = table("machines", subject).as_plain()["rows"]
    assert [(row["name"], row["network"], row["zone"]) for row in rows] == [
        ("app-01", "APP-200", "application"),
        ("web-01", "DMZ-100", "dmz"),
        ("web-02", "DMZ-100", "dmz"),
    ]


def test_a_machine_whose_nics_were_not_read_has_a_row_too() -> None:
    snapshot = small_snapshot()
    hidden = msgspec.structs.replace(snapshot.machines[0], nics=REFUSED, host=REFUSED)
    without = msgspec.structs.replace(snapshot.machines[1], nics=(), host=None)
    changed = msgspec.structs.replace(snapshot, machines=(hidden, without))
    rows = table("machines", Subject(inventory=Inventory(changed))).as_plain()["rows"]
    assert rows[0]["nic"]["type"] == "not-read"
    assert rows[0]["host"]["type"] == "not-read"
    assert rows[1]["nic"] is None


def test_zones_are_counted(subject: Subject) -> None:
    rows = table("zones", subject).as_plain()["rows"]
    counts = [(row["name"], row["machines"], row["kernel_interfaces"]) for row in rows]
    assert counts == [("dmz", 2, 0), ("application", 1, 0), ("management", 0, 1)]


def test_places_say_why(subject: Subject) -> None:
    shown = table("places", subject)
    assert shown.note == "4 places: 4 agreed."
    first = shown.as_plain()["rows"][0]
    assert (first["owner"], first["zone"], first["standing"]) == ("app-01", "application", "agreed")
    assert first["reasons"]


def test_what_was_not_read_is_listed() -> None:
    (row,) = table("unread", BARE).as_plain()["rows"]
    assert (row["name"], row["property"], row["reason"]) == (
        "esx-1.small.example",
        "lockdown",
        "no-permission",
    )


def test_everything_read_is_said_in_a_sentence() -> None:
    read = msgspec.structs.replace(small_snapshot(), unread=())
    shown = table("unread", Subject(inventory=Inventory(read)))
    assert shown.rows == ()
    assert shown.note == "Everything that was asked for was read."


def test_coverage_counts_facts_that_were_read_and_those_that_were_not() -> None:
    shown = table("coverage", BARE)
    rows = {row["fact"]: row for row in shown.as_plain()["rows"]}
    assert rows["hosts.lockdown"]["not_read"] == 1
    assert rows["hosts.lockdown"]["why"] == ("no-permission (1)",)
    assert "hosts.connection" not in rows
    assert not any(fact.startswith(("unread", "sources")) for fact in rows)


def test_rights_that_were_not_read_are_not_an_empty_table() -> None:
    shown = table("rights", BARE)
    assert shown.rows == ()
    assert shown.note.startswith("Who may do what was not read: ")


def test_zones_need_a_policy() -> None:
    for name in ("zones", "places"):
        with pytest.raises(UsageError, match="no policy"):
            table(name, BARE)


def test_every_row_has_a_value_for_every_column(subject: Subject) -> None:
    for kind in table_kinds():
        shown = show(kind, subject)
        assert shown.name == kind.name
        assert {len(row) for row in shown.rows} <= {len(shown.columns)}


def test_a_table_that_is_dropped_in_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = """
        from ringfence.operations.table import Table, TableKind

        def _make(subject):
            number = len(subject.snapshot.machines)
            return Table("counts", {"machines": "Machines"}, ((number,),), "Counted.")

        TABLE = TableKind(name="counts", summary="how many there are", make=_make)
    """
    (tmp_path / "dropped_in_counts.py").write_text(textwrap.dedent(source))
    monkeypatch.setattr(tables, "__path__", [*tables.__path__, str(tmp_path)])
    assert table("counts", BARE).as_plain()["rows"] == [{"machines": 3}]


def test_hygiene_says_which_rules_were_not_read(subject: Subject) -> None:
    assert (
        "not read" in table("hygiene", subject).note or "No firewall" in table("hygiene", BARE).note
    )
    assert table("hygiene", BARE).rows == ()


def test_without_a_saved_configuration_no_line_is_said_to_be_understood() -> None:
    shown = table("lines", BARE)
    assert (shown.rows, shown.note) == ((), "No saved configuration was read.")
