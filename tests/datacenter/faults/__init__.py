"""The planted faults, by name.

::

    scenario = plant(harbour(), "lockdown-off", "ssh-running")
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from datacenter.faults import hosts, machines, rights, rules, switches
from datacenter.faults.fault import Fault
from datacenter.scenario import Scenario

FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        fault.name: fault
        for part in (switches, machines, hosts, rights, rules)
        for fault in part.FAULTS
    }
)


def plant(scenario: Scenario, *names: str) -> Scenario:
    """A new scenario with the named faults in it, in that order.

    Raises KeyError for a name that is not among ``FAULTS``.
    """
    for name in names:
        scenario = FAULTS[name](scenario)
    return scenario
