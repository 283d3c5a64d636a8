"""The schema of scenarios fits every scenario here, and every key that the server reads."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from datacenter.faults import FAULTS, plant
from datacenter.harbour import harbour
from datacenter.scenario import SCHEMA_FILE
from datacenter.simulator import SOURCES

SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def keys_of(node) -> set[str]:
    """Every property name that a schema declares."""
    if isinstance(node, list):
        return set().union(*map(keys_of, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    return own.union(*map(keys_of, node.values())) if node else own


@pytest.mark.parametrize("names", [(), *((name,) for name in sorted(FAULTS)), tuple(FAULTS)])
def test_every_scenario_follows_the_schema(names):
    jsonschema.validate(plant(harbour(), *names), SCHEMA)


def test_a_misspelt_key_is_noticed():
    scenario = harbour()
    scenario["datacenters"][0]["machines"][0]["nic"] = []
    with pytest.raises(jsonschema.ValidationError, match="'nic' was unexpected"):
        jsonschema.validate(scenario, SCHEMA)


def test_the_schema_knows_exactly_the_keys_that_the_server_reads():
    text = "".join(p.read_text(encoding="utf-8") for p in SOURCES.glob("scenario*.go"))
    read = set(re.findall(r'json:"([a-z0-9_]+)"', text))
    assert keys_of(SCHEMA) - {"devices"} == read
