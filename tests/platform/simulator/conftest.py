"""A client of the test server that is not ours: pyvmomi, its thumbprint checked."""

from __future__ import annotations

import gc
import ssl
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyVim.connect import Disconnect, SmartConnect

from datacenter.harbour import harbour
from datacenter.simulator import Server, serve


@pytest.fixture(scope="session")
def clean_server() -> Iterator[Server]:
    """The clean Harbour, for tests that only look."""
    with serve(harbour()) as server:
        yield server


@pytest.fixture
def server() -> Iterator[Server]:
    """A clean Harbour of its own, for a test that changes something."""
    with serve(harbour()) as running:
        yield running


@pytest.fixture
def login() -> Iterator[Callable[[Server], Any]]:
    """Log in with pyvmomi, the certificate verified; logged out at the end."""
    sessions = []

    def connect(server: Server) -> Any:
        context = ssl.create_default_context(cafile=str(server.certificate))
        instance = SmartConnect(
            host=server.host,
            port=server.port,
            user=server.user,
            pwd=server.password,
            sslContext=context,
        )
        sessions.append(instance)
        return instance

    yield connect
    for session in sessions:
        Disconnect(session)


@pytest.fixture(autouse=True)
def forget_refused_connections() -> Iterator[None]:
    """pyvmomi leaves the socket of a refused login to the garbage collector."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
