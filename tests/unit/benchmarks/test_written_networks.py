"""What the generator writes: a scenario that the simulator takes, and firewalls that are read."""

from __future__ import annotations

import json
from ipaddress import ip_network

import jsonschema
from benchmarks.generator.__main__ import main
from benchmarks.generator.firewalls import devices
from benchmarks.generator.making import make_plan
from benchmarks.generator.scenario import make_scenario
from benchmarks.generator.size import Size

from datacenter.scenario import SCHEMA_FILE
from ringfence.foundation.progress import SilentProgress
from ringfence.operations.assemble import subject
from ringfence.operations.prove import make_proof
from ringfence.sources.devices.saved import read_device

MESSY = Size(mess=0.8, violations=4, rules=200)


def test_the_scenario_is_one_that_the_simulator_takes():
    schema = json.loads(SCHEMA_FILE.read_text())
    jsonschema.validate(make_scenario(make_plan(MESSY)), schema)


def test_the_firewalls_are_read_back_as_they_were_planned(tmp_path):
    assert main([str(tmp_path), "--mess", "0.8", "--violations", "4", "--rules", "200"]) == 0
    for planned in devices(make_plan(MESSY)):
        read = read_device(planned.id, [tmp_path / planned.id], kind="firewall", physical=True)
        assert not read.not_understood
        assert _routes(read) == _routes(planned)
        assert {one.name: one.addresses for one in read.interfaces} == {
            one.name: one.addresses for one in planned.interfaces
        }
        kinds = {(chain.hook, chain.policy): len(chain.rules) for chain in planned.chains}
        assert {(chain.hook, chain.policy): len(chain.rules) for chain in read.chains} == kinds


def _routes(device):
    return {(str(ip_network(route.destination)), route.interface) for route in device.routes}


def test_the_written_network_is_proved_as_it_was_planned(tmp_path):
    assert main([str(tmp_path), "--violations", "1"]) == 0
    known = json.loads((tmp_path / "known.json").read_text())
    what = subject(tmp_path / "network.snapshot", tmp_path / "policy.yaml", SilentProgress())
    proof = make_proof(what, SilentProgress())
    found = {f"{pair.source} -> {pair.destination}": pair.verdict for pair in proof.pairs}
    assert found == known["verdicts"]


def test_sizes_that_do_not_fit_are_told_in_a_sentence(tmp_path, capsys):
    assert main([str(tmp_path), "--zones", "3"]) == 2
    assert "there must be at least 4 zones" in capsys.readouterr().err
