"""What a planted fault is: a name, what an operator would say of it, and the edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from datacenter.scenario import Scenario, copied


@dataclass(frozen=True)
class Fault:
    """One mistake. Calling it gives a new scenario with the mistake in it."""

    name: str
    says: str
    edit: Callable[[Scenario], None]

    def __call__(self, scenario: Scenario) -> Scenario:
        """A copy of the scenario, with this fault."""
        faulty = copied(scenario)
        self.edit(faulty)
        return faulty
