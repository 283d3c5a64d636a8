"""What a scenario is in Python, and how to find things in one.

A scenario is the plain data that ``tools/vcsim`` reads as JSON; ``scenario.schema.json`` beside
this file documents every key. Functions that change one take a scenario and give a new one.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

Scenario: TypeAlias = dict[str, Any]
Part: TypeAlias = dict[str, Any]

SCHEMA_FILE = Path(__file__).with_name("scenario.schema.json")


def copied(scenario: Scenario) -> Scenario:
    """A copy that may be changed."""
    return copy.deepcopy(scenario)


def write_scenario(scenario: Scenario, path: Path) -> Path:
    """Write a scenario as the JSON file that ``vcsim-ringfence -scenario`` reads."""
    path.write_text(json.dumps(scenario, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path


def hosts(scenario: Scenario) -> Iterator[Part]:
    """Every host, of clusters and standalone."""
    for datacenter in scenario["datacenters"]:
        for cluster in datacenter.get("clusters", []):
            yield from cluster["hosts"]
        yield from datacenter.get("hosts", [])


def host(scenario: Scenario, name: str) -> Part:
    """The host of a name; the part before the first dot is enough."""
    short = name.partition(".")[0]
    return _only((h for h in hosts(scenario) if h["name"].partition(".")[0] == short), name)


def machine(scenario: Scenario, name: str) -> Part:
    """The machine of a name."""
    machines = (m for d in scenario["datacenters"] for m in d["machines"])
    return _only((m for m in machines if m["name"] == name), name)


def distributed_switch(scenario: Scenario, name: str) -> Part:
    """The distributed switch of a name."""
    switches = (s for d in scenario["datacenters"] for s in d["distributed_switches"])
    return _only((s for s in switches if s["name"] == name), name)


def pool(scenario: Scenario, name: str) -> Part:
    """The resource pool of a name."""
    clusters = (c for d in scenario["datacenters"] for c in d["clusters"])
    return _only((p for c in clusters for p in c["pools"] if p["name"] == name), name)


def role(scenario: Scenario, name: str) -> Part:
    """The role of a name."""
    return _only((r for r in scenario["roles"] if r["name"] == name), name)


def named(parts: list[Part], name: str, key: str = "name") -> Part:
    """The part of a list that has the name: a port group, a switch, a service."""
    return _only((p for p in parts if p[key] == name), name)


def _only(found: Iterator[Part], name: str) -> Part:
    parts = list(found)
    if len(parts) != 1:
        raise LookupError(f"{len(parts)} parts of the scenario are named {name!r}, expected one")
    return parts[0]
