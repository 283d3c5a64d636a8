"""Programs of another host over SSH, with the user's own configuration, keys and known hosts."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from ringfence.connections.commands import WHERE_PROGRAMS_ARE, Output, too_slow
from ringfence.foundation.errors import (
    ConnectionFailedError,
    LoginRefusedError,
    MissingExtraError,
    SourceError,
)

_ENVIRONMENT: Final = f'LC_ALL=C PATH="$PATH:{WHERE_PROGRAMS_ARE}" exec '
_AT_ONCE: Final = 8  # OpenSSH's MaxSessions is 10 unless it was changed


@dataclass(frozen=True, slots=True)
class SshRunner:
    """Runs programs over one connection."""

    connection: Any
    sessions: asyncio.Semaphore

    async def run(self, argv: Sequence[str], seconds: float, given: bytes = b"") -> Output:
        """Return what a program answered; see ``Runner``."""
        import asyncssh  # noqa: PLC0415 (optional, and slow to import)

        command = _ENVIRONMENT + shlex.join(argv)
        stdin = {"input": given} if given else {"stdin": asyncssh.DEVNULL}
        try:
            async with self.sessions, asyncio.timeout(seconds):
                done = await self.connection.run(command, encoding=None, check=False, **stdin)
        except TimeoutError:
            return Output(None, problem=too_slow(seconds))
        except (asyncssh.Error, OSError) as error:
            problem = f"the connection broke: {error}"
            return Output(None, problem=problem, lost=True)
        if done.exit_status is None or done.exit_status < 0:
            return Output(None, problem="was ended by a signal")
        return Output(done.exit_status, done.stdout, done.stderr.decode(errors="replace"))


@asynccontextmanager
async def ssh_runner(address: str, seconds: float) -> AsyncIterator[SshRunner]:
    """Connect to ``[user@]host[:port]``, or an alias of the user's configuration.

    The host's key has to be a known one. Raises ``ConnectionFailedError`` where there is no answer
    within ``seconds``, ``LoginRefusedError`` where no key is accepted, ``SourceError`` where the
    host's key is not the known one, ``MissingExtraError`` where asyncssh is not installed.
    """
    try:
        import asyncssh  # noqa: F401, PLC0415 (optional, and slow to import)
    except ImportError as error:
        raise MissingExtraError(
            "Reading hosts over SSH needs the extra 'ssh', which is not installed.",
            "Install it with: pip install 'ringfence[ssh]'",
        ) from error
    async with await _connected(address, seconds) as connection:
        yield SshRunner(connection, asyncio.Semaphore(_AT_ONCE))


async def _connected(address: str, seconds: float) -> Any:
    import asyncssh  # noqa: PLC0415 (optional, and slow to import)

    user, _, rest = address.rpartition("@")
    host, _, port = rest.rpartition(":")
    named = host and port.isdigit() and (":" not in host or host.startswith("["))
    given: dict[str, Any] = {"host": (host if named else rest).strip("[]")}
    if user:
        given["username"] = user
    if named:
        given["port"] = int(port)
    try:
        async with asyncio.timeout(seconds):
            return await asyncssh.connect(**given, connect_timeout=seconds, login_timeout=seconds)
    except asyncssh.PermissionDenied as error:
        message = f"{address} refused the login: {error.reason}."
        raise LoginRefusedError(
            message, "Try 'ssh' to it first, with a key and no question."
        ) from error
    except asyncssh.HostKeyNotVerifiable as error:
        message = f"The host key of {address} is not the known one: {error.reason}."
        raise SourceError(message, "Log in with 'ssh' once, and compare the key.") from error
    except TimeoutError as error:
        message = f"{address} did not answer within {seconds:g} s."
        raise ConnectionFailedError(message, "Check that it runs and can be reached.") from error
    except (asyncssh.Error, OSError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or error
        message = f"{address} cannot be reached over SSH: {why}."
        raise ConnectionFailedError(message, "Check the address, and that it runs.") from error
