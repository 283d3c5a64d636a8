"""See that Debian's packages of packages.debian.txt are installed; install them where allowed.

As root, or with sudo that asks for no password, missing packages are installed. Anyone else is
told which are missing and the command that installs them. Nothing is skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from environment import ROOT, run, say

LIST = ROOT / "packages.debian.txt"
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends")
POLICY = "/usr/sbin/policy-rc.d"


def wanted() -> list[str]:
    """The packages of the list, in its order."""
    lines = (line.partition("#")[0].strip() for line in LIST.read_text().splitlines())
    return [line for line in lines if line]


def is_installed(package: str) -> bool:
    """Whether dpkg says that the package is installed and configured."""
    asked = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.returncode == 0 and asked.stdout == "installed"


def root_prefix() -> list[str] | None:
    """What to put before a command to run it as root, or None where that is not possible."""
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    if not shutil.which(sudo[0]):
        return None
    asked = subprocess.run([*sudo, "true"], capture_output=True, check=False)
    return sudo if asked.returncode == 0 else None


@contextmanager
def services_held(prefix: list[str]) -> Iterator[None]:
    """Keep packages from starting services while they are installed (Debian's policy-rc.d).

    A policy that the machine has already stays as it is.
    """
    if os.path.lexists(POLICY):
        yield
        return
    script = f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"
    run(*prefix, "sh", "-c", script)
    try:
        yield
    finally:
        run(*prefix, "rm", "-f", POLICY)


def install(packages: list[str], prefix: list[str]) -> None:
    """Install the packages as root, without what they only recommend."""
    say(f"Installing Debian's {', '.join(packages)}")
    # The kernel is for guests, which bring what it starts with (initramfs-tools reads INITRD).
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "INITRD=No"]
    wait = ("-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0")
    run(*apt, "apt-get", "update", *wait, quiet=True)
    with services_held(prefix):
        run(*apt, *INSTALL, *wait, *packages, quiet=True)


def main() -> None:
    """Install what is missing, or stop and name it."""
    if not shutil.which("dpkg-query"):
        sys.exit(
            "The tests use programs of these Debian packages, and this system has no dpkg:"
            f" {', '.join(wanted())}. Run them on Debian 12 or newer, or in a container of it."
        )
    missing = [package for package in wanted() if not is_installed(package)]
    if not missing:
        return
    prefix = root_prefix()
    if prefix is None:
        sys.exit(
            f"Not installed: {', '.join(missing)}. Install them, then run this again:\n"
            f"  sudo {' '.join(INSTALL)} {' '.join(missing)}"
        )
    install(missing, prefix)


if __name__ == "__main__":
    main()
