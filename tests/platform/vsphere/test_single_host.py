"""A single ESXi host, which knows neither clusters nor distributed port groups."""

import pytest

from datacenter.harbour import harbour
from datacenter.harbour_hosts import harbour_host
from datacenter.scenario import copied
from datacenter.simulator import serve
from ringfence.model.facts import NotRead


@pytest.fixture(scope="module")
def alone():
    """One host with a machine on its standard switch."""
    scenario = copied(harbour())
    scenario["server"]["kind"] = "esx"
    datacenter = scenario["datacenters"][0]
    machines = [m for m in datacenter["machines"] if m["name"] in {"db-01", "backup-1"}]
    for one in machines:
        one |= {"host": "esx-1.harbour.example", "pool": "", "folder": ""}
    datacenter |= {
        "name": "ha-datacenter",
        "folders": [],
        "clusters": [],
        "hosts": [harbour_host(1)],
        "distributed_switches": [],
        "machines": machines,
    }
    scenario["permissions"] = []
    with serve(scenario) as server:
        yield server


def test_a_single_host_is_read(alone, read):
    found = read(alone)
    (host,) = found.hosts
    assert (host.cluster, host.name) == (None, "esx-1.harbour.example")
    assert host.folder is not None
    assert found.sources[0].stable
    assert {machine.name for machine in found.machines} == {"db-01", "backup-1"}
    groups = {group.id: group for group in found.port_groups}
    for machine in found.machines:
        assert groups[machine.nics[0].port_group].host == host.id


def test_what_a_single_host_does_not_have_is_told(alone, read):
    found = read(alone)
    assert isinstance(found.settings, NotRead)
    assert found.settings.reason == "not-supported"
    assert all(isinstance(machine.tags, NotRead) for machine in found.machines)
