"""Dumps of NSX whose connectivity another analyser published: ours is the same, pair by pair."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from nsx_network import address_of, joined, snapshot_of
from ringfence.model.inventory import Inventory
from ringfence.model.packet import ICMP, TCP, UDP, Header
from ringfence.model.snapshot import Snapshot
from ringfence.reach.question import Question
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.wiring import Wiring
from ringfence.sources.nsx.answers import Answers, read_answers
from ringfence.sources.nsx.joining import with_firewall
from ringfence.sources.nsx.values import text
from small_networks import members, policy

DATA = Path(__file__).parents[2] / "data" / "nsx"
NAMES = ("Example1", "Example2", "ExampleAppWithGroups")
PORTS = (22, 80, 443, 445, 1024, 8443, 9443, 10443)


def saved(name: str, folder: Path) -> Answers:
    path = folder / f"{name}.json"
    path.write_bytes(gzip.decompress((DATA / f"{name}.json.gz").read_bytes()))
    return read_answers(path)


def published(name: str) -> dict[tuple[str, str], str]:
    """Return what may connect, by pair of machines, in the words of the other analyser."""
    rows = (DATA / f"{name}.expected.txt").read_text("utf-8").splitlines()
    cells = ([cell.strip() for cell in row.split("|")] for row in rows if row.count("|") == 2)
    return {(one, other): words for one, other, words in cells if one != "Source"}


def permits(words: str, header: Header) -> bool:
    """Tell whether a packet is among connections that are said in words."""
    if words == "All Connections":
        return True
    for part in words.split(";"):
        ports = re.search(r"dst-ports: ([\d,]+)", part)
        protocols = {"ICMP": ICMP, "TCP": TCP, "UDP": UDP}
        named = {number for word, number in protocols.items() if word in part}
        if header.protocol in named and (
            ports is None or str(header.destination_port) in ports.group(1).split(",")
        ):
            return True
    return False


def packets(source: str, destination: str) -> list[Header]:
    ends = {"source": source, "destination": destination}
    found = [Header(**ends, protocol=ICMP, icmp_type=8, icmp_code=0)]
    for port in PORTS:
        ported = {"source_port": 40000, "destination_port": port}
        found.append(Header(**ends, protocol=TCP, **ported, tcp_flags=2))
        found.append(Header(**ends, protocol=UDP, **ported))
    return found


@pytest.fixture(params=NAMES)
def case(
    request: pytest.FixtureRequest, tmp_path: Path
) -> tuple[Snapshot, list[str], dict[tuple[str, str], str]]:
    answers = saved(request.param, tmp_path)
    assert isinstance(answers.machines, tuple)
    names = [text(one, "external_id") for one in answers.machines]
    snapshot = with_firewall(snapshot_of(names), joined(answers, names))
    return snapshot, names, published(request.param)


def test_the_interpreter_lets_by_what_was_published(
    case: tuple[Snapshot, list[str], dict[tuple[str, str], str]],
) -> None:
    snapshot, names, expected = case
    compared = 0
    for bound in ("lower", "upper"):
        interpreter = Interpreter(Inventory(snapshot), Wiring(), bound)
        for number, one in enumerate(names):
            for at, other in enumerate(names):
                if one == other:
                    continue
                for header in packets(address_of(number), address_of(at)):
                    there = {
                        each.place for each in interpreter.deliveries(f"vm-{number}/4000", header)
                    }
                    told = f"vm-{at}/4000" in there
                    assert told == permits(expected.get((one, other), ""), header), (
                        bound,
                        one,
                        other,
                        header,
                    )
                    compared += 1
    assert compared == 2 * len(names) * (len(names) - 1) * (1 + 2 * len(PORTS))


def test_the_engine_says_the_same(
    case: tuple[Snapshot, list[str], dict[tuple[str, str], str]],
) -> None:
    snapshot, names, expected = case
    zones = {f"z{number}": {"trust": number} for number, _ in enumerate(names)}
    declared = policy(zones=zones)
    standing = {name: f"z{number}" for number, name in enumerate(names)}
    question = Question(snapshot, declared, members(snapshot, standing))
    for number, one in enumerate(names):
        for at, other in enumerate(names):
            if one == other:
                continue
            for header in packets(address_of(number), address_of(at)):
                for bound in ("lower", "upper"):
                    delivered = question.matrix(bound).delivered(f"z{number}", f"z{at}")
                    told = question.space.contains(delivered, header)
                    wanted = permits(expected.get((one, other), ""), header)
                    assert told == wanted, (bound, one, other, header)
