"""Every way in which the process can end: its exit code, and what stands on which stream."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import ringfence as package
from command_line import RINGFENCE, environment, ringfence
from ringfence.cli import main as console_script
from ringfence.cli.exit_codes import ExitCode
from ringfence.foundation.errors import NothingCollectedError, RingfenceError, UsageError
from ringfence.model.snapshot_file import write_snapshot
from small_snapshot import small_snapshot


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "small.ringfence"
    write_snapshot(small_snapshot(), path)
    return path


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_the_overview_names_every_command(arguments: tuple[str, ...]) -> None:
    done = ringfence(*arguments)
    assert done.returncode == 0
    assert done.stderr == ""
    for name in ("collect", "prove", "audit", "check", "report", "show", "diff", "explain"):
        assert f"\n  {name} " in done.stdout


def test_the_version_is_told() -> None:
    assert ringfence("--version").stdout == f"ringfence {package.__version__}\n"


def test_the_overview_imports_no_library() -> None:
    code = "import sys; from ringfence.cli.main import run; run(['--help']); print(*sys.modules)"
    printed = subprocess.check_output([sys.executable, "-c", code], text=True, cwd="/")
    modules = set(printed.splitlines()[-1].split())
    heavy = {"cyclopts", "rich", "pydantic", "lxml", "numpy", "oxidd", "msgspec", "pyVmomi"}
    assert modules & heavy == set()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("prov",), 'Unknown command "prov". Did you mean "prove"?'),
        (("diff", "a"), "requires an argument"),
        (("show", "hosts", "x", "--jsn"), "Unknown option: --jsn. Did you mean --json?"),
        (("show", "hots", "x"), "There is no table 'hots'. Did you mean 'hosts'?"),
    ],
)
def test_a_wrong_command_line_is_told_in_a_sentence(
    arguments: tuple[str, ...], sentence: str
) -> None:
    done = ringfence(*arguments)
    assert done.returncode == ExitCode.USAGE
    assert done.stdout == ""
    assert sentence in done.stderr
    assert "--help" in done.stderr or "Did you mean" in done.stderr


def test_an_error_is_a_sentence_with_advice_on_standard_error(tmp_path: Path) -> None:
    done = ringfence("show", "hosts", tmp_path / "none.ringfence")
    assert done.returncode == ExitCode.ERROR
    assert done.stdout == ""
    assert done.stderr.startswith("ringfence: There is nothing at ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 64, b"zones: {}\n", b"PK\x03\x04nonsense"],
    ids=["empty", "zeros", "yaml", "archive"],
)
def test_a_file_that_is_nothing_known_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "strange"
    path.write_bytes(content)
    done = ringfence("show", "hosts", path)
    assert done.returncode == ExitCode.ERROR
    assert str(path) in done.stderr


def test_a_damaged_snapshot_is_refused_by_name(snapshot: Path) -> None:
    content = bytearray(snapshot.read_bytes())
    content[-20] ^= 0xFF
    snapshot.write_bytes(content)
    done = ringfence("show", "hosts", snapshot)
    assert done.returncode == ExitCode.ERROR
    assert f"The snapshot {snapshot} is damaged or was altered" in done.stderr


def test_a_newer_snapshot_is_refused_by_version(snapshot: Path) -> None:
    header, _, rest = snapshot.read_bytes().partition(b"\n")
    newer = header.replace(b'"version":1', b'"version":99')
    snapshot.write_bytes(newer + b"\n" + rest)
    done = ringfence("show", "hosts", snapshot)
    assert done.returncode == ExitCode.ERROR
    assert "is a snapshot of version 99, this program reads 1" in done.stderr


def test_a_reader_that_goes_away_is_no_error_message(snapshot: Path) -> None:
    command = f"set -o pipefail; '{RINGFENCE}' show hosts '{snapshot}' | true"
    done = subprocess.run(
        ["bash", "-c", command], env=environment(), capture_output=True, text=True, check=False
    )
    # The reader may still be there when the few lines are written.
    assert done.returncode in {ExitCode.OUTPUT_CLOSED, ExitCode.CLEAN}
    assert done.stderr == ""


def test_a_reader_that_is_gone_before_the_first_line(snapshot: Path) -> None:
    command = f"sleep 1; exec '{RINGFENCE}' show coverage '{snapshot}'"
    with subprocess.Popen(
        ["bash", "-c", command], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == ExitCode.OUTPUT_CLOSED


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_process_without_standard_streams_still_ends_well(snapshot: Path, closed: str) -> None:
    command = f"'{RINGFENCE}' show hosts '{snapshot}' {closed}"
    done = subprocess.run(
        ["bash", "-c", command], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_full_disk_is_told(snapshot: Path) -> None:
    command = f"'{RINGFENCE}' show hosts '{snapshot}' > /dev/full"
    done = subprocess.run(
        ["bash", "-c", command], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == ExitCode.ERROR
    assert done.stderr == "ringfence: The result cannot be written: No space left on device.\n"


def test_control_c_ends_with_130() -> None:
    code = textwrap.dedent(
        """
        import os, signal, sys
        from ringfence.cli import main, parser
        # What runs in the background of a shell is born deaf to Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        parser.call = lambda *_: os.kill(os.getpid(), signal.SIGINT)
        sys.argv = ["ringfence", "version"]
        main.main()
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 128 + signal.SIGINT == ExitCode.INTERRUPTED
    assert done.stderr == "ringfence: stopped.\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RingfenceError("It broke.", "Mend it."), ExitCode.ERROR),
        (UsageError("It is wrong."), ExitCode.USAGE),
        (NothingCollectedError("Nothing was there."), ExitCode.NOTHING_COLLECTED),
        (ZeroDivisionError("division by zero"), ExitCode.ERROR),
        (FileNotFoundError(2, "No such file or directory", "x"), ExitCode.ERROR),
    ],
)
def test_each_error_has_its_exit_code(
    error: Exception,
    code: ExitCode,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_: object) -> ExitCode:
        raise error

    monkeypatch.setattr(console_script, "_dispatch", fail)
    assert console_script.run(["prove"]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("ringfence: ")
    assert printed.err.count("\n") == 1


def test_debug_shows_where_an_unforeseen_error_came_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> ExitCode:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(console_script, "_dispatch", fail)
    console_script.run(["prove"])
    told = capsys.readouterr().err
    assert "did not foresee: ZeroDivisionError: division by zero" in told
    assert "--debug" in told
    console_script.run(["prove", "--debug"])
    assert "in fail" in capsys.readouterr().err
