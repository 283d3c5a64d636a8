"""Build, start and stop the test server: a real vSphere API over TLS.

::

    with serve(harbour()) as server:
        ...  # server.address, server.user, server.password, server.certificate, server.thumbprint

A server starts in a fraction of a second, so that a test that changes something takes its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from datacenter.scenario import Scenario, write_scenario

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "tools" / "vcsim"
BUILDS = ROOT / "build" / "vcsim"
LIBRARIES = Path("/usr/share/gocode")
PROGRAM = "vcsim-ringfence"
STOP_SECONDS = 10


@dataclass(frozen=True)
class Server:
    """A running server, and what a client needs to talk to it."""

    url: str
    address: str
    user: str
    password: str
    certificate: Path
    thumbprint: str
    sha256: str
    pid: int

    @property
    def host(self) -> str:
        """The host part of the address."""
        return self.address.rpartition(":")[0]

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.address.rpartition(":")[2])


@dataclass(frozen=True)
class Behaviour:
    """How a server misbehaves, or what it hides.

    After ``hang_after`` (``drop_after``) answered requests it answers no more (closes connections
    in the middle of an answer). ``fault_object`` is the managed object id for which the property
    collector answers with a fault. ``deny`` holds ``Type[@name]:path`` that the account may not
    read. ``page_limit`` is the most objects in one answer.
    """

    page_limit: int = 0
    hang_after: int = 0
    drop_after: int = 0
    fault_object: str = ""
    deny: Sequence[str] = ()

    def options(self) -> list[str]:
        """The program's command-line options."""
        numbers = {
            "-page-limit": self.page_limit,
            "-hang-after": self.hang_after,
            "-drop-after": self.drop_after,
        }
        options = [f"{name}={value}" for name, value in numbers.items() if value]
        if self.fault_object:
            options.append(f"-fault-object={self.fault_object}")
        return options + [f"-deny-property={text}" for text in self.deny]


WELL_BEHAVED = Behaviour()


def build_simulator() -> Path:
    """The program, built from tools/vcsim unless it is there for these very sources.

    Raises RuntimeError, with the compiler's own words, when Go or govmomi are missing.
    """
    digest = hashlib.sha256()
    for path in sorted(SOURCES.glob("*.go")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    folder = BUILDS / digest.hexdigest()[:16]
    program = folder / PROGRAM
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side; one of them builds
        if not program.exists():
            _compile(program)
    return program


def _compile(program: Path) -> None:
    unfinished = program.with_suffix(".new")
    settings = {
        "GO111MODULE": "off",
        "GOPROXY": "off",
        "GOFLAGS": "",
        "GOPATH": str(LIBRARIES),
        "GOCACHE": str(BUILDS / "cache"),
    }
    command = ["go", "build", "-o", str(unfinished), "."]
    try:
        built = subprocess.run(
            command,
            cwd=SOURCES,
            env=os.environ | settings,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise RuntimeError(_packages("Go is not installed")) from error
    if built.returncode != 0:
        raise RuntimeError(_packages(f"The test server does not build:\n{built.stderr.strip()}"))
    unfinished.rename(program)


def _packages(problem: str) -> str:
    return (
        f"{problem}\nIt needs Debian's golang-go and golang-github-vmware-govmomi-dev;"
        " `make test` installs them."
    )


@contextmanager
def serve(
    scenario: Scenario | None = None,
    *,
    generate: str = "",
    load: Path | None = None,
    behaviour: Behaviour = WELL_BEHAVED,
) -> Iterator[Server]:
    """Serve a scenario, a generated datacenter or a saved folder; always stop it at the end.

    ``generate`` is ``hosts=2500,machines=45000,portgroups=2000`` or part of it. Raises
    RuntimeError with the program's own words when it does not start.
    """
    program = build_simulator()
    with tempfile.TemporaryDirectory(prefix="vcsim-ringfence-") as text:
        folder = Path(text)
        source = _source(folder, scenario, generate, load)
        options = [*source, *behaviour.options(), "-attached", f"-ca={folder / 'ca.pem'}"]
        with (folder / "stderr").open("w+") as errors:
            process = subprocess.Popen(
                [program, *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
            try:
                yield _ready(process, folder)
            finally:
                _stop(process)


def _source(folder: Path, scenario: Scenario | None, generate: str, load: Path | None) -> list[str]:
    given = [one for one in (scenario, generate, load) if one]
    if len(given) != 1:
        raise ValueError("Name one of a scenario, what to generate, or a folder to load.")
    if scenario:
        return [f"-scenario={write_scenario(scenario, folder / 'scenario.json')}"]
    return [f"-generate={generate}"] if generate else [f"-load={load}"]


def _ready(process: subprocess.Popen[str], folder: Path) -> Server:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait()
        raise RuntimeError(f"The test server did not start: {(folder / 'stderr').read_text()}")
    told = json.loads(line)
    return Server(
        url=told["url"],
        address=told["address"],
        user=told["user"],
        password=told["password"],
        certificate=Path(told["ca_file"]),
        thumbprint=told["thumbprint"],
        sha256=told["sha256"],
        pid=told["pid"],
    )


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def save(scenario: Scenario, folder: Path) -> Path:
    """Write a scenario as a folder of saved managed objects, as ``govc object.save`` does.

    Raises RuntimeError with the program's own words when the scenario does not fit together.
    """
    program = build_simulator()
    with tempfile.TemporaryDirectory(prefix="vcsim-ringfence-") as text:
        file = write_scenario(scenario, Path(text) / "scenario.json")
        saved = subprocess.run(
            [program, f"-scenario={file}", f"-save={folder}"],
            capture_output=True,
            text=True,
            check=False,
        )
    if saved.returncode != 0:
        raise RuntimeError(f"The scenario was not saved: {saved.stderr.strip()}")
    return folder
