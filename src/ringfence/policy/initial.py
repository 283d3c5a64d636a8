"""A first policy, written from a snapshot: what it guessed says so in a comment beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ringfence.foundation.text import counted, for_terminal, listed
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Configuration
from ringfence.policy.json_schema import schema_path
from ringfence.policy.proposal import ProposedZone, proposed_zones, slug

_HEAD: Final = """\
# yaml-language-server: $schema={schema}
# A first policy, written from what was read. Every line with "guessed" wants your eye.
ringfence: 1
name: {name}
configuration: {configuration}   # guessed: {why}
"""
_OUTSIDE: Final = """\
  # What is outside of the datacenter is not in the inventory. Declare it with the device that it
  # is attached to:
  # outside: {trust: 0, external: true, attached: ["edge-firewall:wan"]}
"""
_FLOWS: Final = """
# What may talk; everything else is denied. Nothing is allowed yet:
#   - {from: dmz, to: application, services: [tcp/8443], through: inner-firewall}
flows: []
"""
_FABRIC: Final = """
# What the physical network does between hosts. Guessed: all physical NICs lead to one layer-2
# domain that carries every VLAN. Say which VLAN untagged frames are in (native: 1), or that they
# are dropped (native: none).
fabric:
  domains:
    site: {uplinks: ["*/*"], native: unknown}
"""


def initial_policy(snapshot: Snapshot, schema: str | None = None) -> str:
    """Return the text of a first policy; it loads without problems.

    Networks are grouped into zones by their names, roles come from kernel interfaces, machines
    from folders in which all machines have a zone in common. ``schema`` is what the first line
    names for editors, the installed one where it is not given.
    """
    inventory = Inventory(snapshot)
    zones = proposed_zones(inventory)
    configuration, why = _configuration(inventory, zones)
    head = _HEAD.format(
        schema=schema or schema_path(),
        name=_name(snapshot),
        configuration=configuration,
        why=why,
    )
    parts = [head, "\nzones:\n", _OUTSIDE, *map(_zone, zones), *_devices(inventory, zones)]
    return "".join([*parts, _FLOWS, _FABRIC])


def quoted(text: str) -> str:
    """Return a YAML double-quoted scalar (YAML 1.2, 5.7), whatever the text holds."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\U{code:08x}"


def _name(snapshot: Snapshot) -> str:
    names = [datacenter.name for datacenter in snapshot.datacenters]
    return quoted(slug(names[0], "first") if len(names) == 1 else "first")


def _zone(zone: ProposedZone) -> str:
    lines = [f"\n  {zone.name}:   # {zone.why}"]
    trust = "its role" if zone.role else "guessed from the name"
    if zone.guessed:
        trust = "guessed: its name tells nothing"
    lines.append(f"    trust: {zone.trust}   # {trust}")
    if zone.sensitive:
        lines.append("    sensitive: true   # guessed from the name")
    if zone.role:
        lines.append(f"    role: {zone.role}")
    if zone.patterns:
        lines.append(f"    networks: [{', '.join(map(quoted, zone.patterns))}]")
    if zone.folders:
        folders = ", ".join(f"{{folder: {quoted(folder)}}}" for folder in zone.folders)
        lines.append(f"    machines: [{folders}]   # guessed: all in there have a NIC in it")
    elif zone.machines:
        sentence = "no folder holds its machines; add machines: by tag, folder, pool or name"
        lines.append(f"    # {sentence}")
    return "\n".join(lines) + "\n"


def _devices(inventory: Inventory, zones: tuple[ProposedZone, ...]) -> Iterator[str]:
    several = sorted(_in_several_zones(inventory, zones))
    if not several:
        return
    yield (
        f"\n# {counted(len(several), 'machine has', 'machines have')} NICs in several zones: "
        f"{listed(for_terminal(name) for name in several)}.\n"
        "# Declare a firewall or router among them here; any other is a way around the firewalls.\n"
        "# devices:\n"
        "#   inner-firewall: {kind: firewall, machine: its name, config: devices/inner}\n"
    )


def _in_several_zones(inventory: Inventory, zones: tuple[ProposedZone, ...]) -> set[str]:
    counts: dict[str, int] = {}
    for zone in zones:
        for machine in zone.machines:
            counts[machine] = counts.get(machine, 0) + 1
    return {inventory.machines[machine].name for machine, count in counts.items() if count > 1}


def _configuration(
    inventory: Inventory, zones: tuple[ProposedZone, ...]
) -> tuple[Configuration, str]:
    """Guess which of the three configurations the datacenter has."""
    if _in_several_zones(inventory, zones):
        return "full-collapse", "some machines have NICs in several zones"
    zones_of_host: dict[str, set[str]] = {}
    for zone in zones:
        for machine in zone.machines:
            host = inventory.machines[machine].host
            if host is not None and not isinstance(host, NotRead):
                zones_of_host.setdefault(host, set()).add(zone.name)
    if any(len(names) > 1 for names in zones_of_host.values()):
        return "virtual-separation", "zones share hosts, and no machine joins them"
    return "physical-separation", "no host runs machines of two zones"
