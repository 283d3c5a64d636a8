"""How long NSX's distributed firewall takes to be read, joined to machines, and compiled."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from benchmarks.measure import Benchmark, Value, peak_memory
from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.rules import Device
from ringfence.model.snapshot import Snapshot
from ringfence.reach.chains import ChainCompiler, add_chain_cuts
from ringfence.reach.conditions import Passage
from ringfence.reach.fields import Cuts
from ringfence.reach.filter_sets import as_chain
from ringfence.reach.fitting import fitted_space
from ringfence.sources.nsx.answers import read_answers
from ringfence.sources.nsx.joining import with_firewall

_RULES: Final = 10_000
_GROUPS: Final = 2_000
_MACHINES: Final = 20_000
_HOST: Final = "esx-1.example"


def folder_of_answers(folder: Path, seed: int = 1) -> None:
    """Write the answers of a manager: machines in groups by tag, ten rules in each policy."""
    chance = Random(seed)  # noqa: S311 (a network, no secret)
    infra = {"children": [*_services(chance), *_guards(), _domain(chance)]}
    answers: dict[str, Any] = {
        "infra": infra,
        "virtual-machines": {"results": [_machine(number) for number in range(_MACHINES)]},
        "vifs": {"results": [_nic(number) for number in range(_MACHINES)]},
        "transport-nodes": {
            "results": [{"node_deployment_info": {"resource_type": "HostNode", "fqdn": _HOST}}]
        },
        "exclude-list": {"members": []},
        "system-exclude-list": {"results": []},
        "firewall": {"enable_firewall": True},
    }
    for name, answer in answers.items():
        (folder / f"{name}.json").write_bytes(msgspec.json.encode(answer))


def _uuid(number: int) -> str:
    return f"5003{number:028x}"


def _machine(number: int) -> dict[str, Any]:
    tags = [{"scope": "group", "tag": str(number % _GROUPS)}]
    return {"external_id": _uuid(number), "display_name": f"vm-{number}", "tags": tags}


def _nic(number: int) -> dict[str, Any]:
    owner = {"owner_vm_id": _uuid(number), "device_key": "4000"}
    return {**owner, "lport_attachment_id": f"port-{number}"}


def _guards() -> list[dict[str, Any]]:
    profile = {"path": "/infra/spoofguard-profiles/held", "address_binding_allowlist": True}
    ports = [
        {
            "resource_type": "ChildSegmentPort",
            "SegmentPort": {
                "attachment": {"id": f"port-{number}"},
                "address_bindings": [{"ip_address": _address(number)}],
            },
        }
        for number in range(_MACHINES)
    ]
    off = dict.fromkeys(
        (
            "arp_snooping_enabled",
            "dhcp_snooping_enabled",
            "vmtools_enabled",
            "nd_snooping_enabled",
            "dhcp_snooping_v6_enabled",
            "vmtools_v6_enabled",
        ),
        False,
    )
    discovery = {"path": "/infra/ip-discovery-profiles/none", **off}
    bindings = [
        {
            "resource_type": "ChildSegmentSecurityProfileBindingMap",
            "SegmentSecurityProfileBindingMap": {"spoofguard_profile_path": profile["path"]},
        },
        {
            "resource_type": "ChildSegmentDiscoveryProfileBindingMap",
            "SegmentDiscoveryProfileBindingMap": {"ip_discovery_profile_path": discovery["path"]},
        },
    ]
    return [
        {"resource_type": "ChildSpoofGuardProfile", "SpoofGuardProfile": profile},
        {"resource_type": "ChildIPDiscoveryProfile", "IPDiscoveryProfile": discovery},
        {"resource_type": "ChildSegment", "Segment": {"children": [*bindings, *ports]}},
    ]


def _address(number: int) -> str:
    """Return an address of a machine's: members of one group stand together."""
    group, member = number % _GROUPS, number // _GROUPS
    return f"10.{group // 16}.{group % 16 * 16}.{member + 1}"


def _services(chance: Random) -> list[dict[str, Any]]:
    entry = {"resource_type": "L4PortSetServiceEntry", "l4_protocol": "TCP"}
    return [
        {
            "resource_type": "ChildService",
            "Service": {
                "path": f"/infra/services/{number}",
                "service_entries": [
                    {**entry, "destination_ports": [str(chance.randrange(1, 9000))]}
                ],
            },
        }
        for number in range(60)
    ]


def _domain(chance: Random) -> dict[str, Any]:
    def some() -> list[str]:
        return [f"/groups/{chance.randrange(_GROUPS)}"]

    groups = [
        {
            "resource_type": "ChildGroup",
            "Group": {
                "path": f"/groups/{number}",
                "expression": [
                    {
                        "resource_type": "Condition",
                        "member_type": "VirtualMachine",
                        "key": "Tag",
                        "operator": "EQUALS",
                        "value": f"group|{number}",
                    }
                ],
            },
        }
        for number in range(_GROUPS)
    ]
    rules = [
        {
            "display_name": f"rule {number}",
            "sequence_number": number,
            "action": "ALLOW" if number % 10 else "DROP",
            "source_groups": some(),
            "destination_groups": some(),
            "services": [f"/infra/services/{chance.randrange(60)}"],
        }
        for number in range(_RULES - 1)
    ]
    policies = [
        {"category": "Application", "sequence_number": at, "rules": rules[at : at + 10]}
        for at in range(0, len(rules), 10)
    ]
    policies.append(
        {"category": "Application", "sequence_number": _RULES, "rules": [{"action": "DROP"}]}
    )
    return {
        "resource_type": "ChildDomain",
        "Domain": {
            "children": [
                *groups,
                *(
                    {"resource_type": "ChildSecurityPolicy", "SecurityPolicy": one}
                    for one in policies
                ),
            ]
        },
    }


def _snapshot() -> Snapshot:
    return Snapshot(
        sources=(),
        hosts=(Host(id="host-1", name=_HOST),),
        machines=tuple(
            Machine(
                id=f"vm-{number}",
                name=f"vm-{number}",
                instance_uuid=_uuid(number),
                host="host-1",
                nics=(VirtualNic(id=f"vm-{number}/4000", label="Network adapter 1"),),
            )
            for number in range(_MACHINES)
        ),
    )


def compiled(snapshot: Snapshot) -> int:
    """Compile the one list of rules that stands at every NIC, both ways; return its length."""
    firewall = next(one for one in snapshot.port_filters if "spoofguard" not in one.id)
    chains = (as_chain(firewall, "in"), as_chain(firewall, "out"))
    cuts = Cuts()
    add_chain_cuts(cuts, chains)
    space = fitted_space(cuts, [Device(id="nsx", name="nsx", chains=chains)])
    for chain in chains:
        passed = ChainCompiler(space, (chain,)).outcome(
            ("forward",), Passage(None, None), space.everything
        )
        if passed.accepted == space.nothing:
            raise RuntimeError("Nothing passes the firewall: that is not what was written.")
    if isinstance(firewall.rules, NotRead):
        raise RuntimeError("The rules were not read.")  # noqa: TRY004 (a benchmark that went wrong)
    return len(firewall.rules)


def _nsx() -> Sequence[Value]:
    with tempfile.TemporaryDirectory() as name:
        folder_of_answers(Path(name))
        snapshot = _snapshot()
        start = time.perf_counter()
        joined = with_firewall(snapshot, read_answers(Path(name)))
        read = time.perf_counter()
        count = compiled(joined)
        done = time.perf_counter()
    return [
        Value("devices-nsx", done - start, "s", bar=10.0, peak_mb=peak_memory()),
        Value("devices-nsx-reading", read - start, "s"),
        Value("devices-nsx-rules", count, "rules"),
    ]


BENCHMARKS = (
    Benchmark("devices-nsx", "10,000 rules of NSX over 2,000 groups and 20,000 machines", _nsx),
)
