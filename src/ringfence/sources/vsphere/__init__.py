"""vCenter Server and single ESXi hosts, live or from saved folders of managed objects."""

from __future__ import annotations

from typing import Final

from ringfence.sources.source import Source

SOURCE: Final = Source(
    name="vsphere",
    accepts="a vCenter Server or ESXi host, or a folder of saved managed objects",
    recogniser="ringfence.sources.vsphere.folder:recognises",
    reader="ringfence.sources.vsphere.folder:read_folder",
    collector="ringfence.sources.vsphere.collect:collect",
    checker="ringfence.sources.vsphere.preflight:preflight",
)
