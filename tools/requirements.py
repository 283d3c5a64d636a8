"""Write requirements/*.txt again: exact versions with hashes, for every Python we support.

The files name no registry and no path of the machine they were written on. Extra registries
of pip's configuration are left out, since they may hold fewer files of a release than are
to be allowed.
"""

from __future__ import annotations

import re
import sys

from environment import ROOT, say, uv, uv_environment

COMPILE = (
    "pip",
    "compile",
    "--quiet",
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=make requirements",
)
GROUPS = ("test", "check", "docs", "build")
# A registry's address, or an absolute path.
ADDRESS = re.compile(r"[a-z+]+://|--(?:extra-)?index-url|--find-links|(?<![\w.])/\w+/")


def compile_pins(name: str, *words: str) -> None:
    """Write requirements/NAME.txt, and stop if it names an address or a path."""
    target = ROOT / "requirements" / f"{name}.txt"
    say(f"Writing requirements/{name}.txt")
    env = uv_environment()
    for extra in ("UV_INDEX", "UV_INDEX_STRATEGY", "UV_FIND_LINKS"):
        env.pop(extra, None)
    upgrade = ("--upgrade",) if "--upgrade" in sys.argv[1:] else ()
    output = f"--output-file={target.relative_to(ROOT)}"
    uv(*COMPILE, *upgrade, *words, output, env=env)
    for number, line in enumerate(target.read_text().splitlines(), start=1):
        if ADDRESS.search(line):
            sys.exit(f"{target.name}:{number} names an address or a path of this machine: {line}")


if __name__ == "__main__":
    compile_pins("tools", "requirements/tools.in")
    compile_pins("run", "pyproject.toml", "--extra=vsphere", "--extra=ssh", "--extra=generate")
    compile_pins("mutants", "requirements/mutants.in")
    groups = [f"--group={group}" for group in GROUPS]
    compile_pins("develop", "pyproject.toml", "--all-extras", *groups)
