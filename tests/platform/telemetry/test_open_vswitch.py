"""What a real Open vSwitch exports of packets put into it, and what nfdump reads of that."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import made_packets as made
from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header
from ringfence.sources.telemetry.datagrams import Datagrams
from ringfence.sources.telemetry.frames import header_of_frame
from ringfence.sources.telemetry.observed import Observed
from traced_switches.simulated import BRIDGE, SimulatedSwitch, simulated_switch

A, B = "10.0.0.1", "10.0.0.2"
A6, B6 = "fd00::1", "fd00::2"
FRAMES = (
    made.frame(A, B, TCP, made.tcp(40000, 443)),
    made.frame(A, B, UDP, made.udp(40001, 161)),
    made.frame(A, B, ICMP, made.icmp(3, 1)),
    made.frame(A6, B6, TCP, made.tcp(40002, 22)),
    made.frame(A6, B6, ICMPV6, made.icmp(128)),
    made.frame(A, B, UDP, made.udp(40003, 123), tag=100),
)
DROPPED = made.frame(A, B, UDP, made.udp(40004, 53))
FLOWS = ("priority=0,actions=NORMAL", "priority=9,udp,tp_dst=53,actions=drop")
EXPORTS = {
    "netflow": ("NetFlow", "active_timeout=1"),
    "ipfix": ("IPFIX", "sampling=1", "cache_active_timeout=1"),
    "sflow": ("sFlow", "sampling=1", "polling=1", 'agent="127.0.0.1"', "header=128"),
}


@pytest.fixture(scope="module", name="switch")
def _switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedSwitch]:
    with simulated_switch(tmp_path_factory.mktemp("switch")) as switch:
        yield switch


def exported(switch: SimulatedSwitch, kind: str) -> list[bytes]:
    """Return what the switch exports of all frames, the dropped one last."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.2)
        switch.configure(("--", "add-port", BRIDGE, "m1", "--", "add-port", BRIDGE, "m2"), FLOWS)
        table, *options = EXPORTS[kind]
        target = f'targets="127.0.0.1:{receiver.getsockname()[1]}"'
        made_row = ("--id=@one", "create", table, target, *options)
        switch.run("ovs-vsctl", "set", "Bridge", BRIDGE, f"{kind}=@one", "--", *made_row)
        for frame in (*FRAMES, DROPPED):
            words = ("netdev-dummy/receive", "m1", frame.hex())
            switch.run("ovs-appctl", "-t", str(switch.folder / "control"), *words)
        found: list[bytes] = []
        told = ""
        end = time.monotonic() + 20
        # The port of the last frame shows that all were told.
        while "9c44" not in told and time.monotonic() < end:
            try:
                found.append(receiver.recv(65535))
                told += found[-1].hex()
            except TimeoutError:
                continue
        return found


def read(datagrams: list[bytes]) -> list[Observed]:
    reader = Datagrams()
    seen = [one for each in datagrams for one in reader.told(each, "127.0.0.1")]
    assert not reader.troubles
    return seen


def headers(frames: tuple[bytes, ...]) -> set[Header]:
    found = [header_of_frame(frame) for frame in frames]
    return {one for one in found if isinstance(one, Header)}


@pytest.mark.parametrize("kind", ["ipfix", "sflow"])
def test_every_packet_is_told_with_its_own_header(switch: SimulatedSwitch, kind: str) -> None:
    seen = read(exported(switch, kind))
    assert {one.header for one in seen} == headers((*FRAMES, DROPPED))
    # IPFIX counts as dropped what took the slow path too, and is not believed in that.
    refused = headers((DROPPED,)) if kind == "sflow" else set()
    assert {one.header for one in seen if one.decision == "refused"} == refused
    assert "allowed" not in {one.decision for one in seen}


def test_version_5_tells_of_ipv4_alone(switch: SimulatedSwitch) -> None:
    seen = read(exported(switch, "netflow"))
    four = {one for one in headers((*FRAMES, DROPPED)) if "." in one.source}
    assert {one.header for one in seen} == four
    assert {one.decision for one in seen} == {None}


@pytest.mark.parametrize("kind", ["netflow", "ipfix"])
def test_another_collector_reads_the_same(
    switch: SimulatedSwitch, kind: str, tmp_path: Path
) -> None:
    datagrams = exported(switch, kind)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    capture = ("nfcapd", "-w", str(tmp_path), "-b", "127.0.0.1", "-p", str(port), "-t", "3600")
    with (
        subprocess.Popen(capture, stderr=subprocess.PIPE, text=True) as other,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        assert other.stderr is not None
        try:
            while "Startup" not in (line := other.stderr.readline()):
                assert line
            for each in datagrams:
                sender.sendto(each, ("127.0.0.1", port))
                time.sleep(0.02)
        finally:
            other.terminate()
            other.communicate(timeout=20)
    form = "fmt:%sa,%da,%pr,%sp,%dp,%pkt"
    words = ("nfdump", "-R", str(tmp_path), "-q", "-6", "-N", "-o", form)
    told = subprocess.run(words, capture_output=True, text=True, timeout=20, check=True).stdout
    lines = [[word.strip() for word in line.split(",")] for line in told.splitlines() if line]
    # It reads no types of ICMP where they stand in elements of their own.
    theirs = sorted(tuple(each[:3] if each[2] in ("1", "58") else each[:5]) for each in lines)
    assert theirs == sorted(map(_as_they_say, read(datagrams)))


def _as_they_say(one: Observed) -> tuple[str, ...]:
    header = one.header
    ends = (header.source, header.destination, str(header.protocol))
    if header.destination_port is None:
        return ends
    return (*ends, str(header.source_port), str(header.destination_port))
