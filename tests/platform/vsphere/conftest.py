"""Readings of the simulator, over TLS that is verified."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator

import pytest

from datacenter.simulator import Server
from ringfence.connections.settings import Endpoint, Secret, TlsSettings, VsphereSettings
from ringfence.connections.vsphere import connect
from ringfence.foundation.progress import SilentProgress
from ringfence.model.snapshot import Snapshot
from ringfence.sources.vsphere.collect import collect


def settings_of(server: Server, *, timeout: float = 20) -> VsphereSettings:
    """Settings that verify the server's certificate."""
    return VsphereSettings(
        endpoint=Endpoint(server.host, server.port),
        user=server.user,
        password=Secret(server.password),
        tls=TlsSettings(ca_file=server.certificate),
        timeout=timeout,
    )


@pytest.fixture
def settings() -> Callable[..., VsphereSettings]:
    """What makes settings for a server."""
    return settings_of


@pytest.fixture
def read() -> Callable[..., Snapshot]:
    """What reads a server whole."""

    def whole(server: Server, *, observed_vlans: bool = False) -> Snapshot:
        with connect(settings_of(server)) as connection:
            return collect(connection, SilentProgress(), observed_vlans=observed_vlans)

    return whole


@pytest.fixture(autouse=True)
def forget_refused_connections() -> Iterator[None]:
    """pyvmomi leaves the socket of a refused login to the garbage collector."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
