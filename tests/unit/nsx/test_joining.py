"""What of NSX stands at a NIC, and what stays open where an answer is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nsx_network import HOST, SILENT, address_of, joined, snapshot_of
from ringfence.foundation.errors import SourceError
from ringfence.model.facts import NOT_COLLECTED, NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.packet import TCP, Header
from ringfence.model.snapshot import Snapshot
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.wiring import Bound, Wiring
from ringfence.sources.nsx.answers import Answers, read_answers
from ringfence.sources.nsx.joining import with_firewall

NAMES = ["web", "db", "jump"]
GROUP = "/infra/domains/default/groups/"


def group(name: str, *expression: dict[str, Any]) -> dict[str, Any]:
    return {"path": GROUP + name, "display_name": name, "expression": list(expression)}


def named(value: str, operator: str = "EQUALS", key: str = "Name") -> dict[str, Any]:
    return {
        "resource_type": "Condition",
        "member_type": "VirtualMachine",
        "key": key,
        "operator": operator,
        "value": value,
    }


def joins(word: str) -> dict[str, Any]:
    return {"resource_type": "ConjunctionOperator", "conjunction_operator": word}


GROUPS = tuple(group(name, named(name)) for name in NAMES)


def rule(action: str, source: str = "ANY", destination: str = "ANY", **more: Any) -> dict[str, Any]:
    ends = {
        key: [value if value == "ANY" else GROUP + value]
        for key, value in (("source_groups", source), ("destination_groups", destination))
    }
    return {"display_name": "a rule", "action": action, **ends, **more}


def section(*rules: dict[str, Any], category: str = "Application", **more: Any) -> dict[str, Any]:
    return {"display_name": "a policy", "category": category, "rules": list(rules), **more}


def answers(
    *policies: dict[str, Any], groups: tuple[dict[str, Any], ...] = GROUPS, **more: Any
) -> Answers:
    whole = Answers(
        name="nsx",
        services={"/infra/services/HTTPS": HTTPS},
        groups={one["path"]: one for one in groups},
        policies=policies,
        machines=tuple(
            {"external_id": name, "display_name": name, "tags": [{"scope": "tier", "tag": name}]}
            for name in NAMES
        ),
        nics=NOT_COLLECTED,
        nodes=NOT_COLLECTED,
        excluded=NOT_COLLECTED,
        own_excluded=NOT_COLLECTED,
        enabled=NOT_COLLECTED,
    )
    return replace(joined(whole, NAMES), **more)


HTTPS = {
    "path": "/infra/services/HTTPS",
    "service_entries": [
        {
            "resource_type": "L4PortSetServiceEntry",
            "l4_protocol": "TCP",
            "destination_ports": ["443"],
        }
    ],
}
DENY = section(rule("DROP"), display_name="default")


def reaches(snapshot: Snapshot, source: int, destination: int, port: int, bound: Bound) -> bool:
    header = Header(
        source=address_of(source),
        destination=address_of(destination),
        protocol=TCP,
        source_port=40000,
        destination_port=port,
        tcp_flags=2,
    )
    interpreter = Interpreter(Inventory(snapshot), Wiring(), bound)
    there = {one.place for one in interpreter.deliveries(f"vm-{source}/4000", header)}
    return f"vm-{destination}/4000" in there


def told(given: Answers, source: int, destination: int, port: int = 443) -> str:
    """Return whether a connection surely gets there, surely does not, or neither is known."""
    snapshot = with_firewall(snapshot_of(NAMES), given)
    lower, upper = (reaches(snapshot, source, destination, port, one) for one in ("lower", "upper"))
    assert upper or not lower
    return "open" if lower else "unknown" if upper else "closed"


WEB_TO_DB = rule("ALLOW", "web", "db", services=["/infra/services/HTTPS"])


def test_a_rule_opens_what_it_names_and_nothing_else() -> None:
    given = answers(section(WEB_TO_DB), DENY)
    assert [told(given, 0, 1), told(given, 0, 1, 80), told(given, 1, 0), told(given, 2, 1)] == [
        "open",
        "closed",
        "closed",
        "closed",
    ]


def test_addresses_that_a_guest_says_itself_decide_nothing() -> None:
    given = answers(section(WEB_TO_DB), DENY)
    loose = replace(given, guard_profiles=())
    assert [told(loose, 0, 1), told(loose, 2, 1), told(loose, 0, 1, 80)] == [
        "unknown",
        "unknown",
        "closed",
    ]


@pytest.mark.parametrize("way", ["arp_snooping_config", "dhcp_snooping_enabled", None])
def test_bound_addresses_hold_nobody_while_others_are_discovered(way: str | None) -> None:
    given = answers(section(WEB_TO_DB), DENY)
    options: dict[str, Any] = dict(SILENT["ip_v4_discovery_options"])
    if way is not None:
        options.pop(way)  # what is not said may be on
    else:
        options["vmtools_enabled"] = True
    loose = {**SILENT, "ip_v4_discovery_options": options}
    assert told(replace(given, discovery_profiles=(loose,)), 2, 1) == "unknown"
    assert told(replace(given, discovery_profiles=()), 2, 1) == "unknown"


def test_a_nic_that_is_on_no_segment_has_no_filter() -> None:
    given = answers(DENY)
    assert isinstance(given.nics, tuple)
    detached = tuple({**one, "lport_attachment_id": None} for one in given.nics)
    assert told(replace(given, nics=detached), 0, 1) == "open"


def test_a_drop_of_unknown_direction_or_category_is_no_sure_drop() -> None:
    sideways = section(rule("DROP", direction="SIDEWAYS"), rule("ALLOW"))
    assert told(answers(sideways), 0, 1) == "unknown"
    new = section(rule("DROP"), category="Novelty")
    assert told(answers(new, section(rule("ALLOW"))), 0, 1) == "unknown"


@pytest.mark.parametrize("field", ["nics", "nodes", "excluded", "own_excluded", "enabled"])
def test_what_was_not_saved_leaves_every_filter_open(field: str) -> None:
    given = replace(answers(DENY), **{field: NOT_COLLECTED})
    assert told(given, 0, 1) == "unknown"


def test_a_firewall_that_is_off_or_not_installed_filters_nothing() -> None:
    assert told(replace(answers(DENY), enabled=False), 0, 1) == "open"
    assert told(replace(answers(DENY), nodes=()), 0, 1) == "open"


def test_excluded_machines_have_no_filter() -> None:
    given = replace(answers(DENY), excluded=(GROUP + "web", GROUP + "db"))
    assert [told(given, 0, 1), told(given, 0, 2)] == ["open", "closed"]
    own = replace(answers(DENY), own_excluded=({"external_id": "web"}, {"external_id": "db"}))
    assert told(own, 0, 1) == "open"
    assert told(replace(answers(DENY), own_excluded=({"display_name": "?"},)), 0, 1) == "unknown"


def test_rules_stand_where_they_are_applied() -> None:
    at_jump = section(rule("DROP", scope=[GROUP + "jump"]))
    given = answers(at_jump, section(rule("ALLOW")))
    assert [told(given, 0, 1), told(given, 0, 2)] == ["open", "closed"]
    by_policy = section(rule("DROP", scope=["ANY"]), scope=[GROUP + "jump"])
    assert told(answers(by_policy, section(rule("ALLOW"))), 0, 1) == "open"


def test_categories_come_before_numbers() -> None:
    emergency = section(rule("DROP", "web"), category="Emergency", sequence_number=99)
    assert told(answers(section(rule("ALLOW"), sequence_number=1), emergency), 0, 1) == "closed"
    later = section(rule("DROP", sequence_number=2), rule("ALLOW", sequence_number=1))
    assert told(answers(later), 0, 1) == "open"


def test_a_rule_that_jumps_passes_over_the_rest_of_its_category() -> None:
    environment = section(
        rule("JUMP_TO_APPLICATION", "web", "db"), rule("DROP"), category="Environment"
    )
    given = answers(environment, section(WEB_TO_DB, rule("ALLOW", "jump", "db")), DENY)
    assert [told(given, 0, 1), told(given, 0, 1, 80), told(given, 2, 1)] == [
        "open",
        "closed",
        "closed",
    ]


def test_disabled_rules_and_those_without_any_member_match_nothing() -> None:
    given = answers(section(rule("ALLOW", disabled=True)), DENY)
    assert told(given, 0, 1) == "closed"
    empty = answers(section(rule("ALLOW", "nobody")), DENY, groups=(group("nobody"),))
    assert told(empty, 0, 1) == "closed"


def test_everything_but_a_group() -> None:
    given = answers(section(rule("ALLOW", "jump", sources_excluded=True)), DENY)
    assert [told(given, 0, 1), told(given, 2, 1)] == ["open", "closed"]


def test_directions_are_those_of_the_machine() -> None:
    one_way = section(rule("DROP", direction="IN", scope=[GROUP + "db"]), rule("ALLOW"))
    assert [told(answers(one_way), 0, 1), told(answers(one_way), 1, 0)] == ["closed", "open"]


def test_what_a_rule_asks_besides_leaves_it_open() -> None:
    context = rule("ALLOW", profiles=["/infra/context-profiles/SSL"])
    assert told(answers(section(context), DENY), 0, 1) == "unknown"
    assert told(answers(section(rule("ALLOW"), stateful=False), DENY), 0, 1) == "unknown"
    assert told(answers(section(rule("SHRUG"))), 0, 1) == "unknown"
    assert told(answers(), 0, 1) == "unknown"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ((named("tier|web", key="Tag"),), "open"),
        ((named("|web", key="Tag"),), "open"),
        ((named("other|web", key="Tag"),), "closed"),
        ((named("we", "STARTSWITH"), joins("AND"), named("eb", "ENDSWITH")), "open"),
        ((named("we", "STARTSWITH"), joins("AND"), named("db")), "closed"),
        ((named("db"), joins("OR"), named("web")), "open"),
        ((named("db"), joins("OR"), named("x"), joins("AND"), named("web")), "unknown"),
        ((named("Linux", key="OSName"),), "unknown"),
        (({"resource_type": "NestedExpression", "expressions": [named("web")]},), "open"),
        (({"resource_type": "PathExpression", "paths": [GROUP + "web"]},), "open"),
        (({"resource_type": "PathExpression", "paths": [GROUP + "one"]},), "unknown"),
        (({"resource_type": "PathExpression", "paths": ["/infra/segments/x"]},), "unknown"),
        (
            (
                {
                    "resource_type": "ExternalIDExpression",
                    "member_type": "VirtualMachine",
                    "external_ids": ["web"],
                },
            ),
            "open",
        ),
        (({"resource_type": "IPAddressExpression", "ip_addresses": ["10.9.0.0/31"]},), "open"),
        (
            ({"resource_type": "IPAddressExpression", "ip_addresses": ["10.9.0.1-10.9.0.1"]},),
            "open",
        ),
        (({"resource_type": "IPAddressExpression", "ip_addresses": ["10.9.1.0/24"]},), "closed"),
        (({"resource_type": "IPAddressExpression", "ip_addresses": ["nonsense"]},), "unknown"),
        (({"resource_type": "IdentityGroupExpression"},), "unknown"),
    ],
)
def test_groups_by_their_expressions(expression: tuple[dict[str, Any], ...], expected: str) -> None:
    groups = (*GROUPS, group("one", *expression))
    given = answers(section(rule("ALLOW", "one", "db")), DENY, groups=groups)
    assert told(given, 0, 1) == expected


def test_another_vcenter_is_refused() -> None:
    with pytest.raises(SourceError, match="Not one machine"):
        with_firewall(snapshot_of(["stranger"]), answers(DENY))


def test_machines_that_nsx_does_not_know_are_as_they_were() -> None:
    found = with_firewall(snapshot_of([*NAMES, "stranger"]), answers(DENY))
    assert not isinstance(found.machines[3].nics, NotRead)
    assert found.machines[3].nics[0].port_filters == ()
    assert [source.kind for source in found.sources] == ["vsphere", "nsx"]


def test_a_folder_of_answers(tmp_path: Path) -> None:
    infra = {
        "children": [
            {
                "resource_type": "ChildDomain",
                "Domain": {
                    "children": [
                        *({"resource_type": "ChildGroup", "Group": one} for one in GROUPS),
                        *(
                            {
                                "resource_type": "ChildSecurityPolicy",
                                "SecurityPolicy": {
                                    **one,
                                    "rules": None,
                                    "children": [
                                        {"resource_type": "ChildRule", "Rule": each}
                                        for each in one["rules"]
                                    ],
                                },
                            }
                            for one in (section(WEB_TO_DB), DENY)
                        ),
                    ]
                },
            },
            {"resource_type": "ChildService", "Service": HTTPS},
        ]
    }
    host = {
        "node_deployment_info": {"resource_type": "HostNode", "discovered_node_id": f"a:{HOST}"}
    }
    for name, answer in {
        "infra": infra,
        "virtual-machines": {"result_count": 3, "results": answers().machines},
        "vifs": {"results": answers().nics},
        "transport-nodes": {"results": [host]},
        "exclude-list": {"members": []},
        "system-exclude-list": {"results": []},
        "firewall": {"enable_firewall": True},
    }.items():
        (tmp_path / f"{name}.json").write_bytes(msgspec.json.encode(answer))
    read = read_answers(tmp_path)
    guards = answers()
    held = replace(
        read,
        segments=guards.segments,
        guard_profiles=guards.guard_profiles,
        discovery_profiles=guards.discovery_profiles,
    )
    assert [told(held, 0, 1), told(held, 2, 1)] == ["open", "closed"]
    assert [told(read, 0, 1), told(read, 0, 1, 80)] == ["unknown", "closed"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is not the whole of an answer"),
        ('{"children": [', "is not the whole of an answer"),
        ("[]", "holds no answer"),
        ('{"httpStatus": "FORBIDDEN", "error_message": "may not"}', "holds an error .* may not"),
        ('{"children": 7}', "is 7, not a list of objects"),
        ("[" * 100_000, "is not the whole of an answer"),
    ],
)
def test_damaged_answers_are_refused_by_name(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "infra.json").write_text(text)
    with pytest.raises(SourceError, match=expected):
        read_answers(tmp_path)


def test_a_page_is_not_taken_for_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "infra.json").write_text("{}")
    (tmp_path / "vifs.json").write_text('{"result_count": 2, "results": [{}]}')
    with pytest.raises(SourceError, match="holds 1 of the 2 results"):
        read_answers(tmp_path)
    (tmp_path / "infra.json").unlink()
    with pytest.raises(SourceError, match=r"holds no infra\.json"):
        read_answers(tmp_path)


@pytest.mark.parametrize(
    ("file", "field"),
    [
        ("vifs", "nics"),
        ("transport-nodes", "nodes"),
        ("exclude-list", "excluded"),
        ("system-exclude-list", "own_excluded"),
        ("firewall", "enabled"),
    ],
)
def test_an_answer_to_something_else_is_no_empty_list(
    file: str, field: str, tmp_path: Path
) -> None:
    (tmp_path / "infra.json").write_text("{}")
    (tmp_path / f"{file}.json").write_text('{"module": "other"}')
    assert isinstance(getattr(read_answers(tmp_path), field), NotRead)
