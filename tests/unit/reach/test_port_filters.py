"""Filters between a place and its switch: what they stop, and what must never rest on them."""

from collections.abc import Mapping

import msgspec
import pytest

from ringfence.model.facts import NOT_COLLECTED, Fact
from ringfence.model.places import Cluster
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    PortFilter,
    StateMatch,
    SwitchFilterRule,
    TcpFlagsMatch,
)
from ringfence.model.snapshot import Snapshot
from ringfence.reach.comparing import Comparison
from ringfence.reach.fragility import fragility
from ringfence.reach.mobility import every_placement
from ringfence.reach.prove import prove
from ringfence.reach.results import PairResult
from small_networks import (
    SOURCE,
    between,
    group,
    host,
    machine,
    members,
    permit,
    policy,
    question,
    sources,
    switch,
    tcp,
)

ZONES: Mapping[str, str] = {"a": "low", "b": "high"}


def rule(
    number: int, *conditions: Condition, action: str = "accept", direction: str = "both"
) -> SwitchFilterRule:
    return SwitchFilterRule(
        number=number,
        text=f"filter rule {number}",
        conditions=conditions,
        action=action,  # type: ignore[arg-type]
        direction=direction,  # type: ignore[arg-type]
    )


def shared(standing: Mapping[str, PortFilter], **nic: Fact[object]) -> Snapshot:
    """Machines a and b in one segment, each with the filter given by its name; ``nic`` is for b."""
    machines = []
    for number, name in enumerate(("a", "b"), 1):
        one = machine(name, "h1", {"net": f"10.0.0.{number}/24"})
        own = (standing[name].id,) if name in standing else ()
        assert isinstance(one.nics, tuple)
        changes = {"port_filters": own, **(nic if name == "b" else {})}
        nics = (msgspec.structs.replace(one.nics[0], **changes),)
        machines.append(msgspec.structs.replace(one, nics=nics))
    return Snapshot(
        sources=(SOURCE,),
        hosts=(host("h1"), host("h2")),
        switches=(switch("h1", nics=()), switch("h2", nics=())),
        port_groups=(group("h1", "net", 10), group("h2", "net", 10)),
        port_filters=tuple(standing.values()),
        machines=tuple(machines),
        mirror_sessions=(),
    )


def pair(snapshot: Snapshot, source: str = "low", destination: str = "high") -> PairResult:
    asked = question(snapshot, ZONES)
    proof = prove(snapshot, policy(), members(snapshot, ZONES), question=asked)
    return next(
        one for one in proof.pairs if (one.source, one.destination) == (source, destination)
    )


def verdicts(snapshot: Snapshot) -> tuple[str, str]:
    return pair(snapshot).verdict, pair(snapshot, "high", "low").verdict


def shut(name: str = "shut", **parts: object) -> PortFilter:
    """A filter that lets nothing in, and anything out."""
    given: dict[str, object] = {"id": name, "name": name, "rules": (), "receiving": "drop"}
    return PortFilter(**{**given, **parts})  # type: ignore[arg-type]


def test_a_filter_at_a_nic_keeps_machines_of_one_segment_apart_in_one_direction() -> None:
    assert verdicts(shared({"b": shut()})) == ("PROVED", "VIOLATED")


def notes(snapshot: Snapshot) -> str:
    return " ".join(pair(snapshot).notes)


def test_frames_that_are_not_ip_are_not_hidden() -> None:
    assert "frames by that are not IP" in notes(shared({"b": shut()}))
    assert "frames by that are not IP" in notes(shared({"b": shut(other_frames="accept")}))
    assert notes(shared({"b": shut(other_frames="drop")})) == ""
    # Where everything is let by there is no more to say, nor where nothing is shared.
    assert notes(shared({})) == ""
    apart = msgspec.structs.replace(
        shared({"b": shut()}), port_groups=(group("h1", "net", 10), group("h2", "net", 20))
    )
    moved = tuple(
        msgspec.structs.replace(one, host="h2", nics=machine("b", "h2", "net").nics)
        if one.id == "b"
        else one
        for one in apart.machines
    )
    assert notes(msgspec.structs.replace(apart, machines=moved)) == ""


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ((rule(1, action="drop", direction="out"),), False),
        ((rule(1, *tcp(22), action="drop"), rule(2, action="drop")), False),
        ((rule(1, *tcp(22), action="drop"),), True),
    ],
)
def test_a_switch_filter_stops_other_frames_by_a_rule_without_conditions(
    rules: tuple[SwitchFilterRule, ...], *, told: bool
) -> None:
    snapshot = shared({})
    groups = tuple(msgspec.structs.replace(one, filters=rules) for one in snapshot.port_groups)
    found = notes(msgspec.structs.replace(snapshot, port_groups=groups))
    assert ("frames by that are not IP" in found) is told


def test_a_filter_of_a_distributed_port_group_does_too() -> None:
    snapshot = shared({})
    groups = tuple(
        msgspec.structs.replace(one, filters=(rule(1, action="drop", direction="out"),))
        for one in snapshot.port_groups
    )
    # Both machines are on the group: neither gets anything.
    assert verdicts(msgspec.structs.replace(snapshot, port_groups=groups)) == ("PROVED", "PROVED")


def test_the_rule_that_lets_a_packet_by_is_in_its_witness_and_to_blame() -> None:
    open_ssh = shut(rules=(rule(1, action="drop", direction="in"), rule(2, *tcp(22))))
    found = pair(shared({"b": open_ssh}))
    broken = next(one for one in found.obligations if one.kind == "isolation")
    assert found.verdict == "VIOLATED"
    assert broken.witness is not None
    assert broken.witness.sent.destination_port == 22
    assert "rule 2 of the filter shut lets it in at net: filter rule 2" in broken.sentence
    decisive = next(hop for hop in broken.witness.hops if hop.decisive)
    assert (decisive.kind, decisive.rule) == ("port-group", "filter rule 2")
    assert broken.witness.closing == "Narrow or remove rule 2 of the filter shut: filter rule 2"


@pytest.mark.parametrize(
    ("filters", "nic", "lacking"),
    [
        ({}, {"port_filters": NOT_COLLECTED}, "the filter b/0 at Network adapter 1 of b"),
        ({}, {"port_filters": ("gone",)}, "the filter gone at Network adapter 1 of b"),
        ({}, {"filters": ("third-party",)}, "the filter third-party at Network adapter 1 of b"),
        ({"b": shut(rules=NOT_COLLECTED)}, {}, "the rules of the filter shut"),
        ({"b": shut()}, {"sriov": True}, "whether the filter shut is applied"),
        ({"b": shut(hosts=NOT_COLLECTED)}, {}, "whether the filter shut is applied"),
    ],
)
def test_what_was_not_read_of_a_filter_neither_proves_nor_violates(
    filters: Mapping[str, PortFilter], nic: Mapping[str, Fact[object]], lacking: str
) -> None:
    found = pair(shared(filters, **nic))
    assert found.verdict == "UNKNOWN"
    told = next(one for one in found.obligations if one.kind == "isolation").missing
    assert any(one.what.startswith(lacking) for one in told)


def test_a_rule_that_is_not_modelled_is_bounded_from_both_sides() -> None:
    unsure = rule(1, action="unmodelled", direction="out")
    assert pair(shared({"b": shut(receiving="accept", rules=(unsure,))})).verdict == "UNKNOWN"
    refused = (rule(1, action="drop", direction="out"), msgspec.structs.replace(unsure, number=2))
    assert pair(shared({"b": shut(receiving="accept", rules=refused)})).verdict == "PROVED"


def test_a_filter_that_is_not_applied_on_the_host_stops_nothing() -> None:
    assert pair(shared({"b": shut(hosts=("h2",))})).verdict == "VIOLATED"


def test_a_filter_that_is_applied_on_no_host_stops_nothing_wherever_the_machine_is() -> None:
    nowhere = shared({"b": shut(hosts=())})
    lost = tuple(
        msgspec.structs.replace(one, host=NOT_COLLECTED) if one.id == "b" else one
        for one in nowhere.machines
    )
    assert pair(msgspec.structs.replace(nowhere, machines=lost)).verdict == "VIOLATED"


def test_a_filter_that_stops_spoofing_raises_the_attacker_that_is_needed() -> None:
    only_friend = shut(
        rules=(rule(1, sources("10.0.0.9"), direction="out"),),
    )
    witness = pair(shared({"b": only_friend})).obligations[0].witness
    assert witness is not None
    assert witness.attacker == "spoofing"
    own = rule(1, sources("10.0.0.1"), direction="in")
    honest = shut("honest", receiving="accept", sending="drop", rules=(own,))
    assert pair(shared({"a": honest, "b": only_friend})).verdict == "PROVED"


def test_a_filter_that_keeps_connections_may_take_a_packet_for_an_answer() -> None:
    silent = shut("silent", receiving="accept", sending="drop")
    assert pair(shared({"a": silent})).verdict == "PROVED"
    stateful = msgspec.structs.replace(silent, stateful=True)
    assert pair(shared({"a": stateful})).verdict == "UNKNOWN"
    # At the other end only the machine itself can open connections.
    assert pair(shared({"b": shut(stateful=True)})).verdict == "PROVED"


def test_an_answer_to_a_beginning_need_be_no_beginning() -> None:
    # Only SYN gets to a, whose port then lets out anything of that connection; b lets no SYN in.
    syn = TcpFlagsMatch(mask=0x12, value=0x02)
    begun = shut("begun", rules=(rule(1, syn, direction="out"),), sending="drop", stateful=True)
    no_syn = rule(1, syn, action="drop", direction="out")
    other = shut("other", rules=(no_syn,), receiving="accept")
    assert pair(shared({"a": begun, "b": other})).verdict == "UNKNOWN"


def test_what_a_port_takes_for_an_answer_may_be_new_to_the_firewall_behind_it() -> None:
    established = permit(1, StateMatch(states=("established",)))
    to_high = AddressMatch(side="destination", ranges=("10.0.2.0/24",))
    loose = between(established, permit(2, *tcp(443), sources("10.0.1.0/24"), to_high))

    def guarded(one: PortFilter) -> Snapshot:
        machines = tuple(
            msgspec.structs.replace(
                machine,
                nics=tuple(
                    msgspec.structs.replace(nic, port_filters=(one.id,))
                    for nic in machine.nics  # type: ignore[union-attr]
                ),
            )
            if machine.id == "b"
            else machine
            for machine in loose.machines
        )
        return msgspec.structs.replace(loose, machines=machines, port_filters=(one,))

    silent = shut("silent", receiving="accept", sending="drop")
    assert pair(guarded(silent), "high", "low").verdict == "PROVED"
    # A neighbour's packet to it makes its own filter let out an answer with the low zone's address.
    stateful = msgspec.structs.replace(silent, stateful=True)
    assert pair(guarded(stateful), "high", "low").verdict == "UNKNOWN"


def test_the_port_of_a_device_has_a_filter_too() -> None:
    open_firewall = between(permit(1, action="accept"))
    assert pair(open_firewall).verdict == "VIOLATED"
    machines = tuple(
        msgspec.structs.replace(
            one,
            nics=(msgspec.structs.replace(one.nics[0], port_filters=("shut",)), *one.nics[1:]),  # type: ignore[index]
        )
        if one.id == "fw"
        else one
        for one in open_firewall.machines
    )
    guarded = msgspec.structs.replace(
        open_firewall, machines=machines, port_filters=(shut(),), mirror_sessions=()
    )
    assert pair(guarded).verdict == "PROVED"


def test_a_promised_service_gets_its_answers_past_a_filter_only_if_that_keeps_connections() -> None:
    flow = {"from": "low", "to": "high", "services": ["tcp/22"]}
    declared = policy(flows=[flow])
    for stateful, works in ((True, True), (False, False)):
        one = shut(
            "one", rules=(rule(1, *tcp(22), direction="out"),), sending="drop", stateful=stateful
        )
        snapshot = shared({"b": one})
        asked = question(snapshot, ZONES, declared)
        proof = prove(snapshot, declared, members(snapshot, ZONES), question=asked)
        found = next(one for one in proof.pairs if one.source == "low")
        assert found.flows_work is works


def test_a_what_if_tells_what_a_changed_rule_of_a_filter_opens() -> None:
    before = shared({"b": shut()})
    opened = shut(rules=(rule(1, *tcp(443)),))
    after = msgspec.structs.replace(before, port_filters=(opened,))
    comparison = Comparison(question(before, ZONES), question(after, ZONES))
    effect = comparison.pair("low", "high")
    assert effect is not None
    assert (effect.before, effect.after) == ("PROVED", "VIOLATED")
    assert effect.surely_opened == ("tcp/443",)


def test_a_rule_of_a_filter_that_is_deleted_is_a_slip() -> None:
    refused = shut(receiving="accept", rules=(rule(1, action="drop", direction="out"),))
    found = fragility(question(shared({"b": refused}), ZONES))
    there = next(one for one in found.pairs if one.source == "low")
    assert there.fewest == 1
    assert any(one.kind == "rule-deleted" and one.breaking == 1 for one in there.kinds)
    assert "rule 1 of the filter shut is deleted" in there.examples


def test_a_filter_that_does_not_follow_a_machine_is_found_with_a_witness() -> None:
    snapshot = shared({"b": shut(hosts=("h1",))})
    # Both hosts are on one wire, so that the machines hear each other wherever they run.
    snapshot = msgspec.structs.replace(
        snapshot,
        switches=(switch("h1"), switch("h2")),
        clusters=(Cluster(id="c", name="c", hosts=("h1", "h2"), rules=()),),
    )
    assert pair(snapshot).verdict == "PROVED"
    placed = every_placement(question(snapshot, ZONES))
    found = next(one for one in placed.pairs if one.source == "low")
    assert found.verdict == "VIOLATED"
    assert found.witness is not None
    assert found.sentence.startswith("If b starts on h2")
