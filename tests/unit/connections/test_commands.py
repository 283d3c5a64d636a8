"""Programs run here: what they say, and what is said of those that do not."""

import asyncio
import os
import time

from ringfence.connections.commands import LocalRunner, PrefixRunner


def run(*argv: str, seconds: float = 10, prefix: tuple[str, ...] = ()):
    return asyncio.run(PrefixRunner(prefix).run(argv, seconds))


def test_what_a_program_writes_and_its_status_come_back():
    done = run("sh", "-c", "echo said; echo wrong >&2; exit 3")
    assert (done.status, done.stdout, done.stderr) == (3, b"said\n", "wrong\n")


def test_a_program_that_is_not_there_is_no_empty_answer():
    done = asyncio.run(LocalRunner().run(("no-such-program",), 10))
    assert (done.status, done.problem) == (None, "no-such-program is not installed")


def test_a_program_that_hangs_is_ended_with_its_children(tmp_path):
    told = tmp_path / "child"
    done = run("sh", "-c", f"sleep 600 & echo $! > {told}; wait", seconds=0.5)
    assert (done.status, done.problem) == (None, "did not answer within 0.5 s")
    child = int(told.read_text())
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError(f"{child} still runs")


def test_nothing_is_asked_for_and_the_language_is_the_parsers():
    assert run("cat").stdout == b""
    assert run("sh", "-c", "echo $LC_ALL").stdout == b"C\n"


def test_a_prefix_stands_before_every_command():
    assert run("echo", "there", prefix=("env", "-i")).stdout == b"there\n"
