"""Print the firewalls' configuration with their own programs, each in a network of its own.

The rules of ``device_files`` are loaded into a fresh network namespace and listed again: what was
printed by the real program is printed the same. Needs no root where user namespaces are allowed.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from datacenter.harbour_machines import harbour_machines

NAMESPACE = ("unshare", "--user", "--map-root-user", "--net")
# By device: interface, address of the card, IP addresses; the routes beside the connected ones.
INNER_INTERFACES = ("ens192", "ens224", "ens256")
EDGE_INTERFACES = {
    "wan": ("02:00:5e:20:00:01", ["203.0.113.2/24"]),
    "lan": ("02:00:5e:20:00:02", ["10.1.100.254/24"]),
}
EDGE_ROUTES = ("default via 203.0.113.1 dev wan",)
# A time for iptables-save's comment, that would otherwise differ on every run.
PRINTED = "on Mon Nov  2 08:00:00 2026"


def inner_interfaces() -> dict[str, tuple[str, list[str]]]:
    """The inner firewall's interfaces are the NICs of its machine, in their order."""
    (firewall,) = (m for m in harbour_machines() if m["name"] == "fw-1")
    return {
        name: (nic["mac"], nic["addresses"])
        for name, nic in zip(INNER_INTERFACES, firewall["nics"], strict=True)
    }


def nft_listing(ruleset: str) -> str:
    """What ``nft -j list ruleset`` prints once a ruleset, itself such a listing, is loaded."""
    return _inside("nft -j -f rules && nft -j list ruleset", ruleset)


def iptables_listing(rules: str, *, version: int = 4) -> str:
    """What ``iptables-save`` (or ``ip6tables-save``) prints once its output is restored."""
    program = "iptables" if version == 4 else "ip6tables"
    printed = _inside(f"{program}-restore < rules && {program}-save", rules)
    lines = (line.partition(" on ")[0] + f" {PRINTED}" if line.startswith("#") else line
             for line in printed.splitlines())  # fmt: skip
    return "\n".join(lines) + "\n"


def address_listing(interfaces: dict[str, tuple[str, list[str]]], routes: tuple[str, ...]) -> str:
    """What ``ip -j addr`` prints for interfaces of these names, cards and addresses."""
    # Link-local addresses are tentative until nobody objects.
    script = _script(interfaces, routes) + "sleep 2.5\nip -j addr"
    listed = json.loads(_inside(script, ""))
    return _printed([_as_card(entry) for entry in listed if not entry["ifname"].startswith("peer")])


def route_listing(interfaces: dict[str, tuple[str, list[str]]], routes: tuple[str, ...]) -> str:
    """What ``ip -j route`` prints, and after it what ``ip -j -6 route`` prints, as one list."""
    script = _script(interfaces, routes)
    both = [json.loads(_inside(script + f"ip -j {family} route", "")) for family in ("-4", "-6")]
    return _printed([e for entries in both for e in entries if not e["dev"].startswith("peer")])


def _script(interfaces: dict[str, tuple[str, list[str]]], routes: tuple[str, ...]) -> str:
    commands = ["ip link set lo up"]
    for index, (name, (mac, addresses)) in enumerate(interfaces.items(), start=2):
        peer = f"peer{index}"
        pair = f"type veth peer name {peer} index {100 + index}"
        commands += [
            f"ip link add {name} index {index} address {mac} {pair}",
            f"ip link set {name} up",
            f"ip link set {peer} up",
            *(f"ip addr add {address} dev {name} nodad" for address in addresses if ":" in address),
            *(f"ip addr add {a} brd + dev {name}" for a in addresses if ":" not in a),
        ]
    commands += [f"ip route add {route}" for route in routes]
    return "set -e\n" + "\n".join([*commands, ""])


def _as_card(entry: dict[str, Any]) -> dict[str, Any]:
    """A pair of virtual cables stands in for a machine's card; what betrays it is left out."""
    return {key: value for key, value in entry.items() if key not in {"link", "link_index"}}


def _printed(value: Any) -> str:
    return json.dumps(value, separators=(",", ":")) + "\n"


def _inside(script: str, rules: str) -> str:
    with tempfile.TemporaryDirectory(prefix="harbour-device-") as text:
        folder = Path(text)
        (folder / "rules").write_text(rules, encoding="utf-8")
        ran = subprocess.run(
            [*NAMESPACE, "sh", "-c", script],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    if ran.returncode != 0:
        raise RuntimeError(f"In a network of its own: {ran.stderr.strip()}")
    return ran.stdout
