"""An Open vSwitch with simulated ports: it is asked what it would do, and no packet is sent."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGKILL
from typing import Any

from ringfence.lab.ovs_traces import Out, outputs, ports_told
from ringfence.lab.requirements import SCHEMA

BRIDGE = "br0"
_BROADCAST = "dl_src=02:00:00:00:00:99,dl_dst=ff:ff:ff:ff:ff:ff"
_DAEMONS = ("ovsdb-server", "ovs-vswitchd")


class SimulatedSwitch:
    """A running switch with one bridge; its daemons keep to ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            f"OVS_{what}DIR": str(folder) for what in ("RUN", "DB", "LOG", "SYSCONF")
        }
        self._asked = 0
        self.traces = 0
        self._ports: Mapping[str, str] = {}

    def start(self) -> None:
        database, remote = str(self.folder / "conf.db"), f"unix:{self.folder / 'db.sock'}"
        common = ("--detach", "--no-chdir", "-vconsole:off", "--log-file")
        self.run("ovsdb-tool", "create", database, str(SCHEMA))
        self.run("ovsdb-server", database, f"--remote=p{remote}", "--pidfile", *common)
        self.run("ovs-vsctl", "--no-wait", "--timeout=10", "init")
        self.run(
            *("ovs-vswitchd", remote, "--enable-dummy=override", "--disable-system"),
            *("--pidfile", f"--unixctl={self.folder / 'control'}", *common),
        )
        self._control = socket.socket(socket.AF_UNIX)
        self._control.connect(str(self.folder / "control"))

    def stop(self) -> None:
        self._control.close()
        for daemon in _DAEMONS:
            with suppress(FileNotFoundError, ProcessLookupError):
                os.kill(int((self.folder / f"{daemon}.pid").read_text()), SIGKILL)

    def run(self, *argv: str, given: str | None = None) -> str:
        """Run one of Open vSwitch's programs on this switch, and return what it writes."""
        done = subprocess.run(
            argv,
            input=given,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert done.returncode == 0, f"{argv}: {done.stderr}"
        return done.stdout

    def configure(self, words: Iterable[str], flows: Iterable[str]) -> None:
        """Make the bridge anew with these ports, and give it flows in the place of its own."""
        made = ("add-br", BRIDGE, "--", "set", "bridge", BRIDGE, "datapath_type=dummy")
        self.run("ovs-vsctl", "--timeout=10", "--if-exists", "del-br", BRIDGE, "--", *made, *words)
        # A bridge that is made anew under its name keeps the flows that it had.
        text = "".join(f"{flow}\n" for flow in flows) or "priority=0,actions=NORMAL\n"
        self.run("ovs-ofctl", "-O", "OpenFlow10", "replace-flows", BRIDGE, "-", given=text)
        self._ports = ports_told(self._ask("dpif/show"))

    def ready(self, bond: str) -> None:
        """Wait until a bond has chosen the interface by which it sends."""
        end = time.monotonic() + 10
        while "active member\n" not in self._ask("bond/show", bond):
            assert time.monotonic() < end
            time.sleep(0.01)

    def floods(self, port: str, vlan: int | None) -> set[Out]:
        """Return where a broadcast goes that comes in by a port, with a VLAN tag or none."""
        tag = "" if vlan is None else f",vlan_tci={0x1000 | vlan}"
        self.traces += 1
        told = self._ask("ofproto/trace", BRIDGE, f"in_port={port}{tag},{_BROADCAST}")
        assert "Datapath actions" in told, told
        return set(outputs(told, self._ports, vlan))

    def _ask(self, method: str, *words: str) -> str:
        self._asked += 1
        request = {"id": self._asked, "method": method, "params": list(words)}
        self._control.sendall(json.dumps(request).encode())
        answer = self._answer()
        assert answer["error"] is None, answer
        return str(answer["result"])

    def _answer(self) -> dict[str, Any]:
        received = b""
        while True:
            received += self._control.recv(1 << 16)
            with suppress(json.JSONDecodeError):
                answer: dict[str, Any] = json.loads(received)
                return answer


@contextmanager
def simulated_switch(folder: Path) -> Iterator[SimulatedSwitch]:
    """Run a switch in a folder."""
    switch = SimulatedSwitch(folder)
    switch.start()
    try:
        yield switch
    finally:
        switch.stop()
