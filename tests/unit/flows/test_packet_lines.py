"""Lines of logs, as kernels and NSX write them."""

from pathlib import Path

import pytest

from ringfence.foundation.errors import SourceError
from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header
from ringfence.sources.telemetry.logs import read_lines, read_log
from ringfence.sources.telemetry.packet_lines import DamagedLineError, packet_line

KERNEL = (
    "Nov 28 22:31:07 fw-1 kernel: [ 4711.123456] zone-drop: IN=eth1 OUT=eth2 "
    "MAC=52:54:00:00:00:01:52:54:00:00:00:02:08:00 SRC=10.1.100.11 DST=10.1.30.12 LEN=60 TOS=0x00 "
    "PREC=0x00 TTL=63 ID=4711 DF PROTO=TCP SPT=40000 DPT=1433 WINDOW=64240 RES=0x00 SYN URGP=0 "
)
NSX = (
    "<181>1 2026-11-28T22:31:07.123Z esx-1.example FIREWALL-PKTLOG - - - 7c0a5bd4 INET match "
    "{action} 3060 IN 60 TCP 10.1.100.11/40000->10.1.200.12/8443 S"
)


def header(**values: object) -> Header:
    start = {"source": "10.1.100.11", "destination": "10.1.30.12", "protocol": TCP}
    return Header(**start | values)


def test_a_line_of_the_kernel() -> None:
    told = packet_line(KERNEL)
    assert told is not None
    assert told.header == header(source_port=40000, destination_port=1433, tcp_flags=2)
    assert (told.decision, told.rule, told.at) == ("refused", "zone-drop", "fw-1")


@pytest.mark.parametrize(
    ("prefix", "decision"),
    [
        ("accept-web: ", "allowed"),
        ("[UFW BLOCK] ", "refused"),
        ("Denied by policy ", "refused"),
        ("permit ", "allowed"),
        ("fw: ", None),
        ("", None),
    ],
)
def test_what_became_of_it_is_what_the_prefix_says(prefix: str, decision: str | None) -> None:
    told = packet_line(KERNEL.replace("zone-drop: ", prefix))
    assert told is not None
    assert told.decision == decision
    assert told.rule


def test_the_packet_inside_an_icmp_error_is_another() -> None:
    told = packet_line(
        "IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 PROTO=ICMP TYPE=3 CODE=1 "
        "[SRC=10.0.0.2 DST=8.8.8.8 PROTO=UDP SPT=1 DPT=53 ]"
    )
    assert told is not None
    wanted = {"source": "10.0.0.1", "destination": "10.0.0.2", "protocol": ICMP}
    assert told.header == Header(**wanted, icmp_type=3, icmp_code=1)


def test_ipv6_and_later_fragments() -> None:
    told = packet_line("IN=a OUT=b SRC=fd00:0:0:1::10 DST=fd00:2::1 PROTO=ICMPv6 TYPE=128 CODE=0")
    assert told is not None
    assert (told.header.source, told.header.protocol) == ("fd00:0:0:1::10", ICMPV6)
    later = packet_line("IN=a OUT=b SRC=10.0.0.1 DST=10.0.0.2 FRAG:185 PROTO=UDP ")
    assert later is not None
    assert (later.header.fragment, later.header.destination_port) == ("later", None)


@pytest.mark.parametrize(("action", "decision"), [("PASS", "allowed"), ("DROP", "refused")])
def test_a_line_of_nsx(action: str, decision: str) -> None:
    told = packet_line(NSX.format(action=action))
    assert told is not None
    assert told.header == header(
        destination="10.1.200.12", source_port=40000, destination_port=8443, tcp_flags=2
    )
    assert (told.decision, told.rule, told.at) == (decision, "rule 3060", "esx-1.example")


@pytest.mark.parametrize(
    ("rest", "protocol", "port"),
    [
        ("INET match REJECT 7 OUT 72 UDP 10.0.0.1/5353->10.0.0.2/53", UDP, 53),
        ("INET match PASS 7 OUT 84 PROTO 47 10.0.0.1->10.0.0.2", 47, None),
        ("INET match PASS 7 OUT 84 ICMP 8 0 10.0.0.1->10.0.0.2", ICMP, None),
        ("INET6 match PASS 7 IN 84 ICMP 128 0 fd00::1->fd00::2", ICMPV6, None),
    ],
)
def test_other_protocols_of_nsx(rest: str, protocol: int, port: int | None) -> None:
    told = packet_line(f"2026-11-28T22:31:07Z 7c0a5bd4 {rest}")
    assert told is not None
    assert (told.header.protocol, told.header.destination_port) == (protocol, port)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Nov 28 22:31:07 fw-1 sshd[1]: Accepted publickey for root",
        "INET TERM 3060 OUT TCP FIN 10.0.0.1/1->10.0.0.2/2 5/5 300/500",
        "x" * 1_000_000,
    ],
)
def test_other_lines_tell_of_no_packet(line: str) -> None:
    assert packet_line(line) is None


@pytest.mark.parametrize(
    "line",
    [
        KERNEL[: KERNEL.index("DPT=")],
        KERNEL.replace("SRC=10.1.100.11", "SRC=10.1.100.999"),
        KERNEL.replace("DST=10.1.30.12", "DST=fd00::1"),
        KERNEL.replace("DPT=1433", "DPT=70000"),
        KERNEL.replace("PROTO=TCP", "PROTO=NONSENSE"),
        KERNEL.replace("PROTO=TCP", "PROTO=256"),
        KERNEL + "x" * 5000,
        "INET match PASS 3060 IN 60 TCP 10.0.0.1/1->",
        "INET match PASS 3060 IN 60 TCP 10.0.0.1->10.0.0.2/22 S",
        "IN=a OUT=b SRC=10.0.0.1 DST=10.0.0.2 PROTO=ICMP TYPE=3",
    ],
)
def test_a_line_that_is_not_whole_is_no_packet(line: str) -> None:
    with pytest.raises(DamagedLineError):
        packet_line(line)


def test_like_packets_are_one_kind_and_the_rest_is_counted() -> None:
    other = KERNEL.replace("SPT=40000", "SPT=40001")
    third = KERNEL.replace("DPT=1433", "DPT=22")
    read = read_lines([KERNEL, other, "noise", KERNEL[:200], third, third], "fw.log", most=1)
    assert [(one.count, one.line, one.log) for one in read.seen] == [(2, 1, "fw.log")]
    counts = (read.lines, read.understood, read.damaged, read.left_out)
    assert counts == (6, 4, 1, 2)


def test_logs_need_not_be_text(tmp_path: Path) -> None:
    path = tmp_path / "fw.log"
    path.write_bytes(b"\xff\xfe\x00" + KERNEL.encode() + b"\n" + bytes(range(256)))
    assert read_log(path).understood == 1
    with pytest.raises(SourceError, match="cannot be read"):
        read_log(tmp_path / "none.log")
