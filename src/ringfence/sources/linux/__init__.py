"""KVM hosts and plain Linux hosts: what their own programs say, live or saved."""

from __future__ import annotations

from typing import Final

from ringfence.sources.source import Source

SOURCE: Final = Source(
    name="linux",
    accepts="a KVM or other Linux host, or a folder made by 'ringfence collect --bundle'",
    recogniser="ringfence.sources.linux.bundle_folder:recognises",
    reader="ringfence.sources.linux.snapshot:read_folder",
    collector="ringfence.sources.linux.snapshot:collect",
)
