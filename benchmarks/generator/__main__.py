"""Write a generated network into a folder.

``python -m benchmarks.generator FOLDER --hosts 20 --machines 400 --port-groups 60 --zones 12
--devices 4 --rules 1000 --mess 0.3 --violations 6 --seed 7`` writes its snapshot
(``network.snapshot``), its policy (``policy.yaml``), the firewalls' configurations beside it, the
scenario for the simulator (``scenario.json``) and the matrix that its proof must find
(``known.json``).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

import yaml

from benchmarks.generator.declared import policy_document
from benchmarks.generator.known import known_matrix
from benchmarks.generator.making import make_plan
from benchmarks.generator.plan import Plan
from benchmarks.generator.records import make_snapshot
from benchmarks.generator.scenario import make_scenario
from benchmarks.generator.size import Size
from ringfence.model.snapshot_file import write_snapshot


def write_network(plan: Plan, folder: Path) -> None:
    """Write everything that is known of a plan into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_snapshot(make_snapshot(plan), folder / "network.snapshot")
    document = policy_document(plan, configurations=True)
    (folder / "policy.yaml").write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    scenario = make_scenario(plan)
    (folder / "scenario.json").write_text(json.dumps(scenario, indent=1) + "\n", "utf-8")
    for device, files in scenario["devices"].items():
        (folder / device).mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / device / name).write_text(text, "utf-8")
    known = {
        "violations": [dataclasses.asdict(violation) for violation in plan.violations],
        "verdicts": {
            f"{source} -> {destination}": pair.verdict
            for (source, destination), pair in known_matrix(plan).items()
        },
    }
    (folder / "known.json").write_text(json.dumps(known, indent=1) + "\n", "utf-8")


def main(arguments: list[str]) -> int:
    """Read the arguments, write the network; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.generator",
        description="Write a generated network, its policy and its known matrix into a folder.",
    )
    parser.add_argument("folder", type=Path)
    for field in dataclasses.fields(Size):
        kind = type(field.default)
        option = f"--{field.name.replace('_', '-')}"
        parser.add_argument(option, type=kind, default=field.default)
    told = vars(parser.parse_args(arguments))
    folder = told.pop("folder")
    try:
        plan = make_plan(Size(**told))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    write_network(plan, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
