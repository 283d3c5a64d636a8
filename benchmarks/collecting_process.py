"""One reading of a vSphere server, by Ringfence or by pyvmomi; told on standard input.

Both make the same reads: the properties of every object in pages, the live ports, the accounts
that lockdown leaves out, the permissions, and the markers of every object again. pyvmomi's is what
its users write: its own property collector, into its own objects. Ringfence's also compares the
markers and makes the records of a snapshot. ``property_seconds`` is for the first part alone.
"""

from __future__ import annotations

import json
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import peak_memory

PAGE = 500


def by_ringfence(told: dict[str, Any]) -> dict[str, Any]:
    """Collect and write the snapshot; the writing is not counted."""
    from ringfence.connections.settings import (  # noqa: PLC0415 (only one of the two is loaded)
        Endpoint,
        Secret,
        TlsSettings,
        VsphereSettings,
    )
    from ringfence.connections.vsphere import connect  # noqa: PLC0415
    from ringfence.foundation.progress import SilentProgress  # noqa: PLC0415
    from ringfence.model.snapshot_file import write_snapshot  # noqa: PLC0415
    from ringfence.sources.vsphere.collect import collect  # noqa: PLC0415

    settings = VsphereSettings(
        endpoint=Endpoint(told["host"], told["port"]),
        user=told["user"],
        password=Secret(told["password"]),
        tls=TlsSettings(ca_file=Path(told["certificate"])),
        timeout=300,
    )
    start = time.perf_counter()
    steps: dict[str, float] = {}

    class Steps(SilentProgress):
        """Remembers when each step began."""

        def step(self, name: str, total: int | None = None) -> None:  # noqa: ARG002
            steps.setdefault(name, time.perf_counter() - start)

    with connect(settings) as connection:
        snapshot = collect(connection, Steps())
    took = time.perf_counter() - start
    peak = peak_memory()
    write_snapshot(snapshot, Path(told["snapshot"]))
    return {
        "all_seconds": took,
        "property_seconds": steps["reading roles and permissions"],
        "peak_mb": peak,
        "machines": len(snapshot.machines),
    }


def by_pyvmomi(told: dict[str, Any]) -> dict[str, Any]:
    """Make the same reads with pyvmomi."""
    from pyVim.connect import SmartConnect  # noqa: PLC0415 (only one of the two is loaded)
    from pyVmomi import vim  # noqa: PLC0415

    from ringfence.sources.vsphere.catalogue import READ_ORDER, properties  # noqa: PLC0415

    start = time.perf_counter()
    service: Any = SmartConnect(
        host=told["host"],
        port=told["port"],
        user=told["user"],
        pwd=told["password"],
        sslContext=ssl.create_default_context(cafile=told["certificate"]),
    )
    content = service.RetrieveContent()
    found = {kind: _read(content, kind, properties(kind)) for kind in READ_ORDER}
    property_seconds = time.perf_counter() - start
    permissions = content.authorizationManager.RetrieveAllPermissions()
    exceptions = [
        property_.val.QueryLockdownExceptions()
        for host in found["HostSystem"]
        for property_ in host.propSet
        if property_.name == "configManager.hostAccessManager"
    ]
    criteria = vim.dvs.PortCriteria(connected=True, uplinkPort=False)
    switches = found["VmwareDistributedVirtualSwitch"]
    ports = [switch.obj.FetchDVPorts(criteria) for switch in switches]
    again = {kind: _read(content, kind, properties(kind, markers_only=True)) for kind in READ_ORDER}
    return {
        "all_seconds": time.perf_counter() - start,
        "property_seconds": property_seconds,
        "peak_mb": peak_memory(),
        "machines": len(found["VirtualMachine"]),
        "calls": [len(permissions), len(exceptions), sum(map(len, ports)), len(again)],
    }


def _read(content: Any, kind: str, paths: tuple[str, ...]) -> list[Any]:
    """Read every object of a type, page by page."""
    from pyVmomi import vim, vmodl  # noqa: PLC0415

    collector = vmodl.query.PropertyCollector
    of_kind = getattr(vim, kind, None) or getattr(vim.dvs, kind)
    view = content.viewManager.CreateContainerView(
        container=content.rootFolder, type=[of_kind], recursive=True
    )
    through = collector.TraversalSpec(
        name="view", path="view", skip=False, type=vim.view.ContainerView
    )
    spec = collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=view, skip=True, selectSet=[through])],
        propSet=[collector.PropertySpec(type=of_kind, pathSet=list(paths), all=False)],
    )
    options = collector.RetrieveOptions(maxObjects=PAGE)
    found: list[Any] = []
    page = content.propertyCollector.RetrievePropertiesEx([spec], options)
    while page is not None:
        found.extend(page.objects)
        if not page.token:
            break
        page = content.propertyCollector.ContinueRetrievePropertiesEx(page.token)
    view.DestroyView()
    return found


READERS = {"ringfence": by_ringfence, "pyvmomi": by_pyvmomi}

if __name__ == "__main__":
    task = json.load(sys.stdin)
    print(json.dumps(READERS[task["reader"]](task)))
