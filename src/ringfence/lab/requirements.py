"""What the machine must have for a lab, and how to get what it lacks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ringfence.foundation.errors import LabError
from ringfence.foundation.text import listed

_PACKAGES: Final = {"ip": "iproute2", "nft": "nftables"}
_SWITCH_PACKAGES: Final = {
    "ovs-vsctl": "openvswitch-switch",
    "ovs-ofctl": "openvswitch-switch",
    "ovs-appctl": "openvswitch-switch",
    "ovs-vswitchd": "openvswitch-switch",
    "ovsdb-server": "openvswitch-switch",
    "ovsdb-tool": "openvswitch-switch",
}
SCHEMA: Final = Path("/usr/share/openvswitch/vswitch.ovsschema")


def require(*, switches: bool) -> None:
    """Raise ``LabError`` with everything that is missing; ``switches`` asks for Open vSwitch."""
    missing = tuple(_missing(switches=switches))
    if missing:
        raise LabError(f"No lab can be built here: {'; '.join(missing)}.")


def _missing(*, switches: bool) -> Iterator[str]:
    if os.geteuid() != 0:
        yield "it needs root (run it with sudo)"
    if not Path("/proc/self/ns/net").exists():
        yield "this kernel has no network namespaces"
    wanted = _PACKAGES | (_SWITCH_PACKAGES if switches else {})
    packages = {package for name, package in wanted.items() if not shutil.which(name)}
    if switches and not SCHEMA.exists():
        packages.add("openvswitch-switch")
    if packages:
        names = sorted(packages)
        are = "is" if len(names) == 1 else "are"
        install = f"apt-get install --no-install-recommends {' '.join(names)}"
        yield f"{listed(names)} {are} not installed ('{install}' does it on Debian and Ubuntu)"
