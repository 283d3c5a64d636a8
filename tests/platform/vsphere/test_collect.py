"""A whole reading of the simulator, and of one that hides, pages, faults or breaks off."""

import msgspec
import pytest

from datacenter.harbour import harbour
from datacenter.scenario import copied, host, machine
from datacenter.simulator import Behaviour, save, serve
from ringfence.connections.vsphere import connect
from ringfence.foundation.errors import ConnectionFailedError
from ringfence.foundation.progress import SilentProgress
from ringfence.model.change import difference
from ringfence.model.facts import NotRead
from ringfence.model.machines import Tag
from ringfence.sources.vsphere.collect import collect
from ringfence.sources.vsphere.folder import read_folder
from ringfence.sources.vsphere.preflight import preflight

# What a saved folder has no place for.
ONLY_LIVE = {"tags", "lockdown_exceptions", "fault_tolerance_encryption"}


@pytest.fixture(scope="module")
def clean_server():
    with serve(harbour()) as server:
        yield server


def by_name(records):
    return {record.name: record for record in records}


def test_a_live_server_and_its_saved_folder_are_the_same(clean_server, read, tmp_path):
    live = read(clean_server)
    saved = read_folder(save(harbour(), tmp_path / "saved"), SilentProgress())
    changes = difference(saved, live)
    assert [c for c in changes if c.property.partition(".")[0] not in ONLY_LIVE] == []
    assert live.sources[0].stable
    assert live.sources[0].account == "administrator@vsphere.local"
    assert live.sources[0].started <= live.sources[0].finished


def test_two_readings_of_what_stands_still_are_equal(clean_server, read):
    first, second = read(clean_server), read(clean_server)
    assert difference(first, second) == ()


def test_pages_of_any_size_give_the_same(clean_server, read):
    with serve(harbour(), behaviour=Behaviour(page_limit=3)) as small:
        assert difference(read(clean_server), read(small)) == ()


def test_nothing_of_a_login_is_in_a_snapshot(clean_server, read):
    content = msgspec.json.encode(read(clean_server)).decode()
    assert clean_server.password not in content.replace("harbour.example", "").replace(
        "Harbour", ""
    )


def test_what_hosts_observe_is_read_where_it_is_asked_for(clean_server, read):
    plain, asked = read(clean_server), read(clean_server, observed_vlans=True)
    assert isinstance(plain.hosts[0].physical_nics[0].hints, NotRead)
    assert plain.hosts[0].physical_nics[0].hints.reason == "not-collected"
    hints = asked.hosts[0].physical_nics[0].hints
    assert not isinstance(hints, NotRead) or hints.reason != "not-collected"


@pytest.mark.parametrize(
    ("deny", "look"),
    [
        ("DistributedVirtualSwitch@Zones:config", lambda s: by_name(s.switches)["Zones"].security),
        ("DistributedVirtualSwitch@Zones:config", lambda s: s.mirror_sessions),
        (
            "DistributedVirtualSwitch@Zones:config.defaultPortConfig",
            lambda s: by_name(s.switches)["Zones"].security,
        ),
        (
            "DistributedVirtualPortgroup@DMZ-100:config",
            lambda s: by_name(s.port_groups)["DMZ-100"].vlan,
        ),
        ("DistributedVirtualSwitch:FetchDVPorts", lambda s: s.ports),
        ("HostSystem@esx-1.harbour.example:config", lambda s: s.hosts[0].kernel_interfaces),
        ("HostSystem@esx-1.harbour.example:config.lockdownMode", lambda s: s.hosts[0].lockdown),
        ("HostSystem:config.option", lambda s: s.hosts[0].settings),
        ("VirtualMachine@web-01:config", lambda s: by_name(s.machines)["web-01"].nics),
        ("VirtualMachine@web-01:runtime", lambda s: by_name(s.machines)["web-01"].host),
        ("VirtualMachine@web-01:guest", lambda s: by_name(s.machines)["web-01"].guest_tools),
        ("AuthorizationManager:roleList", lambda s: s.roles),
        ("OptionManager:setting", lambda s: s.settings),
        ("ClusterComputeResource:configurationEx", lambda s: s.clusters[0].rules),
        ("ResourcePool:config", lambda s: s.pools[0].cpu),
    ],
)
def test_what_the_account_may_not_read_is_not_read(deny, look, read):
    with serve(harbour(), behaviour=Behaviour(deny=[deny])) as server:
        fact = look(read(server))
    assert isinstance(fact, NotRead)
    assert fact.reason == "no-permission"


def test_a_hidden_switch_leaves_its_port_groups_on_it(read):
    denied = Behaviour(deny=["DistributedVirtualSwitch:config"])
    with serve(harbour(), behaviour=denied) as server:
        found = read(server)
    zones = by_name(found.switches)["Zones"]
    assert {group.name for group in found.port_groups if group.switch == zones.id} >= {
        "DMZ-100",
        "APP-200",
    }
    assert len(zones.members) == 4


def test_a_fault_for_one_object_is_that_objects(read, clean_server):
    one = by_name(read(clean_server).machines)["web-01"].id.rpartition("/")[2]
    with serve(harbour(), behaviour=Behaviour(fault_object=one)) as server:
        found = read(server)
    bad = next(record for record in found.machines if record.id.endswith(f"/{one}"))
    assert isinstance(bad.nics, NotRead)
    assert bad.nics.reason == "fault"
    assert sum(isinstance(record.nics, NotRead) for record in found.machines) == 1


@pytest.mark.parametrize("after", [3, 9, 14])
def test_a_server_that_breaks_off_is_told_and_nothing_is_returned(after, settings, monkeypatch):
    monkeypatch.setattr("ringfence.connections.soap._FIRST_PAUSE", 0.01)
    with (
        serve(harbour(), behaviour=Behaviour(drop_after=after)) as server,
        pytest.raises(ConnectionFailedError, match="closed the connection in the middle"),
        connect(settings(server)) as connection,
    ):
        collect(connection, SilentProgress())


@pytest.mark.parametrize("after", [3, 9])
def test_a_server_that_hangs_is_given_up(after, settings):
    with (
        serve(harbour(), behaviour=Behaviour(hang_after=after)) as server,
        pytest.raises(ConnectionFailedError, match="did not answer within"),
        connect(settings(server, timeout=0.5)) as connection,
    ):
        collect(connection, SilentProgress())


HOSTILE = '<b>"x"</b> \u202e\u009b31m =HYPERLINK("http://x";"y")'


def test_hostile_names_come_through_as_they_are(read):
    scenario = copied(harbour())
    machine(scenario, "web-01")["name"] = HOSTILE
    with serve(scenario) as server:
        assert HOSTILE in by_name(read(server).machines)


def test_tags_come_from_their_own_api(read):
    scenario = copied(harbour())
    machine(scenario, "web-01")["tags"] = ["zone=dmz", "owner=web-team"]
    machine(scenario, "web-02")["tags"] = ["zone=dmz"]
    with serve(scenario) as server:
        found = by_name(read(server).machines)
    dmz, owner = Tag(category="zone", name="dmz"), Tag(category="owner", name="web-team")
    assert found["web-01"].tags == (owner, dmz)
    assert found["web-02"].tags == (dmz,)
    assert found["web-03"].tags == ()


def test_an_account_is_compared_with_the_role(clean_server, settings):
    with connect(settings(clean_server)) as connection:
        report = preflight(connection)
    assert report.complete
    assert report.checked > 10


def test_a_host_that_does_not_answer_is_unread(read):
    scenario = copied(harbour())
    host(scenario, "esx-4")["connection"] = "notResponding"
    with serve(scenario) as server:
        found = read(server)
    assert by_name(found.hosts)["esx-4.harbour.example"].connection == "notResponding"
