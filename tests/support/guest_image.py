"""The smallest guest there is: Debian's own kernel, busybox, and a script that obeys its console.

The console takes one command a line. What the command writes comes back, then a line
``@@ STATUS``.
"""

from __future__ import annotations

import gzip
import lzma
import shutil
import stat
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

BUSYBOX = Path("/bin/busybox")
GUEST_MODULES = ("virtio_net", "virtio_pci")
_INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox --install -s /bin
export PATH=/usr/sbin:/bin
mount -t proc none /proc; mount -t sysfs none /sys; mount -t devtmpfs none /dev
for module in $(cat /modules); do insmod /lib/$module; done
ip link set lo up
exec </dev/ttyS0 >/dev/ttyS0 2>&1
stty raw -echo
echo "@@ ready"
while read -r line; do
  eval "$line"
  echo "@@ $?"
done
"""


def kernel() -> tuple[Path, Path]:
    """Return Debian's newest kernel of those that run in a cloud, and the folder of its modules."""
    found = sorted(Path("/boot").glob("vmlinuz-*-cloud-*"), key=lambda one: one.stat().st_mtime)
    assert found, "The package linux-image-cloud-amd64 is not installed."
    return found[-1], Path("/lib/modules", found[-1].name.removeprefix("vmlinuz-"))


def write_image(path: Path, modules: Iterable[str], more: Mapping[str, Path] | None = None) -> Path:
    """Write an initial file system: modules, what they need, and further files by their paths."""
    archive = _Archive()
    for folder in ("bin", "sbin", "usr", "usr/sbin", "usr/bin", "lib", "tmp"):
        archive.folder(folder)
    archive.file("bin/busybox", BUSYBOX.read_bytes(), executable=True)
    names = []
    for module in _with_needed(kernel()[1], modules):
        content = module.read_bytes()
        name = module.name.removesuffix(".xz")
        archive.file(f"lib/{name}", lzma.decompress(content) if name != module.name else content)
        names.append(name)
    archive.file("modules", "\n".join(names).encode())
    archive.file("init", _INIT.encode(), executable=True)
    for there, here in (more or {}).items():
        archive.file(there, here.read_bytes(), executable=True)
    path.write_bytes(gzip.compress(archive.content(), compresslevel=1))
    return path


def needed_by(programs: Iterable[str]) -> Mapping[str, Path]:
    """Return programs of this machine, and the libraries they are linked with, by path."""
    found: dict[str, Path] = {}
    for program in programs:
        path = shutil.which(program)
        assert path is not None, f"{program} is not installed"
        told = subprocess.run(("ldd", path), capture_output=True, text=True, check=True).stdout
        found[f"usr/sbin/{program}"] = Path(path)
        found |= {word[1:]: Path(word) for word in told.split() if word.startswith("/")}
    return found


def _with_needed(folder: Path, wanted: Iterable[str]) -> Iterator[Path]:
    """Yield modules in an order in which they can be loaded (modules.dep of depmod(8))."""
    needs: dict[str, tuple[str, list[str]]] = {}
    for line in (folder / "modules.dep").read_text().splitlines():
        module, _, others = line.partition(":")
        needs[Path(module).name.partition(".")[0].replace("-", "_")] = (module, others.split())
    done: set[str] = set()
    for name in wanted:
        if name not in needs:  # it is part of the kernel itself
            continue
        module, others = needs[name]
        for one in (*reversed(others), module):
            if one not in done:
                done.add(one)
                yield folder / one


class _Archive:
    """An archive in the form that the kernel unpacks (its early-userspace/buffer-format)."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def folder(self, name: str) -> None:
        self._add(name, stat.S_IFDIR | 0o755, b"")

    def file(self, name: str, content: bytes, *, executable: bool = False) -> None:
        for parent in reversed(Path(name).parents[:-1]):
            self.folder(str(parent))
        self._add(name, stat.S_IFREG | (0o755 if executable else 0o644), content)

    def content(self) -> bytes:
        self._add("TRAILER!!!", 0, b"")
        return b"".join(self._parts)

    def _add(self, name: str, mode: int, content: bytes) -> None:
        number = len(self._parts) + 1
        title = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(title), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + title
        self._parts.append(_padded(head) + _padded(content))


def _padded(content: bytes) -> bytes:
    return content + b"\0" * (-len(content) % 4)
