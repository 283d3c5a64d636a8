"""The lab as a test sees it: rules are loaded, saved again, and met by packets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from real_rules.frames import frame, header_of
from ringfence.model.packet import Header

SUPPORT = Path(__file__).resolve().parents[1]
SOURCES = Path(sys.modules["ringfence"].__file__ or "").resolve().parents[1]


def as_root() -> list[str]:
    """Return what to put before the lab: nothing as root, else sudo, else a user namespace."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["sudo", "-n"]
    return ["unshare", "--user", "--map-root-user", "--net"]


class Firewall:
    """A running firewall; the program behind it ends with the test."""

    def __enter__(self) -> Self:
        path = os.pathsep.join((str(SUPPORT), str(SOURCES)))
        self._program = subprocess.Popen(
            [*as_root(), "env", f"PYTHONPATH={path}", sys.executable, "-m", "real_rules.lab"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._program.communicate()

    def run(self, *command: str, given: str | None = None) -> str:
        """Run a command on the firewall and return what it writes."""
        answer: str = self._ask({"run": command, "input": given})
        return answer

    def sent(self, headers: Sequence[Header]) -> dict[str, set[Header]]:
        """Send packets from the client; return which came to whom (``server``, ``firewall``, …)."""
        frames = [frame(header, number).hex() for number, header in enumerate(headers)]
        answer = self._ask({"send": frames})
        return {name: {headers[number] for number in numbers} for name, numbers in answer.items()}

    def forms(self, headers: Sequence[Header]) -> dict[str, set[tuple[Header, Header]]]:
        """Send packets of IPv4 from the client; return each with what it came as, to whom."""
        frames = [frame(header, number).hex() for number, header in enumerate(headers)]
        answer = self._ask({"forms": frames})
        return {
            name: {(headers[number], header_of(bytes.fromhex(data))) for number, data in pairs}
            for name, pairs in answer.items()
        }

    def save(self, folder: Path, rules: str, *, sets: bool = False) -> None:
        """Save the configuration into a folder; ``rules`` is ``nft``, ``iptables``, or
        ``iptables-legacy``, or ``both`` kinds, with ``sets`` where rules name any.
        """
        commands = {
            "addresses.json": ("ip", "-j", "-d", "addr"),
            "routes-4.json": ("ip", "-j", "route"),
            "routes-6.json": ("ip", "-j", "-6", "route"),
            "rules.json": ("ip", "-j", "rule"),
            "settings": ("sysctl", "-a", "-r", "ip_forward|all.forwarding|rp_filter"),
        }
        if rules == "nft":
            commands["nft.json"] = ("nft", "-j", "list", "ruleset")
        elif rules == "iptables-legacy":
            commands["rules.v4"] = ("iptables-legacy-save",)
            commands["rules.v6"] = ("ip6tables-legacy-save",)
        elif rules == "both":
            for program in ("iptables", "ip6tables"):
                commands[f"{program}.new"] = (f"{program}-save",)
                commands[f"{program}.old"] = (f"{program}-legacy-save",)
        else:
            commands["rules.v4"] = ("iptables-save",)
            commands["rules.v6"] = ("ip6tables-save",)
        if sets:
            commands["sets"] = ("ipset", "save")
        for name, command in commands.items():
            (folder / name).write_text(self.run(*command))

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._program.stdin is not None
        self._program.stdin.write(f"{json.dumps(request)}\n")
        self._program.stdin.flush()
        return self._answer().get("answer")

    def _answer(self) -> dict[str, Any]:
        assert self._program.stdout is not None
        line = self._program.stdout.readline()
        if not line:
            raise RuntimeError("the lab ended: network namespaces need root, sudo or user ones")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer
