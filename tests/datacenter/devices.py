"""The configuration of Harbour's two firewalls, as their own programs print it.

``device_files`` holds what ``iptables-save``, ``nft -j list ruleset``, ``ip -j addr`` and ``ip -j
route`` printed; ``datacenter.dumps`` makes them again. A scenario carries them as text, by device
and file name, so that a fault may lie in them too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datacenter.scenario import Part, Scenario

FILES = Path(__file__).with_name("device_files")
FORWARD = "forward"
NEW = 0  # the handle of a rule that has none yet


def clean_devices() -> Part:
    """The files of every device, by device and file name."""
    return {
        folder.name: {
            file.name: file.read_text(encoding="utf-8") for file in sorted(folder.iterdir())
        }
        for folder in sorted(FILES.iterdir())
    }


def write_devices(scenario: Scenario, folder: Path) -> None:
    """Write a scenario's device files below a folder."""
    for device, files in scenario["devices"].items():
        (folder / device).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / device / name).write_text(text, encoding="utf-8")


def edit_rules(scenario: Scenario, edit: Callable[[list[Part]], None]) -> None:
    """Edit the list of the inner firewall's forwarding rules, in their order, in place."""
    files = scenario["devices"]["inner"]
    ruleset: dict[str, Any] = json.loads(files["nft.json"])
    items = ruleset["nftables"]
    rules = [i["rule"] for i in items if "rule" in i and i["rule"]["chain"] == FORWARD]
    at = next(n for n, i in enumerate(items) if i.get("rule", {}).get("chain") == FORWARD)
    others = [i for i in items if i.get("rule", {}).get("chain") != FORWARD]
    edit(rules)
    handle = 1 + max(i["rule"]["handle"] for i in items if "rule" in i)
    for rule in rules:
        if rule["handle"] == NEW:  # the kernel counts on, wherever a rule is put
            rule["handle"] = handle
            handle += 1
    ruleset["nftables"] = [*others[:at], *({"rule": rule} for rule in rules), *others[at:]]
    files["nft.json"] = json.dumps(ruleset) + "\n"


def forward_rule(*expressions: Part, comment: str = "") -> Part:
    """A new forwarding rule of the inner firewall, in nft's own JSON."""
    rule: Part = {"family": "inet", "table": "filter", "chain": FORWARD, "handle": NEW}
    if comment:
        rule["comment"] = comment
    return {**rule, "expr": list(expressions)}


def between(source: str, destination: str) -> list[Part]:
    """The expressions that match an input and an output interface."""
    return [
        {"match": {"op": "==", "left": {"meta": {"key": key}}, "right": name}}
        for key, name in (("iifname", source), ("oifname", destination))
    ]
