"""What a firewall's rules do with one packet, as nftables itself traces it (nft(8), MONITOR)."""

from __future__ import annotations

import secrets
import subprocess
import time
from typing import Final

from ringfence.lab.layout import Layout, Node
from ringfence.lab.place import LabPlace
from ringfence.lab.probe import Probe
from ringfence.lab.probing import probe
from ringfence.lab.programs import run_inside
from ringfence.model.packet import TCP, UDP, Header

_TABLE: Final = "inet ringfence_trace"
_BEFORE_ALL: Final = -500  # before reassembly too (linux/netfilter_ipv4.h)
_UNTIL_IT_LISTENS: Final = 0.3  # seconds; nothing tells that a monitor is ready
_MOST_LINES: Final = 40


def followed_by_rules(place: LabPlace, layout: Layout, firewall: Node, sent: Probe) -> str:
    """Send a packet once more, and return what each rule of a firewall did with it.

    Empty where no packet like it came there. A table is there meanwhile that marks it.
    """
    namespace = place.namespace(firewall.name)
    run_inside(namespace, "nft", "-f", "-", given=_marking(sent.header))
    try:
        with subprocess.Popen(  # noqa: S603 (a program that the lab names, without a shell)
            ("ip", "netns", "exec", namespace, "nft", "monitor", "trace"),  # noqa: S607
            stdout=subprocess.PIPE,
            text=True,
        ) as monitor:
            time.sleep(_UNTIL_IT_LISTENS)
            probe(place, layout, secrets.randbits(31), probes=(sent,))
            monitor.terminate()
            told, _ = monitor.communicate()
    finally:
        run_inside(namespace, "nft", "delete", "table", *_TABLE.split())
    lines = [line for line in told.splitlines() if _TABLE not in line]
    # A packet that is lost is sent again, with a number of its own in the trace.
    first = " ".join(lines[0].split()[:3]) if lines else ""
    return "\n".join(f"  {line}" for line in lines[:_MOST_LINES] if line.startswith(first))


def _marking(header: Header) -> str:
    family = "ip6" if ":" in header.source else "ip"
    match = f"{family} saddr {header.source} {family} daddr {header.destination}"
    if header.protocol in {TCP, UDP} and header.destination_port is not None:
        name = {TCP: "tcp", UDP: "udp"}[header.protocol]
        match += f" {name} dport {header.destination_port}"
    hook = f"type filter hook prerouting priority {_BEFORE_ALL};"
    lines = (f"table {_TABLE} {{", "chain marking {", hook, f"{match} meta nftrace set 1", "}", "}")
    return "".join(f"{line}\n" for line in lines)
