"""Hosts over SSH: a server in this process, and all that can go wrong on the way."""

import asyncio
import socket
import threading
from contextlib import asynccontextmanager, contextmanager

import asyncssh
import pytest

from ringfence.foundation.errors import ConnectionFailedError, LoginRefusedError, SourceError
from ringfence.foundation.progress import SilentProgress
from ringfence.operations.linux_hosts import NamedHosts
from ringfence.sources.linux.hosts_to_read import UNREACHED, HostToRead, LinuxHosts, gather_hosts


async def _answer(process):
    command = process.command
    if "uname" in command:
        process.stdout.write("far 6.1.0\n")
    elif "machine-id" in command:
        # Whoever asked must not wait for ever.
        await asyncio.sleep(600)
    process.exit(0 if "uname" in command else 1)


@contextmanager
def served():
    """Yield the port and the key of an SSH server that runs in a thread."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    user = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    ready, ports = threading.Event(), []

    async def serve():
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[key],
            authorized_client_keys=asyncssh.import_authorized_keys(
                user.export_public_key().decode()
            ),
            process_factory=_answer,
        )
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        return server

    def work():
        server = loop.run_until_complete(serve())
        loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait(10)
    try:
        yield ports[0], key, user
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The home of a user whose SSH configuration is their own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / ".ssh").mkdir(mode=0o700)
    return tmp_path / ".ssh"


def configured(home, port, key, user):
    user.write_private_key(home / "id_far")
    public = key.export_public_key().decode().strip()
    (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}\n")
    (home / "config").write_text(
        f"Host far\n HostName 127.0.0.1\n Port {port}\n User auditor\n IdentityFile {home}/id_far\n"
    )


def test_the_users_own_configuration_leads_to_the_host(home):
    with served() as (port, key, user):
        configured(home, port, key, user)
        wanted = NamedHosts(("far",)).to_read()
        (bundle,) = gather_hosts(_quick(wanted), SilentProgress())
    assert bundle.host == "far"
    assert bundle.text("uname") == "far 6.1.0\n"
    assert bundle.answers["machine-id"].problem == "did not answer within 2 s"


def _quick(wanted):
    """The same hosts, whose commands may take two seconds."""

    def hastened(host):
        @asynccontextmanager
        async def reach():
            async with host.reach() as runner:
                yield _Hasty(runner)

        return HostToRead(host.name, reach)

    return LinuxHosts([hastened(host) for host in wanted.hosts], wanted.clock)


class _Hasty:
    def __init__(self, inner):
        self.inner = inner

    async def run(self, argv, seconds):
        return await self.inner.run(argv, min(seconds, 2))


def test_a_host_with_another_key_is_refused(home):
    with served() as (port, _, user):
        configured(home, port, asyncssh.generate_private_key("ssh-ed25519"), user)
        with pytest.raises(SourceError, match="host key of far is not the known one"):
            gather_hosts(NamedHosts(("far",)).to_read(), SilentProgress())


def test_a_refused_login_is_told(home):
    with served() as (port, key, _):
        configured(home, port, key, asyncssh.generate_private_key("ssh-ed25519"))
        with pytest.raises(LoginRefusedError, match="far refused the login"):
            gather_hosts(NamedHosts(("far",)).to_read(), SilentProgress())


def test_a_host_that_hangs_is_told_and_keeps_no_other_from_being_read(home, monkeypatch):
    monkeypatch.setattr("ringfence.operations.linux_hosts._CONNECTING", 4.0)
    with socket.create_server(("127.0.0.1", 0)) as silent, served() as (port, key, user):
        configured(home, port, key, user)
        hanging = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ConnectionFailedError, match=r"did not answer within 4 s"):
            gather_hosts(NamedHosts((hanging,)).to_read(), SilentProgress())
        wanted = _quick(NamedHosts((hanging, "far")).to_read())
        lost, read = gather_hosts(wanted, SilentProgress())
    assert list(lost.answers) == [UNREACHED]
    assert "did not answer" in lost.answers[UNREACHED].problem
    assert read.text("uname") == "far 6.1.0\n"
